//! From a body's bytes to what the scanner reads: codings undone, the charset converted.

use coding::{
    ByteOrderMark, Charset, CharsetError, DecodeLimits, Decoder, Finish, Progress, ToUtf8,
};
use scan::{Format, Plan, Scanner, Sink, Utf8Check};
use std::sync::Arc;
use zeroize::Zeroize;

use crate::coverage::Coverage;
use crate::error::RewriteError;
use crate::kind::BodyKind;

/// Bytes that are scanned at one time. Tokens are many times as long as short values, so this times
/// a large factor is what a stream holds.
const PIECE: usize = 8 * 1024;

/// Reads a body, and scans it into a sink: the first step of a [`crate::Rewriting`], for whoever
/// scans in one thread and seals in others.
#[derive(Debug)]
pub struct Reader {
    decoder: Option<Decoder>,
    charset: Charset,
    to_utf8: ToUtf8,
    /// The scanner checks UTF-8 itself.
    checked: bool,
    utf8: Utf8Check,
    scanner: Scanner,
    /// Bytes that were scanned or converted, decoded.
    read: u64,
    decoded: Vec<u8>,
    converted: Vec<u8>,
    /// The decoder may have more to give without more input.
    pending: bool,
}

impl Reader {
    /// Begins with a body of this kind.
    ///
    /// # Errors
    /// A multipart boundary that cannot be.
    pub fn new(
        plan: Arc<Plan>,
        kind: &BodyKind,
        limits: DecodeLimits,
    ) -> Result<Self, RewriteError> {
        // JSON is checked as it is scanned, and each part of a multipart body by what it is
        let checked = matches!(
            kind.format,
            Format::Json | Format::JsonLines | Format::Multipart(_)
        );
        let mut scanner = Scanner::new(plan, &kind.format)?;
        if !kind.charset.is_utf8() {
            scanner = scanner.converted_from(kind.charset.names());
        }
        Ok(Self {
            decoder: (!kind.codings.is_empty()).then(|| Decoder::new(&kind.codings, limits)),
            charset: kind.charset,
            to_utf8: ToUtf8::new(kind.charset),
            utf8: Utf8Check::default(),
            read: 0,
            checked: checked && kind.charset == Charset::Utf8,
            scanner,
            decoded: Vec::new(),
            converted: Vec::new(),
            pending: false,
        })
    }

    /// Scans one piece of `input`, and takes it off its front. To be called until
    /// [`Self::wants_input`] and `input` is empty.
    ///
    /// # Errors
    /// The body is refused.
    pub fn push(
        &mut self,
        input: &mut &[u8],
        sink: &mut impl Sink,
        coverage: &Coverage,
    ) -> Result<(), RewriteError> {
        let Some(decoder) = &mut self.decoder else {
            let (piece, rest) = input.split_at(input.len().min(PIECE));
            *input = rest;
            return self.scan(piece, sink, coverage);
        };
        let mut decoded = std::mem::take(&mut self.decoded);
        let progress = decoder.decode(input, &mut decoded, PIECE)?;
        self.pending = progress == Progress::OutputFull;
        self.scan_decoded(decoded, sink, coverage)
    }

    /// Whether nothing is left to scan of the input that it has.
    #[must_use]
    pub fn wants_input(&self) -> bool {
        !self.pending
    }

    /// Ends the body; `true` when all of it was scanned, else it is called again.
    ///
    /// # Errors
    /// The body is not whole.
    pub fn finish(
        &mut self,
        sink: &mut impl Sink,
        coverage: &Coverage,
    ) -> Result<bool, RewriteError> {
        if let Some(decoder) = &mut self.decoder {
            let mut decoded = std::mem::take(&mut self.decoded);
            let finish = decoder.finish(&mut decoded, PIECE)?;
            self.scan_decoded(decoded, sink, coverage)?;
            if finish != Finish::Done {
                return Ok(false);
            }
        }
        self.to_utf8.finish()?;
        let ended = self.utf8.finish();
        ended.map_err(|_| CharsetError::truncated(self.read))?;
        self.scanner.finish(sink)?;
        Ok(true)
    }

    fn scan_decoded(
        &mut self,
        mut decoded: Vec<u8>,
        sink: &mut impl Sink,
        coverage: &Coverage,
    ) -> Result<(), RewriteError> {
        let scanned = self.scan(&decoded, sink, coverage);
        decoded.zeroize();
        self.decoded = decoded;
        scanned
    }

    fn scan(
        &mut self,
        piece: &[u8],
        sink: &mut impl Sink,
        coverage: &Coverage,
    ) -> Result<(), RewriteError> {
        coverage.add_inspected(piece.len());
        if self.charset.is_utf8() {
            self.check(piece)?;
            self.read += piece.len() as u64;
            return Ok(self.scanner.push(piece, sink)?);
        }
        let mut converted = std::mem::take(&mut self.converted);
        let scanned = self.to_utf8.push(piece, &mut converted);
        let scanned = scanned
            .map_err(RewriteError::from)
            .and_then(|()| Ok(self.scanner.push(&converted, sink)?));
        converted.zeroize();
        self.converted = converted;
        self.read += piece.len() as u64;
        scanned
    }

    fn check(&mut self, piece: &[u8]) -> Result<(), CharsetError> {
        if self.charset == Charset::Ascii
            && let Some(at) = piece.iter().position(|byte| !byte.is_ascii())
        {
            return Err(CharsetError::invalid(self.read + at as u64));
        }
        if self.checked {
            return Ok(());
        }
        let checked = self.utf8.push(piece);
        checked.map_err(|at| CharsetError::invalid(self.read.saturating_add_signed(at)))
    }

    /// The byte order mark that was read; to be handed to [`crate::Writer::write`].
    #[must_use]
    pub fn mark(&self) -> Option<ByteOrderMark> {
        self.to_utf8.mark()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.decoded.zeroize();
        self.converted.zeroize();
    }
}

//! Codings undone, a bounded number of bytes at a time.

use super::zstd;
use super::{CodingError, CodingErrorCode, ContentCoding};
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use compression_codecs::zstd::params::DParameter;
use compression_codecs::{BrotliDecoder, DecodeV2, GzipDecoder, ZlibDecoder, ZstdDecoder};
use std::fmt;
use zeroize::Zeroize;

/// Largest window of zstd, as a power of two (RFC 9659).
const ZSTD_WINDOW: u32 = 23;
/// Bytes between two codings on top of each other.
const BETWEEN: usize = 8 << 10;
/// Up to so many bytes a body may decode to whatever their number for each of its own.
const FREE: u64 = 1 << 20;

/// How far a body may expand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Most bytes in all. From one coding to the next may pass twice as many and 1 MiB, since a poor
    /// encoder can make a body longer.
    pub max_bytes: u64,
    /// Most bytes for each of its own, out of every coding, looked at from 1 MiB on.
    pub max_ratio: u32,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// All input was used, and gave all that it can.
    NeedsInput,
    /// There is more to come without more input.
    OutputFull,
}

/// Whether a body has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// It has.
    Done,
    /// There is more to come first.
    OutputFull,
}

/// Undoes the codings of one body.
pub struct Decoder {
    /// The one that was applied last comes first.
    stages: Vec<Stage>,
    limits: DecodeLimits,
    read: u64,
    written: u64,
    failed: Option<CodingError>,
}

/// One coding.
struct Stage {
    coding: ContentCoding,
    decoder: Box<dyn DecodeV2 + Send>,
    /// What came from the stage before, and is not used yet.
    input: Vec<u8>,
    state: State,
    /// The last call filled its output: there may be more.
    full: bool,
    /// Bytes of the stream at hand that were used.
    used: u64,
    /// Its first bytes, as far as they came.
    begun: Vec<u8>,
    /// Bytes that it gave.
    made: u64,
    /// Bytes that all streams gave.
    written: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first stream.
    Fresh,
    /// Inside a stream.
    Open,
    /// After one.
    Ended,
    /// Inside a stream that follows another.
    Again,
}

impl Decoder {
    /// A decoder for codings in the order in which they were applied.
    #[must_use]
    pub fn new(codings: &[ContentCoding], limits: DecodeLimits) -> Self {
        Self {
            stages: codings
                .iter()
                .rev()
                .map(|coding| Stage::new(*coding))
                .collect(),
            limits,
            read: 0,
            written: 0,
            failed: None,
        }
    }

    /// Decodes some of `input`, which it takes off its front, and appends at most `room` bytes to
    /// `out`. To be called again until it is [`Progress::NeedsInput`].
    ///
    /// # Errors
    /// The body cannot be decoded, or expands beyond the limits.
    pub fn decode(
        &mut self,
        input: &mut &[u8],
        out: &mut Vec<u8>,
        room: usize,
    ) -> Result<Progress, CodingError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let before = out.len();
        let decoded = self.fill(input, out, before.saturating_add(room));
        self.written += (out.len() - before) as u64;
        // what came out before a fault was over the limit first
        let within = self.check(self.written, self.limits.max_bytes);
        let decoded = within.and(decoded);
        decoded.map_err(|code| {
            let error = self.error(code);
            self.failed = Some(error);
            error
        })
    }

    /// The input has ended. To be called again until it is [`Finish::Done`].
    ///
    /// # Errors
    /// As [`Decoder::decode`]; or the input ended inside a coding.
    pub fn finish(&mut self, out: &mut Vec<u8>, room: usize) -> Result<Finish, CodingError> {
        if self.decode(&mut &[][..], out, room)? == Progress::OutputFull {
            return Ok(Finish::OutputFull);
        }
        let ended = |stage: &Stage| stage.state == State::Ended && stage.input.is_empty();
        if self.stages.iter().all(ended) {
            return Ok(Finish::Done);
        }
        let error = self.error(CodingErrorCode::Truncated);
        self.failed = Some(error);
        Err(error)
    }

    /// Fills `out` up to `until`.
    fn fill(
        &mut self,
        input: &mut &[u8],
        out: &mut Vec<u8>,
        until: usize,
    ) -> Result<Progress, CodingErrorCode> {
        let Some(last) = self.stages.len().checked_sub(1) else {
            let (here, rest) = input.split_at(input.len().min(until - out.len()));
            out.extend_from_slice(here);
            self.read += here.len() as u64;
            *input = rest;
            return Ok(match rest.is_empty() {
                true => Progress::NeedsInput,
                false => Progress::OutputFull,
            });
        };
        loop {
            self.pull(last, input, out, until)?;
            if out.len() >= until {
                return Ok(Progress::OutputFull);
            }
            if input.is_empty() && self.stages.iter().all(Stage::is_idle) {
                return Ok(Progress::NeedsInput);
            }
        }
    }

    /// Runs a stage, after the stages before it where it needs input.
    fn pull(
        &mut self,
        index: usize,
        input: &mut &[u8],
        out: &mut Vec<u8>,
        until: usize,
    ) -> Result<(), CodingErrorCode> {
        let Some(before) = index.checked_sub(1) else {
            let stage = self.stages.get_mut(index).ok_or(CodingErrorCode::Corrupt)?;
            let length = input.len();
            let run = stage.run(input, out, until);
            self.read += (length - input.len()) as u64;
            return run;
        };
        let stage = self.stages.get_mut(index).ok_or(CodingErrorCode::Corrupt)?;
        let mut held = std::mem::take(&mut stage.input);
        if held.is_empty() && !stage.full {
            self.pull(before, input, &mut held, BETWEEN)?;
            // the next coding may swallow it all (a file name in gzip's header), and give nothing
            let written = self.stages.get(before).map_or(0, |stage| stage.written);
            let most = self.limits.max_bytes.saturating_mul(2);
            self.check(written, most.saturating_add(FREE))?;
        }
        let stage = self.stages.get_mut(index).ok_or(CodingErrorCode::Corrupt)?;
        let mut rest = held.as_slice();
        let run = stage.run(&mut rest, out, until);
        let used = held.len() - rest.len();
        held.drain(..used);
        stage.input = held;
        run
    }

    fn check(&self, written: u64, max_bytes: u64) -> Result<(), CodingErrorCode> {
        if written > max_bytes {
            return Err(CodingErrorCode::TooLarge);
        }
        let most = self
            .read
            .max(1)
            .saturating_mul(u64::from(self.limits.max_ratio));
        if written > FREE.max(most) {
            return Err(CodingErrorCode::ExpandsTooMuch);
        }
        Ok(())
    }

    fn error(&self, code: CodingErrorCode) -> CodingError {
        let offset = self.read;
        CodingError { code, offset }
    }
}

impl Stage {
    fn new(coding: ContentCoding) -> Self {
        let decoder: Box<dyn DecodeV2 + Send> = match coding {
            ContentCoding::Gzip => Box::new(GzipDecoder::new()),
            ContentCoding::Deflate => Box::new(ZlibDecoder::new()),
            ContentCoding::Brotli => Box::new(BrotliDecoder::new()),
            ContentCoding::Zstd => {
                let window = DParameter::window_log_max(ZSTD_WINDOW);
                Box::new(ZstdDecoder::new_with_params(&[window]))
            }
        };
        Self {
            coding,
            decoder,
            input: Vec::new(),
            state: State::Fresh,
            full: false,
            used: 0,
            begun: Vec::new(),
            made: 0,
            written: 0,
        }
    }

    /// Whether the stream may begin with `input`, as far as its decoder does not look.
    fn may_begin(&self, input: &[u8]) -> bool {
        let byte = |at: u64| {
            let at = at.checked_sub(self.used)?;
            input.get(usize::try_from(at).ok()?)
        };
        match self.coding {
            // RFC 1952, section 2.3.1.2: reserved bits must be zero
            ContentCoding::Gzip => byte(3).is_none_or(|flags| flags & 0xE0 == 0),
            // RFC 7932, section 9.1: no window; brotli's own extension says windows of up to 1 GiB so
            ContentCoding::Brotli => byte(0).is_none_or(|window| window & 0x7F != 0x11),
            ContentCoding::Deflate | ContentCoding::Zstd => true,
        }
    }

    fn is_idle(&self) -> bool {
        self.input.is_empty() && !self.full
    }

    /// Decodes some of `input`, and fills `out` up to `until`.
    fn run(
        &mut self,
        input: &mut &[u8],
        out: &mut Vec<u8>,
        until: usize,
    ) -> Result<(), CodingErrorCode> {
        while out.len() < until && (self.full || !input.is_empty()) {
            if self.state == State::Ended && !input.is_empty() {
                if !self.coding.repeats() {
                    return Err(CodingErrorCode::TrailingData);
                }
                self.decoder
                    .reinit()
                    .map_err(|_| CodingErrorCode::Corrupt)?;
                self.state = State::Again;
                self.used = 0;
                self.made = 0;
                self.begun.clear();
            }
            self.turn(input, out, until)?;
        }
        Ok(())
    }

    fn turn(
        &mut self,
        input: &mut &[u8],
        out: &mut Vec<u8>,
        until: usize,
    ) -> Result<(), CodingErrorCode> {
        let more = zstd::HEAD_BYTES.saturating_sub(self.begun.len());
        let known = (self.begun.len() as u64).saturating_sub(self.used);
        let new = input.iter().skip(usize::try_from(known).unwrap_or(0));
        self.begun.extend(new.take(more));
        if !self.may_begin(input) {
            return Err(self.refusal());
        }
        let start = out.len();
        out.resize(until, 0);
        let room = out.get_mut(start..).unwrap_or_default();
        let length = room.len();
        let mut output = WriteBuffer::new_initialized(room);
        let mut partial = PartialBuffer::new(self.next_input(input));
        let turned = self.decoder.decode(&mut partial, &mut output);
        let (used, written) = (partial.written_len(), output.written_len());
        out.truncate(start + written);
        self.used += used as u64;
        self.written += written as u64;
        self.made += written as u64;
        *input = input.get(used..).unwrap_or_default();
        // without input a decoder that has nothing left complains that it has none
        let idle = input.is_empty() && used == 0 && written == 0;
        let turned = if idle { turned.or(Ok(false)) } else { turned };
        let ended = turned.map_err(|_| self.refusal())?;
        let declared = match self.coding {
            ContentCoding::Zstd => zstd::declared_size(&self.begun),
            _ => None,
        };
        if ended && declared.is_some_and(|size| size != self.made) {
            return Err(CodingErrorCode::Corrupt);
        }
        self.full = written == length && !ended;
        self.state = match (ended, self.state) {
            (true, _) => State::Ended,
            (false, State::Fresh | State::Open) => State::Open,
            (false, state) => state,
        };
        if used == 0 && written == 0 && !ended {
            self.full = false;
            if !input.is_empty() {
                return Err(CodingErrorCode::Corrupt);
            }
        }
        Ok(())
    }

    /// What the decoder is given. zstd's library decodes a frame that is all there by another way than
    /// one that comes in pieces, and refuses more on it: it gets the first byte by itself, so that it
    /// never depends on the pieces what passes.
    fn next_input<'a>(&self, input: &'a [u8]) -> &'a [u8] {
        match (self.coding, self.used) {
            (ContentCoding::Zstd, 0) => input.get(..1).unwrap_or(input),
            _ => input,
        }
    }

    fn refusal(&self) -> CodingErrorCode {
        match self.state {
            // what does not even begin like a stream follows the last one
            State::Again if !self.begins_like_a_stream() => CodingErrorCode::TrailingData,
            _ => CodingErrorCode::Corrupt,
        }
    }

    /// Whether the stream at hand has the first bytes of one, as far as they came.
    fn begins_like_a_stream(&self) -> bool {
        match (self.coding, self.begun.as_slice()) {
            (ContentCoding::Gzip, begun) => begun.iter().zip(b"\x1F\x8B").all(|(a, b)| a == b),
            // RFC 8878, sections 3.1.1 and 3.1.2: a frame, or one to skip
            (ContentCoding::Zstd, [0x50..=0x5F, rest @ ..]) => {
                rest.iter().zip(b"\x2A\x4D\x18").all(|(a, b)| a == b)
            }
            (ContentCoding::Zstd, begun) => begun.iter().zip(zstd::MAGIC).all(|(a, b)| a == b),
            (ContentCoding::Deflate | ContentCoding::Brotli, _) => true,
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.input.zeroize();
        self.begun.zeroize();
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Decoder")
            .field("read", &self.read)
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

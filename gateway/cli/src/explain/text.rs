//! A document as the scanner reads it: codings undone, in UTF-8.

use coding::{DecodeLimits, Decoder, Finish, Progress, ToUtf8};
use rewrite::{BodyKind, RewriteError};

/// Bytes that are decoded at one time.
const PIECE: usize = 64 * 1024;

/// A person looks at the document: no more than this is for people.
const LIMITS: DecodeLimits = DecodeLimits {
    max_bytes: 1 << 30,
    max_ratio: u32::MAX,
};

/// The text of a document.
pub(super) fn decode(kind: &BodyKind, bytes: &[u8]) -> Result<Vec<u8>, RewriteError> {
    let decoded = if kind.codings.is_empty() {
        bytes.to_vec()
    } else {
        undo_codings(kind, bytes)?
    };
    let mut text = Vec::with_capacity(decoded.len());
    let mut to_utf8 = ToUtf8::new(kind.charset);
    to_utf8.push(&decoded, &mut text)?;
    to_utf8.finish()?;
    Ok(text)
}

fn undo_codings(kind: &BodyKind, mut bytes: &[u8]) -> Result<Vec<u8>, RewriteError> {
    let mut decoder = Decoder::new(&kind.codings, LIMITS);
    let (mut decoded, mut piece) = (Vec::new(), Vec::new());
    let mut progress = Progress::NeedsInput;
    while !bytes.is_empty() || progress == Progress::OutputFull {
        piece.clear();
        progress = decoder.decode(&mut bytes, &mut piece, PIECE)?;
        decoded.extend_from_slice(&piece);
    }
    loop {
        piece.clear();
        let finish = decoder.finish(&mut piece, PIECE)?;
        decoded.extend_from_slice(&piece);
        if finish == Finish::Done {
            return Ok(decoded);
        }
    }
}

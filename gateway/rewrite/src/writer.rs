//! From what was scanned back to a body's bytes: in the charset and the codings that it came in.

use bytes::Bytes;
use coding::{ByteOrderMark, Encoder, FromUtf8};

use crate::error::RewriteError;
use crate::kind::BodyKind;

/// Writes a body as it came: the last step of a [`crate::Rewriting`].
#[derive(Debug)]
pub struct Writer {
    from_utf8: Option<FromUtf8>,
    encoder: Option<Encoder>,
    /// Something may wait in the encoder.
    waiting: bool,
}

impl Writer {
    /// Begins with a body of this kind.
    #[must_use]
    pub fn new(kind: &BodyKind) -> Self {
        let same = kind.charset.is_utf8();
        Self {
            from_utf8: (!same).then(|| FromUtf8::new(kind.charset)),
            encoder: (!kind.codings.is_empty()).then(|| Encoder::new(&kind.codings)),
            waiting: false,
        }
    }

    /// The body's next bytes; `mark` is what [`crate::Reader::mark`] told when it had read this
    /// far, and `last` ends the body.
    ///
    /// # Errors
    /// A character that the body's charset does not have.
    pub fn write(
        &mut self,
        text: Vec<u8>,
        mark: Option<ByteOrderMark>,
        last: bool,
    ) -> Result<Bytes, RewriteError> {
        let text = match &mut self.from_utf8 {
            None => text,
            Some(from_utf8) => {
                let mut converted = Vec::with_capacity(text.len());
                from_utf8.push(&text, mark, &mut converted)?;
                if last {
                    from_utf8.finish()?;
                }
                converted
            }
        };
        let Some(encoder) = &mut self.encoder else {
            return Ok(Bytes::from(text));
        };
        let mut encoded = Vec::with_capacity(text.len() / 2);
        encoder.encode(&text, &mut encoded)?;
        self.waiting = true;
        if last && let Some(encoder) = self.encoder.take() {
            encoder.finish(&mut encoded)?;
        }
        Ok(Bytes::from(encoded))
    }

    /// What waits in the encoder, so that a receiver can decode all that was written; nothing when
    /// nothing was written since. It costs some bytes each time.
    ///
    /// # Errors
    /// The library refuses.
    pub fn flush(&mut self) -> Result<Bytes, RewriteError> {
        let mut encoded = Vec::new();
        if std::mem::take(&mut self.waiting)
            && let Some(encoder) = &mut self.encoder
        {
            encoder.flush(&mut encoded)?;
        }
        Ok(Bytes::from(encoded))
    }
}

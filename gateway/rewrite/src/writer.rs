//! From what was scanned back to a body's bytes: in the charset and the codings that it came in.

use bytes::Bytes;
use coding::{Encoder, FromUtf8, ToUtf8};

use crate::error::RewriteError;
use crate::kind::BodyKind;

/// Writes a body as it came.
#[derive(Debug)]
pub(crate) struct Writer {
    from_utf8: Option<FromUtf8>,
    encoder: Option<Encoder>,
}

impl Writer {
    pub(crate) fn new(kind: &BodyKind) -> Self {
        let same = kind.charset.is_utf8();
        Self {
            from_utf8: (!same).then(|| FromUtf8::new(kind.charset)),
            encoder: (!kind.codings.is_empty()).then(|| Encoder::new(&kind.codings)),
        }
    }

    /// The body's next bytes; `from` is what converted it to UTF-8.
    pub(crate) fn write(
        &mut self,
        text: Vec<u8>,
        from: &ToUtf8,
        last: bool,
    ) -> Result<Bytes, RewriteError> {
        let text = match &mut self.from_utf8 {
            None => text,
            Some(from_utf8) => {
                let mut converted = Vec::with_capacity(text.len());
                from_utf8.push(&text, from, &mut converted)?;
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
        if last && let Some(encoder) = self.encoder.take() {
            encoder.finish(&mut encoded)?;
        }
        Ok(Bytes::from(encoded))
    }
}

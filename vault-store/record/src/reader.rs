//! Reads fields off the front of a byte slice; total, never panics.

use thiserror::Error;

/// Why bytes are not a token. Names the first field that is wrong and none of the input's bytes.
///
/// Callers that answer strangers must not pass this on: every failure to open looks the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a token: {0}")]
pub struct Malformed(pub(crate) &'static str);

pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn take(
        &mut self,
        length: usize,
        what: &'static str,
    ) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Malformed(what))?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(
        &mut self,
        what: &'static str,
    ) -> Result<&'a [u8; N], Malformed> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(Malformed(what))?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn u8(&mut self, what: &'static str) -> Result<u8, Malformed> {
        self.array::<1>(what).map(|[byte]| *byte)
    }

    pub(crate) fn u16(&mut self, what: &'static str) -> Result<u16, Malformed> {
        self.array(what).map(|bytes| u16::from_be_bytes(*bytes))
    }

    pub(crate) fn u32(&mut self, what: &'static str) -> Result<u32, Malformed> {
        self.array(what).map(|bytes| u32::from_be_bytes(*bytes))
    }

    /// One length byte, then that many bytes of UTF-8.
    pub(crate) fn text(&mut self, what: &'static str) -> Result<&'a str, Malformed> {
        let length = usize::from(self.u8(what)?);
        std::str::from_utf8(self.take(length, what)?).map_err(|_| Malformed(what))
    }

    /// As [`Reader::text`], and not empty.
    pub(crate) fn name(&mut self, what: &'static str) -> Result<&'a str, Malformed> {
        match self.text(what)? {
            "" => Err(Malformed(what)),
            name => Ok(name),
        }
    }

    /// All that has not been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn end(&self, what: &'static str) -> Result<(), Malformed> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Malformed(what))
        }
    }
}

/// Appends `text` with its length byte; text over 255 bytes is cut nowhere: it is refused.
pub(crate) fn push_text(
    out: &mut Vec<u8>,
    text: &str,
    what: &'static str,
) -> Result<(), Malformed> {
    let length = u8::try_from(text.len()).map_err(|_| Malformed(what))?;
    out.push(length);
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

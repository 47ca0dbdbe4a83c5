//! Byte order marks that contradict a charset's name.
//!
//! Bytes 0x80 and up are characters in most charsets, so a text under a wrong name would be read as
//! other text, in which no rule finds its values; a receiver that heeds the mark would find them.

use super::{Charset, CharsetError};

const UTF8: &[u8] = &[0xEF, 0xBB, 0xBF];
const UTF16_LE: &[u8] = &[0xFF, 0xFE];
const UTF16_BE: &[u8] = &[0xFE, 0xFF];
const UTF32_LE: &[u8] = &[0xFF, 0xFE, 0, 0];
const UTF32_BE: &[u8] = &[0, 0, 0xFE, 0xFF];

/// Looks at the first bytes of a body.
#[derive(Debug, Default)]
pub(super) struct Marks {
    bytes: [u8; 4],
    length: usize,
}

impl Marks {
    pub(super) fn look(&mut self, charset: Charset, chunk: &[u8]) -> Result<(), CharsetError> {
        for (place, byte) in self.bytes.iter_mut().skip(self.length).zip(chunk) {
            *place = *byte;
            self.length += 1;
        }
        let seen = self.bytes.get(..self.length).unwrap_or_default();
        let mut others = others(charset).iter();
        match others.any(|mark| seen.starts_with(mark)) {
            true => Err(CharsetError::invalid(0)),
            false => Ok(()),
        }
    }
}

const fn others(charset: Charset) -> &'static [&'static [u8]] {
    match charset {
        // whoever checks UTF-8 refuses them: none is UTF-8 or, with UTF-8's own, ASCII
        Charset::Utf8 | Charset::Ascii => &[],
        Charset::Utf16 => &[UTF32_LE],
        Charset::Utf16Le => &[UTF8, UTF16_BE, UTF32_LE, UTF32_BE],
        Charset::Utf16Be => &[UTF8, UTF16_LE, UTF32_BE],
        Charset::Latin1 | Charset::Windows1252 => &[UTF8, UTF16_LE, UTF16_BE, UTF32_BE],
    }
}

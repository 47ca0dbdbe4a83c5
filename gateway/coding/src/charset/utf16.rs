//! UTF-16 (RFC 2781).

use super::{Charset, CharsetError, CharsetErrorCode};

/// Reads UTF-16 over chunks.
#[derive(Debug)]
pub(super) struct Utf16 {
    /// The byte order, once it is known; `true` for little end first.
    little: Option<bool>,
    /// The body must begin with a mark.
    wants_mark: bool,
    marked: bool,
    first: Option<u8>,
    /// A high surrogate that waits for its low one, and where it began.
    high: Option<(u16, u64)>,
}

impl Utf16 {
    pub(super) fn new(charset: Charset) -> Self {
        Self {
            little: match charset {
                Charset::Utf16 => None,
                other => Some(other != Charset::Utf16Be),
            },
            wants_mark: charset == Charset::Utf16,
            marked: false,
            first: None,
            high: None,
        }
    }

    /// The byte order that a mark told.
    pub(super) fn marked(&self) -> Option<bool> {
        self.little.filter(|_| self.marked)
    }

    /// Whether the body may end here.
    pub(super) fn is_between(&self) -> bool {
        self.first.is_none() && self.high.is_none()
    }

    /// Converts a chunk that begins at `offset`.
    pub(super) fn push(
        &mut self,
        chunk: &[u8],
        offset: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), CharsetError> {
        for (at, &byte) in chunk.iter().enumerate() {
            let Some(first) = self.first.take() else {
                self.first = Some(byte);
                continue;
            };
            // where the unit's first byte is
            let begin = offset + at as u64 - 1;
            let Some(little) = self.little else {
                self.little = Some(self.read_mark(first, byte, begin)?);
                continue;
            };
            let unit = match little {
                true => u16::from_le_bytes([first, byte]),
                false => u16::from_be_bytes([first, byte]),
            };
            self.unit(unit, begin, out)?;
        }
        Ok(())
    }

    fn read_mark(&mut self, first: u8, second: u8, begin: u64) -> Result<bool, CharsetError> {
        self.marked = self.wants_mark;
        match (first, second) {
            (0xFF, 0xFE) => Ok(true),
            (0xFE, 0xFF) => Ok(false),
            _ => Err(CharsetError {
                code: CharsetErrorCode::NoByteOrderMark,
                offset: begin,
            }),
        }
    }

    fn unit(&mut self, unit: u16, begin: u64, out: &mut Vec<u8>) -> Result<(), CharsetError> {
        let (character, from) = match (self.high.take(), unit) {
            (None, 0xD800..=0xDBFF) => {
                self.high = Some((unit, begin));
                return Ok(());
            }
            (None, unit) => (char::from_u32(u32::from(unit)), begin),
            (Some((high, from)), low) => {
                let pair = char::decode_utf16([high, low]).next();
                (pair.and_then(Result::ok), from)
            }
        };
        let character = character.ok_or(CharsetError::invalid(from))?;
        let mut utf8 = [0; 4];
        out.extend_from_slice(character.encode_utf8(&mut utf8).as_bytes());
        Ok(())
    }
}

/// Appends a character.
pub(super) fn write(character: char, little: bool, out: &mut Vec<u8>) {
    let mut units = [0; 2];
    for unit in character.encode_utf16(&mut units) {
        let bytes = match little {
            true => unit.to_le_bytes(),
            false => unit.to_be_bytes(),
        };
        out.extend_from_slice(&bytes);
    }
}

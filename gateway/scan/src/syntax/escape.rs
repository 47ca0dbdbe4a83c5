//! Escapes, undone one by one.

use memchr::{memchr, memchr2};

use super::Syntax;
use crate::json::push_escape;

/// One escape, undone.
pub(crate) struct Escape {
    /// How many bytes it is spelled with.
    pub(crate) spelled: usize,
    bytes: [u8; 4],
    length: usize,
}

impl Escape {
    pub(super) fn of_byte(spelled: usize, byte: u8) -> Self {
        Self {
            spelled,
            bytes: [byte, 0, 0, 0],
            length: 1,
        }
    }

    fn of_char(spelled: usize, character: char) -> Self {
        let mut bytes = [0; 4];
        let length = character.encode_utf8(&mut bytes).len();
        Self {
            spelled,
            bytes,
            length,
        }
    }

    /// What it stands for.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// Longest escape of any syntax: an XML reference with leading zeros may be longer, and is then
/// told apart as text.
const MAX_ESCAPE: usize = 32;

impl Syntax {
    /// Where the next escape begins.
    pub(crate) fn next_escape(self, raw: &[u8]) -> Option<usize> {
        match self {
            Self::JsonText => memchr(b'\\', raw),
            Self::CsvText => memchr(b'"', raw),
            Self::Form => memchr2(b'%', b'+', raw),
            Self::Path => memchr(b'%', raw),
            Self::Xml(_) => memchr(b'&', raw),
            _ => None,
        }
    }

    /// Undoes the escape that `raw` begins with; what is none stands for its first byte. `None`
    /// when it needs more bytes than there are, unless the text `ends` here.
    pub(crate) fn read_escape(self, raw: &[u8], ends: bool) -> Option<Escape> {
        let &first = raw.first()?;
        let read = match self {
            Self::JsonText => read_json(raw),
            Self::CsvText => raw.get(1).map(|_| Escape::of_byte(2, b'"')),
            Self::Form if first == b'+' => Some(Escape::of_byte(1, b' ')),
            Self::Form | Self::Path => read_percent(raw),
            Self::Xml(_) => read_reference(raw),
            _ => Some(Escape::of_byte(1, first)),
        };
        let whole = ends || raw.len() >= MAX_ESCAPE;
        read.or_else(|| whole.then(|| Escape::of_byte(1, first)))
    }
}

fn read_json(raw: &[u8]) -> Option<Escape> {
    // a high surrogate's escape goes with the low one's
    let mut text = Vec::with_capacity(4);
    let after = push_escape(raw, &mut text)?;
    let mut bytes = [0; 4];
    let length = text.len();
    bytes.get_mut(..length)?.copy_from_slice(&text);
    Some(Escape {
        spelled: raw.len() - after.len(),
        bytes,
        length,
    })
}

fn read_percent(raw: &[u8]) -> Option<Escape> {
    let digits = raw.get(1..3)?;
    let hex = |digit: u8| char::from(digit).to_digit(16);
    let byte = match digits {
        &[high, low] => hex(high).zip(hex(low)).map(|(high, low)| high * 16 + low),
        _ => None,
    };
    Some(match byte.and_then(|byte| u8::try_from(byte).ok()) {
        Some(byte) => Escape::of_byte(3, byte),
        None => Escape::of_byte(1, b'%'),
    })
}

/// A character reference, or one of the five predefined entities (XML 1.0, sections 4.1 and 4.6).
fn read_reference(raw: &[u8]) -> Option<Escape> {
    let end = memchr(b';', raw.get(..raw.len().min(MAX_ESCAPE))?)?;
    let name = raw.get(1..end)?;
    let character = match name {
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"amp" => Some('&'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        [b'#', b'x', digits @ ..] => number(digits, 16),
        [b'#', digits @ ..] => number(digits, 10),
        _ => None,
    };
    Some(match character {
        Some(character) => Escape::of_char(end + 1, character),
        None => Escape::of_byte(1, b'&'),
    })
}

fn number(digits: &[u8], radix: u32) -> Option<char> {
    let text = std::str::from_utf8(digits).ok()?;
    char::from_u32(u32::from_str_radix(text, radix).ok()?)
}

//! How a value is spelled where it stands: what it means, and how a token is written in its place.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use crate::json::push_escape;

/// How a value is spelled in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Syntax {
    /// A whole JSON value, a string with its quotes. A token takes its place as a JSON string.
    Json,
    /// The inside of a JSON string, or a part of it (RFC 8259, section 7).
    JsonText,
    /// A whole CSV field, with its quotes if it has any (RFC 4180).
    Csv {
        /// What separates fields: a token that has it inside is quoted.
        delimiter: u8,
    },
    /// The inside of a quoted CSV field, or a part of it: `""` stands for `"`.
    CsvText,
    /// A name or value of a form (WHATWG URL, section 5), or a part of a URL's query.
    Form,
    /// A segment of a URL's path (RFC 3986, section 2.1): as a form's, but `+` is itself.
    Path,
    /// Character data or the inside of an attribute's quotes (XML 1.0, section 2.4).
    Xml,
    /// What stands for itself: plain text, a CDATA section, a CSV field without quotes.
    Plain,
}

/// One escape, undone.
pub(crate) struct Escape {
    /// How many bytes it is spelled with.
    pub(crate) spelled: usize,
    bytes: [u8; 4],
    length: usize,
}

impl Escape {
    fn of_byte(spelled: usize, byte: u8) -> Self {
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
    /// What the value means: unescaped, without quotes. Only for what a scanner has accepted.
    #[must_use]
    pub fn content<'a>(self, raw: &'a [u8]) -> Cow<'a, [u8]> {
        let inside = match (self, raw) {
            (Self::Json, [b'"', inside @ .., b'"']) => return Self::JsonText.content(inside),
            (Self::Csv { .. }, [b'"', inside @ .., b'"']) => return Self::CsvText.content(inside),
            (Self::Json | Self::Csv { .. } | Self::Plain, raw) => return Cow::Borrowed(raw),
            (_, raw) => raw,
        };
        let Some(first) = self.next_escape(inside) else {
            return Cow::Borrowed(inside);
        };
        let mut text = Vec::with_capacity(inside.len());
        let (plain, mut rest) = inside.split_at(first);
        text.extend_from_slice(plain);
        while !rest.is_empty() {
            let escape = self.read_escape(rest, true);
            let escape =
                escape.unwrap_or_else(|| Escape::of_byte(1, rest.first().copied().unwrap_or(0)));
            text.extend_from_slice(escape.bytes());
            rest = rest.get(escape.spelled..).unwrap_or_default();
            let plain = self.next_escape(rest).unwrap_or(rest.len());
            let (plain, after) = rest.split_at(plain);
            text.extend_from_slice(plain);
            rest = after;
        }
        Cow::Owned(text)
    }

    /// Writes `token`, which is ASCII without quotes, backslash, `<`, `>` and `&`, in the place of
    /// `raw`.
    pub fn write_token(self, token: &[u8], raw: &[u8], out: &mut Vec<u8>) {
        let quoted = match self {
            Self::Json => true,
            Self::Csv { delimiter } => raw.first() == Some(&b'"') || token.contains(&delimiter),
            Self::Form | Self::Path => return push_percent_encoded(token, out),
            Self::JsonText | Self::CsvText | Self::Xml | Self::Plain => false,
        };
        if quoted {
            out.push(b'"');
            out.extend_from_slice(token);
            out.push(b'"');
        } else {
            out.extend_from_slice(token);
        }
    }

    /// Where the next escape begins.
    pub(crate) fn next_escape(self, raw: &[u8]) -> Option<usize> {
        match self {
            Self::JsonText => memchr(b'\\', raw),
            Self::CsvText => memchr(b'"', raw),
            Self::Form => memchr2(b'%', b'+', raw),
            Self::Path => memchr(b'%', raw),
            Self::Xml => memchr(b'&', raw),
            Self::Json | Self::Csv { .. } | Self::Plain => None,
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
            Self::Xml => read_reference(raw),
            Self::Json | Self::Csv { .. } | Self::Plain => Some(Escape::of_byte(1, first)),
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

/// All but the unreserved characters of RFC 3986, section 2.3.
fn push_percent_encoded(token: &[u8], out: &mut Vec<u8>) {
    for &byte in token {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte);
        } else {
            const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
            let digit = |index: u8| DIGITS.get(usize::from(index)).copied().unwrap_or(b'0');
            out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

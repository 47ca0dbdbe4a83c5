//! Bytes that mean something to XML: in texts, in names, around them.

use super::error::{Stop, XmlErrorCode};
use policies::{is_xml_name_char, is_xml_name_start};

/// White space (XML 1.0, section 2.3).
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// How many bytes of white space come first.
pub(super) fn spaces(bytes: &[u8]) -> usize {
    let other = bytes.iter().position(|&byte| !is_space(byte));
    other.unwrap_or(bytes.len())
}

/// Where white space ends that begins at `from`.
pub(super) fn past_spaces(bytes: &[u8], from: usize) -> usize {
    from + spaces(bytes.get(from..).unwrap_or_default())
}

/// Whether XML 1.0, section 2.2, allows the character.
pub(crate) const fn is_allowed(character: u32) -> bool {
    matches!(character,
        0x9 | 0xA | 0xD | 0x20..=0xD7FF | 0xE000..=0xFFFD | 0x1_0000..=0x10_FFFF)
}

/// U+FFFE and U+FFFF begin with this byte in UTF-8, and are not allowed.
pub(super) const NONCHARACTER: u8 = 0xEF;

/// Where the first byte is that a text of some kind must look at: one of three, a control character
/// that is not allowed, or what U+FFFE begins with.
pub(super) fn find<const A: u8, const B: u8, const C: u8>(bytes: &[u8]) -> Option<usize> {
    // no branches, so that the compiler compares a block at once
    let special = |byte: u8| {
        let control = (byte < b' ') & (byte != b'\t') & (byte != b'\n') & (byte != b'\r');
        control | (byte == A) | (byte == B) | (byte == C) | (byte == NONCHARACTER)
    };
    let (blocks, _) = bytes.as_chunks::<32>();
    let mut from = 0;
    for block in blocks {
        if block.iter().fold(false, |any, &byte| any | special(byte)) {
            break;
        }
        from += block.len();
    }
    let rest = bytes.get(from..)?;
    let found = rest.iter().position(|&byte| special(byte))?;
    Some(from + found)
}

/// A qualified name (Namespaces in XML 1.0, section 4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) colon: Option<usize>,
}

impl Name {
    pub(super) fn whole<'t>(&self, bytes: &'t [u8]) -> &'t [u8] {
        bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Empty when it has none.
    pub(super) fn prefix<'t>(&self, bytes: &'t [u8]) -> &'t [u8] {
        let end = self.colon.unwrap_or(self.start);
        bytes.get(self.start..end).unwrap_or_default()
    }

    pub(super) fn local<'t>(&self, bytes: &'t [u8]) -> &'t [u8] {
        let start = self.colon.map_or(self.start, |colon| colon + 1);
        bytes.get(start..self.end).unwrap_or_default()
    }
}

/// Reads the name at `start`, up to the first byte that is not part of one.
pub(super) fn read_name(bytes: &[u8], start: usize, max: usize) -> Result<Name, Stop> {
    let (mut at, mut part, mut colon) = (start, start, None);
    loop {
        let &byte = bytes.get(at).ok_or(Stop::Incomplete)?;
        let length = match class(byte) {
            Class::Start => 1,
            Class::Rest if at > part => 1,
            Class::Colon if at > part && colon.is_none() => {
                (colon, part) = (Some(at), at + 1);
                1
            }
            Class::Wide => wide(bytes, at, at == part)?,
            Class::Other if at > part => break,
            _ => return Err(Stop::fault(at, XmlErrorCode::InvalidName)),
        };
        if at + length - start > max {
            return Err(Stop::fault(at, XmlErrorCode::NameTooLong));
        }
        at += length;
    }
    let end = at;
    Ok(Name { start, end, colon })
}

#[derive(Clone, Copy)]
enum Class {
    Start,
    Rest,
    Colon,
    Wide,
    Other,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        let character = byte as u8 as char;
        #[expect(clippy::indexing_slicing, reason = "checked at compile time")]
        {
            classes[byte] = if byte >= 0x80 {
                Class::Wide
            } else if is_xml_name_start(character) {
                Class::Start
            } else if is_xml_name_char(character) {
                Class::Rest
            } else if byte as u8 == b':' {
                Class::Colon
            } else {
                Class::Other
            };
        }
        byte += 1;
    }
    classes
};

fn class(byte: u8) -> Class {
    let class = CLASSES.get(usize::from(byte));
    class.copied().unwrap_or(Class::Other)
}

/// The length of the character at `at`, which is not ASCII.
#[cold]
fn wide(bytes: &[u8], at: usize, first: bool) -> Result<usize, Stop> {
    let invalid = Stop::fault(at, XmlErrorCode::InvalidName);
    let length = match bytes.get(at) {
        Some(0xC2..=0xDF) => 2,
        Some(0xE0..=0xEF) => 3,
        Some(0xF0..=0xF4) => 4,
        _ => return Err(invalid),
    };
    let spelled = bytes.get(at..at + length).ok_or(Stop::Incomplete)?;
    let text = std::str::from_utf8(spelled).map_err(|_| invalid)?;
    let allowed = match first {
        true => text.chars().all(is_xml_name_start),
        false => text.chars().all(is_xml_name_char),
    };
    if allowed { Ok(length) } else { Err(invalid) }
}

/// Whether `text` stands at `at`, as far as there are bytes.
pub(super) fn expect(bytes: &[u8], at: usize, text: &[u8], code: XmlErrorCode) -> Result<(), Stop> {
    for (place, expected) in text.iter().enumerate() {
        match bytes.get(at + place) {
            None => return Err(Stop::Incomplete),
            Some(byte) if byte != expected => return Err(Stop::fault(at + place, code)),
            Some(_) => {}
        }
    }
    Ok(())
}

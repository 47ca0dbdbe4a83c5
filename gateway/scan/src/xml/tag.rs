//! Start tags (XML 1.0, section 3.1).

use super::characters::{Name, past_spaces, read_name};
use super::error::{Stop, XmlErrorCode};
use super::namespaces::Space;
use super::reader::{Kind, Read, Reader};
use std::ops::Range;

/// Attributes that room is kept for from tag to tag.
const KEPT: usize = 256;

/// A start tag as it was read last; places count from its `<`.
#[derive(Debug, Default)]
pub(super) struct Tag {
    pub(super) name: Name,
    pub(super) attributes: Vec<Attribute>,
    /// Whether it ends with `/>`.
    pub(super) empty: bool,
}

/// An attribute or a namespace declaration.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: Name,
    /// The inside of its quotes.
    pub(super) value: Range<usize>,
    /// Known once the declarations of its tag are.
    pub(super) space: Space,
}

impl Tag {
    /// Reads the tag that `bytes` begin with; gives its length.
    pub(super) fn read(&mut self, bytes: &[u8], max_name: usize) -> Result<usize, Stop> {
        if self.attributes.capacity() > KEPT {
            self.attributes = Vec::new();
        }
        self.attributes.clear();
        self.name = read_name(bytes, 1, max_name)?;
        let mut at = self.name.end;
        loop {
            let next = past_spaces(bytes, at);
            match bytes.get(next) {
                None => return Err(Stop::Incomplete),
                Some(b'>') => {
                    self.empty = false;
                    return Ok(next + 1);
                }
                Some(b'/') => {
                    self.empty = true;
                    return match bytes.get(next + 1) {
                        None => Err(Stop::Incomplete),
                        Some(b'>') => Ok(next + 2),
                        Some(_) => Err(Stop::fault(next + 1, XmlErrorCode::UnexpectedByte)),
                    };
                }
                Some(_) if next == at => {
                    return Err(Stop::fault(next, XmlErrorCode::UnexpectedByte));
                }
                Some(_) => at = self.read_attribute(bytes, next, max_name)?,
            }
        }
    }

    fn read_attribute(
        &mut self,
        bytes: &[u8],
        start: usize,
        max_name: usize,
    ) -> Result<usize, Stop> {
        let name = read_name(bytes, start, max_name)?;
        let equals = past_spaces(bytes, name.end);
        match bytes.get(equals) {
            None => return Err(Stop::Incomplete),
            Some(b'=') => {}
            Some(_) => return Err(Stop::fault(equals, XmlErrorCode::UnexpectedByte)),
        }
        let quote = past_spaces(bytes, equals + 1);
        let kind = match bytes.get(quote) {
            None => return Err(Stop::Incomplete),
            Some(b'"') => Kind::DoubleQuoted,
            Some(b'\'') => Kind::SingleQuoted,
            Some(_) => return Err(Stop::fault(quote, XmlErrorCode::UnexpectedByte)),
        };
        let from = quote + 1;
        let inside = bytes.get(from..).unwrap_or_default();
        let to = match Reader::default().read(kind, inside) {
            Read::More => return Err(Stop::Incomplete),
            Read::Fault(at, code) => return Err(Stop::fault(from + at, code)),
            Read::Ended(length) => from + length,
        };
        self.attributes.push(Attribute {
            name,
            value: from..to,
            space: Space::None,
        });
        Ok(to + 1)
    }
}

//! Texts of XML 1.0, and what takes their place in sections that have no escapes.

use crate::syntax::{Beside, Unfit};
use crate::xml::is_allowed;

/// Character data, or the inside of an attribute's quotes. Line ends and tabs are references, which
/// stay what they are when lines and attributes are normalized (sections 2.11 and 3.3.3).
pub(super) fn write(text: &str, beside: Beside, out: &mut Vec<u8>) -> Result<(), Unfit> {
    check_characters(text)?;
    check_empty(text, beside)?;
    // what stands behind could make `]]>` of it
    let (text, last) = match text.strip_suffix(']') {
        Some(text) if beside.after => (text, "&#93;"),
        _ => (text, ""),
    };
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let reference: &[u8] = match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'"' => b"&quot;",
            b'\'' => b"&apos;",
            b'\t' => b"&#9;",
            b'\n' => b"&#10;",
            b'\r' => b"&#13;",
            _ => continue,
        };
        out.extend_from_slice(text.as_bytes().get(from..at).unwrap_or_default());
        out.extend_from_slice(reference);
        from = at + 1;
    }
    out.extend_from_slice(text.as_bytes().get(from..).unwrap_or_default());
    out.extend_from_slice(last.as_bytes());
    Ok(())
}

/// A section whose text stands for itself: what ends it cannot be written.
pub(super) struct Section {
    /// What must not be in it.
    ends: &'static str,
    /// What must not come first when that could go on what stands before.
    goes_on: &'static [char],
    /// What must not come first at its start.
    begins: &'static [char],
    /// What must not come last when what stands behind could go on that.
    last: char,
}

pub(super) const CDATA: Section = Section {
    ends: "]]>",
    goes_on: &[']', '>', '\n'],
    // white space before it has passed, a carriage return perhaps
    begins: &['\n'],
    last: ']',
};

pub(super) const COMMENT: Section = Section {
    ends: "--",
    goes_on: &['-', '\n'],
    // readers of HTML take `<!-->` for all of a comment
    begins: &['-', '>', '\n'],
    last: '-',
};

pub(super) const INSTRUCTION: Section = Section {
    ends: "?>",
    goes_on: &['>', '\n'],
    // white space before the text is none of it
    begins: &[' ', '\t', '\n'],
    last: '?',
};

impl Section {
    pub(super) fn write(&self, text: &str, beside: Beside, out: &mut Vec<u8>) -> Result<(), Unfit> {
        check_characters(text)?;
        check_empty(text, beside)?;
        // a carriage return would be read as a line feed
        if text.contains('\r') {
            return Err(Unfit::Character);
        }
        let joins = (beside.before && text.starts_with(self.goes_on))
            || (beside.starts && text.starts_with(self.begins))
            || (beside.after && text.ends_with(self.last));
        if joins || text.contains(self.ends) {
            return Err(Unfit::Structure);
        }
        out.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

fn check_characters(text: &str) -> Result<(), Unfit> {
    match text.chars().all(|character| is_allowed(character.into())) {
        true => Ok(()),
        false => Err(Unfit::Character),
    }
}

/// Without anything between them, what stands before and behind could join.
fn check_empty(text: &str, beside: Beside) -> Result<(), Unfit> {
    match text.is_empty() && beside.before && beside.after {
        true => Err(Unfit::Structure),
        false => Ok(()),
    }
}

//! How a value is spelled where it stands: what it means, and how a replacement is written there.

mod beside;
mod escape;
#[cfg(test)]
mod tests;
mod unfit;
mod write;

use std::borrow::Cow;

pub use beside::Beside;
pub(crate) use beside::Within;
use escape::Escape;
pub use unfit::Unfit;

/// How a value is spelled in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Syntax {
    /// A whole JSON value, a string with its quotes. A token takes its place as a JSON string.
    Json,
    /// The inside of a JSON string, or a part of it (RFC 8259, section 7).
    JsonText,
    /// A whole CSV field, with its quotes if it has any (RFC 4180).
    Csv {
        /// What separates fields: what has it inside is quoted.
        delimiter: u8,
        /// Whether it is the only field of its row: without a character or quotes, it would be an
        /// empty line, which is no row.
        alone: bool,
    },
    /// The inside of a quoted CSV field, or a part of it: `""` stands for `"`.
    CsvText,
    /// A part of a CSV field without quotes.
    CsvPart {
        /// What separates fields.
        delimiter: u8,
        /// As a whole field's.
        alone: bool,
    },
    /// A name or value of a form (WHATWG URL, section 5), or a part of a URL's query.
    Form,
    /// A segment of a URL's path (RFC 3986, section 2.1): as a form's, but `+` is itself.
    Path,
    /// Character data or the inside of an attribute's quotes (XML 1.0, section 2.4).
    Xml(Beside),
    /// The inside of a CDATA section (XML 1.0, section 2.7).
    Cdata(Beside),
    /// The inside of an XML comment (XML 1.0, section 2.5).
    Comment(Beside),
    /// What follows the target of an XML processing instruction (XML 1.0, section 2.6).
    Instruction(Beside),
    /// The file name of a part of a multipart body (RFC 7578, section 4.2), inside its quotes.
    FileName {
        /// Whether it has quotes.
        quoted: bool,
    },
    /// A header field's value (RFC 9110, section 5.5).
    Header,
    /// What stands for itself: plain text, a multipart field.
    Plain,
}

impl Syntax {
    /// What the value means: unescaped, without quotes. Only for what a scanner has accepted.
    #[must_use]
    pub fn content<'a>(self, raw: &'a [u8]) -> Cow<'a, [u8]> {
        let inside = match (self, raw) {
            (Self::Json, [b'"', inside @ .., b'"']) => return Self::JsonText.content(inside),
            (Self::Csv { .. }, [b'"', inside @ .., b'"']) => return Self::CsvText.content(inside),
            (Self::JsonText | Self::CsvText | Self::Form | Self::Path | Self::Xml(_), raw) => raw,
            (_, raw) => return Cow::Borrowed(raw),
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
}

//! What a part of a text stands beside: it can make markup of what takes the part's place.

use std::ops::Range;

use super::Syntax;

/// What a value in XML stands beside, as far as that could be read as markup together with what
/// takes the value's place. A `]` before `]>` ends a CDATA section, though neither does alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Beside {
    /// The value begins its text, of which only white space may have come before.
    pub(super) starts: bool,
    /// What stands before it may go on in it.
    pub(super) before: bool,
    /// What stands behind it may have begun in it.
    pub(super) after: bool,
}

impl Beside {
    /// Nothing: the value is all there is between two pieces of markup.
    pub const NOTHING: Self = Self {
        starts: false,
        before: false,
        after: false,
    };
}

/// Where a value is in its text, as far as that is at hand.
pub(crate) struct Within<'a> {
    /// The text as it is spelled: from its start, or from well before the value.
    pub(crate) raw: &'a [u8],
    pub(crate) span: Range<usize>,
    /// Whether another value ends where this one begins.
    pub(crate) adjoins: bool,
    /// Whether the text ends with `raw`.
    pub(crate) ends: bool,
}

impl Within<'_> {
    fn beside(&self, before: &[u8], after: &[u8]) -> Beside {
        let preceding = self.raw.get(..self.span.start).unwrap_or_default();
        let following = self.raw.get(self.span.end..).unwrap_or_default();
        Beside {
            starts: preceding.is_empty(),
            // what takes the other value's place may be anything
            before: self.adjoins || preceding.last().is_some_and(|byte| before.contains(byte)),
            after: match following.first() {
                Some(byte) => after.contains(byte),
                None => !self.ends,
            },
        }
    }

    fn is_all(&self) -> bool {
        self.ends && self.span == (0..self.raw.len())
    }
}

impl Syntax {
    /// How a value is spelled that is a part of a text of this syntax.
    pub(crate) fn within(self, place: &Within<'_>) -> Self {
        match self {
            Self::CsvPart { delimiter, alone } if place.is_all() => Self::Csv { delimiter, alone },
            Self::CsvPart { delimiter, .. } => Self::CsvPart {
                delimiter,
                alone: false,
            },
            // a carriage return and a line feed are one line end
            Self::Xml(_) => Self::Xml(place.beside(b"]\r", b"]>\n")),
            Self::Cdata(_) => Self::Cdata(place.beside(b"]\r", b"]>\n")),
            Self::Comment(_) => {
                let mut beside = place.beside(b"-\r", b"-\n");
                // what ends the comment begins like that
                beside.after |= place.ends && place.span.end == place.raw.len();
                Self::Comment(beside)
            }
            Self::Instruction(_) => Self::Instruction(place.beside(b"?\r", b">\n")),
            other => other,
        }
    }
}

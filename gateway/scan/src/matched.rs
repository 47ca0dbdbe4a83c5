//! A value that a rule takes, as the sink sees it.

use crate::syntax::Syntax;
use std::borrow::Cow;
use std::fmt;

/// The type of a matched value: JSON has them all, other formats only strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MatchedType {
    /// A string.
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `null`, which comes only where the rule tokenizes it.
    Null,
    /// An object, whole.
    Object,
    /// An array, whole.
    Array,
}

impl MatchedType {
    /// The type of the JSON value that begins with this byte.
    pub(crate) const fn of_json(byte: u8) -> Self {
        match byte {
            b'"' => Self::String,
            b'{' => Self::Object,
            b'[' => Self::Array,
            b't' | b'f' => Self::Boolean,
            b'n' => Self::Null,
            _ => Self::Number,
        }
    }
}

/// A value that a rule takes. `Debug` shows where it is and never what it is.
#[derive(Clone, Copy)]
pub struct Matched<'a> {
    /// The rule that takes it: its place in the policy.
    pub rule: usize,
    /// Its type.
    pub value_type: MatchedType,
    /// The value as it is spelled.
    pub raw: &'a [u8],
    /// How that is spelled.
    pub syntax: Syntax,
    /// Where it begins, in bytes from the start of the input.
    pub offset: u64,
}

impl<'a> Matched<'a> {
    /// What is sealed: a text without quotes and escapes, anything else as spelled.
    #[must_use]
    pub fn content(&self) -> Cow<'a, [u8]> {
        self.syntax.content(self.raw)
    }
}

impl fmt::Debug for Matched<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Matched")
            .field("rule", &self.rule)
            .field("value_type", &self.value_type)
            .field("length", &self.raw.len())
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

//! A value that a rule takes, as the sink sees it.

use super::escape::unescape;
use std::borrow::Cow;
use std::fmt;

/// The JSON type of a matched value.
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
    /// The type that begins with this byte of a valid document.
    pub(crate) const fn of_first_byte(byte: u8) -> Self {
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
    /// Its JSON type.
    pub value_type: MatchedType,
    /// The value as it is spelled, a string with its quotes.
    pub raw: &'a [u8],
    /// Where it begins, in bytes from the start of the input.
    pub offset: u64,
}

impl<'a> Matched<'a> {
    /// What is sealed: a string without quotes and escapes, anything else as spelled.
    #[must_use]
    pub fn content(&self) -> Cow<'a, [u8]> {
        match (self.value_type, self.raw) {
            (MatchedType::String, [b'"', inner @ .., b'"']) => unescape(inner),
            (_, raw) => Cow::Borrowed(raw),
        }
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

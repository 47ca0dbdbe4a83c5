//! What is wrong with an input of this format.

/// Why an input is refused. Each has a stable kebab-case name, [`TextErrorCode::as_str`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextErrorCode {
    /// A value longer than the policy allows.
    ValueTooLong,
}

impl TextErrorCode {
    /// The stable name that users and programs see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ValueTooLong => "text-value-too-long",
        }
    }

    /// A sentence for the sender: what to change. Sending the same bytes again never helps.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::ValueTooLong => "Shorten the value, or raise its limit in the policy.",
        }
    }

    /// Whether something is longer than the policy allows, rather than malformed.
    #[must_use]
    pub const fn is_too_large(self) -> bool {
        matches!(self, Self::ValueTooLong)
    }
}

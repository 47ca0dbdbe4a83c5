//! What is wrong with a form.

/// Why a form is refused. Each has a stable kebab-case name, [`FormErrorCode::as_str`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FormErrorCode {
    /// A `%` that two hexadecimal digits do not follow.
    InvalidEscape,
    /// A control character or space that is not escaped.
    ControlCharacter,
    /// A `;` that is not escaped: some readers end a field with it.
    AmbiguousSeparator,
    /// A name longer than `max_name_bytes`.
    NameTooLong,
    /// A value that becomes a token is longer than `max_value_bytes`.
    ValueTooLong,
}

impl FormErrorCode {
    /// The stable name that users and programs see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidEscape => "form-invalid-escape",
            Self::ControlCharacter => "form-control-character",
            Self::AmbiguousSeparator => "form-ambiguous-separator",
            Self::NameTooLong => "form-name-too-long",
            Self::ValueTooLong => "form-value-too-long",
        }
    }

    /// A sentence for the sender: what to change. Sending the same bytes again never helps.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::InvalidEscape => "Write two hexadecimal digits after each `%`, and `%` as `%25`.",
            Self::ControlCharacter => {
                "Escape control characters, and write a space as `+` or `%20`."
            }
            Self::AmbiguousSeparator => "Separate fields with `&`, and write `;` as `%3B`.",
            Self::NameTooLong => "Shorten the name, or raise form.max_name_bytes.",
            Self::ValueTooLong => "Shorten the value, or raise form.max_value_bytes.",
        }
    }

    /// Whether something is longer than the policy allows, rather than malformed.
    #[must_use]
    pub const fn is_too_large(self) -> bool {
        matches!(self, Self::NameTooLong | Self::ValueTooLong)
    }
}

//! Why a replacement cannot stand in a value's place.

/// Why a replacement cannot stand in a value's place: there it would read as something else. It is
/// the policy's fault, which wants this replacement for what stands in such places; a retry does
/// not help. Holds no byte of the value or the replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A character that cannot be written there, not even as an escape.
    #[error("it has a character that cannot be written there")]
    Character,
    /// It would end the text that it stands in, or begin another.
    #[error("it would read as more than a text there")]
    Structure,
    /// It has no characters, and something has to stand there.
    #[error("it is empty, and something has to stand there")]
    Empty,
    /// It was to be a number.
    #[error("it is no number as JSON spells them")]
    Number,
}

impl Unfit {
    /// A stable word for problem documents.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Character => "character",
            Self::Structure => "structure",
            Self::Empty => "empty",
            Self::Number => "number",
        }
    }
}

//! What is wrong with a body's charset.

use std::fmt;

/// Why a body cannot be converted. Each has a stable kebab-case name, [`CharsetErrorCode::as_str`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CharsetErrorCode {
    /// Bytes that the charset does not have.
    Invalid,
    /// The body ended inside a character.
    Truncated,
    /// `utf-16` without a byte order mark.
    NoByteOrderMark,
    /// A character that the charset does not have, on the way back.
    Unencodable,
}

impl CharsetErrorCode {
    /// The stable name that users and programs see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "charset-invalid",
            Self::Truncated => "charset-truncated",
            Self::NoByteOrderMark => "charset-no-byte-order-mark",
            Self::Unencodable => "charset-unencodable",
        }
    }

    /// A sentence for the sender: what to change.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Invalid => "Send the text in the charset that the content type names.",
            Self::Truncated => "Send the whole body; it ends inside a character.",
            Self::NoByteOrderMark => {
                "Begin the body with a byte order mark, or name utf-16le or utf-16be."
            }
            Self::Unencodable => "Send the text as UTF-8.",
        }
    }
}

impl fmt::Display for CharsetErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A body is not in its charset. It holds none of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{code} at byte {offset}: {}", code.advice())]
pub struct CharsetError {
    /// What is wrong.
    pub code: CharsetErrorCode,
    /// The first byte, after content codings were undone, of the character that cannot be; the
    /// body's length when it ended too early.
    pub offset: u64,
}

impl CharsetError {
    /// Bytes at `offset` that the charset does not have.
    #[must_use]
    pub const fn invalid(offset: u64) -> Self {
        Self {
            code: CharsetErrorCode::Invalid,
            offset,
        }
    }

    /// The body ended at `offset`, inside a character.
    #[must_use]
    pub const fn truncated(offset: u64) -> Self {
        Self {
            code: CharsetErrorCode::Truncated,
            offset,
        }
    }

    pub(super) const fn unencodable() -> Self {
        Self {
            code: CharsetErrorCode::Unencodable,
            offset: 0,
        }
    }

    /// The code's stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code.as_str()
    }

    /// What the sender should change, as a sentence.
    #[must_use]
    pub const fn advice(&self) -> &'static str {
        self.code.advice()
    }
}

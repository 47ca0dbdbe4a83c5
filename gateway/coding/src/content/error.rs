//! What is wrong with an encoded body.

use std::fmt;

/// Why a body cannot be decoded. Each has a stable kebab-case name, [`CodingErrorCode::as_str`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CodingErrorCode {
    /// It is not in the coding, or its checksum is wrong.
    Corrupt,
    /// It ended before its coding did.
    Truncated,
    /// Something follows the end of the coding.
    TrailingData,
    /// It decodes to more bytes than the limit.
    TooLarge,
    /// It decodes to too many bytes for each of its own.
    ExpandsTooMuch,
}

impl CodingErrorCode {
    /// The stable name that users and programs see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Corrupt => "coding-corrupt",
            Self::Truncated => "coding-truncated",
            Self::TrailingData => "coding-trailing-data",
            Self::TooLarge => "coding-too-large",
            Self::ExpandsTooMuch => "coding-expands-too-much",
        }
    }

    /// A sentence for the sender: what to change.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Corrupt => "Send the body in the coding that Content-Encoding names.",
            Self::Truncated => "Send the whole body; it ends before its content coding does.",
            Self::TrailingData => "End the body where its content coding ends.",
            Self::TooLarge => "Send a body that decodes to less, or raise limits.decoded_body.",
            Self::ExpandsTooMuch => {
                "Send the body with less compression or without, or raise limits.decoding_ratio."
            }
        }
    }
}

impl fmt::Display for CodingErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A body cannot be decoded. It holds none of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{code} at byte {offset}: {}", code.advice())]
pub struct CodingError {
    /// What is wrong.
    pub code: CodingErrorCode,
    /// How many bytes of the body had been read when it showed.
    pub offset: u64,
}

impl CodingError {
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

    /// Whether it is longer than the limits allow, rather than malformed.
    #[must_use]
    pub const fn is_too_large(&self) -> bool {
        matches!(
            self.code,
            CodingErrorCode::TooLarge | CodingErrorCode::ExpandsTooMuch
        )
    }
}

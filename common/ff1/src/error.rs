//! What can be wrong with a caller's input. None of it holds a numeral, and no retry helps.

use thiserror::Error;

/// The caller's fault: FF1 takes no such radix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("radix {radix} is not between 2 and 65536")]
pub struct RadixError {
    /// The radix that was asked for.
    pub radix: u32,
}

/// The caller's fault: a text or a tweak that FF1 does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Ff1Error {
    /// The domain would be below [`MINIMUM_DOMAIN`](crate::MINIMUM_DOMAIN).
    #[error("{length} numerals, and it takes {least} for a domain of a million")]
    TooShort {
        /// The text's length in numerals.
        length: usize,
        /// Fewest numerals in this radix.
        least: usize,
    },
    /// More than [`MAXIMUM_LENGTH`](crate::MAXIMUM_LENGTH) numerals.
    #[error("{length} numerals, of at most 256")]
    TooLong {
        /// The text's length in numerals.
        length: usize,
    },
    /// A numeral is not below the radix.
    #[error("a numeral is not below the radix, {radix}")]
    NotInRadix {
        /// The radix.
        radix: u32,
    },
    /// More than [`MAXIMUM_TWEAK`](crate::MAXIMUM_TWEAK) bytes.
    #[error("a tweak of {length} bytes, of at most 65535")]
    TweakTooLong {
        /// The tweak's length in bytes.
        length: usize,
    },
}

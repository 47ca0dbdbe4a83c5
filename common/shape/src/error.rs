//! What can be wrong: with a shape, which is the policy author's fault, or with a value.

use thiserror::Error;

/// The policy author's fault: the parts make no shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ShapeError {
    /// A Luhn digit exists for digits only.
    #[error("a Luhn digit needs the alphabet `digits`")]
    LuhnOfOther,
    /// Case is folded, but the alphabet has both cases of a letter.
    #[error(
        "the alphabet has {character:?} in both cases: take one of them out, or keep case as it is"
    )]
    CasesOfOne {
        /// The letter, in one of its cases.
        character: char,
    },
    /// A marker without a character.
    #[error("the marker is empty")]
    MarkerEmpty,
    /// A marker in front of tokens must be told from them.
    #[error(
        "the marker has {character:?}, which is in the alphabet: a token could not be told from its marker"
    )]
    MarkerInAlphabet {
        /// The first such character.
        character: char,
    },
    /// A marker that takes the place of characters must be of their alphabet.
    #[error("the marker has {character:?}, which is not in the alphabet")]
    MarkerOutsideAlphabet {
        /// The first such character.
        character: char,
    },
    /// The marker takes the place of the first characters, which are to be kept.
    #[error("the marker takes the place of the first characters, which `keep_first` keeps")]
    MarkerOverKept,
    /// At the least length nothing would be left to replace.
    #[error("of {length} characters none would be left to replace; it takes {least}")]
    NothingLeft {
        /// The least length that the parts name.
        length: usize,
        /// The least that would leave one.
        least: usize,
    },
    /// The greatest length is below the least, or above [`MAXIMUM_LENGTH`](crate::MAXIMUM_LENGTH).
    #[error("the greatest length, {most}, is not between the least, {least}, and 256")]
    Lengths {
        /// The least length.
        least: usize,
        /// The greatest.
        most: usize,
    },
}

/// Why tokens of a shape cannot be turned back without a vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Irreversible {
    /// A marker in place takes room that the value needs.
    #[error("the marker takes the place of characters of the value")]
    MarkerInPlace,
    /// Case is folded, and a letter's case is lost where a character without case replaces it.
    #[error("the alphabet has characters without case, on which a letter's case is lost")]
    CaseLost,
}

/// Why a text is no value, or no token, of a shape. Holds nothing of the text: for one shape and one
/// kind of misfit it is always the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Misfit {
    /// The client's fault: fewer characters of the alphabet than the shape takes.
    #[error("the text is too short: it takes {least} characters of the alphabet")]
    TooShort {
        /// The shape's least length.
        least: usize,
    },
    /// The client's fault: more characters of the alphabet than the shape takes.
    #[error("the text is too long: it may have {most} characters of the alphabet")]
    TooLong {
        /// The shape's greatest length.
        most: usize,
    },
    /// The client's fault: a character outside the alphabet, and the shape takes none.
    #[error("the text has a character outside the alphabet")]
    Outside,
    /// The client's fault: the text's digits do not add up as the shape has it (ISO/IEC 7812-1,
    /// annex B). For a token that decrypts to such a value: it was not made by this shape and key.
    #[error("the text's Luhn digit is not as the shape has it")]
    Luhn,
    /// The client's fault: a token of this shape would have its marker.
    #[error("the text does not have the marker of tokens")]
    NoMarker,
    /// The policy author's fault: tokens of this shape are drawn, not encrypted.
    #[error("the shape is for tokens that a vault keeps: {0}")]
    Irreversible(Irreversible),
    /// The caller's fault: a numeral is not below the radix.
    #[error("a numeral is not below the radix")]
    Numeral,
}

impl Misfit {
    /// A stable code for problem documents.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooShort { .. } => "value-too-short",
            Self::TooLong { .. } => "value-too-long",
            Self::Outside => "character-outside-alphabet",
            Self::Luhn => "luhn-digit",
            Self::NoMarker => "no-marker",
            Self::Irreversible(_) => "shape-irreversible",
            Self::Numeral => "numeral-out-of-range",
        }
    }
}

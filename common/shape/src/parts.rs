//! What a shape is made of.

use crate::Alphabet;

/// Longest value, in characters of the alphabet: as many as the `ff1` crate takes.
pub const MAXIMUM_LENGTH: usize = 256;

/// First digits of card numbers that no issuer has, as a [`Marker::InPlace`] of drawn tokens.
///
/// ISO/IEC 7812-1 leaves numbers that begin with 9 to national standards bodies: the next three
/// digits are their country's code in ISO 3166-1. That standard leaves the codes 900 to 999 to its
/// users and gives them to no country, so that nobody can register 9999.
pub const CARD_ISSUER: &str = "9999";

/// A first digit of card numbers that no card network has, as a [`Marker::InPlace`] that encrypted
/// tokens have room for. ISO/IEC 7812-1 keeps 0 for ISO/TC 68 and other industry assignments. 9 would
/// not do: national networks have it, such as 9792 in Türkiye. Programs that take a card number for a
/// number lose a leading zero; those need another way.
pub const CARD_FIRST_DIGIT: &str = "0";

/// What a [`Shape`](crate::Shape) is made of; [`Parts::of`] an alphabet replaces every character.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The characters that are replaced, and that replace them.
    pub alphabet: Alphabet,
    /// How many characters of the alphabet are kept at the start.
    pub keep_first: usize,
    /// How many characters of the alphabet are kept at the end.
    pub keep_last: usize,
    /// What is done with characters outside the alphabet.
    pub outside: Outside,
    /// Whether letters are matched without regard to case.
    pub case: Case,
    /// What is asked of the value's Luhn digit, and done with the token's.
    pub luhn: Luhn,
    /// What shows that a token is one.
    pub marker: Option<Marker>,
    /// Least length in characters of the alphabet; `None`: as few as leave one to replace.
    pub min_length: Option<usize>,
    /// Greatest length in characters of the alphabet; `None`: [`MAXIMUM_LENGTH`].
    pub max_length: Option<usize>,
}

impl Parts {
    /// Every character of `alphabet` is replaced, any other is refused; no Luhn digit, no marker.
    pub fn of(alphabet: Alphabet) -> Self {
        Self {
            alphabet,
            keep_first: 0,
            keep_last: 0,
            outside: Outside::Reject,
            case: Case::AsIs,
            luhn: Luhn::Ignore,
            marker: None,
            min_length: None,
            max_length: None,
        }
    }
}

/// What is done with characters outside the alphabet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Outside {
    /// They stay in their places, readable: the dashes of 123-45-6789.
    Keep,
    /// A value with one is refused.
    #[default]
    Reject,
}

/// Whether letters are matched without regard to case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Case {
    /// Capitals and small letters are different characters.
    #[default]
    AsIs,
    /// A letter of the alphabet stands for both cases. The token's letters have the case of the
    /// value's at the same place, and the other way round: case is readable in the token. Reversible
    /// when all characters of the alphabet have two cases, or none has.
    Fold,
}

/// What is asked of the value's Luhn digit (ISO/IEC 7812-1, annex B), and done with the token's.
///
/// The sum is taken over all digits of the value or token, kept ones and a marker in place included.
/// With [`Valid`](Self::Valid) and [`Invalid`](Self::Invalid) the last digit that is neither kept nor
/// marker is left out of what is encrypted and computed anew on both sides; where no last digits are
/// kept, that is the check digit. The domain is a tenth of what it would be without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Luhn {
    /// Nothing: one token in ten passes by chance.
    #[default]
    Ignore,
    /// The value must pass; the token passes in one case of ten. A tenth of all texts are values, so
    /// that nine in ten of the texts that are no tokens are found out when they are turned back. The
    /// room of the check digit takes a [`Marker::InPlace`] of one digit.
    Require,
    /// The value must pass, and the token passes.
    Valid,
    /// The value must pass, and the token never does: its sum is 1 modulo 10.
    Invalid,
}

/// What shows people and scanners that a token is one. It hides nothing and proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marker {
    /// A text in front of the token, which gets longer by it. None of its characters is in the
    /// alphabet.
    Before(Box<str>),
    /// Characters of the alphabet in place of the token's first, such as [`CARD_ISSUER`]. The token
    /// is as long as the value, but has room for less, so that it can be drawn only; except for one
    /// digit under [`Luhn::Require`], such as [`CARD_FIRST_DIGIT`], which takes the room of the check
    /// digit.
    InPlace(Box<str>),
}

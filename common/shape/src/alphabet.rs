//! Characters in an order, and numerals for them.

use std::fmt;
use thiserror::Error;

/// 2 to 65,536 different characters in an order: the first is numeral 0.
#[derive(Clone, PartialEq, Eq)]
pub struct Alphabet {
    characters: Vec<char>,
    index: Index,
}

/// The policy author's fault: not an alphabet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AlphabetError {
    /// Fewer than 2 characters, or more than 65,536.
    #[error("an alphabet of {count} characters; it takes 2 to 65536")]
    Count {
        /// How many there are.
        count: usize,
    },
    /// A character comes twice.
    #[error("the alphabet has {character:?} twice")]
    Repeated {
        /// Which it is.
        character: char,
    },
}

impl Alphabet {
    /// The names that [`named`](Self::named) knows.
    pub const NAMES: [&str; 9] = [
        "digits",
        "hex",
        "HEX",
        "lower",
        "upper",
        "letters",
        "alphanumeric",
        "base36",
        "latin1-letters",
    ];

    /// A set by its name; `None` for a name that is not in [`NAMES`](Self::NAMES).
    ///
    /// `hex` and `base36` have small letters, `HEX` capitals; `letters` and `alphanumeric` have both;
    /// `latin1-letters` has the letters of ISO/IEC 8859-1, without the ordinal indicators ª and º and
    /// the micro sign.
    pub fn named(name: &str) -> Option<Self> {
        let characters: Vec<char> = match name {
            "digits" => ('0'..='9').collect(),
            "hex" => ('0'..='9').chain('a'..='f').collect(),
            "HEX" => ('0'..='9').chain('A'..='F').collect(),
            "lower" => ('a'..='z').collect(),
            "upper" => ('A'..='Z').collect(),
            "letters" => ('A'..='Z').chain('a'..='z').collect(),
            "alphanumeric" => ('0'..='9').chain('A'..='Z').chain('a'..='z').collect(),
            "base36" => ('0'..='9').chain('a'..='z').collect(),
            "latin1-letters" => {
                let ascii = ('A'..='Z').chain('a'..='z');
                // two signs stand among the letters: × (U+00D7) and ÷ (U+00F7)
                let others = ('À'..='Ö').chain('Ø'..='ö').chain('ø'..='ÿ');
                ascii.chain(others).collect()
            }
            _ => return None,
        };
        Self::of(characters).ok()
    }

    /// The characters of a list, in its order.
    ///
    /// # Errors
    /// The policy author's fault: too few, too many, or one of them twice.
    pub fn of(characters: impl IntoIterator<Item = char>) -> Result<Self, AlphabetError> {
        let characters: Vec<char> = characters.into_iter().collect();
        let count = characters.len();
        if !(2..=65_536).contains(&count) {
            return Err(AlphabetError::Count { count });
        }
        let numbered = characters.iter().copied().zip(0..=u16::MAX);
        let index = Index::of(numbered.collect());
        let index = index.map_err(|character| AlphabetError::Repeated { character })?;
        Ok(Self { characters, index })
    }

    /// How many characters there are.
    pub fn radix(&self) -> u32 {
        // at most 65,536
        self.characters.len() as u32
    }

    /// The characters in their order.
    pub fn characters(&self) -> &[char] {
        &self.characters
    }

    /// The numeral of a character; `None` for one that is not in the alphabet.
    pub fn numeral(&self, character: char) -> Option<u16> {
        self.index.get(character)
    }

    /// The character of a numeral; `None` for one that is not below the radix.
    pub fn character(&self, numeral: u16) -> Option<char> {
        self.characters.get(usize::from(numeral)).copied()
    }
}

impl fmt::Debug for Alphabet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // in full: what compares policies by their `Debug` must see all of it
        let characters: String = self.characters.iter().collect();
        formatter
            .debug_tuple("Alphabet")
            .field(&characters)
            .finish()
    }
}

/// Numerals of characters: those of ISO/IEC 8859-1 in a table, the others by search.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Index {
    /// By code point; [`Index::NONE`] for a character that is not in it.
    table: Box<[u32; 256]>,
    /// Sorted.
    others: Vec<(char, u16)>,
}

impl Index {
    const NONE: u32 = u32::MAX;

    /// The error is a character that comes twice.
    pub(crate) fn of(numbered: Vec<(char, u16)>) -> Result<Self, char> {
        let mut sorted = numbered;
        sorted.sort_unstable();
        let twice =
            |(one, other): (&(char, u16), &(char, u16))| (one.0 == other.0).then_some(one.0);
        if let Some(character) = sorted.iter().zip(sorted.iter().skip(1)).find_map(twice) {
            return Err(character);
        }
        let mut table = Box::new([Self::NONE; 256]);
        let is_latin = |(character, _): &(char, u16)| u8::try_from(*character).is_ok();
        for (character, numeral) in sorted.iter().filter(|each| is_latin(each)) {
            if let Some(entry) = table.get_mut(*character as usize) {
                *entry = u32::from(*numeral);
            }
        }
        sorted.retain(|each| !is_latin(each));
        Ok(Self {
            table,
            others: sorted,
        })
    }

    pub(crate) fn get(&self, character: char) -> Option<u16> {
        if let Some(numeral) = self.table.get(character as usize) {
            return u16::try_from(*numeral).ok();
        }
        let found = self.others.binary_search_by_key(&character, |each| each.0);
        let place = found.ok()?;
        self.others.get(place).map(|each| each.1)
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Index").finish_non_exhaustive()
    }
}

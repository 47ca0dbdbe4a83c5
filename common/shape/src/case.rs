//! Letters without regard to case.

use crate::alphabet::Index;
use crate::{Alphabet, ShapeError};

/// The other case of a letter that has two, each a single character that leads back to the other
/// (Unicode's full case mappings); `None` for every other character, `ß` and `µ` among them.
pub(crate) fn other_case(character: char) -> Option<char> {
    let (other, back) = if character.is_lowercase() {
        let other = single(character.to_uppercase())?;
        (other, single(other.to_lowercase()))
    } else {
        let other = single(character.to_lowercase())?;
        (other, single(other.to_uppercase()))
    };
    (other != character && back == Some(character)).then_some(other)
}

fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

/// An alphabet whose letters stand for both cases.
#[derive(Debug, Clone)]
pub(crate) struct Fold {
    index: Index,
    /// How many of the alphabet's characters have two cases.
    pub(crate) letters: usize,
}

impl Fold {
    pub(crate) fn new(alphabet: &Alphabet) -> Result<Self, ShapeError> {
        let numbered = alphabet.characters().iter().copied().zip(0..=u16::MAX);
        let mut both: Vec<(char, u16)> = numbered.collect();
        let others = both
            .iter()
            .filter_map(|&(character, numeral)| Some((other_case(character)?, numeral)));
        let others: Vec<_> = others.collect();
        let letters = others.len();
        both.extend(others);
        let index = Index::of(both).map_err(|character| ShapeError::CasesOfOne { character })?;
        Ok(Self { index, letters })
    }

    pub(crate) fn numeral(&self, character: char) -> Option<u16> {
        self.index.get(character)
    }
}

/// `character` in the case that `like` has, as far as both have one.
pub(crate) fn in_case_of(like: char, character: char) -> char {
    let same = if like.is_lowercase() {
        character.is_lowercase()
    } else {
        !character.is_lowercase()
    };
    if same || other_case(like).is_none() {
        return character;
    }
    other_case(character).unwrap_or(character)
}

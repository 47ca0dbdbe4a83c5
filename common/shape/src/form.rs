//! A shape, checked.

use crate::case::{Fold, in_case_of};
use crate::{
    Alphabet, Case, Domain, Irreversible, Luhn, MAXIMUM_LENGTH, Marker, Misfit, Outside, Parts,
    ShapeError, luhn,
};
use std::ops::Range;

/// What values of a class look like, and their tokens.
#[derive(Debug, Clone)]
pub struct Shape {
    parts: Parts,
    fold: Option<Fold>,
    /// Numerals of a marker in place; empty without one.
    marker: Vec<u16>,
    least: usize,
    most: usize,
    value: Form,
    token: Form,
}

/// Which digits of a value, or of a token, go through the cipher.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    /// How many characters stand before them.
    before: usize,
    /// How many stand after them, a computed one included.
    after: usize,
    /// The Luhn sum, where the first of those after them is computed.
    pub(crate) computed: Option<u16>,
    /// The Luhn sum that such a text must have.
    pub(crate) sum: Option<u16>,
}

impl Form {
    /// Their places among `length` characters of the alphabet; its end is the computed place.
    pub(crate) fn range(self, length: usize) -> Range<usize> {
        let end = length.saturating_sub(self.after);
        self.before.min(end)..end
    }
}

impl Shape {
    /// # Errors
    /// The policy author's fault: the parts contradict each other.
    pub fn new(parts: Parts) -> Result<Self, ShapeError> {
        if parts.luhn != Luhn::Ignore && !parts.alphabet.characters().iter().copied().eq('0'..='9')
        {
            return Err(ShapeError::LuhnOfOther);
        }
        let fold = match parts.case {
            Case::AsIs => None,
            Case::Fold => Some(Fold::new(&parts.alphabet)?),
        };
        let marker = marker(&parts, fold.as_ref())?;
        let (value, token) = forms(&parts, marker.len());
        let needed = (value.before + value.after).max(token.before + token.after) + 1;
        let least = parts.min_length.unwrap_or(needed);
        let most = parts.max_length.unwrap_or(MAXIMUM_LENGTH);
        if least < needed {
            return Err(ShapeError::NothingLeft {
                length: least,
                least: needed,
            });
        }
        if !(least..=MAXIMUM_LENGTH).contains(&most) {
            return Err(ShapeError::Lengths { least, most });
        }
        Ok(Self {
            parts,
            fold,
            marker,
            least,
            most,
            value,
            token,
        })
    }

    /// The alphabet, whose radix is the cipher's.
    pub fn alphabet(&self) -> &Alphabet {
        &self.parts.alphabet
    }

    /// Least and greatest length, in characters of the alphabet.
    pub fn lengths(&self) -> (usize, usize) {
        (self.least, self.most)
    }

    /// Why its tokens cannot be turned back without a vault; `None` when they can.
    pub fn irreversible(&self) -> Option<Irreversible> {
        if self.value.before + self.value.after != self.token.before + self.token.after {
            return Some(Irreversible::MarkerInPlace);
        }
        let letters = self.fold.as_ref().map_or(0, |fold| fold.letters);
        let all = self.alphabet().characters().len();
        (letters != 0 && letters != all).then_some(Irreversible::CaseLost)
    }

    /// How many different tokens values of `length` characters of the alphabet have, when what is
    /// kept of them is the same. Where tokens can be turned back, that is the number of such values.
    pub fn domain(&self, length: usize) -> Domain {
        let numerals = if self.irreversible().is_some() {
            self.token.range(length).len()
        } else {
            // of texts whose Luhn digit is encrypted with the rest, a tenth are values
            let redundant = self.value.sum.is_some() && self.value.computed.is_none();
            let numerals = self.value.range(length).len();
            numerals.saturating_sub(usize::from(redundant))
        };
        let exponent = u32::try_from(numerals).unwrap_or(u32::MAX);
        Domain {
            radix: self.alphabet().radix(),
            exponent,
        }
    }

    /// The least length of a value, in characters of the alphabet, with a domain of at least
    /// `wanted`; `None` when no length that the shape takes has it.
    pub fn least_length(&self, wanted: u128) -> Option<usize> {
        (self.least..=self.most).find(|&length| self.domain(length).exact() >= wanted)
    }

    /// How many characters are kept at the start, and at the end.
    pub(crate) fn keeps(&self) -> (usize, usize) {
        (self.parts.keep_first, self.parts.keep_last)
    }

    pub(crate) fn forms(&self) -> (Form, Form) {
        (self.value, self.token)
    }

    /// The text in front of tokens.
    pub(crate) fn marker_before(&self) -> &str {
        match &self.parts.marker {
            Some(Marker::Before(text)) => text,
            _ => "",
        }
    }

    /// The numerals of a marker in place.
    pub(crate) fn marker_in_place(&self) -> &[u16] {
        &self.marker
    }

    /// The numerals of a text's characters, when it has the length and the Luhn sum.
    pub(crate) fn read(&self, text: &str, sum: Option<u16>) -> Result<Vec<u16>, Misfit> {
        let mut numerals = Vec::with_capacity(text.len().min(self.most));
        for character in text.chars() {
            match self.numeral(character) {
                Some(_) if numerals.len() == self.most => {
                    return Err(Misfit::TooLong { most: self.most });
                }
                Some(numeral) => numerals.push(numeral),
                None if self.parts.outside == Outside::Keep => {}
                None => return Err(Misfit::Outside),
            }
        }
        if numerals.len() < self.least {
            return Err(Misfit::TooShort { least: self.least });
        }
        match sum {
            Some(sum) if luhn::sum(&numerals) != sum => Err(Misfit::Luhn),
            _ => Ok(numerals),
        }
    }

    /// `text` with the characters of `numerals` in place of its own, in the same case where case is
    /// folded. Characters whose numeral is as it was come out as they were.
    pub(crate) fn write(
        &self,
        text: &str,
        numerals: &[u16],
        into: &mut String,
    ) -> Result<(), Misfit> {
        let mut numerals = numerals.iter();
        for character in text.chars() {
            if self.numeral(character).is_none() {
                into.push(character);
                continue;
            }
            let numeral = numerals.next().ok_or(Misfit::Numeral)?;
            let other = self.alphabet().character(*numeral);
            let other = other.ok_or(Misfit::Numeral)?;
            into.push(match &self.fold {
                Some(_) => in_case_of(character, other),
                None => other,
            });
        }
        Ok(())
    }

    fn numeral(&self, character: char) -> Option<u16> {
        match &self.fold {
            Some(fold) => fold.numeral(character),
            None => self.alphabet().numeral(character),
        }
    }
}

/// The numerals of a marker in place, after the checks of either kind of marker.
fn marker(parts: &Parts, fold: Option<&Fold>) -> Result<Vec<u16>, ShapeError> {
    let numeral = |character| match fold {
        Some(fold) => fold.numeral(character),
        None => parts.alphabet.numeral(character),
    };
    let Some(marker) = &parts.marker else {
        return Ok(Vec::new());
    };
    let (Marker::Before(text) | Marker::InPlace(text)) = marker;
    if text.is_empty() {
        return Err(ShapeError::MarkerEmpty);
    }
    match marker {
        Marker::Before(text) => match text.chars().find(|&each| numeral(each).is_some()) {
            Some(character) => Err(ShapeError::MarkerInAlphabet { character }),
            None => Ok(Vec::new()),
        },
        Marker::InPlace(_) if parts.keep_first > 0 => Err(ShapeError::MarkerOverKept),
        Marker::InPlace(text) => {
            let found = |character| numeral(character).ok_or(character);
            let found: Result<Vec<_>, _> = text.chars().map(found).collect();
            found.map_err(|character| ShapeError::MarkerOutsideAlphabet { character })
        }
    }
}

/// The forms of values and tokens; `marker` is the length of one in place.
fn forms(parts: &Parts, marker: usize) -> (Form, Form) {
    let (value_sum, token_sum) = match parts.luhn {
        Luhn::Ignore => (None, None),
        Luhn::Require => (Some(0), None),
        Luhn::Valid => (Some(0), Some(0)),
        Luhn::Invalid => (Some(0), Some(1)),
    };
    // the room of a value's check digit is needed for the token's, or for the marker
    let is_computed = token_sum.is_some() || marker > 0;
    let form = |before: usize, sum: Option<u16>, computed: Option<u16>| Form {
        before,
        after: parts.keep_last + usize::from(computed.is_some()),
        computed,
        sum,
    };
    let value = form(
        parts.keep_first,
        value_sum,
        value_sum.filter(|_| is_computed),
    );
    let token = form(parts.keep_first + marker, token_sum, token_sum);
    (value, token)
}

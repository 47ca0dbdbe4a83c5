//! A value taken apart and put together as its token, and the other way round.

use crate::form::Form;
use crate::{Misfit, Shape, luhn};
use std::{fmt, hint};

/// A value or a token, taken apart: the numerals that go through the cipher, and what stays.
///
/// It borrows the text, and overwrites its copy of the numerals when it is dropped.
pub struct Split<'a> {
    shape: &'a Shape,
    /// Without a marker in front.
    text: &'a str,
    /// Of all characters of the alphabet.
    numerals: Vec<u16>,
    side: Side,
}

/// What was taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Value,
    Token,
}

impl Shape {
    /// Takes a value apart; [`Split::join`] then makes its token.
    ///
    /// # Errors
    /// The client's fault: the value does not fit the shape. The policy author's: tokens of this
    /// shape [cannot be turned back](Shape::irreversible).
    pub fn split<'a>(&'a self, value: &'a str) -> Result<Split<'a>, Misfit> {
        self.check_reversible()?;
        let (form, _) = self.forms();
        let numerals = self.read(value, form.sum)?;
        Ok(Split {
            shape: self,
            text: value,
            numerals,
            side: Side::Value,
        })
    }

    /// Takes a token apart; [`Split::join`] then makes its value.
    ///
    /// # Errors
    /// The client's fault: the text is no token of this shape. The policy author's: as for
    /// [`split`](Self::split).
    pub fn split_token<'a>(&'a self, token: &'a str) -> Result<Split<'a>, Misfit> {
        self.check_reversible()?;
        let (_, form) = self.forms();
        let text = token
            .strip_prefix(self.marker_before())
            .ok_or(Misfit::NoMarker)?;
        let numerals = self.read(text, form.sum)?;
        if !numerals.starts_with(self.marker_in_place()) {
            return Err(Misfit::NoMarker);
        }
        Ok(Split {
            shape: self,
            text,
            numerals,
            side: Side::Token,
        })
    }

    fn check_reversible(&self) -> Result<(), Misfit> {
        self.irreversible()
            .map_or(Ok(()), |reason| Err(Misfit::Irreversible(reason)))
    }

    /// The token of `value`'s characters and `numerals`, whose part that goes through the cipher is
    /// in the token's place.
    pub(crate) fn token(&self, value: &str, numerals: &mut [u16]) -> Result<String, Misfit> {
        let (_, form) = self.forms();
        for (numeral, marker) in numerals.iter_mut().zip(self.marker_in_place()) {
            *numeral = *marker;
        }
        compute(form, numerals);
        let marker = self.marker_before();
        let mut token = String::with_capacity(marker.len() + value.len());
        token.push_str(marker);
        self.write(value, numerals, &mut token)?;
        Ok(token)
    }
}

impl Split<'_> {
    /// The numerals that go through the cipher, to be replaced by others below the alphabet's radix.
    pub fn numerals_mut(&mut self) -> &mut [u16] {
        let range = self.forms().0.range(self.numerals.len());
        self.numerals.get_mut(range).unwrap_or_default()
    }

    /// The numerals that are kept at the start and at the end: the same for a value and its token,
    /// and so fit to be a cipher's tweak.
    pub fn kept(&self) -> (&[u16], &[u16]) {
        let (first, last) = self.shape.keeps();
        let end = self.numerals.len().saturating_sub(last);
        (
            self.numerals.get(..first).unwrap_or_default(),
            self.numerals.get(end..).unwrap_or_default(),
        )
    }

    /// The token of a value, or the value of a token.
    ///
    /// # Errors
    /// [`Misfit::Luhn`]: the token decrypts to no value of this shape, so that it was not made by
    /// this shape and key. [`Misfit::Numeral`]: the caller's fault.
    pub fn join(mut self) -> Result<String, Misfit> {
        let (from, to) = self.forms();
        let length = self.numerals.len();
        let radix = self.shape.alphabet().radix();
        if self.numerals.iter().any(|&each| u32::from(each) >= radix) {
            return Err(Misfit::Numeral);
        }
        self.numerals
            .copy_within(from.range(length), to.range(length).start);
        match self.side {
            Side::Value => self.shape.token(self.text, &mut self.numerals),
            Side::Token => {
                compute(to, &mut self.numerals);
                if to.sum.is_some_and(|sum| luhn::sum(&self.numerals) != sum) {
                    return Err(Misfit::Luhn);
                }
                let mut value = String::with_capacity(self.text.len());
                self.shape.write(self.text, &self.numerals, &mut value)?;
                Ok(value)
            }
        }
    }

    /// The form of what was taken apart, and of what is put together.
    fn forms(&self) -> (Form, Form) {
        let (value, token) = self.shape.forms();
        match self.side {
            Side::Value => (value, token),
            Side::Token => (token, value),
        }
    }
}

fn compute(form: Form, numerals: &mut [u16]) {
    if let Some(sum) = form.computed {
        luhn::complete(numerals, form.range(numerals.len()).end, sum);
    }
}

impl Drop for Split<'_> {
    fn drop(&mut self) {
        self.numerals.fill(0);
        // so that the compiler does not take the writing for useless
        hint::black_box(&mut self.numerals);
    }
}

impl fmt::Debug for Split<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Split")
            .field("side", &self.side)
            .finish_non_exhaustive()
    }
}

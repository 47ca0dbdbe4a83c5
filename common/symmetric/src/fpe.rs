//! FF1 over the characters of a shape.

use ff1::{Ff1, Ff1Error, RadixError};
use shape::{Misfit, Shape, Split};
use std::fmt;
use std::sync::Arc;
use thiserror::Error;

/// Turns values into tokens of the same shape, and back, under one key.
pub struct Fpe {
    ff1: Ff1,
    shape: Arc<Shape>,
}

/// Why a text has no token, or a token no value. Holds nothing of either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FpeError {
    /// The client's fault: the text does not fit the shape.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// The client's fault: too few characters are left to be encrypted.
    #[error(transparent)]
    Ff1(#[from] Ff1Error),
}

impl FpeError {
    /// A stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Misfit(misfit) => misfit.code(),
            Self::Ff1(_) => "value-too-short",
        }
    }
}

impl Fpe {
    /// # Errors
    /// Never for a shape of a compiled policy.
    pub fn new(key: &[u8; 32], shape: Arc<Shape>) -> Result<Self, RadixError> {
        let ff1 = Ff1::new(key, shape.alphabet().radix())?;
        Ok(Self { ff1, shape })
    }

    /// The token of a value.
    ///
    /// # Errors
    /// The value does not fit.
    pub fn encrypt(&self, value: &str) -> Result<String, FpeError> {
        let mut split = self.shape.split(value)?;
        let tweak = Tweak::of(&split);
        self.ff1.encrypt(tweak.bytes(), split.numerals_mut())?;
        Ok(split.join()?)
    }

    /// The value of a token. There is no check: what was never a token decrypts to something too,
    /// unless its Luhn digit or marker tells.
    ///
    /// # Errors
    /// The token does not fit.
    pub fn decrypt(&self, token: &str) -> Result<String, FpeError> {
        let mut split = self.shape.split_token(token)?;
        let tweak = Tweak::of(&split);
        self.ff1.decrypt(tweak.bytes(), split.numerals_mut())?;
        Ok(split.join()?)
    }
}

impl fmt::Debug for Fpe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Fpe")
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

/// The numerals that are kept, two bytes each, the most significant first: with other ones kept, the
/// same digits become others. Class and tenant are in the key.
enum Tweak {
    Short { bytes: [u8; 32], length: usize },
    Long(Vec<u8>),
}

impl Tweak {
    fn of(split: &Split<'_>) -> Self {
        let (first, last) = split.kept();
        let kept = first.iter().chain(last).flat_map(|each| each.to_be_bytes());
        let length = 2 * (first.len() + last.len());
        let mut bytes = [0; 32];
        if length > bytes.len() {
            return Self::Long(kept.collect());
        }
        for (to, from) in bytes.iter_mut().zip(kept) {
            *to = from;
        }
        Self::Short { bytes, length }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Short { bytes, length } => bytes.get(..*length).unwrap_or_default(),
            Self::Long(bytes) => bytes,
        }
    }
}

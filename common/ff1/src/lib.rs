//! FF1, the format-preserving encryption of NIST SP 800-38G, with AES-256.
//!
//! A text of `n` numerals in a radix becomes another text of `n` numerals in that radix, under a key
//! and a tweak. The limits are those of revision 1: a domain (`radix` to the power of `n`) of at least
//! [`MINIMUM_DOMAIN`], a radix from 2 to 65,536. The ciphertext carries no check: any text of the
//! right form decrypts to something.
//!
//! ```
//! let ff1 = ff1::Ff1::new(&[7; 32], 10)?;
//! let mut numerals = [4, 1, 1, 1, 1, 1, 1, 1];
//! ff1.encrypt(b"tweak", &mut numerals)?;
//! ff1.decrypt(b"tweak", &mut numerals)?;
//! assert_eq!(numerals, [4, 1, 1, 1, 1, 1, 1, 1]);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! The cost grows with the square of the length, so that a text has at most [`MAXIMUM_LENGTH`]
//! numerals. Texts whose longer half is below 2^96 (56 decimal digits, 36 letters and digits) take a
//! path on machine integers, the others one on limbs; both give the same output.
//!
//! AES runs on the processor's instructions where there are some, in constant time elsewhere. The
//! arithmetic around it has no branch or table index on secret numerals, apart from the divisions,
//! whose time depends on the operands on some processors.

mod error;
mod limbs;
mod mac;
mod powers;
mod words;

#[cfg(test)]
mod tests;

pub use error::{Ff1Error, RadixError};

use aes::cipher::KeyInit;
use mac::Mac;
use powers::Powers;
use std::fmt;

/// The least domain: `radix` to the power of a text's length (SP 800-38G revision 1, section 5.2).
pub const MINIMUM_DOMAIN: u32 = 1_000_000;

/// Longest text, in numerals.
pub const MAXIMUM_LENGTH: usize = 256;

/// Longest tweak, in bytes.
pub const MAXIMUM_TWEAK: usize = 65_535;

/// Rounds of the Feistel network (SP 800-38G, section 6.2).
const ROUNDS: u8 = 10;

/// Encrypts and decrypts texts of one radix under one key. The key's schedule is zeroized on drop.
pub struct Ff1 {
    radix: u32,
    /// Fewest numerals with a domain of [`MINIMUM_DOMAIN`].
    least_length: usize,
    cipher: aes::Aes256Enc,
    powers: Powers,
}

#[derive(Clone, Copy)]
enum Direction {
    Encrypt,
    Decrypt,
}

/// A round's operation on a half, in which the other half is mixed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    /// The first ⌊n/2⌋ numerals, changed in even rounds.
    Left,
    /// The rest, changed in odd rounds.
    Right,
}

impl Ff1 {
    /// A cipher for texts in `radix`, from 2 to 65,536.
    ///
    /// # Errors
    /// The caller's fault: the radix is outside that range.
    pub fn new(key: &[u8; 32], radix: u32) -> Result<Self, RadixError> {
        if !(2..=65_536).contains(&radix) {
            return Err(RadixError { radix });
        }
        let mut least_length = 1;
        let mut domain = radix;
        while domain < MINIMUM_DOMAIN {
            domain = domain.saturating_mul(radix);
            least_length += 1;
        }
        Ok(Self {
            radix,
            least_length,
            cipher: aes::Aes256Enc::new(key.into()),
            powers: Powers::new(radix),
        })
    }

    /// The radix.
    pub fn radix(&self) -> u32 {
        self.radix
    }

    /// Fewest numerals that a text may have: those of a domain of [`MINIMUM_DOMAIN`].
    pub fn least_length(&self) -> usize {
        self.least_length
    }

    /// Encrypts `numerals`, the most significant first, in place.
    ///
    /// # Errors
    /// The caller's fault: the text or the tweak is too short or too long, or a numeral is not below
    /// the radix. `numerals` are then as they were.
    pub fn encrypt(&self, tweak: &[u8], numerals: &mut [u16]) -> Result<(), Ff1Error> {
        self.run(Direction::Encrypt, tweak, numerals)
    }

    /// Decrypts `numerals`, the most significant first, in place.
    ///
    /// # Errors
    /// As for [`encrypt`](Self::encrypt).
    pub fn decrypt(&self, tweak: &[u8], numerals: &mut [u16]) -> Result<(), Ff1Error> {
        self.run(Direction::Decrypt, tweak, numerals)
    }

    fn run(
        &self,
        direction: Direction,
        tweak: &[u8],
        numerals: &mut [u16],
    ) -> Result<(), Ff1Error> {
        self.check(tweak, numerals)?;
        if words::fits(&self.powers, numerals.len()) {
            words::run(self, direction, tweak, numerals);
        } else {
            limbs::run(self, direction, tweak, numerals);
        }
        Ok(())
    }

    fn check(&self, tweak: &[u8], numerals: &[u16]) -> Result<(), Ff1Error> {
        let length = numerals.len();
        if length < self.least_length {
            let least = self.least_length;
            return Err(Ff1Error::TooShort { length, least });
        }
        if length > MAXIMUM_LENGTH {
            return Err(Ff1Error::TooLong { length });
        }
        if tweak.len() > MAXIMUM_TWEAK {
            let length = tweak.len();
            return Err(Ff1Error::TweakTooLong { length });
        }
        // all of them are looked at, so that the time does not tell which one it was
        let beyond = numerals.iter().fold(false, |beyond, &each| {
            beyond | (u32::from(each) >= self.radix)
        });
        if beyond {
            return Err(Ff1Error::NotInRadix { radix: self.radix });
        }
        Ok(())
    }

    /// The round function for texts of `length` numerals, whose longer half fits in `width` bytes.
    fn mac(&self, tweak: &[u8], length: usize, width: usize) -> Mac<'_> {
        Mac::new(&self.cipher, self.radix, length, tweak, width)
    }
}

impl fmt::Debug for Ff1 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Ff1")
            .field("radix", &self.radix)
            .finish_non_exhaustive()
    }
}

impl Direction {
    /// The rounds in their order, each with the half that it changes.
    fn rounds(self) -> impl Iterator<Item = (u8, Half)> {
        (0..ROUNDS).map(move |step| {
            let round = match self {
                Self::Encrypt => step,
                Self::Decrypt => ROUNDS - 1 - step,
            };
            let half = if round % 2 == 0 {
                Half::Left
            } else {
                Half::Right
            };
            (round, half)
        })
    }
}

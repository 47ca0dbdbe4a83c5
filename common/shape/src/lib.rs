//! What a formatted value looks like, and so what its token looks like: the characters, those that
//! are kept, the Luhn digit, a marker.
//!
//! A [`Shape`] takes a value apart into numerals, to be encrypted with a cipher that keeps the format
//! (FF1 of NIST SP 800-38G), and puts the token together; and the other way round. It can also
//! [draw](Shape::draw) a token at random, for a vault. [`Shape::domain`] counts the tokens that are
//! left, so that a policy with too few of them can be refused.
//!
//! ```
//! use shape::{Alphabet, Luhn, Outside, Parts, Shape, passes_luhn};
//!
//! let digits = Alphabet::named("digits").ok_or("no such alphabet")?;
//! let shape = Shape::new(Parts {
//!     keep_last: 4,
//!     outside: Outside::Keep,
//!     luhn: Luhn::Valid,
//!     ..Parts::of(digits)
//! })?;
//! let mut split = shape.split("4111-1111-1111-1111")?;
//! split.numerals_mut().reverse(); // where a cipher would be
//! let token = split.join()?;
//! assert!(token.ends_with("-1111") && passes_luhn(&token));
//! assert_eq!(shape.domain(16).to_string(), "100000000000");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing here encrypts, reads or waits, and no error holds a byte of a value.

mod alphabet;
mod case;
mod domain;
mod draw;
mod error;
mod form;
mod luhn;
mod parts;
mod split;

pub use alphabet::{Alphabet, AlphabetError};
pub use domain::{Domain, MINIMUM_DOMAIN};
pub use draw::{draw_prefixed, draw_uuid};
pub use error::{Irreversible, Misfit, ShapeError};
pub use form::Shape;
pub use luhn::passes_luhn;
pub use parts::{
    CARD_FIRST_DIGIT, CARD_ISSUER, Case, Luhn, MAXIMUM_LENGTH, Marker, Outside, Parts,
};
pub use split::Split;

//! Token kinds under symmetric keys, as the side that makes tokens and the side that opens them both
//! compute them (`docs/token-format.md`, sections 8 and 9).
//!
//! - [`derive`]: from a symmetric key of the key ring, 32 bytes, one key for each purpose, class and
//!   tenant;
//! - [`Siv`]: AES-256-SIV (RFC 5297);
//! - [`Fpe`]: FF1 (SP 800-38G) over the characters of a [`shape::Shape`].
//!
//! Whoever holds such a key can make tokens and open them: the gateway must hold it.

mod derive;
mod fpe;
mod siv;

pub use derive::{DeriveError, KEY_BYTES, Purpose, derive};
pub use fpe::{Fpe, FpeError};
pub use siv::{Siv, SivError, TAG_BYTES};

//! Keys that are derived from a symmetric key of the key ring, one for each purpose, class and tenant.

use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk};
use thiserror::Error;
use zeroize::Zeroizing;

/// Bytes of a symmetric key.
pub const KEY_BYTES: usize = 32;

/// What a derived key is for. Nothing made for one purpose serves another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// AES-256-SIV: 64 bytes.
    Siv,
    /// FF1 with AES-256.
    Fpe,
    /// HMAC-SHA-256 as a token.
    Hmac,
    /// HMAC-SHA-256 that a vault finds a value's tokens by.
    Index,
    /// By how many days dates are moved.
    Date,
    /// SipHash-2-4 that a gateway remembers a value's token by, 16 bytes: nothing made with it leaves
    /// the process.
    Remember,
}

/// The cryptographic library refused, for want of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a key could not be derived")]
pub struct DeriveError;

impl Purpose {
    /// What HKDF's info begins with.
    fn label(self) -> &'static [u8] {
        match self {
            Self::Siv => b"veilgate/1 siv\0",
            Self::Fpe => b"veilgate/1 fpe\0",
            Self::Hmac => b"veilgate/1 hmac\0",
            Self::Index => b"veilgate/1 index\0",
            Self::Date => b"veilgate/1 date\0",
            Self::Remember => b"veilgate/1 remember\0",
        }
    }
}

/// A key of `N` bytes for one purpose: HKDF-Expand (RFC 5869, section 2.3) with SHA-256. `key` is as
/// random as HKDF-Extract would make it (section 3.3). `binding` is the class and the tenant, as
/// bodies of tokens begin with them.
///
/// # Errors
/// The library's refusal.
pub fn derive<const N: usize>(
    key: &[u8; KEY_BYTES],
    purpose: Purpose,
    binding: &[u8],
) -> Result<Zeroizing<[u8; N]>, DeriveError> {
    let prk = Prk::new_less_safe(HKDF_SHA256, key);
    let info = [purpose.label(), binding];
    let okm = prk.expand(&info, Length(N)).map_err(|_| DeriveError)?;
    let mut derived = Zeroizing::new([0; N]);
    okm.fill(derived.as_mut()).map_err(|_| DeriveError)?;
    Ok(derived)
}

#[derive(Clone, Copy)]
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

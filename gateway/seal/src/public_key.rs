//! RSA public keys that values and data keys are encrypted to.

use crate::error::{KeyError, SealError};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use policies::TokenFormat;
use record::{Encoding, Framing, KeyId};
use rustls_pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};
use std::fmt;

/// What RSAES-OAEP with SHA-256 takes of a ciphertext's length: two digests and two bytes
/// (RFC 8017, section 7.1.1).
const OAEP_OVERHEAD_BYTES: usize = 66;

/// One version of a key: what it is called, how its tokens are framed, and its public half.
pub struct PublicKey {
    id: KeyId,
    framing: Framing,
    rsa: OaepPublicEncryptingKey,
}

impl PublicKey {
    /// Reads a `PUBLIC KEY` block: an RSA key of 2048, 3072 or 4096 bits.
    pub fn from_pem(id: KeyId, format: &TokenFormat, pem: &[u8]) -> Result<Self, KeyError> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem).map_err(|_| KeyError::Pem {
            label: "PUBLIC KEY",
        })?;
        Self::from_der(id, format, &der)
    }

    /// Reads a SubjectPublicKeyInfo in DER, as KMS GetPublicKey gives it.
    pub fn from_der(id: KeyId, format: &TokenFormat, der: &[u8]) -> Result<Self, KeyError> {
        let key = PublicEncryptingKey::from_der(der).map_err(|_| KeyError::NotRsa)?;
        let bits = key.key_size_bits();
        if !matches!(bits, 2048 | 3072 | 4096) {
            return Err(KeyError::RsaSize { bits });
        }
        let framing = framing_of(format)?;
        let rsa = OaepPublicEncryptingKey::new(key).map_err(|_| KeyError::Cryptography)?;
        Ok(Self { id, framing, rsa })
    }

    /// The key's name and version in the key ring.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// What stands around the key's tokens.
    pub fn framing(&self) -> &Framing {
        &self.framing
    }

    /// Longest value that one encryption takes, in bytes: 190, 318 or 446.
    pub fn max_value_bytes(&self) -> usize {
        self.rsa
            .key_size_bytes()
            .saturating_sub(OAEP_OVERHEAD_BYTES)
    }

    /// Appends RSAES-OAEP-SHA-256 (MGF1 with SHA-256, empty label) of `value` to `out`.
    pub(crate) fn encrypt(&self, value: &[u8], out: &mut Vec<u8>) -> Result<(), SealError> {
        let start = out.len();
        out.resize(start + self.rsa.ciphertext_size(), 0);
        let place = out.get_mut(start..).ok_or(SealError::Cryptography)?;
        self.rsa
            .encrypt(&OAEP_SHA256_MGF1SHA256, value, place, None)?;
        Ok(())
    }
}

pub(crate) fn framing_of(format: &TokenFormat) -> Result<Framing, KeyError> {
    let (prefix, suffix, encoding) = match format {
        TokenFormat::Veilgate { prefix, suffix } => (prefix, suffix, Encoding::Veilgate),
        TokenFormat::Original { prefix, suffix } => (prefix, suffix, Encoding::Original),
    };
    Ok(Framing::new(prefix, suffix, encoding)?)
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

//! Who signs an epoch's data key (section 4, step 4).

use crate::error::{KeyError, SignError};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use record::SIGNATURE_BYTES;
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use zeroize::Zeroize;

/// What a [`Signer`] answers with.
pub type Signing<'a> =
    Pin<Box<dyn Future<Output = Result<[u8; SIGNATURE_BYTES], SignError>> + Send + 'a>>;

/// Signs with ECDSA P-256 and SHA-256: a local key, or KMS `Sign`.
pub trait Signer: Send + Sync {
    /// The signature of `message` as `r ‖ s`, 32 bytes each. KMS answers in DER
    /// (RFC 3279, section 2.2.3), which the implementation converts.
    fn sign<'a>(&'a self, message: &'a [u8]) -> Signing<'a>;
}

/// Signs with a private key that the gateway holds.
pub struct LocalSigner {
    key_pair: EcdsaKeyPair,
}

impl LocalSigner {
    /// Reads a `PRIVATE KEY` block (PKCS#8) that holds a P-256 key.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let mut der = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| KeyError::Pem {
            label: "PRIVATE KEY",
        })?;
        let key_pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.secret_pkcs8_der());
        der.zeroize();
        Ok(Self {
            key_pair: key_pair.map_err(|_| KeyError::NotP256)?,
        })
    }

    /// The public key as an uncompressed point (SEC 1, section 2.3.3), 65 bytes.
    pub fn public_key(&self) -> &[u8] {
        self.key_pair.public_key().as_ref()
    }
}

impl Signer for LocalSigner {
    fn sign<'a>(&'a self, message: &'a [u8]) -> Signing<'a> {
        let signature = self
            .key_pair
            .sign(&SystemRandom::new(), message)
            .ok()
            .and_then(|signature| signature.as_ref().try_into().ok())
            .ok_or_else(|| SignError::new("the local signing key did not sign"));
        Box::pin(ready(signature))
    }
}

impl fmt::Debug for LocalSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSigner").finish_non_exhaustive()
    }
}

//! Material on its way into KMS: wrapped with the RSA key that KMS made for it.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded};
use aws_lc_rs::rand;
use aws_lc_rs::rsa::{
    OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use aws_sdk_kms::types::AlgorithmSpec;
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use zeroize::{Zeroize, Zeroizing};

use super::purpose::{Purpose, RsaSpec};
use crate::AnyError;

const KEY_BYTES: usize = 32;
/// What RFC 5649 adds at most: an integrity block, and padding to whole blocks.
const WRAP_OVERHEAD_BYTES: usize = 16;

/// A key that was made outside: PKCS#8 in DER, or 32 bytes. It has no `Debug`.
pub(super) struct Material {
    bytes: Zeroizing<Vec<u8>>,
    is_private_key: bool,
    /// The size of an RSA key; nothing to the others.
    pub(super) rsa: RsaSpec,
}

impl Material {
    /// From a `PRIVATE KEY` block.
    pub(super) fn private_key(purpose: Purpose, pem: &[u8]) -> Result<Self, AnyError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem);
        let mut der = der.map_err(|_| {
            "the private key is not PKCS#8 in PEM without a password, as `openssl genpkey` writes it"
        })?;
        let bytes = Zeroizing::new(der.secret_pkcs8_der().to_vec());
        der.zeroize();
        let rsa = match purpose {
            Purpose::Tokens => {
                let key = PrivateDecryptingKey::from_pkcs8(&bytes);
                let key = key.map_err(|_| "the private key is not an RSA key")?;
                RsaSpec::of_bytes(key.key_size_bytes())
                    .ok_or("KMS takes RSA keys of 2048, 3072 and 4096 bits")?
            }
            Purpose::Signer => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &bytes)
                    .map_err(|_| "the private key is not a P-256 key")?;
                RsaSpec::Rsa2048
            }
            Purpose::Wrapping | Purpose::Mac => {
                return Err("`--for wrapping` and `--for mac` take a `--secret-key`".into());
            }
        };
        Ok(Self {
            bytes,
            is_private_key: true,
            rsa,
        })
    }

    /// From 64 hexadecimal digits.
    pub(super) fn secret_key(purpose: Purpose, text: &[u8]) -> Result<Self, AnyError> {
        if purpose.has_public_key() {
            return Err("`--for tokens` and `--for signer` take a `--private-key`".into());
        }
        let mut bytes = Zeroizing::new(vec![0; KEY_BYTES]);
        let digits = text.trim_ascii();
        let fits = digits.len() == 2 * KEY_BYTES;
        let decoded = hex_to(digits, &mut bytes).filter(|()| fits);
        decoded.ok_or("a secret key is 32 bytes, written as 64 hexadecimal digits")?;
        Ok(Self {
            bytes,
            is_private_key: false,
            rsa: RsaSpec::Rsa2048,
        })
    }

    /// How KMS is to unwrap it: an RSA private key is too long for OAEP alone.
    pub(super) fn algorithm(&self) -> AlgorithmSpec {
        if self.is_private_key {
            AlgorithmSpec::RsaAesKeyWrapSha256
        } else {
            AlgorithmSpec::RsaesOaepSha256
        }
    }

    /// Wraps it with the public key that KMS gave, SubjectPublicKeyInfo in DER. A private key goes
    /// under an AES key of its own (AES-KWP, RFC 5649), which stands before it under OAEP.
    pub(super) fn wrap(&self, public_key: &[u8]) -> Result<Vec<u8>, AnyError> {
        let refused = "the wrapping key that KMS gave is not an RSA key";
        let public = PublicEncryptingKey::from_der(public_key).map_err(|_| refused)?;
        let public = OaepPublicEncryptingKey::new(public).map_err(|_| refused)?;
        let wrapped = if self.is_private_key {
            self.wrap_through_aes(&public)
        } else {
            oaep(&public, &self.bytes)
        };
        wrapped.map_err(|_| "the cryptographic library refused to wrap the key".into())
    }

    fn wrap_through_aes(&self, public: &OaepPublicEncryptingKey) -> Result<Vec<u8>, Unspecified> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        rand::fill(key.as_mut())?;
        let mut out = oaep(public, key.as_ref())?;
        let mut room = vec![0; self.bytes.len() + WRAP_OVERHEAD_BYTES];
        let kek = AesKek::new(&AES_256, key.as_ref())?;
        out.extend_from_slice(kek.wrap_with_padding(&self.bytes, &mut room)?);
        Ok(out)
    }
}

fn oaep(public: &OaepPublicEncryptingKey, bytes: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let mut room = vec![0; public.ciphertext_size()];
    let wrapped = public.encrypt(&OAEP_SHA256_MGF1SHA256, bytes, &mut room, None)?;
    Ok(wrapped.to_vec())
}

/// Decodes hexadecimal digits; `None` when one is not.
fn hex_to(digits: &[u8], out: &mut [u8]) -> Option<()> {
    for (pair, byte) in digits.chunks(2).zip(out) {
        let pair = std::str::from_utf8(pair).ok()?;
        // a sign is a digit to the parser
        pair.bytes()
            .all(|digit| digit.is_ascii_hexdigit())
            .then_some(())?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(())
}

//! Key material, and every operation that touches it. Cryptography is aws-lc-rs alone.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand;
use aws_lc_rs::rsa::{
    KeyPair as RsaKeyPair, KeySize, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm,
    OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::algorithm::{EncryptionAlgorithm, KeySpec};
use super::blob::Secret;

mod signing;

pub(crate) use signing::digest_algorithm;

/// A private operation that did not work; by design it does not say why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic operation failed")]
pub(crate) struct CryptoFailed;

impl From<aws_lc_rs::error::Unspecified> for CryptoFailed {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        CryptoFailed
    }
}

impl From<aws_lc_rs::error::KeyRejected> for CryptoFailed {
    fn from(_: aws_lc_rs::error::KeyRejected) -> Self {
        CryptoFailed
    }
}

/// The secret part of a key, ready for use.
pub(crate) struct Material {
    stored: StoredMaterial,
    form: Form,
}

enum Form {
    /// Material that has yet to be imported.
    Awaited,
    Symmetric(LessSafeKey),
    Hmac(Box<hmac::Key>),
    /// The same RSA key, once for each of its two uses.
    Rsa {
        decrypt: Box<OaepPrivateDecryptingKey>,
        sign: Box<RsaKeyPair>,
        public: Vec<u8>,
    },
    Ecc {
        sign: Box<EcdsaKeyPair>,
        public: Vec<u8>,
    },
}

/// Key material as the state file has it: raw bytes, or PKCS#8.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredMaterial {
    spec: KeySpec,
    secret: Secret,
}

impl fmt::Debug for Material {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Material({})", self.stored.spec.name())
    }
}

impl From<&Material> for StoredMaterial {
    fn from(material: &Material) -> Self {
        material.stored.clone()
    }
}

/// Fills a buffer from the system's random source.
pub(crate) fn random(buffer: &mut [u8]) -> Result<(), CryptoFailed> {
    Ok(rand::fill(buffer)?)
}

impl Material {
    /// Makes a new key. RSA keys take up to seconds: call it off the async workers.
    pub(crate) fn generate(spec: KeySpec) -> Result<Material, CryptoFailed> {
        let rsa = |size| -> Result<Vec<u8>, CryptoFailed> {
            Ok(PrivateDecryptingKey::generate(size)?
                .as_der()?
                .as_ref()
                .to_vec())
        };
        let secret = match spec {
            KeySpec::Symmetric | KeySpec::Hmac256 => {
                let mut key = vec![0; 32];
                random(&mut key)?;
                key
            }
            KeySpec::Rsa2048 => rsa(KeySize::Rsa2048)?,
            KeySpec::Rsa3072 => rsa(KeySize::Rsa3072)?,
            KeySpec::Rsa4096 => rsa(KeySize::Rsa4096)?,
            KeySpec::EccP256 => {
                let document = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)?;
                document.to_pkcs8v1()?.as_ref().to_vec()
            }
        };
        Material::load(StoredMaterial {
            spec,
            secret: Secret(Zeroizing::new(secret)),
        })
    }

    /// Stands where material has yet to be imported.
    pub(crate) fn awaited(spec: KeySpec) -> Material {
        let secret = Secret(Zeroizing::new(Vec::new()));
        Material {
            stored: StoredMaterial { spec, secret },
            form: Form::Awaited,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self.form, Form::Awaited)
    }

    /// Takes material that was made outside: 32 bytes, or PKCS#8 of the spec's own size.
    pub(crate) fn import(
        spec: KeySpec,
        secret: Zeroizing<Vec<u8>>,
    ) -> Result<Material, CryptoFailed> {
        let length = secret.len();
        let secret = Secret(secret);
        let material = Material::load(StoredMaterial { spec, secret })?;
        let fits = match &material.form {
            Form::Awaited => false,
            Form::Symmetric(_) | Form::Hmac(_) => length == 32,
            Form::Rsa { sign, .. } => spec.modulus_bytes() == Some(sign.public_modulus_len()),
            Form::Ecc { .. } => true,
        };
        fits.then_some(material).ok_or(CryptoFailed)
    }

    /// An RSA key of any size that wraps material on its way in.
    pub(crate) fn wrapping(secret: Secret) -> Result<Material, CryptoFailed> {
        // the spec tells the algorithms apart, and not the sizes
        let spec = KeySpec::Rsa4096;
        Material::load(StoredMaterial { spec, secret })
    }

    /// The secret part itself, for an import token.
    pub(crate) fn secret(&self) -> Secret {
        self.stored.secret.clone()
    }

    /// Bytes of an RSA key's blocks.
    pub(crate) fn public_modulus_len(&self) -> Option<usize> {
        match &self.form {
            Form::Rsa { sign, .. } => Some(sign.public_modulus_len()),
            Form::Awaited | Form::Symmetric(_) | Form::Hmac(_) | Form::Ecc { .. } => None,
        }
    }

    /// Takes material from the state file.
    pub(crate) fn load(stored: StoredMaterial) -> Result<Material, CryptoFailed> {
        let secret = stored.secret.0.as_slice();
        let form = match stored.spec {
            _ if secret.is_empty() => Form::Awaited,
            KeySpec::Symmetric => {
                Form::Symmetric(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, secret)?))
            }
            KeySpec::Hmac256 => Form::Hmac(Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret))),
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => {
                let private = PrivateDecryptingKey::from_pkcs8(secret)?;
                let public = private.public_key().as_der()?.as_ref().to_vec();
                Form::Rsa {
                    decrypt: Box::new(OaepPrivateDecryptingKey::new(private)?),
                    sign: Box::new(RsaKeyPair::from_pkcs8(secret)?),
                    public,
                }
            }
            KeySpec::EccP256 => {
                let sign = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, secret)?;
                let public: PublicKeyX509Der<'_> = sign.public_key().as_der()?;
                let public = public.as_ref().to_vec();
                Form::Ecc {
                    sign: Box::new(sign),
                    public,
                }
            }
        };
        Ok(Material { stored, form })
    }

    /// The public half as X.509 SubjectPublicKeyInfo in DER; `None` for symmetric keys.
    pub(crate) fn public_key(&self) -> Option<&[u8]> {
        match &self.form {
            Form::Rsa { public, .. } | Form::Ecc { public, .. } => Some(public),
            Form::Awaited | Form::Symmetric(_) | Form::Hmac(_) => None,
        }
    }

    /// AES-256-GCM: nonce ‖ ciphertext ‖ tag.
    pub(crate) fn seal(&self, context: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, CryptoFailed> {
        let Form::Symmetric(key) = &self.form else {
            return Err(CryptoFailed);
        };
        seal_with(key, context, plaintext)
    }

    /// Opens what [`Material::seal`] made under the same context.
    pub(crate) fn open(
        &self,
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CryptoFailed> {
        let Form::Symmetric(key) = &self.form else {
            return Err(CryptoFailed);
        };
        open_with(key, context, sealed)
    }

    /// The longest plaintext that RSAES-OAEP takes under this key (RFC 8017, 7.1.1).
    pub(crate) fn longest_plaintext(&self, algorithm: EncryptionAlgorithm) -> Option<usize> {
        let key = self.encrypting_key().ok()?;
        Some(key.max_plaintext_size(oaep(algorithm)?))
    }

    pub(crate) fn encrypt_oaep(
        &self,
        algorithm: EncryptionAlgorithm,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, CryptoFailed> {
        let key = self.encrypting_key()?;
        let mut ciphertext = vec![0; key.ciphertext_size()];
        let oaep = oaep(algorithm).ok_or(CryptoFailed)?;
        Ok(key
            .encrypt(oaep, plaintext, &mut ciphertext, None)?
            .to_vec())
    }

    pub(crate) fn decrypt_oaep(
        &self,
        algorithm: EncryptionAlgorithm,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CryptoFailed> {
        let Form::Rsa { decrypt, .. } = &self.form else {
            return Err(CryptoFailed);
        };
        let mut buffer = Zeroizing::new(vec![0; decrypt.min_output_size()]);
        let oaep = oaep(algorithm).ok_or(CryptoFailed)?;
        let length = decrypt.decrypt(oaep, ciphertext, &mut buffer, None)?.len();
        buffer.truncate(length);
        Ok(buffer)
    }

    fn encrypting_key(&self) -> Result<OaepPublicEncryptingKey, CryptoFailed> {
        let Form::Rsa { public, .. } = &self.form else {
            return Err(CryptoFailed);
        };
        let key = aws_lc_rs::rsa::PublicEncryptingKey::from_der(public)?;
        Ok(OaepPublicEncryptingKey::new(key)?)
    }

    /// HMAC-SHA-256.
    pub(crate) fn mac(&self, message: &[u8]) -> Result<Vec<u8>, CryptoFailed> {
        let Form::Hmac(key) = &self.form else {
            return Err(CryptoFailed);
        };
        Ok(hmac::sign(key, message).as_ref().to_vec())
    }

    /// Compares in constant time.
    pub(crate) fn verify_mac(&self, message: &[u8], mac: &[u8]) -> Result<(), CryptoFailed> {
        let Form::Hmac(key) = &self.form else {
            return Err(CryptoFailed);
        };
        Ok(hmac::verify(key, message, mac)?)
    }
}

/// AES-256-GCM under a fresh random nonce: nonce ‖ ciphertext ‖ tag.
pub(crate) fn seal_with(
    key: &LessSafeKey,
    context: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, CryptoFailed> {
    let mut nonce = [0; NONCE_LEN];
    random(&mut nonce)?;
    let mut sealed = plaintext.to_vec();
    let aad = Aad::from(context);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Opens what [`seal_with`] made.
pub(crate) fn open_with(
    key: &LessSafeKey,
    context: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CryptoFailed> {
    let (nonce, sealed) = sealed
        .split_first_chunk::<NONCE_LEN>()
        .ok_or(CryptoFailed)?;
    let mut buffer = Zeroizing::new(sealed.to_vec());
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let length = key
        .open_in_place(nonce, Aad::from(context), &mut buffer)?
        .len();
    buffer.truncate(length);
    Ok(buffer)
}

fn oaep(algorithm: EncryptionAlgorithm) -> Option<&'static OaepAlgorithm> {
    match algorithm {
        EncryptionAlgorithm::OaepSha1 => Some(&OAEP_SHA1_MGF1SHA1),
        EncryptionAlgorithm::OaepSha256 => Some(&OAEP_SHA256_MGF1SHA256),
        EncryptionAlgorithm::Symmetric => None,
    }
}

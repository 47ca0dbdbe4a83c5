//! Signatures, made and verified.

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_ASN1, RsaEncoding, UnparsedPublicKey, VerificationAlgorithm,
};

use super::{CryptoFailed, Form, Material};
use crate::kms::algorithm::{MessageType, SigningAlgorithm};

impl Material {
    /// ECDSA as DER, RSA as one block of the key's size.
    pub(crate) fn sign(
        &self,
        algorithm: SigningAlgorithm,
        message_type: MessageType,
        message: &[u8],
    ) -> Result<Vec<u8>, CryptoFailed> {
        let digest = digest_of(algorithm, message_type, message)?;
        match (&self.form, rsa_encoding(algorithm)) {
            (Form::Rsa { sign, .. }, Some(encoding)) => {
                let mut signature = vec![0; sign.public_modulus_len()];
                sign.sign_digest(encoding, &digest, &mut signature)?;
                Ok(signature)
            }
            (Form::Ecc { sign, .. }, None) => Ok(sign.sign_digest(&digest)?.as_ref().to_vec()),
            _ => Err(CryptoFailed),
        }
    }

    pub(crate) fn verify(
        &self,
        algorithm: SigningAlgorithm,
        message_type: MessageType,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoFailed> {
        let digest = digest_of(algorithm, message_type, message)?;
        let public = self.public_key().ok_or(CryptoFailed)?;
        let key = UnparsedPublicKey::new(verification(algorithm), public);
        Ok(key.verify_digest(&digest, signature)?)
    }
}

fn rsa_encoding(algorithm: SigningAlgorithm) -> Option<&'static dyn RsaEncoding> {
    match algorithm {
        SigningAlgorithm::PssSha256 => Some(&signature::RSA_PSS_SHA256),
        SigningAlgorithm::PssSha384 => Some(&signature::RSA_PSS_SHA384),
        SigningAlgorithm::PssSha512 => Some(&signature::RSA_PSS_SHA512),
        SigningAlgorithm::Pkcs1Sha256 => Some(&signature::RSA_PKCS1_SHA256),
        SigningAlgorithm::Pkcs1Sha384 => Some(&signature::RSA_PKCS1_SHA384),
        SigningAlgorithm::Pkcs1Sha512 => Some(&signature::RSA_PKCS1_SHA512),
        SigningAlgorithm::EcdsaSha256 => None,
    }
}

fn verification(algorithm: SigningAlgorithm) -> &'static dyn VerificationAlgorithm {
    match algorithm {
        SigningAlgorithm::PssSha256 => &signature::RSA_PSS_2048_8192_SHA256,
        SigningAlgorithm::PssSha384 => &signature::RSA_PSS_2048_8192_SHA384,
        SigningAlgorithm::PssSha512 => &signature::RSA_PSS_2048_8192_SHA512,
        SigningAlgorithm::Pkcs1Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        SigningAlgorithm::Pkcs1Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        SigningAlgorithm::Pkcs1Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        SigningAlgorithm::EcdsaSha256 => &ECDSA_P256_SHA256_ASN1,
    }
}

/// The digest that a signing algorithm signs.
pub(crate) fn digest_algorithm(algorithm: SigningAlgorithm) -> &'static digest::Algorithm {
    match algorithm {
        SigningAlgorithm::PssSha256
        | SigningAlgorithm::Pkcs1Sha256
        | SigningAlgorithm::EcdsaSha256 => &digest::SHA256,
        SigningAlgorithm::PssSha384 | SigningAlgorithm::Pkcs1Sha384 => &digest::SHA384,
        SigningAlgorithm::PssSha512 | SigningAlgorithm::Pkcs1Sha512 => &digest::SHA512,
    }
}

fn digest_of(
    algorithm: SigningAlgorithm,
    message_type: MessageType,
    message: &[u8],
) -> Result<Digest, CryptoFailed> {
    let digest_algorithm = digest_algorithm(algorithm);
    match message_type {
        MessageType::Raw => Ok(digest::digest(digest_algorithm, message)),
        MessageType::Digest => Ok(Digest::import_less_safe(message, digest_algorithm)?),
    }
}

//! Key specs, usages and algorithms, by the names that the KMS API gives them.

use serde::{Deserialize, Serialize};

/// Defines an enum of API names with its list of values, for messages that name the choices.
macro_rules! names {
    ($(#[$doc:meta])* $enum:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub(crate) enum $enum { $(#[serde(rename = $name)] $variant),+ }

        impl $enum {
            pub(crate) const NAMES: &'static [&'static str] = &[$($name),+];

            pub(crate) fn name(self) -> &'static str {
                match self { $($enum::$variant => $name),+ }
            }

            pub(crate) fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some($enum::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use names;

names! {
    /// What a key is made of.
    KeySpec {
        Symmetric = "SYMMETRIC_DEFAULT",
        Rsa2048 = "RSA_2048",
        Rsa3072 = "RSA_3072",
        Rsa4096 = "RSA_4096",
        EccP256 = "ECC_NIST_P256",
        Hmac256 = "HMAC_256",
    }
}

names! {
    /// What a key may be used for; settled when it is made.
    KeyUsage {
        EncryptDecrypt = "ENCRYPT_DECRYPT",
        SignVerify = "SIGN_VERIFY",
        Mac = "GENERATE_VERIFY_MAC",
    }
}

names! {
    /// How to encrypt.
    EncryptionAlgorithm {
        Symmetric = "SYMMETRIC_DEFAULT",
        OaepSha1 = "RSAES_OAEP_SHA_1",
        OaepSha256 = "RSAES_OAEP_SHA_256",
    }
}

names! {
    /// How to sign.
    SigningAlgorithm {
        PssSha256 = "RSASSA_PSS_SHA_256",
        PssSha384 = "RSASSA_PSS_SHA_384",
        PssSha512 = "RSASSA_PSS_SHA_512",
        Pkcs1Sha256 = "RSASSA_PKCS1_V1_5_SHA_256",
        Pkcs1Sha384 = "RSASSA_PKCS1_V1_5_SHA_384",
        Pkcs1Sha512 = "RSASSA_PKCS1_V1_5_SHA_512",
        EcdsaSha256 = "ECDSA_SHA_256",
    }
}

names! {
    /// How to make a MAC.
    MacAlgorithm {
        HmacSha256 = "HMAC_SHA_256",
    }
}

names! {
    /// How material is wrapped on its way in.
    WrappingAlgorithm {
        OaepSha1 = "RSAES_OAEP_SHA_1",
        OaepSha256 = "RSAES_OAEP_SHA_256",
        AesSha1 = "RSA_AES_KEY_WRAP_SHA_1",
        AesSha256 = "RSA_AES_KEY_WRAP_SHA_256",
    }
}

names! {
    /// The RSA key that wraps it.
    WrappingKeySpec {
        Rsa2048 = "RSA_2048",
        Rsa3072 = "RSA_3072",
        Rsa4096 = "RSA_4096",
    }
}

names! {
    /// Whether imported material goes by itself.
    ExpirationModel {
        Expires = "KEY_MATERIAL_EXPIRES",
        DoesNotExpire = "KEY_MATERIAL_DOES_NOT_EXPIRE",
    }
}

names! {
    /// Where a key's material comes from.
    Origin {
        Kms = "AWS_KMS",
        External = "EXTERNAL",
    }
}

names! {
    /// Whether `Message` is what is signed or its digest.
    MessageType {
        Raw = "RAW",
        Digest = "DIGEST",
    }
}

impl KeySpec {
    /// The usages that a key of this spec can have.
    pub(crate) fn usages(self) -> &'static [KeyUsage] {
        match self {
            KeySpec::Symmetric => &[KeyUsage::EncryptDecrypt],
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => {
                &[KeyUsage::EncryptDecrypt, KeyUsage::SignVerify]
            }
            KeySpec::EccP256 => &[KeyUsage::SignVerify],
            KeySpec::Hmac256 => &[KeyUsage::Mac],
        }
    }

    /// Bytes of an RSA key's modulus.
    pub(crate) fn modulus_bytes(self) -> Option<usize> {
        match self {
            KeySpec::Rsa2048 => Some(256),
            KeySpec::Rsa3072 => Some(384),
            KeySpec::Rsa4096 => Some(512),
            KeySpec::Symmetric | KeySpec::EccP256 | KeySpec::Hmac256 => None,
        }
    }

    /// Whether the key has a public half.
    pub(crate) fn asymmetric(self) -> bool {
        !matches!(self, KeySpec::Symmetric | KeySpec::Hmac256)
    }

    pub(crate) fn encryption_algorithms(self) -> &'static [EncryptionAlgorithm] {
        match self {
            KeySpec::Symmetric => &[EncryptionAlgorithm::Symmetric],
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => &[
                EncryptionAlgorithm::OaepSha1,
                EncryptionAlgorithm::OaepSha256,
            ],
            KeySpec::EccP256 | KeySpec::Hmac256 => &[],
        }
    }

    pub(crate) fn signing_algorithms(self) -> &'static [SigningAlgorithm] {
        match self {
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => &[
                SigningAlgorithm::PssSha256,
                SigningAlgorithm::PssSha384,
                SigningAlgorithm::PssSha512,
                SigningAlgorithm::Pkcs1Sha256,
                SigningAlgorithm::Pkcs1Sha384,
                SigningAlgorithm::Pkcs1Sha512,
            ],
            KeySpec::EccP256 => &[SigningAlgorithm::EcdsaSha256],
            KeySpec::Symmetric | KeySpec::Hmac256 => &[],
        }
    }
}

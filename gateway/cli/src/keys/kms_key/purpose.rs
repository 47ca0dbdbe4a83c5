//! What a KMS key is for, which settles its usage and who may do what with it.

use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use clap::ValueEnum;

/// What a KMS key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Purpose {
    /// An RSA key: classes of kind `rsa`, `envelope` and `vault`.
    Tokens,
    /// A symmetric key that wraps a key of the key ring (`veilgate keys create`).
    Wrapping,
    /// A P-256 key that signs data keys as the gateway.
    Signer,
    /// An HMAC key: classes of kind `hmac`, by `GenerateMac`.
    Mac,
}

/// RSA keys of three sizes are for tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum RsaSpec {
    /// 2048 bits.
    #[value(name = "RSA_2048")]
    Rsa2048,
    /// 3072 bits.
    #[value(name = "RSA_3072")]
    Rsa3072,
    /// 4096 bits.
    #[value(name = "RSA_4096")]
    Rsa4096,
}

impl Purpose {
    pub(super) fn usage(self) -> KeyUsageType {
        match self {
            Self::Tokens | Self::Wrapping => KeyUsageType::EncryptDecrypt,
            Self::Signer => KeyUsageType::SignVerify,
            Self::Mac => KeyUsageType::GenerateVerifyMac,
        }
    }

    /// The spec; only RSA keys have a size to choose.
    pub(super) fn spec(self, rsa: RsaSpec) -> KeySpec {
        match self {
            Self::Tokens => rsa.spec(),
            Self::Wrapping => KeySpec::SymmetricDefault,
            Self::Signer => KeySpec::EccNistP256,
            Self::Mac => KeySpec::Hmac256,
        }
    }

    pub(super) fn has_public_key(self) -> bool {
        matches!(self, Self::Tokens | Self::Signer)
    }

    /// Whether `kms:Decrypt` with it shows values, or what values are sealed with.
    pub(super) fn reveals(self) -> bool {
        matches!(self, Self::Tokens | Self::Wrapping)
    }

    /// The alias that a key gets unless the user names another.
    pub(super) fn alias(self, key: &str, version: u16) -> String {
        match self {
            Self::Tokens | Self::Mac => format!("alias/veilgate/{key}-{version}"),
            Self::Wrapping => format!("alias/veilgate/wrapping/{key}"),
            Self::Signer => format!("alias/veilgate/signers/{key}-{version}"),
        }
    }

    /// What the KMS key says of itself.
    pub(super) fn description(self, key: &str, version: u16) -> String {
        match self {
            Self::Tokens => format!("veilgate: key {key} version {version}"),
            Self::Wrapping => format!("veilgate: wraps key {key}"),
            Self::Signer => format!("veilgate: signer {key} version {version}"),
            Self::Mac => format!("veilgate: MAC key {key} version {version}"),
        }
    }
}

impl RsaSpec {
    fn spec(self) -> KeySpec {
        match self {
            Self::Rsa2048 => KeySpec::Rsa2048,
            Self::Rsa3072 => KeySpec::Rsa3072,
            Self::Rsa4096 => KeySpec::Rsa4096,
        }
    }

    /// Of a modulus of so many bytes.
    pub(super) fn of_bytes(bytes: usize) -> Option<Self> {
        match bytes {
            256 => Some(Self::Rsa2048),
            384 => Some(Self::Rsa3072),
            512 => Some(Self::Rsa4096),
            _ => None,
        }
    }
}

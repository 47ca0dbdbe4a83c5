//! What can go wrong, whose fault it is, and whether a retry helps.

use record::{FramingError, KeyId};
use std::error::Error;
use std::sync::Arc;
use store::StoreError;
use thiserror::Error;

/// Why the values of a batch were not made into tokens. Holds no byte of a value.
#[derive(Debug, Error)]
pub enum SealError {
    /// The client's fault, or the policy's: `rsa` cannot take a value of this length. A retry does
    /// not help.
    #[error(
        "a value of class {class} has {length} bytes; `rsa` under its key takes up to {limit}: send a shorter value, or give the class `too_long: <an envelope class>` in the policy"
    )]
    TooLong {
        /// The class's name.
        class: Box<str>,
        /// The place of the value in its batch.
        index: usize,
        /// Longest value that the class's key takes, in bytes.
        limit: usize,
        /// The value's length in bytes.
        length: usize,
    },
    /// The client's fault, or the policy's: the value does not fit its class's format. A retry does
    /// not help.
    #[error(
        "a value does not fit class {class}: {why}; send another value, or give the class `misfit: <a class that takes every value>` in the policy"
    )]
    Unfit {
        /// The class's name.
        class: Box<str>,
        /// The place of the value in its batch.
        index: usize,
        /// What does not fit; holds nothing of the value.
        why: String,
    },
    /// The service's fault: no epoch could be begun because its signer did not sign. A retry may
    /// help.
    #[error("no epoch of key {key} could be begun: the signer did not sign")]
    Unavailable {
        /// The key whose epoch it would have been.
        key: KeyId,
        /// What the signer said.
        source: SignError,
    },
    /// The service's fault: KMS made no MAC. A retry may help.
    #[error("no MAC was made with key {key}")]
    MacUnavailable {
        /// The MAC key.
        key: KeyId,
        /// What KMS said, to all who waited for it.
        source: Arc<SignError>,
    },
    /// The vault's fault: it did not keep what opens the tokens, which therefore do not leave.
    #[error(transparent)]
    Vault(#[from] StoreError),
    /// The policy's fault: of many tokens that were drawn, every one was taken.
    #[error(
        "class {class} has few free tokens left: all that were drawn are taken; give the class a longer format"
    )]
    Exhausted {
        /// The class's name.
        class: Box<str>,
    },
    /// The caller's fault: the batch was not prepared since its last value came in.
    #[error("the batch was not prepared")]
    NotPrepared,
    /// The caller's fault: a tenant's name has up to 255 bytes.
    #[error("a tenant's name has {length} bytes; at most 255 fit a token")]
    TenantTooLong {
        /// The name's length in bytes.
        length: usize,
    },
    /// The caller's fault: the value's class is of another policy.
    #[error("the batch holds a class of another policy")]
    UnknownClass,
    /// The service's fault: the cryptographic library refused, for want of memory or randomness. A
    /// retry may help.
    #[error("the cryptographic library refused an operation")]
    Cryptography,
}

impl SealError {
    /// A stable code for problem documents.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "value-too-long",
            Self::Unfit { .. } => "value-unfit",
            Self::Vault(error) => error.code(),
            Self::Exhausted { .. } => "tokens-exhausted",
            Self::Unavailable { .. } => "signer-unavailable",
            Self::MacUnavailable { .. } => "mac-unavailable",
            Self::TenantTooLong { .. } => "tenant-too-long",
            Self::NotPrepared | Self::UnknownClass | Self::Cryptography => "seal-failed",
        }
    }

    /// Whether the same batch may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::MacUnavailable { .. } | Self::Cryptography => true,
            Self::Vault(error) => error.retry_after().is_some(),
            _ => false,
        }
    }
}

impl From<aws_lc_rs::error::Unspecified> for SealError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Cryptography
    }
}

/// Why a signer did not sign, or no MAC was made: what KMS answered, say.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct SignError {
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl SignError {
    /// A sentence for the log.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
        }
    }

    /// A sentence for the log, with its cause.
    pub fn with_source(
        message: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            message: message.into(),
            source: Some(source.into()),
        }
    }
}

/// Why a key cannot be used. Holds no byte of a private or edge key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Not PEM of the right kind.
    #[error("not a PEM file with one `{label}` block")]
    Pem {
        /// The block that was looked for.
        label: &'static str,
    },
    /// Not an RSA public key in SubjectPublicKeyInfo form (RFC 5280, section 4.1).
    #[error(
        "not an RSA public key in SubjectPublicKeyInfo form, as KMS GetPublicKey gives it and `openssl pkey -pubout` writes it"
    )]
    NotRsa,
    /// KMS makes RSA keys of three sizes, and tokens have room for these.
    #[error("an RSA key of {bits} bits; use 2048, 3072 or 4096")]
    RsaSize {
        /// The key's size.
        bits: usize,
    },
    /// Not a P-256 private key in PKCS#8.
    #[error("not a P-256 private key in PKCS#8 form, as `openssl genpkey` writes it")]
    NotP256,
    /// Not 64 hexadecimal digits.
    #[error("an edge key is 32 bytes, written as 64 hexadecimal digits")]
    EdgeKey,
    /// Symmetric keys have 32 bytes.
    #[error("a symmetric key of {length} bytes; make one of 32 with `veilgate keys create`")]
    SecretSize {
        /// The key's size.
        length: usize,
    },
    /// Tokens of the original pattern are RSA ciphertexts.
    #[error("the original format has no tokens under a symmetric key")]
    SecretOriginal,
    /// A prefix or suffix breaks the rule of the token format.
    #[error(transparent)]
    Framing(#[from] FramingError),
    /// The library refused, for want of memory or randomness.
    #[error("the cryptographic library refused an operation")]
    Cryptography,
}

/// Why a policy and its material do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SetupError {
    /// The cryptographic library gave no random bytes.
    #[error("the system gives no random bytes: look at its source of randomness")]
    NoRandomness,
    /// A class names a key that the material does not hold.
    #[error("class {class} uses key {key}, of which there is no public key")]
    NoKey {
        /// The class's name.
        class: Box<str>,
        /// The key's name in the key ring.
        key: Box<str>,
    },
    /// A class names a symmetric key that the material does not hold.
    #[error(
        "class {class} uses the symmetric key {key}, of which no version was unwrapped: list it with `wrapped_key` in the key ring; `veilgate keys create` makes one"
    )]
    NoSecret {
        /// The class's name.
        class: Box<str>,
        /// The key's name in the key ring, and its version where the class is fixed to one.
        key: Box<str>,
    },
    /// A kind that this release cannot make here.
    #[error(
        "class {class} is of kind {kind}, which needs a vault: add a `vault` section to the gateway's configuration"
    )]
    NoVault {
        /// The class's name.
        class: Box<str>,
        /// The kind's name.
        kind: &'static str,
    },
    /// The library refused, for want of memory.
    #[error("the keys of class {class} could not be derived")]
    Derive {
        /// The class's name.
        class: Box<str>,
    },
    /// The original AWS pattern has `rsa` only.
    #[error(
        "class {class} is of kind envelope, but key {key} makes tokens of the original format, which has rsa only"
    )]
    EnvelopeOriginal {
        /// The class's name.
        class: Box<str>,
        /// The key's name in the key ring.
        key: Box<str>,
    },
    /// A name is empty or over 255 bytes.
    #[error("{what} {name:?}: a name has 1 to 255 bytes of UTF-8")]
    Name {
        /// What is named.
        what: &'static str,
        /// Its name.
        name: Box<str>,
    },
    /// The signer's name goes into the wrapped payload beside the data key.
    #[error("the signer's name has {length} bytes; under key {key} there is room for {limit}")]
    SignerName {
        /// The name's length in bytes.
        length: usize,
        /// The most that fits.
        limit: usize,
        /// The key that the payload is wrapped with.
        key: Box<str>,
    },
    /// Without an edge key a gateway cannot mark its tokens.
    #[error("there is no edge key: give at least one")]
    NoEdgeKey,
}

//! Why a whole call fails, and why an opener cannot be built.

use record::{FramingError, KeyId};
use std::path::PathBuf;
use std::time::Duration;
use thiserror::Error;

/// Why a whole batch fails. None of these depends on what one token is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OpenError {
    /// KMS is unreachable, throttles, or has a fault of its own. A retry helps.
    #[error("KMS is unavailable")]
    Unavailable {
        /// When to try again.
        retry_after: Duration,
    },
    /// The vault is unreachable, or has a fault of its own. A retry helps.
    #[error("the vault is unavailable")]
    Vault {
        /// When to try again.
        retry_after: Duration,
    },
    /// KMS no longer takes the caller's credentials. The caller's fault or the clock's: a new
    /// bearer token helps.
    #[error("KMS does not accept the caller's credentials any longer")]
    Credentials,
    /// The request asked for more keys than one request may. Send smaller requests.
    #[error("the request needs more than {limit} KMS calls")]
    TooManyCalls {
        /// How many it may ask for.
        limit: u64,
    },
}

/// Why an [`crate::Opener`] cannot be built. The operator's fault; each says what to do.
#[derive(Debug, Error)]
pub enum SetupError {
    /// The ring names nothing to open tokens with.
    #[error("the key ring has no key: list at least one under `keys`")]
    NoKey,
    /// No edge key was given.
    #[error("there is no edge key: name at least one file under `edge_keys`")]
    NoEdgeKey,
    /// A file that the ring or the configuration names cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A signer has no public key on file.
    #[error("signer {0} has no public key: name its PEM file as `public_key`")]
    NoSignerKey(KeyId),
    /// A signer's public key is not one.
    #[error("{} is not a P-256 public key in PEM (`BEGIN PUBLIC KEY`)", path.display())]
    BadSignerKey {
        /// The file.
        path: PathBuf,
    },
    /// A file does not hold a wrapped key.
    #[error(
        "key {key}: {} is not one line of base64, as `veilgate keys create` writes it",
        path.display()
    )]
    BadWrappedKey {
        /// The key's name and version.
        key: KeyId,
        /// The file.
        path: PathBuf,
    },
    /// A key's public key is not one.
    #[error("{} is not an RSA public key in PEM (`BEGIN PUBLIC KEY`)", path.display())]
    BadPublicKey {
        /// The file.
        path: PathBuf,
    },
    /// An edge key is not 64 hex digits.
    #[error("an edge key must be 64 hex digits (32 bytes)")]
    BadEdgeKey,
    /// A key's prefix and suffix cannot frame tokens.
    #[error("key {key}: {cause}")]
    Framing {
        /// The key's name in the ring.
        key: String,
        /// What is wrong with them.
        cause: FramingError,
    },
}

//! Why keys cannot be used.

use std::path::PathBuf;

use policies::EncryptionContext;
use seal::{KeyError, SetupError, SignError};

use super::kms::{KmsFault, Refusal};
use crate::tenant::RootsError;

/// Why the gateway cannot start with its keys. Each says which key lacks what.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A file cannot be read.
    #[error("{what}: `{path}` cannot be read: {source}", path = path.display())]
    File {
        /// Which key.
        what: String,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file, or an answer of KMS, does not hold the key that it should.
    #[error("{what}, from {origin}: {source}")]
    Key {
        /// Which key.
        what: String,
        /// The file, or KMS.
        origin: String,
        /// Why.
        source: KeyError,
    },
    /// No file, and KMS did not give the public key.
    #[error(
        "{what}: the key ring names no `public_key` file, and KMS gave none for `{kms_key}`: {fault}"
    )]
    Kms {
        /// Which key.
        what: String,
        /// The KMS key.
        kms_key: String,
        /// What KMS, or the way there, answered.
        fault: KmsFault,
    },
    /// The vault cannot be opened.
    #[error("the vault: {0}")]
    Vault(#[from] vault_config::OpenError),
    /// A file does not hold a wrapped key.
    #[error("{what}: `{path}` is not one line of base64, as `veilgate keys create` writes it", path = path.display())]
    Wrapped {
        /// Which key.
        what: String,
        /// The file.
        path: PathBuf,
    },
    /// KMS did not unwrap a symmetric key.
    #[error("{what}: KMS did not unwrap `{path}` with `{kms_key}`: {fault}; {help}", path = path.display(), help = unwrap_help(fault, context))]
    Unwrap {
        /// Which key.
        what: String,
        /// The file.
        path: PathBuf,
        /// The KMS key.
        kms_key: String,
        /// Under which encryption context it was asked.
        context: Box<EncryptionContext>,
        /// What KMS, or the way there, answered.
        fault: KmsFault,
    },
    /// KMS makes no MACs.
    #[error(
        "{what}: KMS made no MAC with `{kms_key}`: {fault}; allow the gateway's role `kms:GenerateMac` on that key, a key of spec `HMAC_256`"
    )]
    Mac {
        /// Which key.
        what: String,
        /// The KMS key.
        kms_key: String,
        /// What KMS, or the way there, answered.
        fault: KmsFault,
    },
    /// There is a file, but KMS did not give the public key that it should hold.
    #[error(
        "{what}: KMS did not give the public key of `{kms_key}`: {fault}; allow `kms:GetPublicKey` to whoever checks"
    )]
    Unconfirmed {
        /// Which key.
        what: String,
        /// The KMS key.
        kms_key: String,
        /// What KMS, or the way there, answered.
        fault: KmsFault,
    },
    /// The file holds another key than KMS.
    #[error("{what}: `{path}` is not the public key of `{kms_key}`; `veilgate keys export` writes that", path = path.display())]
    Differs {
        /// Which key.
        what: String,
        /// The file.
        path: PathBuf,
        /// The KMS key.
        kms_key: String,
    },
    /// A signer without a public key on file.
    #[error(
        "{what}: the key ring names no `public_key` file, which the detokenize service needs; `veilgate keys export` writes it"
    )]
    NoSignerFile {
        /// Which signer.
        what: String,
    },
    /// A signer's public key is not one.
    #[error("{what}: `{path}` is not a P-256 public key in PEM", path = path.display())]
    SignerPublic {
        /// Which signer.
        what: String,
        /// The file.
        path: PathBuf,
    },
    /// KMS does not sign.
    #[error(
        "{what}: {source}; allow the gateway's role `kms:Sign` on that key, a key of spec `ECC_NIST_P256`"
    )]
    Sign {
        /// Which signer.
        what: String,
        /// Why.
        source: SignError,
    },
    /// A pattern of a policy that the search cannot use.
    #[error(transparent)]
    Detection(detect::DetectError),
    /// An issuer's server could not be told from another.
    #[error(transparent)]
    Roots(#[from] RootsError),
    /// The policy and the keys do not fit together.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The signer's private key is not that of the ring's public key.
    #[error(
        "signer {name} version {version}: the private key in `{path}` is not of the public key in the key ring",
        path = path.display()
    )]
    SignerMismatch {
        /// The signer's name.
        name: String,
        /// Its version.
        version: u16,
        /// The private key's file.
        path: PathBuf,
    },
}

/// What to do when KMS did not unwrap a key.
fn unwrap_help(fault: &KmsFault, context: &EncryptionContext) -> String {
    match fault.refusal {
        Some(Refusal::Denied) => {
            let pairs = context
                .iter()
                .map(|(name, value)| format!("\"{name}\": \"{value}\""));
            let pairs = pairs.collect::<Vec<_>>().join(", ");
            format!(
                "allow the gateway's role `kms:Decrypt` on that key under the encryption context {{{pairs}}}"
            )
        }
        Some(Refusal::Ciphertext) => "the file was wrapped by another KMS key, or for another key \
             name or version: restore this version's own file"
            .to_owned(),
        Some(Refusal::KeyPolicy) | None => {
            "its tokens can be made and recognized only with it".to_owned()
        }
    }
}

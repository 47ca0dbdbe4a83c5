//! The key ring: which KMS keys and public keys stand behind the names in policies and tokens.

mod alias;
mod compile;
mod draft;
mod edit;
mod framing;
mod raw;
#[cfg(test)]
mod tests;

pub use alias::AliasPattern;
pub use compile::{compile_key_ring, draft_key_ring};
pub use draft::{KeyDraft, KeyRingDraft};
pub use edit::{NewVersion, NotEditable, add_versions};

use crate::diagnostic::Diagnostic;
use crate::name::KeyName;
use std::path::{Path, PathBuf};

/// Keys and signers, by name. Holds public facts only: of a symmetric key, where its wrapped form is.
#[derive(Debug, Clone)]
pub struct KeyRing {
    keys: Vec<Key>,
    signers: Vec<SignerKey>,
    warnings: Vec<Diagnostic>,
}

/// A key that tokens are made under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Unique among the keys.
    pub name: KeyName,
    /// What its tokens look like.
    pub format: TokenFormat,
    /// Ascending; the last is the newest, which new tokens are made under. Never empty, and all of
    /// one [`KeySort`].
    pub versions: Vec<KeyVersion>,
}

/// What tokens look like (`docs/token-format.md`, sections 1 and 7).
///
/// Prefix and suffix keep the rule of section 1: printable ASCII that needs no escape in JSON, XML
/// or CSV, a prefix that cannot occur inside a token, a suffix that cannot be read as more of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenFormat {
    /// Token format version 1: base64url of head and body.
    Veilgate {
        /// `~vg1.` unless the ring says otherwise.
        prefix: String,
        /// `~` unless the ring says otherwise.
        suffix: String,
    },
    /// The original AWS pattern: standard base64 of one RSA ciphertext.
    Original {
        /// As the ring says.
        prefix: String,
        /// As the ring says.
        suffix: String,
    },
}

impl TokenFormat {
    /// What a token begins with.
    pub fn prefix(&self) -> &str {
        match self {
            Self::Veilgate { prefix, .. } | Self::Original { prefix, .. } => prefix,
        }
    }

    /// What a token ends with.
    pub fn suffix(&self) -> &str {
        match self {
            Self::Veilgate { suffix, .. } | Self::Original { suffix, .. } => suffix,
        }
    }
}

/// One version of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyVersion {
    /// From 1; unique within the key.
    pub version: u16,
    /// The KMS key that opens its tokens, or makes their MACs: id, ARN or alias. Never empty.
    pub kms_key: String,
    /// What tokens are made with.
    pub source: KeySource,
}

/// Where the key that makes tokens comes from. Paths are joined to the folder of the ring's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// An RSA key in KMS: its public key as a PEM file, fetched with `GetPublicKey` when absent.
    Public(Option<PathBuf>),
    /// A symmetric key of 32 bytes: a file with its ciphertext under [`KeyVersion::kms_key`] and
    /// [`encryption_context`].
    Wrapped(PathBuf),
    /// An HMAC key that stays in KMS, which is asked for each MAC (`GenerateMac`).
    Mac,
}

/// What the versions of a key are; a class's kind wants one or the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySort {
    /// RSA keys in KMS.
    Public,
    /// Symmetric keys that KMS wraps.
    Wrapped,
    /// HMAC keys in KMS.
    Mac,
}

/// An encryption context of KMS: names with their values.
pub type EncryptionContext = [(&'static str, String); 2];

/// The encryption context under which this version of a key is wrapped. A key policy tests it as
/// `kms:EncryptionContext:veilgate-key` and `kms:EncryptionContext:veilgate-version`; and a file
/// that belongs to another key or version does not unwrap.
pub fn encryption_context(key: &KeyName, version: u16) -> EncryptionContext {
    [
        ("veilgate-key", key.as_str().to_owned()),
        ("veilgate-version", version.to_string()),
    ]
}

/// A signer of data keys (P-256): how it is told that a gateway made them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerKey {
    /// Unique among the signers.
    pub name: KeyName,
    /// Ascending; the last is the newest. Never empty.
    pub versions: Vec<SignerVersion>,
}

/// One version of a signer. Has a public key, a KMS key, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerVersion {
    /// From 1; unique within the signer.
    pub version: u16,
    /// Its public key, a PEM file, joined to the folder of the ring's file.
    pub public_key: Option<PathBuf>,
    /// The KMS key that signs, when KMS does. Never empty.
    pub kms_key: Option<String>,
}

impl KeyRing {
    /// In the file's order. Never empty.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The key of this name.
    pub fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// In the file's order.
    pub fn signers(&self) -> &[SignerKey] {
        &self.signers
    }

    /// The signer of this name.
    pub fn signer(&self, name: &str) -> Option<&SignerKey> {
        self.signers.iter().find(|signer| signer.name == name)
    }

    /// What is likely a mistake but refuses nothing, in the file's order.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }
}

impl Key {
    /// What its versions are.
    pub fn sort(&self) -> KeySort {
        self.newest().source.sort()
    }

    /// The version with this number.
    pub fn version(&self, number: u16) -> Option<&KeyVersion> {
        self.versions
            .iter()
            .find(|version| version.version == number)
    }

    /// A KMS key that a version of this key and a version of `other` both stand for.
    pub(crate) fn shares_kms_key(&self, other: &Self) -> Option<&str> {
        let own = self.versions.iter().map(|version| version.kms_key.as_str());
        let mut shared = own.filter(|own| other.versions.iter().any(|each| each.kms_key == *own));
        shared.next()
    }

    /// The version that new tokens are made under.
    ///
    /// # Panics
    /// Never for a key of a compiled ring.
    #[expect(
        clippy::expect_used,
        reason = "compilation refuses a key without versions"
    )]
    pub fn newest(&self) -> &KeyVersion {
        self.versions.last().expect("a compiled key has versions")
    }
}

impl KeyVersion {
    /// The public key's PEM file, where the ring names one.
    pub fn public_key(&self) -> Option<&Path> {
        match &self.source {
            KeySource::Public(path) => path.as_deref(),
            KeySource::Wrapped(_) | KeySource::Mac => None,
        }
    }

    /// The file with the wrapped symmetric key.
    pub fn wrapped_key(&self) -> Option<&Path> {
        match &self.source {
            KeySource::Public(_) | KeySource::Mac => None,
            KeySource::Wrapped(path) => Some(path),
        }
    }
}

impl KeySource {
    fn sort(&self) -> KeySort {
        match self {
            Self::Public(_) => KeySort::Public,
            Self::Wrapped(_) => KeySort::Wrapped,
            Self::Mac => KeySort::Mac,
        }
    }
}

impl SignerKey {
    /// The version with this number.
    pub fn version(&self, number: u16) -> Option<&SignerVersion> {
        self.versions
            .iter()
            .find(|version| version.version == number)
    }
}

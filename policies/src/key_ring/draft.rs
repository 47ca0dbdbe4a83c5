//! A key ring of which keys may wait for their versions.

use super::{AliasPattern, KeySort, KeyVersion, SignerKey, TokenFormat};
use crate::name::KeyName;

/// A key ring as its file has it. No service takes one: [`KeyRing`](super::KeyRing) is what they read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRingDraft {
    pub(super) keys: Vec<KeyDraft>,
    pub(super) signers: Vec<SignerKey>,
}

/// A key that may wait for its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDraft {
    /// Unique among the keys.
    pub name: KeyName,
    /// What its tokens look like.
    pub format: TokenFormat,
    /// The aliases whose KMS keys are its versions. There when `versions` is empty.
    pub versions_by_alias: Option<AliasPattern>,
    /// Ascending, all of one [`KeySort`], and none of them wrapped where there is a pattern.
    pub versions: Vec<KeyVersion>,
}

impl KeyRingDraft {
    /// In the file's order. Never empty.
    pub fn keys(&self) -> &[KeyDraft] {
        &self.keys
    }

    /// The key of this name.
    pub fn key(&self, name: &str) -> Option<&KeyDraft> {
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
}

impl KeyDraft {
    /// What its versions are; `None` when there is none yet.
    pub fn sort(&self) -> Option<KeySort> {
        self.versions.last().map(|version| version.source.sort())
    }

    /// The version with this number.
    pub fn version(&self, number: u16) -> Option<&KeyVersion> {
        self.versions
            .iter()
            .find(|version| version.version == number)
    }
}

//! The key ring as YAML spells it.

use crate::yaml::{Entries, Spanned};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyRing {
    pub(super) version: Spanned<u64>,
    pub(super) keys: Spanned<Entries<Key>>,
    #[serde(default)]
    pub(super) signers: Entries<Signer>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    pub(super) format: Option<Spanned<String>>,
    pub(super) prefix: Option<Spanned<String>>,
    pub(super) suffix: Option<Spanned<String>>,
    pub(super) versions: Option<Spanned<Vec<KeyVersion>>>,
    pub(super) versions_by_alias: Option<Spanned<String>>,
}

impl Key {
    /// In the file's order; none where the field is not there.
    pub(super) fn versions(&self) -> &[KeyVersion] {
        self.versions.as_ref().map_or(&[], |list| &list.value)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signer {
    pub(super) versions: Spanned<Vec<SignerVersion>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyVersion {
    pub(super) version: Spanned<u64>,
    pub(super) kms_key: Option<Spanned<String>>,
    pub(super) public_key: Option<Spanned<String>>,
    pub(super) wrapped_key: Option<Spanned<String>>,
    pub(super) mac_key: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignerVersion {
    pub(super) version: Spanned<u64>,
    pub(super) kms_key: Option<Spanned<String>>,
    pub(super) public_key: Option<Spanned<String>>,
}

//! The records of the state file.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::disk::StoreError;
use crate::iam::{Policy, PolicyError, PolicyKind};
use crate::kms::algorithm::{KeySpec, KeyUsage, Origin};
use crate::kms::blob::{Blob, EncryptionContext, Secret};
use crate::kms::grant_operation::GrantOperation;
use crate::kms::material::{Material, StoredMaterial, random};

/// All that is kept. Keys are shared between states: a change clones only what it touches.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    pub(crate) version: u32,
    pub(crate) account: String,
    pub(crate) region: String,
    /// 32 bytes: seals session tokens.
    pub(crate) session_secret: Secret,
    #[serde(with = "shared_keys")]
    keys: BTreeMap<String, Arc<Key>>,
    /// By name, with `alias/`.
    pub(crate) aliases: BTreeMap<String, Alias>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) spec: KeySpec,
    pub(crate) usage: KeyUsage,
    pub(crate) description: String,
    /// Seconds since 1970, as all times here.
    pub(crate) created: i64,
    pub(crate) enabled: bool,
    /// When the key is to be deleted, if it is.
    pub(crate) delete_at: Option<i64>,
    pub(crate) policy: KeyPolicy,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) grants: Vec<Grant>,
    /// Of a key whose material is made outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) external: Option<External>,
    #[serde(with = "shared_material")]
    pub(crate) material: Arc<Material>,
}

/// What is known of material that was made outside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct External {
    /// SHA-256 of what came first: nothing else may come after it.
    pub(crate) first: Option<Blob>,
    /// When the material goes, if it does.
    pub(crate) valid_to: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Alias {
    pub(crate) key_id: String,
    pub(crate) created: i64,
    pub(crate) updated: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) name: Option<String>,
    pub(crate) created: i64,
    pub(crate) grantee: String,
    pub(crate) retiring: Option<String>,
    pub(crate) issuing_account: String,
    pub(crate) operations: Vec<GrantOperation>,
    pub(crate) constraints: Option<GrantConstraints>,
}

/// What an encryption context must be for the grant to apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GrantConstraints {
    #[serde(
        rename = "EncryptionContextSubset",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) subset: Option<EncryptionContext>,
    #[serde(
        rename = "EncryptionContextEquals",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) equals: Option<EncryptionContext>,
}

/// A key policy: its text as it was put, and what it means.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct KeyPolicy {
    pub(crate) text: String,
    pub(crate) compiled: Arc<Policy>,
}

impl TryFrom<String> for KeyPolicy {
    type Error = PolicyError;

    fn try_from(text: String) -> Result<Self, PolicyError> {
        let compiled = Arc::new(Policy::parse(&text, PolicyKind::Key)?);
        Ok(KeyPolicy { text, compiled })
    }
}

impl From<KeyPolicy> for String {
    fn from(policy: KeyPolicy) -> Self {
        policy.text
    }
}

impl State {
    pub(super) fn new(account: &str, region: &str) -> Result<State, StoreError> {
        let mut secret = Zeroizing::new(vec![0; 32]);
        random(&mut secret).map_err(|_| StoreError::Random)?;
        Ok(State {
            version: 1,
            account: account.to_owned(),
            region: region.to_owned(),
            session_secret: Secret(secret),
            keys: BTreeMap::new(),
            aliases: BTreeMap::new(),
        })
    }

    /// The ARN of something of this account and region: `key/...`, `alias/...`.
    pub(crate) fn arn(&self, resource: &str) -> String {
        format!("arn:aws:kms:{}:{}:{resource}", self.region, self.account)
    }

    /// A key that is not past its deletion date.
    pub(crate) fn key(&self, id: &str) -> Option<&Arc<Key>> {
        self.keys.get(id).filter(|key| !key.gone(now()))
    }

    /// All keys that are not past their deletion date, by id.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Arc<Key>> {
        let now = now();
        self.keys.values().filter(move |key| !key.gone(now))
    }

    /// A key to be changed. Keys past their deletion date go now, with their aliases.
    pub(crate) fn key_mut(&mut self, id: &str) -> Option<&mut Key> {
        self.purge();
        self.keys.get_mut(id).map(Arc::make_mut)
    }

    pub(crate) fn insert(&mut self, key: Key) {
        self.purge();
        self.keys.insert(key.id.clone(), Arc::new(key));
    }

    fn purge(&mut self) {
        let now = now();
        self.keys.retain(|_, key| !key.gone(now));
        let keys = &self.keys;
        self.aliases
            .retain(|_, alias| keys.contains_key(&alias.key_id));
    }
}

impl Key {
    fn gone(&self, now: i64) -> bool {
        self.delete_at.is_some_and(|at| at <= now)
    }

    /// The state by the name that the API gives it.
    pub(crate) fn state(&self) -> &'static str {
        match (self.delete_at, self.enabled) {
            (Some(_), _) => "PendingDeletion",
            (None, _) if self.awaits_material() => "PendingImport",
            (None, true) => "Enabled",
            (None, false) => "Disabled",
        }
    }

    pub(crate) fn origin(&self) -> Origin {
        match self.external {
            Some(_) => Origin::External,
            None => Origin::Kms,
        }
    }

    /// Whether material has yet to come, or has expired.
    pub(crate) fn awaits_material(&self) -> bool {
        let external = self.external.as_ref();
        let valid_to = external.and_then(|external| external.valid_to);
        self.material.is_empty() || valid_to.is_some_and(|at| at <= now())
    }

    /// Takes material that was imported.
    pub(crate) fn take_material(
        &mut self,
        material: Material,
        fingerprint: Blob,
        valid_to: Option<i64>,
    ) {
        self.material = Arc::new(material);
        self.external = Some(External {
            first: Some(fingerprint),
            valid_to,
        });
    }

    /// Forgets imported material, but not which it was.
    pub(crate) fn drop_material(&mut self) {
        self.material = Arc::new(Material::awaited(self.spec));
        if let Some(external) = &mut self.external {
            external.valid_to = None;
        }
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

mod shared_keys {
    use super::{Arc, BTreeMap, Deserialize, Key};
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        keys: &BTreeMap<String, Arc<Key>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(keys.values().map(Arc::as_ref))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<String, Arc<Key>>, D::Error> {
        let keys = Vec::<Key>::deserialize(deserializer)?;
        Ok(keys
            .into_iter()
            .map(|key| (key.id.clone(), Arc::new(key)))
            .collect())
    }
}

mod shared_material {
    use super::{Arc, Deserialize, Material, Serialize, StoredMaterial};
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        material: &Arc<Material>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        StoredMaterial::from(material.as_ref()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<Material>, D::Error> {
        let stored = StoredMaterial::deserialize(deserializer)?;
        let material = Material::load(stored)
            .map_err(|_| serde::de::Error::custom("key material cannot be used"))?;
        Ok(Arc::new(material))
    }
}

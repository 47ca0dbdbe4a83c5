//! Keys for sealing: from files, or from KMS where the ring names no file.
//!
//! With public keys on file and a local signer, nothing here speaks to AWS. A symmetric key is
//! always unwrapped by KMS.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use policies::{Key, KeySort, KeyVersion, Policy};
use record::KeyId;
use seal::{EdgeKey, KeyError, MacKey, Material, Sealer, SecretKey, SetupError, Signer, Vault};
use zeroize::Zeroizing;

use crate::config::{Config, Sealing, SignerKeySource};
use crate::vaults::Vaults;

mod confirm;
mod der;
mod error;
mod kms;
mod public;
mod secret;
mod signer;

pub use confirm::{confirm_mac, confirm_public, confirm_signer};
pub use error::KeysError;
pub use kms::{Kms, KmsFault, Refusal};
pub use secret::unwrap_secret;
pub use signer::local_signer;

/// Keys in memory, from which each policy's sealer is made.
pub struct Keys<'a> {
    sealing: &'a Sealing,
    public: Vec<public::Loaded>,
    secrets: Vec<SecretKey>,
    macs: Vec<MacKey>,
    edge: Vec<Zeroizing<String>>,
    signer: Arc<dyn Signer>,
    vault: Option<Vault>,
}

impl<'a> Keys<'a> {
    /// Reads all key files, asks KMS for what no file has, and to unwrap all versions of symmetric
    /// keys: old ones recognize and join what they made. Has it make a MAC with each MAC key. `kms` is used only then. Opens the vault
    /// when a class needs it.
    ///
    /// # Errors
    /// The first key that is missing or wrong.
    pub async fn load(
        sealing: &'a Sealing,
        policies: &[Arc<Policy>],
        kms: &Kms,
        vaults: &Vaults,
    ) -> Result<Self, KeysError> {
        let (mut public, mut secrets, mut macs) = (Vec::new(), Vec::new(), Vec::new());
        let classes = || policies.iter().flat_map(|policy| policy.classes());
        // A key that no class uses may be out of reach.
        let used = |key: &&Key| classes().any(|class| class.keys().any(|name| *name == key.name));
        for key in sealing.ring.keys().iter().filter(used) {
            match key.sort() {
                KeySort::Wrapped => {
                    secrets.extend(load_secrets(key, kms).await?);
                    continue;
                }
                KeySort::Mac => {
                    macs.extend(load_macs(key, kms).await?);
                    continue;
                }
                KeySort::Public => {}
            }
            let newest = key.newest();
            if newest.public_key().is_none() && kms.is_offline() {
                continue;
            }
            public.push(public::load(key, newest, kms).await?);
        }
        let edge = sealing.edge_keys.iter().map(|path| read_edge_key(path));
        let edge = edge.collect::<Result<_, _>>()?;
        let signer: Arc<dyn Signer> = match &sealing.signer.key {
            SignerKeySource::File(path) => Arc::new(local_signer(sealing, path)?),
            SignerKeySource::Kms(_) if kms.is_offline() => Arc::new(kms::NoSigner),
            SignerKeySource::Kms(kms_key) => Arc::new(kms.signer(kms_key).await),
        };
        let needs_vault = classes().any(|class| class.kind.needs_vault());
        let vault = match sealing.vault.as_ref().filter(|_| needs_vault) {
            Some(vault) => Some(vaults.open(vault).await?),
            None => None,
        };
        Ok(Self {
            sealing,
            public,
            secrets,
            macs,
            edge,
            signer,
            vault,
        })
    }

    /// The sealer of a policy.
    ///
    /// # Errors
    /// When a key is not what it should be, or does not fit the policy.
    pub fn sealer(&self, policy: &Policy) -> Result<Sealer, KeysError> {
        let edge_keys = self
            .edge
            .iter()
            .zip(&self.sealing.edge_keys)
            .map(|(hex, path)| {
                EdgeKey::from_hex(hex).map_err(|source| KeysError::Key {
                    what: "edge key".to_owned(),
                    origin: path.display().to_string(),
                    source,
                })
            });
        let choice = &self.sealing.signer;
        let material = Material {
            keys: self
                .public
                .iter()
                .map(public::Loaded::key)
                .collect::<Result<_, _>>()?,
            secrets: self.secrets.clone(),
            macs: self.macs.clone(),
            edge_keys: edge_keys.collect::<Result<_, _>>()?,
            signer: self.signer.clone(),
            signer_id: KeyId::new(choice.name.as_str(), choice.version),
            epochs: self.sealing.epochs,
            vault: self.vault.clone(),
        };
        Ok(Sealer::new(policy, material)?)
    }
}

/// Checks every key file that a configuration needs, without a word to KMS.
///
/// # Errors
/// The first key that is wrong.
pub async fn check(config: &Config) -> Result<(), KeysError> {
    let Some(sealing) = &config.sealing else {
        return Ok(());
    };
    let offline = Kms::offline();
    let keys = Keys::load(sealing, &config.policies, &offline, &Vaults::offline()).await?;
    for policy in &config.policies {
        match keys.sealer(policy) {
            // What only KMS has cannot be checked here.
            Ok(_)
            | Err(KeysError::Setup(SetupError::NoKey { .. } | SetupError::NoSecret { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Without KMS the files are looked at, and there are no keys.
async fn load_secrets(key: &Key, kms: &Kms) -> Result<Vec<SecretKey>, KeysError> {
    let mut secrets = Vec::new();
    for version in &key.versions {
        let Some(path) = version.wrapped_key() else {
            continue;
        };
        if kms.is_offline() {
            secret::read_wrapped(key, version, path)?;
        } else {
            secrets.push(unwrap_secret(key, version, path, kms).await?);
        }
    }
    Ok(secrets)
}

/// Without KMS there are none. With it, each is asked for a MAC, so that what is missing shows at the
/// start.
async fn load_macs(key: &Key, kms: &Kms) -> Result<Vec<MacKey>, KeysError> {
    let mut macs = Vec::new();
    for version in key.versions.iter().filter(|_| !kms.is_offline()) {
        confirm_mac(key, version, kms).await?;
        let id = KeyId::new(key.name.as_str(), version.version);
        let service = kms.mac_service(&version.kms_key).await;
        macs.push(MacKey {
            id,
            service: Arc::new(service),
        });
    }
    Ok(macs)
}

/// How errors name a key's version.
fn what(key: &Key, version: &KeyVersion) -> String {
    format!("key {} version {}", key.name, version.version)
}

fn read(what: &str, path: &Path) -> Result<Vec<u8>, KeysError> {
    fs::read(path).map_err(|source| KeysError::File {
        what: what.to_owned(),
        path: path.to_owned(),
        source,
    })
}

fn read_edge_key(path: &Path) -> Result<Zeroizing<String>, KeysError> {
    let bytes = Zeroizing::new(read("edge key", path)?);
    let text = std::str::from_utf8(&bytes).map_err(|_| KeysError::Key {
        what: "edge key".to_owned(),
        origin: path.display().to_string(),
        source: KeyError::EdgeKey,
    })?;
    Ok(Zeroizing::new(text.to_owned()))
}

impl std::fmt::Debug for Keys<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Keys")
            .field("public", &self.public.len())
            .field("secrets", &self.secrets.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

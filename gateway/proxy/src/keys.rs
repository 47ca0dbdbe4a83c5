//! Keys for sealing: from files, or from KMS where the ring names no file.
//!
//! With a file for every key and a local signer, nothing here speaks to AWS.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use policies::{Key, KeyVersion, Policy};
use record::KeyId;
use seal::{EdgeKey, KeyError, LocalSigner, Material, PublicKey, Sealer, SetupError, Signer};
use zeroize::Zeroizing;

use crate::config::{Config, Sealing, SignerKeySource};

mod kms;

pub use kms::Kms;

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
        "{what}: the key ring names no `public_key` file, and KMS gave none for `{kms_key}`: {reason}"
    )]
    Kms {
        /// Which key.
        what: String,
        /// The KMS key.
        kms_key: String,
        /// What KMS, or the way there, answered.
        reason: String,
    },
    /// A pattern of a policy that the search cannot use.
    #[error(transparent)]
    Detection(detect::DetectError),
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

/// A public key that was read but not yet joined to a policy: every sealer gets its own.
struct Loaded {
    id: KeyId,
    format: policies::TokenFormat,
    bytes: PublicBytes,
    what: String,
    origin: String,
}

enum PublicBytes {
    Pem(Vec<u8>),
    Der(Vec<u8>),
}

impl Loaded {
    fn key(&self) -> Result<PublicKey, KeysError> {
        let id = self.id.clone();
        let key = match &self.bytes {
            PublicBytes::Pem(pem) => PublicKey::from_pem(id, &self.format, pem),
            PublicBytes::Der(der) => PublicKey::from_der(id, &self.format, der),
        };
        key.map_err(|source| KeysError::Key {
            what: self.what.clone(),
            origin: self.origin.clone(),
            source,
        })
    }
}

/// Keys in memory, from which each policy's sealer is made.
pub struct Keys<'a> {
    sealing: &'a Sealing,
    public: Vec<Loaded>,
    edge: Vec<Zeroizing<String>>,
    signer: Arc<dyn Signer>,
}

impl<'a> Keys<'a> {
    /// Reads all key files, and asks KMS for what no file has. `kms` is used only then.
    ///
    /// # Errors
    /// The first key that is missing or wrong.
    pub async fn load(
        sealing: &'a Sealing,
        policies: &[Arc<Policy>],
        kms: &Kms,
    ) -> Result<Self, KeysError> {
        let mut public = Vec::new();
        let classes = || policies.iter().flat_map(|policy| policy.classes());
        // A key that no class uses may be out of reach.
        let used = |key: &&Key| classes().any(|class| class.key == key.name);
        for key in sealing.ring.keys().iter().filter(used) {
            let newest = key.newest();
            if newest.public_key.is_none() && kms.is_offline() {
                continue;
            }
            public.push(load_public(key, newest, kms).await?);
        }
        let edge = sealing.edge_keys.iter().map(|path| read_edge_key(path));
        let edge = edge.collect::<Result<_, _>>()?;
        let signer: Arc<dyn Signer> = match &sealing.signer.key {
            SignerKeySource::File(path) => Arc::new(local_signer(sealing, path)?),
            SignerKeySource::Kms(_) if kms.is_offline() => Arc::new(kms::NoSigner),
            SignerKeySource::Kms(kms_key) => Arc::new(kms.signer(kms_key).await),
        };
        Ok(Self {
            sealing,
            public,
            edge,
            signer,
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
                .map(Loaded::key)
                .collect::<Result<_, _>>()?,
            edge_keys: edge_keys.collect::<Result<_, _>>()?,
            signer: self.signer.clone(),
            signer_id: KeyId::new(choice.name.as_str(), choice.version),
            epochs: self.sealing.epochs,
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
    let keys = Keys::load(sealing, &config.policies, &offline).await?;
    for policy in &config.policies {
        match keys.sealer(policy) {
            // What only KMS has cannot be checked here.
            Ok(_) | Err(KeysError::Setup(SetupError::NoKey { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn read(what: &str, path: &Path) -> Result<Vec<u8>, KeysError> {
    fs::read(path).map_err(|source| KeysError::File {
        what: what.to_owned(),
        path: path.to_owned(),
        source,
    })
}

async fn load_public(key: &Key, version: &KeyVersion, kms: &Kms) -> Result<Loaded, KeysError> {
    let what = format!("key {} version {}", key.name, version.version);
    let (bytes, origin) = match &version.public_key {
        Some(path) => (
            PublicBytes::Pem(read(&what, path)?),
            path.display().to_string(),
        ),
        None => {
            let der = kms.public_key(&version.kms_key).await;
            let der = der.map_err(|reason| KeysError::Kms {
                what: what.clone(),
                kms_key: version.kms_key.clone(),
                reason,
            })?;
            (
                PublicBytes::Der(der),
                format!("KMS key `{}`", version.kms_key),
            )
        }
    };
    let id = KeyId::new(key.name.as_str(), version.version);
    Ok(Loaded {
        id,
        format: key.format.clone(),
        bytes,
        what,
        origin,
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

fn local_signer(sealing: &Sealing, path: &Path) -> Result<LocalSigner, KeysError> {
    let choice = &sealing.signer;
    let what = format!("signer {} version {}", choice.name, choice.version);
    let pem = Zeroizing::new(read(&what, path)?);
    let origin = path.display().to_string();
    let signer = LocalSigner::from_pem(&pem).map_err(|source| KeysError::Key {
        what: what.clone(),
        origin,
        source,
    })?;
    let ring = sealing.ring.signer(&choice.name);
    let version = ring.and_then(|signer| signer.version(choice.version));
    if let Some(public) = version.and_then(|version| version.public_key.as_ref())
        && !spki_ends_with(&read(&what, public)?, signer.public_key())
    {
        let (name, version) = (choice.name.clone(), choice.version);
        return Err(KeysError::SignerMismatch {
            name,
            version,
            path: path.to_owned(),
        });
    }
    Ok(signer)
}

/// Whether a PEM file of a P-256 SubjectPublicKeyInfo holds this point: it is the DER's end
/// (RFC 5480, section 2).
fn spki_ends_with(pem: &[u8], point: &[u8]) -> bool {
    use rustls_pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};
    SubjectPublicKeyInfoDer::from_pem_slice(pem).is_ok_and(|der| der.ends_with(point))
}

impl std::fmt::Debug for Keys<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Keys")
            .field("public", &self.public.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

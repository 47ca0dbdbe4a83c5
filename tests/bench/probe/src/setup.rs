//! Policies, keys and sealers from the same files that the services read.

use crate::meter::Failure;
use policies::{KeyRing, Policy, compile_key_ring, compile_policy};
use record::KeyId;
use seal::{EdgeKey, EpochLimits, LocalSigner, Material, PublicKey, Sealer};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Where the key ring and the edge key are. The signer's private key lies beside its public key.
#[derive(clap::Args)]
pub(crate) struct KeyFiles {
    /// keys.yaml, with a public key on file for every key and signer.
    #[arg(long)]
    keys: PathBuf,
    /// 64 hexadecimal digits.
    #[arg(long)]
    edge_key: PathBuf,
}

impl KeyFiles {
    /// The key ring, compiled.
    pub(crate) fn ring(&self) -> Result<KeyRing, Failure> {
        let name = self.keys.display().to_string();
        compile_key_ring(&name, &text(&self.keys)?).map_err(|report| report.to_string().into())
    }

    /// The edge key's text.
    pub(crate) fn edge_key(&self) -> Result<Zeroizing<String>, Failure> {
        text(&self.edge_key).map(Zeroizing::new)
    }

    /// A sealer for the policy, with a signer whose private key is a file.
    pub(crate) fn sealer(&self, policy: &Policy) -> Result<Sealer, Failure> {
        let ring = self.ring()?;
        let signer = ring.signers().first().ok_or("the ring has no signer")?;
        let version = signer.versions.last().ok_or("the signer has no version")?;
        let public = version
            .public_key
            .as_ref()
            .ok_or("the signer's public key is not on file")?;
        let private = Zeroizing::new(bytes(&public.with_extension("key"))?);
        let material = Material {
            keys: public_keys(&ring)?,
            secrets: Vec::new(),
            macs: Vec::new(),
            edge_keys: vec![EdgeKey::from_hex(&self.edge_key()?)?],
            signer: Arc::new(LocalSigner::from_pem(&private)?),
            signer_id: KeyId {
                name: signer.name.as_str().into(),
                version: version.version,
            },
            epochs: EpochLimits::default(),
            vault: None,
        };
        Ok(Sealer::new(policy, material)?)
    }

    /// The first key's public half, as DER.
    pub(crate) fn first_public_key(&self) -> Result<Vec<u8>, Failure> {
        let ring = self.ring()?;
        let version = ring.keys().first().and_then(|key| key.versions.last());
        let path = version.and_then(|version| version.public_key());
        der(path.ok_or("the ring has no public key on file")?).map(|der| der.to_vec())
    }
}

fn public_keys(ring: &KeyRing) -> Result<Vec<PublicKey>, Failure> {
    let mut keys = Vec::new();
    for key in ring.keys() {
        for version in &key.versions {
            let path = version.public_key().ok_or("a public key is not on file")?;
            let id = KeyId {
                name: key.name.as_str().into(),
                version: version.version,
            };
            keys.push(PublicKey::from_pem(id, &key.format, &bytes(path)?)?);
        }
    }
    Ok(keys)
}

/// A policy, compiled.
pub(crate) fn policy(path: &Path) -> Result<Policy, Failure> {
    let name = path.display().to_string();
    compile_policy(&name, &text(path)?).map_err(|report| report.to_string().into())
}

/// What a PEM file holds.
pub(crate) fn der(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let block = pem::parse(bytes(path)?)?;
    Ok(Zeroizing::new(block.into_contents()))
}

/// A runtime for what is asynchronous; it waits on nothing outside this process.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?)
}

fn text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

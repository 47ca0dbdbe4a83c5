//! The key ring as it is opened with: framings, KMS keys by name and version, signers.

use crate::error::SetupError;
use crate::pem;
use crate::value::NotRevealed;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use policies::{KeyRing, TokenFormat};
use record::{Encoding, Framing, KeyId, Payload};
use std::collections::HashMap;
use std::path::Path;

/// See the module. It cannot be empty.
pub(crate) struct Ring {
    /// Distinct framings of all keys, in the ring's order.
    framings: Vec<Framing>,
    /// KMS keys of `format: veilgate`.
    kms_keys: HashMap<Box<str>, HashMap<u16, Box<str>>>,
    /// For each framing of the original pattern, what to try, in this order: newest first.
    originals: Vec<Original>,
    /// Asked in vain when a token names no key of the ring.
    decoy: Box<str>,
}

/// A key of the original AWS pattern.
struct Original {
    framing: usize,
    name: Box<str>,
    kms_keys: Vec<Box<str>>,
}

impl Ring {
    pub(crate) fn new(ring: &KeyRing) -> Result<Self, SetupError> {
        let decoy = ring
            .keys()
            .iter()
            .filter_map(|key| key.versions.last())
            .next();
        let decoy = decoy.ok_or(SetupError::NoKey)?.kms_key.as_str().into();
        let mut built = Self {
            framings: Vec::new(),
            kms_keys: HashMap::new(),
            originals: Vec::new(),
            decoy,
        };
        for key in ring.keys() {
            let (prefix, suffix, encoding) = match &key.format {
                TokenFormat::Veilgate { prefix, suffix } => (prefix, suffix, Encoding::Veilgate),
                TokenFormat::Original { prefix, suffix } => (prefix, suffix, Encoding::Original),
            };
            let name = key.name.as_str();
            let framing =
                Framing::new(prefix, suffix, encoding).map_err(|cause| SetupError::Framing {
                    key: name.to_owned(),
                    cause,
                })?;
            let framing = built.framing(framing);
            let versions = key.versions.iter();
            match encoding {
                Encoding::Veilgate => {
                    let versions =
                        versions.map(|each| (each.version, each.kms_key.as_str().into()));
                    built.kms_keys.insert(name.into(), versions.collect());
                }
                Encoding::Original => {
                    let kms_keys = versions.rev().map(|each| each.kms_key.as_str().into());
                    let kms_keys = kms_keys.collect();
                    built.originals.push(Original {
                        framing,
                        name: name.into(),
                        kms_keys,
                    });
                }
            }
        }
        Ok(built)
    }

    fn framing(&mut self, framing: Framing) -> usize {
        if let Some(found) = self.framings.iter().position(|known| *known == framing) {
            return found;
        }
        self.framings.push(framing);
        self.framings.len() - 1
    }

    pub(crate) fn framings(&self) -> &[Framing] {
        &self.framings
    }

    /// The KMS key that the ring, and nothing in a token, names for this name and version.
    pub(crate) fn kms_key(&self, name: &str, version: u16) -> Option<&str> {
        self.kms_keys.get(name)?.get(&version).map(AsRef::as_ref)
    }

    /// Names and KMS keys that a token of the original pattern in this framing may be under.
    pub(crate) fn originals(&self, framing: usize) -> impl Iterator<Item = (&str, &str)> {
        let keys = self
            .originals
            .iter()
            .filter(move |original| original.framing == framing);
        keys.flat_map(|key| {
            key.kms_keys
                .iter()
                .map(|kms| (key.name.as_ref(), kms.as_ref()))
        })
    }

    pub(crate) fn decoy(&self) -> &str {
        &self.decoy
    }
}

/// The public keys of gateways' signers.
pub(crate) struct Signers(HashMap<KeyId, ParsedPublicKey>);

impl Signers {
    /// Reads the PEM files that the ring names.
    pub(crate) fn read(ring: &KeyRing) -> Result<Self, SetupError> {
        let mut keys = HashMap::new();
        for signer in ring.signers() {
            for version in &signer.versions {
                let id = KeyId::new(signer.name.as_str(), version.version);
                let path = version.public_key.as_deref();
                let path = path.ok_or_else(|| SetupError::NoSignerKey(id.clone()))?;
                keys.insert(id, read_signer(path)?);
            }
        }
        Ok(Self(keys))
    }

    /// Checks that the signer that the payload names signed `message`.
    pub(crate) fn verify(&self, payload: &Payload<'_>, message: &[u8]) -> Result<(), NotRevealed> {
        let key = self.0.get(&payload.signer_id()).ok_or(NotRevealed)?;
        key.verify_sig(message, payload.signature)
            .map_err(|_| NotRevealed)
    }
}

fn read_signer(path: &Path) -> Result<ParsedPublicKey, SetupError> {
    let bad = || SetupError::BadSignerKey {
        path: path.to_owned(),
    };
    let text = std::fs::read_to_string(path).map_err(|cause| SetupError::Read {
        path: path.to_owned(),
        cause,
    })?;
    let der = pem::public_key(&text).ok_or_else(bad)?;
    ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, der).map_err(|_| bad())
}

//! The key ring as it is opened with: framings, KMS keys and wrapped keys by name and version,
//! signers.

use crate::error::SetupError;
use crate::pem;
use crate::value::NotRevealed;
use aws_lc_rs::rand;
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use policies::{
    EncryptionContext, Key, KeyRing, KeySort, KeyVersion, TokenFormat, encryption_context,
};
use record::{Encoding, Framing, KeyId, Payload, key_file};
use std::collections::HashMap;
use std::path::Path;

/// See the module. It cannot be empty.
pub(crate) struct Ring {
    /// Distinct framings of all keys, in the ring's order.
    framings: Vec<Framing>,
    /// KMS keys of `format: veilgate`, RSA.
    kms_keys: HashMap<Box<str>, HashMap<u16, Box<str>>>,
    /// For each RSA key with public keys on file, junk that is really sealed under its versions,
    /// newest first: who can open it may open what the vault keeps under the key.
    probes: HashMap<Box<str>, Vec<Probe>>,
    /// Symmetric keys, wrapped.
    wrapped: HashMap<Box<str>, HashMap<u16, WrappedSecret>>,
    /// For each framing of the original pattern, what to try, in this order: newest first.
    originals: Vec<Original>,
    /// Asked in vain when a token names no key of the ring.
    decoy: Box<str>,
}

/// What KMS is asked to unwrap for one version of a symmetric key. Public: KMS decides who gets the
/// key in it.
pub(crate) struct WrappedSecret {
    pub(crate) kms_key: Box<str>,
    pub(crate) wrapped: Vec<u8>,
    pub(crate) context: EncryptionContext,
}

/// 32 random bytes that were sealed under one version of a key and forgotten.
pub(crate) struct Probe {
    pub(crate) kms_key: Box<str>,
    pub(crate) sealed: Vec<u8>,
}

/// A key of the original AWS pattern.
struct Original {
    framing: usize,
    name: Box<str>,
    kms_keys: Vec<Box<str>>,
}

impl Ring {
    /// Reads the files of wrapped keys that the ring names.
    pub(crate) fn new(ring: &KeyRing) -> Result<Self, SetupError> {
        let mut built = Self {
            framings: Vec::new(),
            kms_keys: HashMap::new(),
            probes: HashMap::new(),
            wrapped: HashMap::new(),
            originals: Vec::new(),
            decoy: decoy(ring).ok_or(SetupError::NoKey)?.into(),
        };
        for key in ring.keys() {
            built.add(key)?;
        }
        Ok(built)
    }

    fn add(&mut self, key: &Key) -> Result<(), SetupError> {
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
        let framing = self.framing(framing);
        let kms_keys = key.versions.iter();
        let kms_keys = kms_keys.map(|each| (each.version, each.kms_key.as_str().into()));
        match (encoding, key.sort()) {
            (Encoding::Veilgate, KeySort::Wrapped) => {
                let wrapped = read_wrapped(key)?;
                self.wrapped.insert(name.into(), wrapped);
            }
            // nothing turns a MAC back
            (Encoding::Veilgate, KeySort::Mac) => {}
            (Encoding::Veilgate, KeySort::Public) => {
                self.kms_keys.insert(name.into(), kms_keys.collect());
                self.probes.insert(name.into(), probe(key)?);
            }
            (Encoding::Original, _) => {
                self.originals.push(Original {
                    framing,
                    name: name.into(),
                    kms_keys: kms_keys.rev().map(|(_, kms_key)| kms_key).collect(),
                });
            }
        }
        Ok(())
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

    /// The KMS key that the ring, and nothing in a token, names for this name and version of an RSA
    /// key.
    pub(crate) fn kms_key(&self, name: &str, version: u16) -> Option<&str> {
        self.kms_keys.get(name)?.get(&version).map(AsRef::as_ref)
    }

    /// What to ask KMS to open before the vault is looked into, newest first; empty where the ring has
    /// no public key on file.
    pub(crate) fn probes(&self, name: &str) -> &[Probe] {
        self.probes.get(name).map_or(&[], Vec::as_slice)
    }

    /// What KMS unwraps for this name and version of a symmetric key.
    pub(crate) fn wrapped(&self, name: &str, version: u16) -> Option<&WrappedSecret> {
        self.wrapped.get(name)?.get(&version)
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

/// The newest KMS key of the first RSA key: junk is as long as its ciphertexts. A ring without RSA
/// keys has another stand in: KMS refuses junk there just as well.
fn decoy(ring: &KeyRing) -> Option<&str> {
    let mut public = ring
        .keys()
        .iter()
        .filter(|key| key.sort() == KeySort::Public);
    let key = public.next().or(ring.keys().first())?;
    Some(key.versions.last()?.kms_key.as_str())
}

fn probe(key: &Key) -> Result<Vec<Probe>, SetupError> {
    let on_file = key
        .versions
        .iter()
        .rev()
        .filter_map(|version| Some((version, version.public_key()?)));
    // a service without vault needs none of these files
    let readable = on_file.filter(|(_, path)| path.is_file());
    let probes = readable.map(|(version, path)| {
        let text = std::fs::read_to_string(path).map_err(|cause| SetupError::Read {
            path: path.to_owned(),
            cause,
        })?;
        let sealed = pem::public_key(&text).and_then(|der| seal_junk(&der));
        Ok(Probe {
            kms_key: version.kms_key.as_str().into(),
            sealed: sealed.ok_or_else(|| SetupError::BadPublicKey {
                path: path.to_owned(),
            })?,
        })
    });
    probes.collect()
}

/// RSAES-OAEP-SHA-256 of random bytes that nobody keeps.
fn seal_junk(der: &[u8]) -> Option<Vec<u8>> {
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(der).ok()?).ok()?;
    let mut junk = [0; 32];
    rand::fill(&mut junk).ok()?;
    let mut sealed = vec![0; key.ciphertext_size()];
    key.encrypt(&OAEP_SHA256_MGF1SHA256, &junk, &mut sealed, None)
        .ok()?;
    Some(sealed)
}

fn read_wrapped(key: &Key) -> Result<HashMap<u16, WrappedSecret>, SetupError> {
    let files = key
        .versions
        .iter()
        .filter_map(|version| Some((version, version.wrapped_key()?)));
    let read = |(version, path): (&KeyVersion, &Path)| {
        let text = std::fs::read(path).map_err(|cause| SetupError::Read {
            path: path.to_owned(),
            cause,
        })?;
        let wrapped = key_file::parse(&text).ok_or_else(|| SetupError::BadWrappedKey {
            key: KeyId::new(key.name.as_str(), version.version),
            path: path.to_owned(),
        })?;
        let secret = WrappedSecret {
            kms_key: version.kms_key.as_str().into(),
            wrapped,
            context: encryption_context(&key.name, version.version),
        };
        Ok((version.version, secret))
    };
    files.map(read).collect()
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

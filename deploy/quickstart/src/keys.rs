//! Keys that are made here and not in KMS: the edge key, the gateway's signer, the login key.

use std::path::Path;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use pem::Pem;

use crate::failure::Failure;
use crate::folder::{Folder, read_if_there, write, write_private};

/// A P-256 key pair that is kept as a PKCS#8 PEM file.
pub(crate) struct P256Key {
    pair: EcdsaKeyPair,
    private_pem: String,
    name: &'static str,
}

impl P256Key {
    /// Reads the key, or makes it when there is no such file.
    pub(crate) fn read_or_make(path: &Path, name: &'static str) -> Result<Self, Failure> {
        let private_pem = match read_if_there(path)? {
            Some(text) => text,
            None => {
                let text = Self::make(name)?;
                write_private(path, &text)?;
                text
            }
        };
        let der = pem::parse(&private_pem).map_err(|error| Failure::Key {
            what: name,
            reason: error.to_string(),
        })?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.contents())
            .map_err(|error| Failure::Key {
                what: name,
                reason: error.to_string(),
            })?;
        Ok(Self {
            pair,
            private_pem,
            name,
        })
    }

    fn make(name: &'static str) -> Result<String, Failure> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .and_then(|pair| pair.to_pkcs8v1())
            .map_err(|error| Failure::Key {
                what: name,
                reason: error.to_string(),
            })?;
        Ok(pem::encode(&Pem::new("PRIVATE KEY", pair.as_ref())))
    }

    /// PKCS#8.
    pub(crate) fn private_pem(&self) -> &str {
        &self.private_pem
    }

    /// SubjectPublicKeyInfo.
    pub(crate) fn public_pem(&self) -> Result<String, Failure> {
        AsDer::<PublicKeyX509Der<'_>>::as_der(self.pair.public_key())
            .map(|der| public_pem(der.as_ref()))
            .map_err(|error| Failure::Key {
                what: self.name,
                reason: error.to_string(),
            })
    }
}

/// What the gateway and the detokenize service need beside KMS's keys: `edge.key` and the signer.
pub(crate) fn write_edge_key_and_signer(folder: &Folder) -> Result<(), Failure> {
    let edge = folder.keys().join("edge.key");
    if read_if_there(&edge)?.is_none() {
        let mut bytes = [0; 32];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|error| Failure::Key {
                what: "edge.key",
                reason: error.to_string(),
            })?;
        write_private(&edge, hex(&bytes))?;
    }
    let signer = P256Key::read_or_make(&folder.keys().join("signer.1.key"), "signer.1.key")?;
    write(&folder.keys().join("signer.1.pem"), signer.public_pem()?)
}

/// SubjectPublicKeyInfo in DER, as PEM.
pub(crate) fn public_pem(der: &[u8]) -> String {
    pem::encode(&Pem::new("PUBLIC KEY", der))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_kept() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = Folder::new(scratch.path().to_owned());
        folder.create().unwrap();
        let files = ["edge.key", "signer.1.key", "signer.1.pem"];
        let read = || files.map(|file| std::fs::read_to_string(folder.keys().join(file)).unwrap());

        write_edge_key_and_signer(&folder).unwrap();
        let first = read();
        write_edge_key_and_signer(&folder).unwrap();

        assert_eq!(read(), first);
        assert_eq!(first[0].len(), 64);
        assert!(first[1].starts_with("-----BEGIN PRIVATE KEY-----"));
        assert!(first[2].starts_with("-----BEGIN PUBLIC KEY-----"));
    }

    #[test]
    fn a_private_key_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("a.key");
        P256Key::read_or_make(&path, "a.key").unwrap();
        assert_eq!(
            std::fs::metadata(path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

//! A small world for tests: RSA keys behind a KMS double that counts its calls, and a maker of
//! tokens that follows `docs/token-format.md` step by step, apart from the crate `seal`.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

#[path = "support/kms.rs"]
mod kms;
#[path = "support/tokens.rs"]
mod tokens;

pub use kms::*;
pub use tokens::*;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use policies::{KeyName, encryption_context};
use record::KeyId;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use unseal::{
    CacheSettings, Caller, CallerCredentials, EdgeKey, Identity, KeyService, Opener, OpenerSettings,
};

pub const EDGE_KEY: [u8; 32] = [7; 32];

/// Keys, an opener over them, and a gateway's signer.
pub struct World {
    pub kms: Arc<KmsDouble>,
    pub opener: Opener,
    pub ring: policies::KeyRing,
    signer: EcdsaKeyPair,
    stranger: EcdsaKeyPair,
    _folder: tempfile::TempDir,
}

const RING: &str = r##"version: 1
keys:
  payments:
    versions:
      - { version: 1, kms_key: kms-pay-1, public_key: FOLDER/kms-pay-1.pem }
      - { version: 2, kms_key: kms-pay-2, public_key: FOLDER/kms-pay-2.pem }
  identity:
    prefix: "<<tok:"
    suffix: ">>"
    versions: [ { version: 1, kms_key: kms-id-1 } ]
  last4:
    versions: [ { version: 1, kms_key: kms-view-1, public_key: FOLDER/kms-view-1.pem } ]
  legacy:
    format: original
    prefix: "#01#"
    suffix: "#10#"
    versions:
      - { version: 1, kms_key: kms-old-1 }
      - { version: 2, kms_key: kms-pay-2 }
  joins:
    versions:
      - { version: 1, kms_key: kms-joins, wrapped_key: FOLDER/joins-1.wrapped }
      - { version: 2, kms_key: kms-joins, wrapped_key: FOLDER/joins-2.wrapped }
signers:
  edge:
    versions: [ { version: 1, public_key: FOLDER/signer.pem } ]
"##;

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let signer = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let stranger = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let path = folder.path().join("signer.pem");
        std::fs::write(&path, public_pem(&signer)).unwrap();
        for kms_key in ["kms-pay-1", "kms-pay-2", "kms-view-1"] {
            let path = folder.path().join(format!("{kms_key}.pem"));
            std::fs::write(path, public_key_pem(kms_key)).unwrap();
        }
        for version in [1, 2] {
            let context = encryption_context(&KeyName::new("joins").unwrap(), version);
            let wrapped = wrap_secret(JOINS, &context, &joins(version));
            let path = folder.path().join(format!("joins-{version}.wrapped"));
            std::fs::write(path, record::key_file::write(&wrapped)).unwrap();
        }
        let yaml = RING
            .replace("FOLDER", folder.path().to_str().unwrap())
            .replace("<<tok:", "[tok:")
            .replace(">>", "]");
        let ring = policies::compile_key_ring("keys.yaml", &yaml).unwrap();
        let kms = KmsDouble::new();
        let service: Arc<dyn KeyService> = Arc::<KmsDouble>::clone(&kms);
        let edge_keys = vec![EdgeKey::new(&[9; 32]), EdgeKey::new(&EDGE_KEY)];
        let opener = Opener::new(&ring, edge_keys, service, OpenerSettings::default()).unwrap();
        Self {
            kms,
            opener,
            ring,
            signer,
            stranger,
            _folder: folder,
        }
    }

    /// The same, with a vault.
    pub fn with_vault(self, vault: Arc<dyn store::Reader>) -> Self {
        Self {
            opener: self.opener.with_vault(vault),
            ..self
        }
    }

    /// A caller who may use every key.
    pub fn reader(&self, name: &str) -> Caller {
        let keys = KEYS.iter().chain([&JOINS]);
        keys.for_each(|key| self.kms.allow(name, key));
        caller(name)
    }

    /// The signer's private key in PKCS#8.
    pub fn signer_pem(&self) -> String {
        let der = self.signer.to_pkcs8v1().unwrap();
        pem("PRIVATE KEY", der.as_ref())
    }

    pub fn epoch(&self) -> Epoch {
        Epoch::new(&KeyId::new("payments", 1), "kms-pay-1", &self.signer)
    }

    /// An epoch that no gateway's signer signed.
    pub fn forged_epoch(&self) -> Epoch {
        Epoch::new(&KeyId::new("payments", 1), "kms-pay-1", &self.stranger)
    }

    /// An epoch whose head names `key`, wrapped for `kms_key`.
    pub fn epoch_of(&self, key: &KeyId, kms_key: &str) -> Epoch {
        Epoch::new(key, kms_key, &self.signer)
    }
}

pub fn caller(name: &str) -> Caller {
    let expires = SystemTime::now() + Duration::from_secs(3600);
    let credentials = CallerCredentials::new(name, "secret", "session", expires);
    let identity = Identity {
        principal: format!("arn:aws:sts::000000000000:assumed-role/{name}/s"),
        issuer: "https://issuer".into(),
        subject: name.into(),
    };
    Caller::new(identity, credentials, CacheSettings::default())
}

fn public_pem(key: &EcdsaKeyPair) -> String {
    let der: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    pem("PUBLIC KEY", der.as_ref())
}

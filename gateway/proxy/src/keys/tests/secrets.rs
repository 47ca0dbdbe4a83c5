//! Symmetric keys, unwrapped by local-kms.

use std::path::Path;
use std::sync::Arc;

use aws_sdk_kms::Client;
use aws_sdk_kms::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_kms::types::KeySpec;
use local_kms::{Options, Server};
use policies::{KeyName, Policy, encryption_context};
use seal::EpochLimits;
use tempfile::TempDir;

use crate::config::{Sealing, SignerChoice, SignerKeySource};
use crate::keys::{Keys, KeysError, Kms};
use crate::vaults::Vaults;

/// Class `a` has the only key that is used. The kind does not matter here.
const POLICY: &str = "
version: 1
classes: { a: { kind: envelope, key: joins } }
rules: [ { select: $.a, class: a } ]
";

struct World {
    folder: TempDir,
    client: Client,
    kms_key: String,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(Options {
            listen: ([127, 0, 0, 1], 0).into(),
            state: folder.path().join("state"),
            config: local_kms::Config::standard().unwrap(),
            audit: Box::new(std::io::sink()),
        });
        let server = server.unwrap();
        let endpoint = format!("http://{}", server.address());
        tokio::spawn(server.run(std::future::pending()));
        let credentials =
            Credentials::new("AKIALOCALADMIN000000", "local-admin-secret", None, None, "");
        let config = aws_sdk_kms::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(endpoint)
            .credentials_provider(credentials)
            .build();
        let client = Client::from_conf(config);
        let made = client.create_key().key_spec(KeySpec::SymmetricDefault);
        let made = made.send().await.unwrap();
        let kms_key = made.key_metadata.unwrap().key_id;
        std::fs::write(folder.path().join("edge.key"), "0f".repeat(32)).unwrap();
        let world = Self {
            folder,
            client,
            kms_key,
        };
        for version in [1, 2] {
            world.wrap("joins", version, version).await;
        }
        world
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn kms(&self) -> Kms {
        Kms::with(self.client.clone())
    }

    /// Writes the file of one version, wrapped for `key` and `version`.
    async fn wrap(&self, key: &str, version: u16, file: u16) {
        let context = encryption_context(&KeyName::new(key).unwrap(), version);
        let made = self.kms().new_wrapped_key(&self.kms_key, &context).await;
        let text = record::key_file::write(&made.unwrap());
        std::fs::write(self.path(&format!("joins-{file}.wrapped")), text).unwrap();
    }

    /// The files of key `unused` are not there.
    fn sealing(&self) -> Sealing {
        let version = |key: &str, number| {
            let kms_key = &self.kms_key;
            format!(
                "{{ version: {number}, kms_key: {kms_key}, wrapped_key: {key}-{number}.wrapped }}"
            )
        };
        let yaml = format!(
            "version: 1\nkeys:\n  joins: {{ versions: [ {}, {} ] }}\n  unused: {{ versions: [ {} ] }}\n",
            version("joins", 1),
            version("joins", 2),
            version("unused", 1)
        );
        let file = self.path("keys.yaml").display().to_string();
        Sealing {
            ring: policies::compile_key_ring(&file, &yaml).unwrap(),
            edge_keys: vec![self.path("edge.key")],
            signer: SignerChoice {
                name: "edge".into(),
                version: 1,
                key: SignerKeySource::Kms("alias/signer".into()),
            },
            epochs: EpochLimits::default(),
            vault: None,
        }
    }

    /// The versions that were loaded.
    async fn load(&self, kms: &Kms) -> Result<Vec<String>, KeysError> {
        let policy: Policy = policies::compile_policy("policy.yaml", POLICY).unwrap();
        let sealing = self.sealing();
        let keys = Keys::load(&sealing, &[Arc::new(policy)], kms, &Vaults::default()).await?;
        let ids = keys.secrets.iter().map(|secret| secret.id().to_string());
        Ok(ids.collect())
    }
}

#[tokio::test]
async fn all_versions_of_keys_in_use_are_unwrapped() {
    let world = World::new().await;
    let loaded = world.load(&world.kms()).await.unwrap();
    assert_eq!(loaded.len(), 2, "{loaded:?}");
    assert!(loaded.iter().all(|id| id.contains("joins")), "{loaded:?}");
}

#[tokio::test]
async fn without_kms_the_files_are_looked_at() {
    let world = World::new().await;
    assert!(world.load(&Kms::offline()).await.unwrap().is_empty());
    std::fs::write(world.path("joins-1.wrapped"), "5ec7e7!").unwrap();
    let refused = world.load(&Kms::offline()).await.unwrap_err().to_string();
    assert!(refused.contains("key joins version 1"), "{refused}");
    assert!(!refused.contains("5ec7e7"), "{refused}");
    std::fs::remove_file(world.path("joins-1.wrapped")).unwrap();
    let refused = world.load(&Kms::offline()).await.unwrap_err();
    assert!(matches!(refused, KeysError::File { .. }), "{refused}");
}

#[tokio::test]
async fn a_file_of_another_name_or_version_is_told() {
    for (key, version) in [("other", 2), ("joins", 1)] {
        let world = World::new().await;
        world.wrap(key, version, 2).await;
        let refused = world.load(&world.kms()).await.unwrap_err().to_string();
        for part in [
            "key joins version 2",
            "joins-2.wrapped",
            "another KMS key, or",
        ] {
            assert!(refused.contains(part), "no {part} in {refused}");
        }
    }
}

/// Whoever wraps any 32 bytes with `Encrypt` is as welcome; other lengths are not.
#[tokio::test]
async fn a_key_has_32_bytes() {
    let world = World::new().await;
    let context = encryption_context(&KeyName::new("joins").unwrap(), 2);
    for (length, right) in [(32, true), (16, false), (33, false)] {
        let mut request = world.client.encrypt().key_id(&world.kms_key);
        for (name, value) in context.clone() {
            request = request.encryption_context(name, value);
        }
        let request = request.plaintext(aws_sdk_kms::primitives::Blob::new(vec![0xC5; length]));
        let wrapped = request.send().await.unwrap().ciphertext_blob.unwrap();
        write(&world.path("joins-2.wrapped"), wrapped.as_ref());
        let loaded = world.load(&world.kms()).await;
        assert_eq!(loaded.is_ok(), right, "{length}");
        if let Err(refused) = loaded {
            let refused = refused.to_string();
            assert!(refused.contains(&format!("{length} bytes")), "{refused}");
        }
    }
}

fn write(path: &Path, wrapped: &[u8]) {
    std::fs::write(path, record::key_file::write(wrapped)).unwrap();
}

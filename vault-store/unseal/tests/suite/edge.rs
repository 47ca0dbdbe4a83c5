//! A gateway's sealer and a vault in a file, before a world with an opener on the same file.

use crate::support::{EDGE_KEY, World, public_key_pem};
use policies::{Policy, compile_policy};
use record::{KeyId, ValueType};
use seal::{
    Batch, EdgeKey, EpochLimits, LocalSigner, Material, PublicKey, Replacement, Sealer, SecretKey,
    Tokens, Vault,
};
use std::sync::Arc;
use std::time::Duration;
use store::sqlite::{Settings, Sqlite, SqliteReader};
use store::{Item, Keeper};
use unseal::RevealClass;

pub(crate) struct Edge {
    pub(crate) world: World,
    pub(crate) policy: Policy,
    pub(crate) sealer: Sealer,
    pub(crate) sqlite: Arc<Sqlite>,
    _folder: tempfile::TempDir,
}

impl Edge {
    /// Seals under these versions of public keys, each with its KMS key, and the symmetric key
    /// `joins`.
    pub(crate) fn new(policy: &str, keys: &[(&str, u16, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::new(folder.path().join("vault.db"));
        let sqlite = Arc::new(Sqlite::open(&settings).unwrap());
        let world = World::new().with_vault(Arc::new(SqliteReader::open(&settings).unwrap()));
        let policy = compile_policy("policy.yaml", policy).unwrap();
        policy.check_keys(&world.ring).unwrap();
        let key = |(name, version, kms_key): &(&str, u16, &str)| {
            let format = &world.ring.key(name).unwrap().format;
            let pem = public_key_pem(kms_key);
            PublicKey::from_pem(KeyId::new(*name, *version), format, pem.as_bytes()).unwrap()
        };
        let format = &world.ring.key("joins").unwrap().format;
        let secret = SecretKey::new(KeyId::new("joins", 1), format, &[4; 32]);
        let material = Material {
            keys: keys.iter().map(key).collect(),
            secrets: vec![secret.unwrap()],
            macs: Vec::new(),
            edge_keys: vec![EdgeKey::new(&EDGE_KEY)],
            signer: Arc::new(LocalSigner::from_pem(world.signer_pem().as_bytes()).unwrap()),
            signer_id: KeyId::new("edge", 1),
            epochs: EpochLimits::default(),
            vault: Some(Vault::new(sqlite.clone(), 0, Duration::ZERO)),
        };
        Self {
            sealer: Sealer::new(&policy, material).unwrap(),
            world,
            policy,
            sqlite,
            _folder: folder,
        }
    }

    /// What takes the places of values.
    pub(crate) async fn replace(&self, tenant: &str, values: &[(&str, ValueType, &str)]) -> Tokens {
        let mut batch = Batch::for_tenant(tenant);
        for (class, value_type, value) in values {
            let class = self.policy.class_named(class).unwrap();
            batch.push(class, *value_type, value.as_bytes());
        }
        let mut tokens = Tokens::new();
        self.sealer.prepare(&mut batch).await.unwrap();
        self.sealer.seal_batch(&mut batch, &mut tokens).unwrap();
        tokens
    }

    /// The tokens of values.
    pub(crate) async fn seal(
        &self,
        tenant: &str,
        values: &[(&str, ValueType, &str)],
    ) -> Vec<String> {
        let tokens = self.replace(tenant, values).await;
        let texts = tokens.iter().map(|token| match token {
            Replacement::Text(text) => text.to_owned(),
            Replacement::Made(token) => String::from_utf8(token.to_vec()).unwrap(),
            other => panic!("{other:?}"),
        });
        texts.collect()
    }

    /// All that the vault keeps.
    pub(crate) async fn kept(&self) -> Vec<Item> {
        let (mut items, mut cursor) = (Vec::new(), None);
        loop {
            let page = self.sqlite.export(cursor.as_ref(), 100).await.unwrap();
            items.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                return items;
            }
        }
    }

    /// What tokens of a class are opened with; `None` for those that describe themselves.
    pub(crate) fn class(&self, name: &str) -> Option<RevealClass> {
        let class = self.policy.class(self.policy.class_named(name).unwrap());
        RevealClass::new(class, &self.world.ring)
    }
}

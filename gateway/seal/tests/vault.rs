//! Kind `vault` and stored heads: one token for one value, durable before it is made, whatever goes
//! wrong.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod support;

use policies::{Policy, compile_policy};
use record::{KeyId, ValueType, VaultRecord};
use seal::{Batch, Material, Replacement, SealError, Sealer, SecretKey, SetupError, Tokens, Vault};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use store::{Index, StoreError};
use support::fake_vault::FakeVault;
use support::{block_on, material, veilgate};

const CLASSES: &str = r#"
  uuid: { kind: vault, key: payments, format: uuid }
  same: { kind: vault, key: payments, format: random, prefix: tok_, alphabet: base36, length: 20, index_key: joins, deterministic: true }
  card: { kind: vault, key: payments, alphabet: digits, outside: keep, keep_last: 4, luhn: valid, min_length: 12, index_key: joins, deterministic: true }
  few: { kind: vault, key: payments, format: random, alphabet: digits, length: 1 }
  short: { kind: vault, key: payments, format: uuid, time_to_live: 1h }
  many: { kind: vault, key: payments, format: uuid, index_key: joins }
  stored: { kind: envelope, key: payments, stored: true }
  plain: { kind: envelope, key: payments }
"#;

struct World {
    policy: Policy,
    sealer: Sealer,
    vault: Arc<FakeVault>,
}

fn policy() -> Policy {
    let rules = "rules: [ { select: $.a, class: uuid } ]";
    compile_policy("p", &format!("version: 1\nclasses:{CLASSES}{rules}\n")).unwrap()
}

fn with_secret() -> Material {
    let secret = SecretKey::new(KeyId::new("joins", 1), &veilgate(), &[1; 32]).unwrap();
    Material {
        secrets: vec![secret],
        ..material()
    }
}

impl World {
    fn new() -> Self {
        let vault = Arc::new(FakeVault::default());
        let material = Material {
            vault: Some(Vault::new(vault.clone(), 1000, Duration::ZERO)),
            ..with_secret()
        };
        let policy = policy();
        let sealer = Sealer::new(&policy, material).unwrap();
        Self {
            policy,
            sealer,
            vault,
        }
    }

    fn seal(&self, tenant: &str, values: &[(&str, &str)]) -> Result<Vec<String>, SealError> {
        let mut batch = Batch::for_tenant(tenant);
        for (class, value) in values {
            let class = self.policy.class_named(class).unwrap();
            batch.push(class, ValueType::Text, value.as_bytes());
        }
        let mut tokens = Tokens::new();
        block_on(self.sealer.prepare(&mut batch))?;
        self.sealer.seal_batch(&mut batch, &mut tokens)?;
        let texts = tokens.iter().map(|replacement| match replacement {
            Replacement::Text(text) => text.to_owned(),
            Replacement::Made(token) => String::from_utf8(token.to_vec()).unwrap(),
            Replacement::Kept => "kept".into(),
            other => panic!("{other:?}"),
        });
        Ok(texts.collect())
    }

    fn records(&self) -> usize {
        self.vault.records.lock().unwrap().len()
    }
}

#[test]
fn each_value_has_a_record_before_its_token_is_there() {
    let world = World::new();
    let values = [
        ("uuid", "a"),
        ("same", "b"),
        ("uuid", "a"),
        ("short", "c"),
        ("many", "a"),
    ];
    let tokens = world.seal("", &values).unwrap();
    assert_eq!(tokens.iter().collect::<HashSet<_>>().len(), 5);
    assert!(tokens[1].starts_with("tok_") && tokens[1].len() == 24);
    let records = world.vault.records.lock().unwrap();
    let heads = world.vault.heads.lock().unwrap();
    assert_eq!(
        (records.len(), heads.len()),
        (5, 1),
        "one head for all of an epoch"
    );
    for (token, (class, value)) in tokens.iter().zip(values) {
        let mut found = records
            .iter()
            .filter(|each| each.key.token.as_str() == token);
        let record = found.next().unwrap();
        assert_eq!(record.key.space.class(), class);
        let sealed = VaultRecord::parse(&record.record.sealed).unwrap();
        assert_eq!(sealed.head_id, &heads[0].0.0);
        assert_eq!(sealed.ciphertext.len(), value.len() + 16);
        assert_eq!(record.record.expires.is_some(), class == "short");
        let index = record.record.index;
        assert_eq!(matches!(index, Index::Unique(_)), class == "same");
        assert_eq!(matches!(index, Index::Many(_)), class == "many");
    }
}

#[test]
fn a_deterministic_class_has_one_token_for_a_value() {
    let world = World::new();
    let values = [
        ("same", "a"),
        ("same", "b"),
        ("same", "a"),
        ("card", "4111-1111-1111-1111"),
    ];
    let tokens = world.seal("", &values).unwrap();
    assert_eq!(tokens[0], tokens[2]);
    assert_ne!(tokens[0], tokens[1]);
    assert!(tokens[3].ends_with("-1111") && shape::passes_luhn(&tokens[3]));
    assert_eq!(world.records(), 3);
    let calls = world.vault.calls.load(Ordering::Relaxed);
    assert_eq!(world.seal("", &values).unwrap(), tokens);
    assert_eq!(world.records(), 3);
    assert_eq!(
        world.vault.calls.load(Ordering::Relaxed),
        calls + 1,
        "only looked up"
    );
    let other = world.seal("tenant", &values).unwrap();
    assert!(other.iter().all(|token| !tokens.contains(token)));
    assert_eq!(world.records(), 6);
}

#[test]
fn collisions_are_drawn_again_until_there_is_nothing_left() {
    let world = World::new();
    let mut tokens = HashSet::new();
    loop {
        match world.seal("", &[("few", "x")]) {
            Ok(made) => assert!(tokens.insert(made[0].clone()), "one token, two values"),
            Err(error) => {
                assert_eq!(error.code(), "tokens-exhausted");
                assert!(!error.is_retryable());
                break;
            }
        }
    }
    assert!(tokens.len() >= 8, "{}", tokens.len());
}

#[test]
fn without_the_vault_nothing_leaves() {
    let world = World::new();
    let faults = [
        (StoreError::Full("disk".into()), "vault-full", false),
        (
            StoreError::Unavailable {
                reason: "down".into(),
                retry_after: Duration::from_secs(2),
            },
            "vault-unavailable",
            true,
        ),
    ];
    for (fault, code, retryable) in faults {
        *world.vault.down.lock().unwrap() = Some(fault);
        for class in ["uuid", "same", "stored"] {
            let refused = world.seal("", &[("plain", "p"), (class, "v")]).unwrap_err();
            assert_eq!(
                (refused.code(), refused.is_retryable()),
                (code, retryable),
                "{class}"
            );
        }
        assert!(
            world.seal("", &[("plain", "p")]).is_ok(),
            "what needs no vault"
        );
    }
    *world.vault.down.lock().unwrap() = None;
    assert!(world.seal("", &[("uuid", "v"), ("stored", "v")]).is_ok());
}

#[test]
fn stored_heads_make_short_tokens_that_are_recognized() {
    let world = World::new();
    let value = "4111111111111111";
    let tokens = world
        .seal(
            "",
            &[("stored", value), ("plain", value), ("stored", value)],
        )
        .unwrap();
    assert!(
        tokens[0].len() <= 129 && tokens[1].len() > 400,
        "{}",
        tokens[0].len()
    );
    assert_ne!(tokens[0], tokens[2]);
    assert_eq!(world.seal("", &[("stored", &tokens[0])]).unwrap(), ["kept"]);
    assert_ne!(world.seal("", &[("plain", &tokens[0])]).unwrap(), ["kept"]);
    assert_ne!(
        world.seal("t", &[("stored", &tokens[0])]).unwrap(),
        ["kept"]
    );
    let mut altered = tokens[0].clone().into_bytes();
    altered[12] ^= 1;
    let altered = String::from_utf8(altered).unwrap();
    assert_ne!(world.seal("", &[("stored", &altered)]).unwrap(), ["kept"]);
    assert_eq!(world.vault.heads.lock().unwrap().len(), 1);
}

#[test]
fn a_class_that_needs_a_vault_is_refused_without_one() {
    let refused = Sealer::new(&policy(), with_secret()).unwrap_err();
    let expected = SetupError::NoVault {
        class: "uuid".into(),
        kind: "vault",
    };
    assert_eq!(refused, expected);
}

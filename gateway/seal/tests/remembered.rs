//! Tokens that the vault is known to keep: they cost it nothing, and nobody gets another's.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod support;

use policies::{Policy, compile_policy};
use record::{KeyId, ValueType};
use seal::{Batch, Material, Replacement, SealError, Sealer, SecretKey, Tokens, Vault};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use store::{Index, StoreError, Timestamp};
use support::fake_vault::FakeVault;
use support::{block_on, material, veilgate};

const POLICY: &str = "
version: 1
classes:
  same: { kind: vault, key: payments, format: uuid, index_key: joins, deterministic: true }
  other: { kind: vault, key: payments, format: uuid, index_key: joins, deterministic: true }
  anew: { kind: vault, key: payments, format: uuid, index_key: joins, deterministic: true, time_to_live: 1h, renew: true }
  many: { kind: vault, key: payments, format: uuid, index_key: joins }
  card: { kind: vault, key: payments, alphabet: digits, min_length: 12, index_key: joins, deterministic: true }
rules: [ { select: $.a, class: same } ]
";

fn policy() -> Policy {
    compile_policy("p", POLICY).unwrap()
}

/// A sealer over a vault, whose index key has these bytes.
fn sealer(vault: Vault, index_key: [u8; 32]) -> Sealer {
    sealer_of(&policy(), vault, index_key)
}

fn sealer_of(policy: &Policy, vault: Vault, index_key: [u8; 32]) -> Sealer {
    let secret = SecretKey::new(KeyId::new("joins", 1), &veilgate(), &index_key).unwrap();
    let material = Material {
        secrets: vec![secret],
        vault: Some(vault),
        ..material()
    };
    Sealer::new(policy, material).unwrap()
}

fn an_hour(fake: &Arc<FakeVault>) -> Vault {
    Vault::new(fake.clone(), 1000, Duration::from_secs(3600))
}

/// A value's token, and how often the vault was asked for it.
fn token(
    sealer: &Sealer,
    fake: &FakeVault,
    (tenant, class, value_type, value): (&str, &str, ValueType, &str),
) -> Result<(String, usize), SealError> {
    let before = fake.calls.load(Ordering::Relaxed);
    let (mut batch, mut tokens) = (Batch::for_tenant(tenant), Tokens::new());
    let class = policy().class_named(class).unwrap();
    batch.push(class, value_type, value.as_bytes());
    block_on(sealer.prepare(&mut batch))?;
    sealer.seal_batch(&mut batch, &mut tokens)?;
    let Some(Replacement::Text(text)) = tokens.iter().next() else {
        panic!("no token");
    };
    Ok((text.to_owned(), fake.calls.load(Ordering::Relaxed) - before))
}

#[test]
fn a_remembered_token_costs_the_vault_nothing() {
    let fake = Arc::new(FakeVault::default());
    let vault = an_hour(&fake);
    let first = sealer(vault.clone(), [1; 32]);
    let value = ("", "same", ValueType::Text, "4111");
    let (made, asked) = token(&first, &fake, value).unwrap();
    assert!(asked > 0);
    assert_eq!(token(&first, &fake, value).unwrap(), (made.clone(), 0));
    // a policy that is loaded anew has a sealer of its own over the same vault
    let reloaded = sealer(vault, [1; 32]);
    assert_eq!(token(&reloaded, &fake, value).unwrap(), (made.clone(), 0));
    // another gateway learns it from the vault, and remembers it from then on
    let second = sealer(an_hour(&fake), [1; 32]);
    assert_eq!(token(&second, &fake, value).unwrap(), (made.clone(), 1));
    assert_eq!(token(&second, &fake, value).unwrap(), (made, 0));
    assert_eq!(fake.records.lock().unwrap().len(), 1);
}

#[test]
fn nobody_gets_the_token_of_another() {
    let fake = Arc::new(FakeVault::default());
    let vault = an_hour(&fake);
    let (sealer_, rotated) = (sealer(vault.clone(), [1; 32]), sealer(vault, [2; 32]));
    let values = [
        ("", "same", ValueType::Text, "1"),
        ("", "same", ValueType::Number, "1"),
        ("", "same", ValueType::Text, "2"),
        ("", "same", ValueType::Text, ""),
        ("", "other", ValueType::Text, "1"),
        ("a", "same", ValueType::Text, "1"),
        ("b", "same", ValueType::Text, "1"),
    ];
    let made = values.map(|value| token(&sealer_, &fake, value).unwrap().0);
    for (at, one) in made.iter().enumerate() {
        assert!(!made[..at].contains(one), "{:?}", values[at]);
    }
    for (value, one) in values.iter().zip(&made) {
        assert_eq!(token(&sealer_, &fake, *value).unwrap(), (one.clone(), 0));
        // under another index key every value is a new one, as it is to the vault
        assert!(!made.contains(&token(&rotated, &fake, *value).unwrap().0));
    }
}

#[test]
fn an_erasure_takes_effect_in_time() {
    let fake = Arc::new(FakeVault::default());
    let longest = Duration::from_millis(50);
    let sealer = sealer(Vault::new(fake.clone(), 1000, longest), [1; 32]);
    let value = ("", "same", ValueType::Text, "4111");
    let erased = token(&sealer, &fake, value).unwrap().0;
    fake.records.lock().unwrap().clear();
    std::thread::sleep(longest * 2);
    let (made, asked) = token(&sealer, &fake, value).unwrap();
    assert!(made != erased && asked > 0);
}

#[test]
fn a_token_that_has_ended_is_not_given_out() {
    let fake = Arc::new(FakeVault::default());
    let vault = an_hour(&fake);
    let value = ("", "same", ValueType::Text, "4111");
    token(&sealer(vault, [1; 32]), &fake, value).unwrap();
    for (ends, remembered) in [(Timestamp::from_millis(1), false), (far(), true)] {
        fake.records.lock().unwrap()[0].record.expires = Some(ends);
        let other = sealer(an_hour(&fake), [1; 32]);
        token(&other, &fake, value).unwrap();
        let asked = token(&other, &fake, value).unwrap().1;
        assert_eq!(asked == 0, remembered, "{ends:?}");
    }
}

fn far() -> Timestamp {
    Timestamp::now().plus(Duration::from_secs(3600))
}

#[test]
fn what_must_reach_the_vault_each_time_does() {
    let fake = Arc::new(FakeVault::default());
    let sealer = sealer(an_hour(&fake), [1; 32]);
    for class in ["anew", "many"] {
        let value = ("", class, ValueType::Text, "4111");
        let first = token(&sealer, &fake, value).unwrap().0;
        let (second, asked) = token(&sealer, &fake, value).unwrap();
        assert!(asked > 0, "{class}");
        assert_eq!(first == second, class == "anew");
    }
    let indexes = fake.records.lock().unwrap();
    let many = |index| matches!(index, Index::Many(_));
    assert_eq!(
        indexes.iter().filter(|new| many(new.record.index)).count(),
        2
    );
}

#[test]
fn without_the_vault_what_it_keeps_already_goes_on() {
    let fake = Arc::new(FakeVault::default());
    let sealer = sealer(an_hour(&fake), [1; 32]);
    let known = ("", "same", ValueType::Text, "4111");
    let made = token(&sealer, &fake, known).unwrap().0;
    *fake.down.lock().unwrap() = Some(StoreError::Full("disk".into()));
    assert_eq!(token(&sealer, &fake, known).unwrap(), (made, 0));
    let new = ("", "same", ValueType::Text, "5555");
    assert_eq!(token(&sealer, &fake, new).unwrap_err().code(), "vault-full");
}

#[test]
fn what_no_longer_fits_its_class_is_refused_though_its_token_is_remembered() {
    let fake = Arc::new(FakeVault::default());
    let vault = an_hour(&fake);
    let card = ("", "card", ValueType::Text, "4111111111111111");
    let first = sealer(vault.clone(), [1; 32]);
    token(&first, &fake, card).unwrap();
    assert_eq!(token(&first, &fake, card).unwrap().1, 0);
    let stricter = POLICY.replace("min_length: 12", "min_length: 17");
    let stricter = compile_policy("p", &stricter).unwrap();
    let reloaded = sealer_of(&stricter, vault, [1; 32]);
    let refused = token(&reloaded, &fake, card).unwrap_err();
    assert_eq!(refused.code(), "value-unfit");
}

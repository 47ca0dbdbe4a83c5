//! What opens, and as what.

use crate::support::{World, caller, original, rsa};
use proptest::prelude::*;
use record::{KeyId, ValueType};
use unseal::{Caller, NotRevealed, Usage, Value};

pub(crate) async fn open(
    world: &World,
    caller: &Caller,
    tokens: &[Vec<u8>],
) -> Vec<Result<Value, NotRevealed>> {
    let usage = Usage::new(1_000_000);
    let candidates: Vec<_> = tokens
        .iter()
        .map(|token| world.opener.candidate(token))
        .collect();
    world
        .opener
        .open_batch(caller, &usage, &candidates)
        .await
        .unwrap()
}

fn assert_opens(opened: &Result<Value, NotRevealed>, class: &str, kind: ValueType, value: &[u8]) {
    let opened = opened.as_ref().expect("it opens");
    assert_eq!(&*opened.class, class);
    assert_eq!(opened.value_type, kind);
    assert_eq!(opened.bytes.as_slice(), value);
}

#[tokio::test]
async fn every_format_and_value_type_opens_in_order() {
    let world = World::new();
    let ann = world.reader("ann");
    let values: [(ValueType, &[u8]); 6] = [
        (ValueType::Text, "4111 1111 1111 1111 \u{e9}\"\\".as_bytes()),
        (ValueType::Number, b"1.50e+02"),
        (ValueType::Boolean, b"true"),
        (ValueType::Object, br#"{"a": [1, 2]}"#),
        (ValueType::Array, b"[ ]"),
        (ValueType::Null, b"null"),
    ];
    let epoch = world.epoch();
    let newer = world.epoch_of(&KeyId::new("payments", 2), "kms-pay-2");
    let mut tokens = Vec::new();
    for (kind, value) in values {
        tokens.push(epoch.token("pan", kind, value));
        tokens.push(rsa(kind, value));
        tokens.push(newer.token("iban", kind, value));
    }
    let opened = open(&world, &ann, &tokens).await;
    for (index, (kind, value)) in values.into_iter().enumerate() {
        assert_opens(&opened[3 * index], "pan", kind, value);
        assert_opens(&opened[3 * index + 1], "ssn", kind, value);
        assert_opens(&opened[3 * index + 2], "iban", kind, value);
    }
}

#[tokio::test]
async fn tokens_of_the_original_pattern_open_under_every_version_newest_first() {
    let world = World::new();
    let ann = world.reader("ann");
    let old = original("kms-old-1", b"078-05-1120");
    let new = original("kms-pay-2", b"219-09-9999");
    let opened = open(&world, &ann, std::slice::from_ref(&new)).await;
    assert_opens(&opened[0], "legacy", ValueType::Text, b"219-09-9999");
    let keys: Vec<_> = world
        .kms
        .take_calls()
        .into_iter()
        .map(|(_, key)| key)
        .collect();
    assert_eq!(keys, ["kms-pay-2"]);
    let opened = open(&world, &ann, &[old]).await;
    assert_opens(&opened[0], "legacy", ValueType::Text, b"078-05-1120");
    let keys: Vec<_> = world
        .kms
        .take_calls()
        .into_iter()
        .map(|(_, key)| key)
        .collect();
    assert_eq!(keys, ["kms-pay-2", "kms-old-1"]);
}

#[tokio::test]
async fn tenants_are_bound() {
    let world = World::new();
    let ann = world.reader("ann");
    let epoch = world.epoch();
    let body = epoch.body("pan", "acme", ValueType::Text, b"v");
    let moved = {
        let tenant = body.windows(4).position(|part| part == b"acme").unwrap();
        let mut moved = body.clone();
        moved[tenant..tenant + 4].copy_from_slice(b"evil");
        moved
    };
    let tokens = [&body, &moved].map(|body| crate::support::frame(&epoch.head, body));
    let opened = open(&world, &ann, &tokens).await;
    assert_opens(&opened[0], "pan", ValueType::Text, b"v");
    assert!(opened[1].is_err());
}

#[tokio::test]
async fn the_empty_batch_costs_nothing() {
    let world = World::new();
    assert!(open(&world, &caller("ann"), &[]).await.is_empty());
    assert!(world.kms.take_calls().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_values_come_back(values in prop::collection::vec((".{0,20}", ".{0,12}", prop::collection::vec(any::<u8>(), 0..300)), 1..20)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            let ann = world.reader("ann");
            let epochs = [world.epoch(), world.epoch()];
            let tokens: Vec<_> = values.iter().enumerate().map(|(index, (class, tenant, value))| {
                let epoch = &epochs[index % 2];
                let body = epoch.body(&format!("c{class}"), tenant, ValueType::Text, value);
                crate::support::frame(&epoch.head, &body)
            }).collect();
            let opened = open(&world, &ann, &tokens).await;
            for ((class, _, value), opened) in values.iter().zip(&opened) {
                assert_opens(opened, &format!("c{class}"), ValueType::Text, value);
            }
            assert_eq!(world.kms.take_calls().len(), epochs.len().min(values.len()));
        });
    }
}

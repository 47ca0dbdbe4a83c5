//! What the crate `seal` makes, opened.

use crate::opening::open;
use crate::support::{EDGE_KEY, World};
use proptest::prelude::*;
use record::{KeyId, ValueType};
use seal::{
    Batch, EdgeKey, EpochLimits, LocalSigner, Material, PublicKey, Replacement, Sealer, Tokens,
};
use std::sync::Arc;

const POLICY: &str = r#"version: 1
classes:
  pan: { kind: envelope, key: payments }
  ssn: { kind: rsa, key: identity, too_long: pan }
  old: { kind: rsa, key: legacy }
rules:
  - { select: $.a, class: pan }
  - { select: $.b, class: ssn }
  - { select: $.c, class: old }
"#;

/// What is sealed: class, type, value.
type Sealed<'a> = (&'a str, ValueType, &'a [u8]);

async fn seal(world: &World, tenant: &str, values: &[Sealed<'_>]) -> Vec<Vec<u8>> {
    let policy = policies::compile_policy("policy.yaml", POLICY).unwrap();
    let key = |name: &str, version, kms_key: &str| {
        let format = &world.ring.key(name).unwrap().format;
        let pem = crate::support::public_key_pem(kms_key);
        PublicKey::from_pem(KeyId::new(name, version), format, pem.as_bytes()).unwrap()
    };
    let material = Material {
        keys: vec![
            key("payments", 2, "kms-pay-2"),
            key("identity", 1, "kms-id-1"),
            key("legacy", 2, "kms-pay-2"),
        ],
        secrets: Vec::new(),
        macs: Vec::new(),
        edge_keys: vec![EdgeKey::new(&EDGE_KEY)],
        signer: Arc::new(LocalSigner::from_pem(world.signer_pem().as_bytes()).unwrap()),
        signer_id: KeyId::new("edge", 1),
        epochs: EpochLimits::default(),
        vault: None,
    };
    let sealer = Sealer::new(&policy, material).unwrap();
    let mut batch = Batch::for_tenant(tenant);
    let mut tokens = Tokens::new();
    for (class, value_type, value) in values {
        batch.push(policy.class_named(class).unwrap(), *value_type, value);
    }
    sealer.prepare(&mut batch).await.unwrap();
    sealer.seal_batch(&mut batch, &mut tokens).unwrap();
    let made = tokens.iter().map(|token| match token {
        Replacement::Made(token) => token.to_vec(),
        other => panic!("the value is no token: {other:?}"),
    });
    made.collect()
}

#[tokio::test]
async fn every_class_and_type_comes_back() {
    let world = World::new();
    let ann = world.reader("ann");
    let long = vec![b'x'; 500];
    let values: Vec<Sealed<'_>> = vec![
        ("pan", ValueType::Text, "4111 \u{e9}".as_bytes()),
        ("pan", ValueType::Number, b"-1.5E+3"),
        ("ssn", ValueType::Text, b"078-05-1120"),
        ("ssn", ValueType::Text, &long),
        ("ssn", ValueType::Boolean, b"true"),
        ("old", ValueType::Text, b"219-09-9999"),
        ("pan", ValueType::Object, br#"{"a":[1]}"#),
        ("pan", ValueType::Text, b""),
    ];
    let tokens = seal(&world, "", &values).await;
    let opened = open(&world, &ann, &tokens).await;
    for ((_, value_type, value), opened) in values.iter().zip(&opened) {
        let opened = opened.as_ref().unwrap_or_else(|_| panic!("it opens"));
        assert_eq!(opened.value_type, *value_type);
        assert_eq!(opened.bytes.as_slice(), *value);
    }
    let classes: Vec<_> = opened
        .iter()
        .map(|opened| opened.as_ref().map_or("", |v| &v.class))
        .collect();
    assert_eq!(
        classes,
        ["pan", "pan", "ssn", "pan", "ssn", "legacy", "pan", "pan"]
    );
    // One data key, and three rsa tokens.
    assert_eq!(world.kms.take_calls().len(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_value_comes_back(
        tenant in ".{0,20}",
        values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 1..20),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            let ann = world.reader("ann");
            let sealed: Vec<Sealed<'_>> =
                values.iter().map(|value| ("pan", ValueType::Text, value.as_slice())).collect();
            let tokens = seal(&world, &tenant, &sealed).await;
            let opened = open(&world, &ann, &tokens).await;
            for (value, opened) in values.iter().zip(opened) {
                assert_eq!(opened.unwrap_or_else(|_| panic!("it opens")).bytes.as_slice(), value.as_slice());
            }
        });
    }
}

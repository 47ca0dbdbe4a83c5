//! Kind `hmac` under a key that stays in KMS: which message it is told, how often, and what becomes of
//! its answers and refusals.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod support;

use aws_lc_rs::{digest, hmac};
use policies::{Policy, compile_policy};
use record::{KeyId, ValueType};
use seal::{
    Batch, MacKey, MacService, Macing, Material, Replacement, SealError, Sealer, SignError, Tokens,
};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use support::{block_on, material};

const CLASSES: &str = "
version: 1
classes:
  hex: { kind: hmac, key: names }
  short: { kind: hmac, key: names, output: digits, length: 12 }
  number: { kind: hmac, key: names, output: integer }
  old: { kind: hmac, key: names, key_version: 1 }
rules: [ { select: $.a, class: hex } ]
";

/// HMAC-SHA-256 with a key of its own, and a memory of what it was told.
struct Service {
    key: u8,
    told: Mutex<Vec<Vec<u8>>>,
    calls: AtomicUsize,
    down: AtomicBool,
}

impl Service {
    fn tag(&self, message: &[u8]) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[self.key; 32]);
        hmac::sign(&key, message).as_ref().try_into().unwrap()
    }
}

impl MacService for Service {
    fn mac<'a>(&'a self, message: &'a [u8]) -> Macing<'a> {
        Box::pin(async move {
            self.calls.fetch_add(1, Ordering::Relaxed);
            self.told.lock().unwrap().push(message.to_vec());
            // others come meanwhile
            tokio::task::yield_now().await;
            if self.down.load(Ordering::Relaxed) {
                return Err(SignError::new("it is down"));
            }
            Ok(self.tag(message))
        })
    }
}

struct Macs {
    policy: Policy,
    sealer: Arc<Sealer>,
    /// Versions 1 and 2.
    services: [Arc<Service>; 2],
}

impl Macs {
    fn new() -> Self {
        let services = [1, 2].map(|key| {
            Arc::new(Service {
                key,
                told: Mutex::default(),
                calls: AtomicUsize::new(0),
                down: AtomicBool::new(false),
            })
        });
        let key = |(version, service): (u16, &Arc<Service>)| MacKey {
            id: KeyId::new("names", version),
            service: service.clone(),
        };
        let policy = compile_policy("policy.yaml", CLASSES).unwrap();
        let material = Material {
            macs: (1..).zip(&services).map(key).collect(),
            ..material()
        };
        Self {
            sealer: Arc::new(Sealer::new(&policy, material).unwrap()),
            policy,
            services,
        }
    }

    fn batch(&self, tenant: &str, values: &[(&str, &str)]) -> Batch {
        let mut batch = Batch::for_tenant(tenant);
        for (class, value) in values {
            let class = self.policy.class_named(class).unwrap();
            batch.push(class, ValueType::Text, value.as_bytes());
        }
        batch
    }

    fn seal(&self, tenant: &str, values: &[(&str, &str)]) -> Result<Vec<String>, SealError> {
        let (mut batch, mut tokens) = (self.batch(tenant, values), Tokens::new());
        block_on(self.sealer.prepare(&mut batch))?;
        self.sealer.seal_batch(&mut batch, &mut tokens)?;
        let texts = tokens.iter().map(|token| match token {
            Replacement::Made(text) => String::from_utf8(text.to_vec()).unwrap(),
            Replacement::Number(number) => number.to_owned(),
            other => panic!("{other:?}"),
        });
        Ok(texts.collect())
    }

    fn calls(&self) -> [usize; 2] {
        [0, 1].map(|version| self.services[version].calls.load(Ordering::Relaxed))
    }
}

/// What section 10 says that KMS is told.
fn message(class: &str, tenant: &str, value: &str) -> Vec<u8> {
    let digest = digest::digest(&digest::SHA256, value.as_bytes());
    let lengths = [class, tenant].map(|name| u8::try_from(name.len()).unwrap());
    [
        b"veilgate/1 mac\0",
        &lengths[..1],
        class.as_bytes(),
        &lengths[1..],
        tenant.as_bytes(),
        digest.as_ref(),
    ]
    .concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn kms_is_told_class_tenant_and_a_digest_and_its_answer_is_the_token() {
    let macs = Macs::new();
    let tokens = macs
        .seal(
            "acme",
            &[("hex", "ann"), ("short", "ann"), ("number", "ann")],
        )
        .unwrap();
    let of = |class: &str| message(class, "acme", "ann");
    let told = macs.services[1].told.lock().unwrap().clone();
    assert_eq!(told, [of("hex"), of("short"), of("number")]);
    let tag = |class: &str| macs.services[1].tag(&of(class));
    assert_eq!(tokens[0], hex(&tag("hex")));
    let first = u128::from_be_bytes(tag("short")[..16].try_into().unwrap());
    assert_eq!(tokens[1], format!("{:012}", first % 10_u128.pow(12)));
    let first = u64::from_be_bytes(tag("number")[..8].try_into().unwrap());
    assert_eq!(tokens[2], (first >> 1).to_string());
    let other = macs.seal("other", &[("hex", "ann")]).unwrap();
    assert_ne!(other[0], tokens[0]);
}

#[test]
fn a_value_is_asked_for_once_while_it_is_remembered() {
    let macs = Macs::new();
    let tokens = macs.seal("", &[("hex", "ann"); 5]).unwrap();
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    assert_eq!(macs.seal("", &[("hex", "ann")]).unwrap(), tokens[..1]);
    assert_eq!(macs.calls(), [0, 1]);
    macs.seal("", &[("hex", "bob")]).unwrap();
    assert_eq!(macs.calls(), [0, 2]);
}

#[test]
fn many_that_want_one_value_at_once_share_a_call() {
    let macs = Macs::new();
    block_on(async {
        let tasks: Vec<_> = (0..64)
            .map(|_| {
                let (sealer, mut batch) = (macs.sealer.clone(), macs.batch("", &[("hex", "ann")]));
                tokio::spawn(async move { sealer.prepare(&mut batch).await.unwrap() })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(macs.calls(), [0, 1]);
}

#[test]
fn a_class_is_fixed_to_its_version() {
    let macs = Macs::new();
    let tokens = macs.seal("", &[("old", "ann")]).unwrap();
    assert_eq!(
        tokens[0],
        hex(&macs.services[0].tag(&message("old", "", "ann")))
    );
    assert_eq!(macs.calls(), [1, 0]);
}

#[test]
fn without_an_answer_there_is_no_token_and_the_next_asks_again() {
    let macs = Macs::new();
    macs.services[1].down.store(true, Ordering::Relaxed);
    let error = macs
        .seal("", &[("old", "ann"), ("hex", "ann")])
        .unwrap_err();
    assert_eq!(error.code(), "mac-unavailable");
    assert!(error.is_retryable());
    assert_eq!(
        error.to_string(),
        "no MAC was made with key names version 2"
    );
    macs.services[1].down.store(false, Ordering::Relaxed);
    assert_eq!(macs.seal("", &[("hex", "ann")]).unwrap().len(), 1);
    assert_eq!(macs.calls(), [1, 2]);
}

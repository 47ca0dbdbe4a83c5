//! Prints `docs/token-vectors.json`: tokens of every format, class and type under keys made for
//! the purpose, and tokens that must not open.
//!
//! `cargo run -p seal --example token_vectors > docs/token-vectors.json`. Encryption is
//! randomized: every run prints other tokens of the same values.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a tool for the maintainers, run on fixed input"
)]

use base64_simd::URL_SAFE_NO_PAD;
use policies::{Policy, TokenFormat, compile_policy};
use record::{KeyId, ValueType};
use seal::{
    Batch, Clock, EdgeKey, EpochLimits, LocalSigner, Material, PublicKey, Replacement, Sealer,
    Tokens,
};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const POLICY: &str = "
version: 1
classes:
  pan: { kind: envelope, key: payments }
  note: { kind: envelope, key: identity }
  ssn: { kind: rsa, key: payments }
  passport: { kind: rsa, key: identity }
  old: { kind: rsa, key: legacy }
rules:
  - { select: $.a, class: pan }
  - { select: $.b, class: note }
  - { select: $.c, class: ssn }
  - { select: $.d, class: passport }
  - { select: $.e, class: old }
";
const ABOUT: &str = "Test vectors for docs/token-format.md. The private keys are public: they were \
     made for this file and must never be used for anything else. kms_key is what the test's own \
     KMS calls the key. Made by: cargo run -p seal --example token_vectors";
const EDGE_KEY: [u8; 32] = *b"test only: veilgate edge key 1..";
const OTHER_EDGE_KEY: [u8; 32] = *b"test only: somebody's edge key..";
const MADE: u32 = 1_767_225_600;

struct KeyFile {
    name: &'static str,
    version: u16,
    original: bool,
    public: &'static str,
    private: &'static str,
}

macro_rules! key_file {
    ($name:literal, $version:literal, $original:literal) => {
        KeyFile {
            name: $name,
            version: $version,
            original: $original,
            public: include_str!(concat!("../tests/keys/", $name, ".1.pem")),
            private: include_str!(concat!("../tests/keys/", $name, ".1.key")),
        }
    };
}

const KEYS: [KeyFile; 3] = [
    key_file!("payments", 1, false),
    key_file!("identity", 258, false),
    key_file!("legacy", 1, true),
];
const SIGNER: &str = include_str!("../tests/keys/signer.1.key");
const SIGNER_PUBLIC: &str = include_str!("../tests/keys/signer.1.pem");
const STRANGER: &str = include_str!("../tests/keys/stranger.1.key");

struct Fixed;

impl Clock for Fixed {
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn unix_seconds(&self) -> u32 {
        MADE
    }
}

fn main() {
    let gateway = Gateway::new(SIGNER, &EDGE_KEY);
    let vectors = json!({
        "about": ABOUT,
        "made": MADE,
        "edge_key": hex(&EDGE_KEY),
        "keys": KEYS.iter().map(key).collect::<Vec<_>>(),
        "signers": [{
            "name": "edge", "version": 1, "private_key": SIGNER, "public_key": SIGNER_PUBLIC,
        }],
        "tokens": tokens(&gateway),
        "refused": refused(&gateway),
    });
    println!("{}", serde_json::to_string_pretty(&vectors).unwrap());
}

fn format(key: &KeyFile) -> TokenFormat {
    if key.original {
        TokenFormat::Original {
            prefix: "#01#".into(),
            suffix: "#10#".into(),
        }
    } else {
        TokenFormat::Veilgate {
            prefix: "~vg1.".into(),
            suffix: "~".into(),
        }
    }
}

fn key(key: &KeyFile) -> Value {
    let format_of = format(key);
    json!({
        "name": key.name,
        "version": key.version,
        "kms_key": format!("test-{}", key.name),
        "format": if key.original { "original" } else { "veilgate" },
        "prefix": format_of.prefix(),
        "suffix": format_of.suffix(),
        "private_key": key.private,
    })
}

/// A sealer that makes one token at a time.
struct Gateway {
    policy: Policy,
    sealer: Sealer,
}

impl Gateway {
    fn new(signer: &str, edge_key: &[u8; 32]) -> Self {
        let policy = compile_policy("policy.yaml", POLICY).unwrap();
        let public = |key: &KeyFile| {
            let id = KeyId::new(key.name, key.version);
            PublicKey::from_pem(id, &format(key), key.public.as_bytes()).unwrap()
        };
        let material = Material {
            keys: KEYS.iter().map(public).collect(),
            secrets: Vec::new(),
            edge_keys: vec![EdgeKey::new(edge_key)],
            signer: Arc::new(LocalSigner::from_pem(signer.as_bytes()).unwrap()),
            signer_id: KeyId::new("edge", 1),
            epochs: EpochLimits::default(),
            vault: None,
        };
        let sealer = Sealer::with_clock(&policy, material, Arc::new(Fixed)).unwrap();
        Self { policy, sealer }
    }

    fn token(&self, class: &str, tenant: &str, value_type: ValueType, value: &[u8]) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let (mut batch, mut tokens) = (Batch::for_tenant(tenant), Tokens::new());
        batch.push(self.policy.class_named(class).unwrap(), value_type, value);
        runtime.block_on(self.sealer.prepare(&mut batch)).unwrap();
        self.sealer.seal_batch(&mut batch, &mut tokens).unwrap();
        let Some(Replacement::Made(token)) = tokens.iter().next() else {
            return String::new();
        };
        String::from_utf8(token.to_vec()).unwrap()
    }
}

fn tokens(gateway: &Gateway) -> Vec<Value> {
    let values: [(ValueType, &str); 7] = [
        (ValueType::Text, "4111 1111 1111 1111"),
        (ValueType::Text, ""),
        (ValueType::Number, "-12.50e+3"),
        (ValueType::Boolean, "false"),
        (ValueType::Object, "{\"city\": \"Zürich\"}"),
        (ValueType::Array, "[1, 2,3]"),
        (ValueType::Null, "null"),
    ];
    let mut vectors = Vec::new();
    for (class, kind, key) in [
        ("pan", "envelope", "payments"),
        ("note", "envelope", "identity"),
        ("ssn", "rsa", "payments"),
        ("passport", "rsa", "identity"),
    ] {
        for (number, (value_type, value)) in values.iter().enumerate() {
            let tenant = if number % 2 == 0 { "" } else { "acme" };
            vectors.push(json!({
                "kind": kind, "key": key, "class": class, "tenant": tenant,
                "type": value_type.name(), "value": value,
                "token": gateway.token(class, tenant, *value_type, value.as_bytes()),
            }));
        }
    }
    for value in ["123-45-6789", "", "naïve ☃"] {
        vectors.push(json!({
            "kind": "original", "key": "legacy", "class": "", "tenant": "", "type": "text",
            "value": value,
            "token": gateway.token("old", "", ValueType::Text, value.as_bytes()),
        }));
    }
    vectors
}

fn refused(gateway: &Gateway) -> Vec<Value> {
    let mut vectors = Vec::new();
    let mut add = |why: String, token: String| {
        vectors.push(json!({ "why": why, "token": token }));
    };
    let other_signer = Gateway::new(STRANGER, &EDGE_KEY);
    let other_edge = Gateway::new(SIGNER, &OTHER_EDGE_KEY);
    for (class, kind) in [("pan", "envelope"), ("ssn", "rsa")] {
        let made = |gateway: &Gateway| gateway.token(class, "", ValueType::Text, b"4111");
        let token = made(gateway);
        for (what, altered) in altered(&token) {
            add(format!("{kind}: {what}"), altered);
        }
        let swapped = splice(&token, &made(&Gateway::new(SIGNER, &EDGE_KEY)));
        if kind == "envelope" {
            add("envelope: the head of another epoch".into(), swapped);
            add(
                "envelope: signed by another key".into(),
                made(&other_signer),
            );
        }
        add(
            format!("{kind}: edge tag under another edge key"),
            made(&other_edge),
        );
    }
    vectors
}

/// A token with one thing changed, for each of many things.
fn altered(token: &str) -> Vec<(String, String)> {
    let (head, body) = decoded(token);
    let mut cases = Vec::new();
    for (part, bytes) in [("head", &head), ("body", &body)] {
        for at in (0..bytes.len()).step_by(37).chain([bytes.len() - 1]) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            let token = match part {
                "head" => encoded(&flipped, &body),
                _ => encoded(&head, &flipped),
            };
            cases.push((format!("bit 0 of {part} byte {at} flipped"), token));
        }
    }
    let with = |class: &[u8], tenant: &[u8], value_type: u8| {
        let length = |text: &[u8]| [u8::try_from(text.len()).unwrap()];
        let rest = &body[6..];
        let parts: [&[u8]; 6] = [
            &length(class),
            class,
            &length(tenant),
            tenant,
            &[value_type],
            rest,
        ];
        encoded(&head, &parts.concat())
    };
    let class = body[1..4].to_vec();
    cases.push(("another class".into(), with(b"note", b"", 0)));
    cases.push(("another tenant".into(), with(&class, b"acme", 0)));
    cases.push(("another type".into(), with(&class, b"", 1)));
    cases.push(("a type that does not exist".into(), with(&class, b"", 6)));
    cases.push((
        "a byte less".into(),
        encoded(&head, &body[..body.len() - 1]),
    ));
    cases.push((
        "a byte more".into(),
        encoded(&head, &[&body[..], &[0]].concat()),
    ));
    cases.push((
        "a byte more in the head".into(),
        encoded(&[&head[..], &[0]].concat(), &body),
    ));
    cases
}

/// The head of one token before the body of another.
fn splice(head: &str, body: &str) -> String {
    encoded(&decoded(head).0, &decoded(body).1)
}

fn decoded(token: &str) -> (Vec<u8>, Vec<u8>) {
    let inner = token.trim_start_matches("~vg1.").trim_end_matches('~');
    let (head, body) = inner.split_once('.').unwrap();
    let decode = |text: &str| URL_SAFE_NO_PAD.decode_to_vec(text).unwrap();
    (decode(head), decode(body))
}

fn encoded(head: &[u8], body: &[u8]) -> String {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode_to_string(bytes);
    format!("~vg1.{}.{}~", encode(head), encode(body))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

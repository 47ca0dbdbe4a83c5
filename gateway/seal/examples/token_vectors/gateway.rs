//! A sealer with all classes and keys of the vectors, that makes one token at a time.

use crate::vault::Fake;
use policies::{Policy, TokenFormat, compile_policy};
use record::{KeyId, ValueType};
use seal::{
    Batch, Clock, EdgeKey, EpochLimits, LocalSigner, Material, PublicKey, Replacement, Sealer,
    SecretKey, Subject, Tokens, Vault,
};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

pub(crate) const EDGE_KEY: [u8; 32] = *b"test only: veilgate edge key 1..";
pub(crate) const OTHER_EDGE_KEY: [u8; 32] = *b"test only: somebody's edge key..";
pub(crate) const MADE: u32 = 1_767_225_600;
pub(crate) const SIGNER: &str = include_str!("../../tests/keys/signer.1.key");
pub(crate) const SIGNER_PUBLIC: &str = include_str!("../../tests/keys/signer.1.pem");
pub(crate) const STRANGER: &str = include_str!("../../tests/keys/stranger.1.key");

pub(crate) struct KeyFile {
    pub(crate) name: &'static str,
    pub(crate) version: u16,
    pub(crate) original: bool,
    pub(crate) public: &'static str,
    pub(crate) private: &'static str,
}

macro_rules! key_file {
    ($name:literal, $version:literal, $original:literal) => {
        KeyFile {
            name: $name,
            version: $version,
            original: $original,
            public: include_str!(concat!("../../tests/keys/", $name, ".1.pem")),
            private: include_str!(concat!("../../tests/keys/", $name, ".1.key")),
        }
    };
}

pub(crate) const KEYS: [KeyFile; 3] = [
    key_file!("payments", 1, false),
    key_file!("identity", 258, false),
    key_file!("legacy", 1, true),
];

/// A version of a symmetric key.
pub(crate) struct Secret {
    pub(crate) name: &'static str,
    pub(crate) version: u16,
    pub(crate) bytes: &'static [u8; 32],
}

pub(crate) const SECRETS: [Secret; 2] = [
    Secret {
        name: "joins",
        version: 1,
        bytes: b"test only: veilgate secret key 1",
    },
    Secret {
        name: "joins",
        version: 258,
        bytes: b"test only: veilgate secret key 2",
    },
];

/// All classes, as a policy has them.
pub(crate) fn classes() -> Value {
    let views = json!({
        "last4": { "key": "identity", "keep_last": 4 },
        "domain": { "key": "identity", "part": "domain" },
        "year": { "key": "identity", "unit": "year" },
    });
    json!({
        "pan": { "kind": "envelope", "key": "payments" },
        "note": { "kind": "envelope", "key": "identity" },
        "ssn": { "kind": "rsa", "key": "payments" },
        "passport": { "kind": "rsa", "key": "identity" },
        "old": { "kind": "rsa", "key": "legacy" },
        "kept": { "kind": "envelope", "key": "payments", "stored": true },
        "viewed": { "kind": "envelope", "key": "payments", "views": views },
        "viewed-kept": { "kind": "envelope", "key": "payments", "stored": true, "views": views },
        "viewed-vault": { "kind": "vault", "key": "payments", "format": "uuid", "views": views },
        "tag": { "kind": "siv", "key": "joins", "key_version": 1 },
        "mail": { "kind": "siv", "key": "joins" },
        "fpe-ssn": {
            "kind": "fpe", "key": "joins", "key_version": 1, "alphabet": "digits",
            "outside": "keep", "min_length": 9,
        },
        "fpe-ends": {
            "kind": "fpe", "key": "joins", "key_version": 1, "alphabet": "digits",
            "outside": "keep", "keep_first": 6, "keep_last": 4, "min_length": 16,
        },
        "fpe-valid": {
            "kind": "fpe", "key": "joins", "alphabet": "digits", "outside": "keep",
            "keep_last": 4, "luhn": "valid", "min_length": 12,
        },
        "fpe-invalid": {
            "kind": "fpe", "key": "joins", "key_version": 1, "alphabet": "digits",
            "keep_last": 4, "luhn": "invalid", "min_length": 12,
        },
        "fpe-require": {
            "kind": "fpe", "key": "joins", "key_version": 1, "alphabet": "digits",
            "luhn": "require", "marker": "0", "marker_place": "in-place", "min_length": 12,
        },
        "fpe-name": {
            "kind": "fpe", "key": "joins", "key_version": 1, "alphabet": "lower",
            "case": "fold", "outside": "keep", "min_length": 5,
        },
        "fpe-marked": {
            "kind": "fpe", "key": "joins", "key_version": 1, "characters": "ACGT",
            "marker": "x:", "min_length": 10,
        },
        "fpe-wide": {
            "kind": "fpe", "key": "joins", "key_version": 1, "alphabet": "latin1-letters",
            "keep_first": 1, "keep_last": 1, "min_length": 8,
        },
        "hmac-hex": { "kind": "hmac", "key": "joins", "key_version": 1 },
        "hmac-hex-16": {
            "kind": "hmac", "key": "joins", "key_version": 1, "output": "hex", "length": 16,
        },
        "hmac-base64url": { "kind": "hmac", "key": "joins", "output": "base64url" },
        "hmac-base64url-11": {
            "kind": "hmac", "key": "joins", "output": "base64url", "length": 11,
        },
        "hmac-digits": { "kind": "hmac", "key": "joins", "key_version": 1, "output": "digits" },
        "hmac-digits-12": {
            "kind": "hmac", "key": "joins", "key_version": 1, "output": "digits", "length": 12,
        },
        "hmac-digits-36": {
            "kind": "hmac", "key": "joins", "key_version": 1, "output": "digits", "length": 36,
        },
        "hmac-uuid": { "kind": "hmac", "key": "joins", "key_version": 1, "output": "uuid" },
        "hmac-integer": { "kind": "hmac", "key": "joins", "key_version": 1, "output": "integer" },
        "date-year": { "kind": "date", "key": "joins", "key_version": 1 },
        "date-day": { "kind": "date", "key": "joins", "max_days": 1 },
        "date-us": {
            "kind": "date", "key": "joins", "key_version": 1, "max_days": 3650,
            "order": "month-first",
        },
        "vault-uuid": { "kind": "vault", "key": "payments", "format": "uuid" },
        "vault-card": {
            "kind": "vault", "key": "identity", "alphabet": "digits", "outside": "keep",
            "keep_last": 4, "luhn": "valid", "min_length": 12, "index_key": "joins",
            "key_version": 1, "deterministic": true,
        },
        "vault-many": {
            "kind": "vault", "key": "payments", "format": "random", "prefix": "tok_",
            "alphabet": "base36", "length": 20, "index_key": "joins",
        },
    })
}

struct Fixed;

impl Clock for Fixed {
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn unix_seconds(&self) -> u32 {
        MADE
    }
}

impl KeyFile {
    pub(crate) fn format(&self) -> TokenFormat {
        if self.original {
            TokenFormat::Original {
                prefix: "#01#".into(),
                suffix: "#10#".into(),
            }
        } else {
            veilgate()
        }
    }
}

fn veilgate() -> TokenFormat {
    TokenFormat::Veilgate {
        prefix: "~vg1.".into(),
        suffix: "~".into(),
    }
}

pub(crate) struct Gateway {
    policy: Policy,
    sealer: Sealer,
    pub(crate) vault: Arc<Fake>,
}

impl Gateway {
    pub(crate) fn new(signer: &str, edge_key: &[u8; 32]) -> Self {
        Self::with_vault(signer, edge_key, Arc::default())
    }

    /// A gateway with an epoch of its own, beside others at one vault.
    pub(crate) fn with_vault(signer: &str, edge_key: &[u8; 32], vault: Arc<Fake>) -> Self {
        // YAML takes JSON
        let classes = classes();
        let text =
            format!("{{version: 1, classes: {classes}, rules: [{{select: $.a, class: pan}}]}}");
        let policy = compile_policy("policy.yaml", &text)
            .unwrap_or_else(|diagnostics| panic!("{diagnostics:?}"));
        let public = |key: &KeyFile| {
            let id = KeyId::new(key.name, key.version);
            PublicKey::from_pem(id, &key.format(), key.public.as_bytes()).unwrap()
        };
        let secret = |secret: &Secret| {
            let id = KeyId::new(secret.name, secret.version);
            SecretKey::new(id, &veilgate(), secret.bytes).unwrap()
        };
        let material = Material {
            keys: KEYS.iter().map(public).collect(),
            secrets: SECRETS.iter().map(secret).collect(),
            macs: Vec::new(),
            edge_keys: vec![EdgeKey::new(edge_key)],
            signer: Arc::new(LocalSigner::from_pem(signer.as_bytes()).unwrap()),
            signer_id: KeyId::new("edge", 1),
            epochs: EpochLimits::default(),
            vault: Some(Vault::new(vault.clone(), 0, Duration::ZERO)),
        };
        let sealer = Sealer::with_clock(&policy, material, Arc::new(Fixed)).unwrap();
        Self {
            policy,
            sealer,
            vault,
        }
    }

    pub(crate) fn token(
        &self,
        class: &str,
        tenant: &str,
        value_type: ValueType,
        value: &[u8],
    ) -> String {
        self.token_of(Subject::Any, class, tenant, value_type, value)
    }

    /// The same of a value of this subject.
    pub(crate) fn token_of(
        &self,
        subject: Subject<'_>,
        class: &str,
        tenant: &str,
        value_type: ValueType,
        value: &[u8],
    ) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let (mut batch, mut tokens) = (Batch::for_tenant(tenant), Tokens::new());
        let class_id = self.policy.class_named(class).unwrap();
        batch.push_of(subject, class_id, value_type, value);
        runtime.block_on(self.sealer.prepare(&mut batch)).unwrap();
        self.sealer.seal_batch(&mut batch, &mut tokens).unwrap();
        match tokens.iter().next() {
            Some(Replacement::Made(token)) => String::from_utf8(token.to_vec()).unwrap(),
            Some(Replacement::Text(text) | Replacement::Number(text)) => text.to_owned(),
            other => panic!("{class}: {other:?}"),
        }
    }
}

/// The version of its symmetric key that a class has.
pub(crate) fn key_version(class: &str) -> u16 {
    let fixed = classes()[class]["key_version"].as_u64();
    fixed.map_or(258, |version| u16::try_from(version).unwrap())
}

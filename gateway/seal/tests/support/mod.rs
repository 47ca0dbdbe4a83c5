//! What the integration tests share: fixed keys, a policy, a sealer, and an opener of their own.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests"
)]

pub mod fake_vault;
pub mod opener;
pub mod siphash;

use base64_simd::URL_SAFE_NO_PAD;
use opener::Opener;
use policies::{Policy, TokenFormat, compile_policy};
use record::{KeyId, ValueType};
use seal::{
    Batch, Clock, EdgeKey, EpochLimits, LocalSigner, Material, PublicKey, Replacement, SealError,
    Sealer, Signer, SystemClock, Tokens,
};
use std::sync::Arc;

pub const POLICY: &str = "
version: 1
classes:
  pan: { kind: envelope, key: payments }
  iban: { kind: envelope, key: payments }
  note: { kind: envelope, key: identity }
  ssn: { kind: rsa, key: payments }
  ssn-3072: { kind: rsa, key: identity }
  ssn-4096: { kind: rsa, key: large }
  name: { kind: rsa, key: payments, too_long: note }
  legacy: { kind: rsa, key: legacy }
rules:
  - { select: $.pan, class: pan }
  - { select: $.iban, class: iban }
  - { select: $.note, class: note }
  - { select: $.ssn, class: ssn }
  - { select: $.ssn3, class: ssn-3072 }
  - { select: $.ssn4, class: ssn-4096 }
  - { select: $.name, class: name }
  - { select: $.legacy, class: legacy }
";
pub const EDGE_KEY: [u8; 32] = *b"the edge key of the seal tests..";
pub const SIGNER_PEM: &[u8] = include_bytes!("../keys/signer.1.key");
pub const STRANGER_PEM: &[u8] = include_bytes!("../keys/stranger.1.key");
const PAYMENTS: (&[u8], &[u8]) = (
    include_bytes!("../keys/payments.1.pem"),
    include_bytes!("../keys/payments.1.key"),
);
const IDENTITY: (&[u8], &[u8]) = (
    include_bytes!("../keys/identity.1.pem"),
    include_bytes!("../keys/identity.1.key"),
);
const LEGACY: (&[u8], &[u8]) = (
    include_bytes!("../keys/legacy.1.pem"),
    include_bytes!("../keys/legacy.1.key"),
);

pub fn policy() -> Policy {
    compile_policy("policy.yaml", POLICY).unwrap()
}

pub fn veilgate() -> TokenFormat {
    TokenFormat::Veilgate {
        prefix: "~vg1.".into(),
        suffix: "~".into(),
    }
}

pub fn original() -> TokenFormat {
    TokenFormat::Original {
        prefix: "#01#".into(),
        suffix: "#10#".into(),
    }
}

pub fn public_keys() -> Vec<PublicKey> {
    let key = |name: &str, version, format: TokenFormat, pem: &[u8]| {
        PublicKey::from_pem(KeyId::new(name, version), &format, pem).unwrap()
    };
    vec![
        key("payments", 1, veilgate(), PAYMENTS.0),
        key("identity", 7, veilgate(), IDENTITY.0),
        key("large", 1, veilgate(), LEGACY.0),
        key("legacy", 1, original(), LEGACY.0),
    ]
}

pub fn material() -> Material {
    Material {
        keys: public_keys(),
        secrets: Vec::new(),
        macs: Vec::new(),
        edge_keys: vec![EdgeKey::new(&EDGE_KEY)],
        signer: Arc::new(LocalSigner::from_pem(SIGNER_PEM).unwrap()),
        signer_id: KeyId::new("edge", 3),
        epochs: EpochLimits::default(),
        vault: None,
    }
}

/// The opener that has the private keys, the signer's public key and the edge key.
pub fn opener() -> Opener {
    let signer = LocalSigner::from_pem(SIGNER_PEM).unwrap();
    Opener::new(EDGE_KEY)
        .with_key("payments", 1, PAYMENTS.1)
        .with_key("identity", 7, IDENTITY.1)
        .with_key("large", 1, LEGACY.1)
        .with_key("legacy", 1, LEGACY.1)
        .with_signer("edge", 3, signer.public_key())
}

/// A sealer with its policy.
pub struct Bench {
    pub policy: Policy,
    pub sealer: Sealer,
}

impl Bench {
    pub fn new() -> Self {
        Self::with(material())
    }

    pub fn with(material: Material) -> Self {
        Self::with_clock(material, Arc::new(SystemClock::new()))
    }

    pub fn with_signer(
        signer: Arc<dyn Signer>,
        epochs: EpochLimits,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self::with_clock(
            Material {
                signer,
                epochs,
                ..material()
            },
            clock,
        )
    }

    pub fn with_clock(material: Material, clock: Arc<dyn Clock>) -> Self {
        let policy = policy();
        let sealer = Sealer::with_clock(&policy, material, clock).unwrap();
        Self { policy, sealer }
    }

    pub fn push(&self, batch: &mut Batch, class: &str, value_type: ValueType, value: &[u8]) {
        batch.push(self.policy.class_named(class).unwrap(), value_type, value);
    }

    pub async fn seal(&self, batch: &mut Batch) -> Result<Vec<Option<Vec<u8>>>, SealError> {
        let mut tokens = Tokens::new();
        self.sealer.prepare(batch).await?;
        self.sealer.seal_batch(batch, &mut tokens)?;
        assert_eq!(tokens.len(), batch.len());
        let made = tokens.iter().map(|replacement| match replacement {
            Replacement::Made(token) => Some(token.to_vec()),
            _ => None,
        });
        Ok(made.collect())
    }

    /// One value's token; `None` when the value was kept.
    pub async fn try_token(&self, class: &str, value: &[u8]) -> Result<Option<Vec<u8>>, SealError> {
        let mut batch = Batch::new();
        self.push(&mut batch, class, ValueType::Text, value);
        Ok(self.seal(&mut batch).await?.remove(0))
    }

    pub async fn token(&self, class: &str, value: &[u8]) -> Vec<u8> {
        self.try_token(class, value)
            .await
            .unwrap()
            .expect("made, not kept")
    }
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

/// Head and body of a token.
pub fn decoded(token: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let inner = token
        .strip_prefix(b"~vg1.")
        .unwrap()
        .strip_suffix(b"~")
        .unwrap();
    let dot = inner.iter().position(|byte| *byte == b'.').unwrap();
    let decode = |text: &[u8]| URL_SAFE_NO_PAD.decode_to_vec(text).unwrap();
    (decode(&inner[..dot]), decode(&inner[dot + 1..]))
}

/// A token of this head and body.
pub fn encoded(head: &[u8], body: &[u8]) -> Vec<u8> {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode_to_string(bytes);
    format!("~vg1.{}.{}~", encode(head), encode(body)).into_bytes()
}

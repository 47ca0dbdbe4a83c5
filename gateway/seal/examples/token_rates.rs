//! How fast tokens are made, in CPU time, beside what the library alone does: one run, one thread.
//!
//! `cargo run --release -p seal --example token_rates`: a line of JSON for each figure. With a
//! number it makes envelope tokens only, in batches of so many, for a profiler to watch.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring tool")]

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PrivateDecryptingKey,
};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use policies::{Policy, TokenFormat, compile_policy};
use record::{KeyId, ValueType};
use seal::{
    Batch, EdgeKey, EpochLimits, LocalSigner, Material, PublicKey, Replacement, Sealer, Tokens,
};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

const POLICY: &str = "
version: 1
classes:
  pan: { kind: envelope, key: payments }
  ssn: { kind: rsa, key: payments }
rules:
  - { select: $.pan, class: pan }
  - { select: $.ssn, class: ssn }
";
/// Values of one batch: as many fields as the benchmark's document has.
const FIELDS: usize = 24;
/// The same of bulk traffic: some 10 KB of lines with six fields each.
const BULK_FIELDS: usize = 240;
const VALUE: &[u8; 16] = b"4111111111111111";
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(400);

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(run());
}

async fn run() {
    let policy = compile_policy("policy.yaml", POLICY).unwrap();
    let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let sealer = sealer(&policy, &private);
    sealer.renew_epochs().await.unwrap();

    if let Some(fields) = std::env::args().nth(1) {
        let fields = fields.parse().unwrap();
        return envelopes(&sealer, &policy, fields, 5 * ROUNDS).await;
    }

    // Rounds take turns, so that a change of the machine's speed meets both.
    let (mut raw, mut rsa) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw.push(raw_oaep(&private).await);
        rsa.push(tokens(&sealer, &policy, "ssn", FIELDS).await);
    }
    let (raw, rsa) = (median(raw), median(rsa));
    report("aws-lc-rs OAEP, one encryption", raw);
    report("rsa token", rsa);
    println!(
        "{{\"what\":\"rsa tokens' rate / raw rate\",\"ratio\":{:.3}}}",
        raw / rsa
    );
    let (mut gcm, mut recognized) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        gcm.push(raw_gcm().await);
        recognized.push(kept(&sealer, &policy).await);
    }
    report("aws-lc-rs AES-256-GCM, one value", median(gcm));
    for fields in [FIELDS, BULK_FIELDS] {
        envelopes(&sealer, &policy, fields, ROUNDS).await;
    }
    report("envelope token recognized and kept", median(recognized));
}

async fn envelopes(sealer: &Sealer, policy: &Policy, fields: usize, rounds: usize) {
    let mut figures = Vec::new();
    for _ in 0..rounds {
        figures.push(tokens(sealer, policy, "pan", fields).await);
    }
    let what = format!("envelope token, in a batch of {fields}");
    report(&what, median(figures));
}

fn report(what: &str, nanoseconds: f64) {
    println!(
        "{{\"what\":\"{what}\",\"ns\":{nanoseconds:.1},\"per_s\":{:.0}}}",
        1e9 / nanoseconds
    );
}

fn sealer(policy: &Policy, private: &PrivateDecryptingKey) -> Sealer {
    let der = private.public_key().as_der().unwrap();
    let format = TokenFormat::Veilgate {
        prefix: "~vg1.".into(),
        suffix: "~".into(),
    };
    let key = PublicKey::from_der(KeyId::new("payments", 1), &format, der.as_ref()).unwrap();
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let pkcs8 = base64_simd::STANDARD.encode_to_string(pair.to_pkcs8v1().unwrap());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{pkcs8}\n-----END PRIVATE KEY-----\n");
    let material = Material {
        keys: vec![key],
        secrets: Vec::new(),
        macs: Vec::new(),
        edge_keys: vec![EdgeKey::new(&[7; 32])],
        signer: Arc::new(LocalSigner::from_pem(pem.as_bytes()).unwrap()),
        signer_id: KeyId::new("edge", 1),
        epochs: EpochLimits::default(),
        vault: None,
    };
    Sealer::new(policy, material).unwrap()
}

/// Nanoseconds for one encryption by the library alone.
async fn raw_oaep(private: &PrivateDecryptingKey) -> f64 {
    let key = OaepPublicEncryptingKey::new(private.public_key()).unwrap();
    let mut ciphertext = [0; 256];
    measure(1, async || {
        key.encrypt(
            &OAEP_SHA256_MGF1SHA256,
            black_box(VALUE),
            &mut ciphertext,
            None,
        )
        .unwrap();
    })
    .await
}

/// Nanoseconds for what an envelope asks of the library.
async fn raw_gcm() -> f64 {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap());
    let (mut ciphertext, mut tag) = ([0; 16], [0; 16]);
    measure(1, async || {
        let nonce = Nonce::assume_unique_for_key([1; 12]);
        let value = black_box(VALUE);
        key.seal_out_of_place_scatter(nonce, Aad::empty(), value, &mut ciphertext, &[], &mut tag)
            .unwrap();
    })
    .await
}

/// Nanoseconds for one token, with everything that a batch of so many fields costs.
async fn tokens(sealer: &Sealer, policy: &Policy, class: &str, fields: usize) -> f64 {
    let class = policy.class_named(class).unwrap();
    let (mut batch, mut tokens) = (Batch::new(), Tokens::new());
    measure(fields, async || {
        for _ in 0..fields {
            batch.push(class, ValueType::Text, black_box(VALUE));
        }
        sealer.prepare(&mut batch).await.unwrap();
        sealer.seal_batch(&mut batch, &mut tokens).unwrap();
        black_box(&tokens);
        batch.clear();
    })
    .await
}

/// Nanoseconds for one envelope token that comes by again.
async fn kept(sealer: &Sealer, policy: &Policy) -> f64 {
    let class = policy.class_named("pan").unwrap();
    let (mut batch, mut tokens) = (Batch::new(), Tokens::new());
    batch.push(class, ValueType::Text, VALUE);
    sealer.prepare(&mut batch).await.unwrap();
    sealer.seal_batch(&mut batch, &mut tokens).unwrap();
    let Some(Replacement::Made(token)) = tokens.iter().next() else {
        return f64::NAN;
    };
    let token = token.to_vec();
    batch.clear();
    measure(FIELDS, async || {
        for _ in 0..FIELDS {
            batch.push(class, ValueType::Text, &token);
        }
        sealer.prepare(&mut batch).await.unwrap();
        batch.clear();
    })
    .await
}

/// CPU nanoseconds for one value.
async fn measure(each: usize, mut work: impl AsyncFnMut()) -> f64 {
    let mut done = 0;
    let (start, cpu) = (Instant::now(), cpu_nanoseconds());
    while start.elapsed() < ROUND {
        for _ in 0..16 {
            work().await;
        }
        done += 16 * each;
    }
    (cpu_nanoseconds() - cpu) / done as f64
}

/// CPU time of this thread: the first field of `schedstat` (Linux), which other programs on the
/// machine disturb less than wall time.
fn cpu_nanoseconds() -> f64 {
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    schedstat.split(' ').next().unwrap().parse().unwrap()
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

//! How fast each kind of token is made, a line of JSON for each, which `tests/bench` reads: one
//! thread; vaults in SQLite.
//!
//! `cargo run --release -p seal --example kind_rates`. Kinds that wait for nothing are measured in CPU
//! time, in batches of 24 values, and envelopes in batches of 240 as well; vaults in wall time, in batches of 1,000 that four tasks make.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring tool")]

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use policies::{ClassId, Policy, TokenFormat, compile_policy};
use record::{KeyId, ValueType};
use seal::{
    Batch, EdgeKey, EpochLimits, LocalSigner, Material, PublicKey, Sealer, SecretKey, Tokens, Vault,
};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::sqlite::{Settings, Sqlite};

const POLICY: &str = "
version: 1
classes:
  envelope: { kind: envelope, key: payments }
  stored: { kind: envelope, key: payments, stored: true }
  view: { kind: envelope, key: payments, views: { last4: { key: last4, keep_last: 4 } } }
  stored-view: { kind: envelope, key: payments, stored: true, views: { last4: { key: last4, keep_last: 4 } } }
  rsa: { kind: rsa, key: payments }
  siv: { kind: siv, key: joins }
  fpe: { kind: fpe, key: joins, alphabet: digits }
  card: { kind: fpe, key: joins, alphabet: digits, keep_last: 4, luhn: valid, min_length: 16 }
  hmac: { kind: hmac, key: joins }
  date: { kind: date, key: joins }
  bucket: { kind: bucket, width: 1000 }
  mask: { kind: mask, keep_last: 4 }
  redact: { kind: redact }
  vault: { kind: vault, key: payments, format: uuid }
  same: { kind: vault, key: payments, format: uuid, index_key: joins, deterministic: true }
rules: [ { select: $.a, class: envelope } ]
";
const VALUE: &str = "4111111111111111";
const FIELDS: usize = 24;
/// The same of bulk traffic: some 10 KB of lines with six fields each.
const BULK_FIELDS: usize = 240;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(300);
/// Values of one batch, and batches under way, of the vault.
const BATCH: usize = 1000;
const TASKS: usize = 4;

fn main() {
    let policy = Arc::new(compile_policy("policy.yaml", POLICY).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open(&Settings::new(folder.path().join("vault.db"))).unwrap();
    let vault = Vault::new(Arc::new(sqlite), 100_000, Duration::from_secs(60));
    let sealer = Arc::new(sealer(&policy, vault));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(sealer.renew_epochs()).unwrap();
    for class in [
        "envelope",
        "stored",
        "view",
        "stored-view",
        "rsa",
        "siv",
        "fpe",
        "card",
        "hmac",
        "bucket",
        "mask",
        "redact",
    ] {
        let rounds = (0..ROUNDS).map(|_| at_once(&runtime, &sealer, &policy, class, VALUE));
        report(class, rounds.collect(), "cpu");
    }
    let class = policy.class_named("envelope").unwrap();
    let rounds = (0..ROUNDS).map(|_| {
        let batches = batches_of(BULK_FIELDS, &sealer, class, VALUE);
        runtime.block_on(batches)
    });
    report("envelope, bulk", rounds.collect(), "cpu");
    let rounds = (0..ROUNDS).map(|_| at_once(&runtime, &sealer, &policy, "date", "1984-03-10"));
    report("date", rounds.collect(), "cpu");
    for (class, what) in [
        ("vault", "vault, new values"),
        ("same", "vault, deterministic, new values"),
    ] {
        let rounds = (0..3).map(|round| kept(&runtime, &sealer, &policy, class, round));
        report(what, rounds.collect(), "wall");
    }
    let rounds = (0..ROUNDS).map(|_| at_once(&runtime, &sealer, &policy, "same", VALUE));
    report(
        "vault, deterministic, from the cache",
        rounds.collect(),
        "cpu",
    );
}

/// Nanoseconds for one value, round by round.
fn report(what: &str, nanoseconds: Vec<f64>, clock: &str) {
    println!("{{\"what\":\"{what}\",\"ns\":{nanoseconds:?},\"clock\":\"{clock}\"}}");
}

fn sealer(policy: &Policy, vault: Vault) -> Sealer {
    let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let der = private.public_key().as_der().unwrap();
    let format = TokenFormat::Veilgate {
        prefix: "~vg1.".into(),
        suffix: "~".into(),
    };
    let key = |name| PublicKey::from_der(KeyId::new(name, 1), &format, der.as_ref()).unwrap();
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let pkcs8 = base64_simd::STANDARD.encode_to_string(pair.to_pkcs8v1().unwrap());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{pkcs8}\n-----END PRIVATE KEY-----\n");
    let material = Material {
        keys: vec![key("payments"), key("last4")],
        secrets: vec![SecretKey::new(KeyId::new("joins", 1), &format, &[3; 32]).unwrap()],
        macs: Vec::new(),
        edge_keys: vec![EdgeKey::new(&[7; 32])],
        signer: Arc::new(LocalSigner::from_pem(pem.as_bytes()).unwrap()),
        signer_id: KeyId::new("edge", 1),
        epochs: EpochLimits::default(),
        vault: Some(vault),
    };
    Sealer::new(policy, material).unwrap()
}

/// CPU nanoseconds of this thread for one value that waits for nothing.
fn at_once(
    runtime: &tokio::runtime::Runtime,
    sealer: &Sealer,
    policy: &Policy,
    class: &str,
    value: &str,
) -> f64 {
    let class = policy.class_named(class).unwrap();
    runtime.block_on(batches_of(FIELDS, sealer, class, value))
}

async fn batches_of(fields: usize, sealer: &Sealer, class: ClassId, value: &str) -> f64 {
    let (mut batch, mut tokens) = (Batch::new(), Tokens::new());
    let mut done = 0;
    let (start, cpu) = (Instant::now(), cpu_nanoseconds());
    while start.elapsed() < ROUND {
        for _ in 0..fields {
            batch.push(class, ValueType::Text, black_box(value.as_bytes()));
        }
        sealer.prepare(&mut batch).await.unwrap();
        sealer.seal_batch(&mut batch, &mut tokens).unwrap();
        black_box(&tokens);
        batch.clear();
        done += fields;
    }
    (cpu_nanoseconds() - cpu) / done as f64
}

/// Wall nanoseconds for one value that is kept, durable before it is made.
fn kept(
    runtime: &tokio::runtime::Runtime,
    sealer: &Arc<Sealer>,
    policy: &Arc<Policy>,
    class: &str,
    round: usize,
) -> f64 {
    let class = policy.class_named(class).unwrap();
    let start = Instant::now();
    let tasks = (0..TASKS).map(|task| {
        let sealer = Arc::clone(sealer);
        runtime.spawn(async move {
            let (mut batch, mut tokens) = (Batch::new(), Tokens::new());
            for number in 0..10 {
                for each in 0..BATCH {
                    let value = format!("{round} {task} {number} {each}");
                    batch.push(class, ValueType::Text, value.as_bytes());
                }
                sealer.prepare(&mut batch).await.unwrap();
                sealer.seal_batch(&mut batch, &mut tokens).unwrap();
                batch.clear();
            }
        })
    });
    let tasks: Vec<_> = tasks.collect();
    for task in tasks {
        runtime.block_on(task).unwrap();
    }
    start.elapsed().as_nanos() as f64 / (TASKS * 10 * BATCH) as f64
}

/// The first field of `schedstat` (Linux).
fn cpu_nanoseconds() -> f64 {
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    schedstat.split(' ').next().unwrap().parse().unwrap()
}

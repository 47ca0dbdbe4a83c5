//! Epochs end by age and by count, however many threads seal, and begin before they are needed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod support;

use record::ValueType;
use seal::{Batch, Clock, EpochLimits, LocalSigner, SealError, SignError, Signer, Signing};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Bench, SIGNER_PEM, opener};
use tokio::sync::Semaphore;

/// A clock that stands still until it is moved.
#[derive(Default)]
struct Stopped(AtomicU64);

impl Stopped {
    fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, SeqCst);
    }
}

impl Clock for Stopped {
    fn elapsed(&self) -> Duration {
        Duration::from_secs(self.0.load(SeqCst))
    }

    fn unix_seconds(&self) -> u32 {
        1_700_000_000 + u32::try_from(self.0.load(SeqCst)).unwrap()
    }
}

/// Counts its signatures, waits for leave, and can be out of order.
struct Counting {
    signer: LocalSigner,
    signatures: AtomicUsize,
    leave: Semaphore,
    broken: AtomicBool,
}

impl Counting {
    fn new(leave: usize) -> Arc<Self> {
        Arc::new(Self {
            signer: LocalSigner::from_pem(SIGNER_PEM).unwrap(),
            signatures: AtomicUsize::new(0),
            leave: Semaphore::new(leave),
            broken: AtomicBool::new(false),
        })
    }

    fn signatures(&self) -> usize {
        self.signatures.load(SeqCst)
    }
}

impl Signer for Counting {
    fn sign<'a>(&'a self, message: &'a [u8]) -> Signing<'a> {
        Box::pin(async move {
            self.leave.acquire().await.unwrap().forget();
            self.signatures.fetch_add(1, SeqCst);
            if self.broken.load(SeqCst) {
                return Err(SignError::new("KMS is away"));
            }
            self.signer.sign(message).await
        })
    }
}

struct Setting {
    bench: Bench,
    clock: Arc<Stopped>,
    signer: Arc<Counting>,
}

fn setting(age: u64, count: u64, leave: usize) -> Setting {
    let clock = Arc::new(Stopped::default());
    let signer = Counting::new(leave);
    let limits = EpochLimits::new(Duration::from_secs(age), count).unwrap();
    let bench = Bench::with_signer(signer.clone(), limits, clock.clone());
    Setting {
        bench,
        clock,
        signer,
    }
}

const PLENTY: usize = 1_000_000;

fn head(token: &[u8]) -> Vec<u8> {
    let dot = token.iter().rposition(|byte| *byte == b'.').unwrap();
    token[..dot].to_vec()
}

async fn pan_head(bench: &Bench) -> Vec<u8> {
    head(&bench.token("pan", b"1").await)
}

#[tokio::test]
async fn an_epoch_ends_by_age() {
    let Setting {
        bench,
        clock,
        signer,
    } = setting(600, 1000, PLENTY);
    let first = pan_head(&bench).await;
    clock.advance(599);
    assert_eq!(pan_head(&bench).await, first);
    assert_eq!(signer.signatures(), 1);
    clock.advance(1);
    let second = pan_head(&bench).await;
    assert_ne!(second, first);
    assert_eq!(signer.signatures(), 2);
}

#[tokio::test]
async fn an_epoch_ends_by_count() {
    let Setting { bench, signer, .. } = setting(600, 5, PLENTY);
    let mut heads = Vec::new();
    for _ in 0..11 {
        heads.push(pan_head(&bench).await);
    }
    let runs: Vec<usize> = heads.chunk_by(|a, b| a == b).map(<[_]>::len).collect();
    assert_eq!(runs, [5, 5, 1]);
    assert_eq!(signer.signatures(), 3);
}

#[tokio::test]
async fn a_batch_larger_than_an_epoch_takes_several() {
    let Setting { bench, .. } = setting(600, 4, PLENTY);
    let mut batch = Batch::new();
    for value in 0..10u8 {
        bench.push(&mut batch, "pan", ValueType::Text, &[value]);
    }
    let tokens = bench.seal(&mut batch).await.unwrap();
    let heads: Vec<_> = tokens
        .iter()
        .map(|token| head(token.as_ref().unwrap()))
        .collect();
    let runs: Vec<usize> = heads.chunk_by(|a, b| a == b).map(<[_]>::len).collect();
    assert_eq!(runs, [4, 4, 2]);
    for (value, token) in tokens.iter().enumerate() {
        let opened = opener().open(token.as_ref().unwrap()).unwrap();
        assert_eq!(opened.value, [u8::try_from(value).unwrap()]);
    }
}

#[tokio::test]
async fn classes_of_one_key_share_an_epoch_and_keys_do_not() {
    let Setting { bench, signer, .. } = setting(600, 1000, PLENTY);
    let mut batch = Batch::new();
    for class in ["pan", "note", "iban", "pan", "ssn"] {
        bench.push(&mut batch, class, ValueType::Text, b"1");
    }
    let tokens = bench.seal(&mut batch).await.unwrap();
    let heads: Vec<_> = tokens
        .iter()
        .map(|token| head(token.as_ref().unwrap()))
        .collect();
    assert_eq!(heads[0], heads[2]);
    assert_eq!(heads[0], heads[3]);
    assert_ne!(heads[0], heads[1]);
    assert_eq!(signer.signatures(), 2);
}

#[test]
fn many_threads_never_exceed_the_count() {
    const COUNT: u64 = 7;
    let Setting { bench, .. } = setting(600, COUNT, PLENTY);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let handle = runtime.handle();
    let used: Mutex<HashMap<Vec<u8>, u64>> = Mutex::default();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (bench, used) = (&bench, &used);
            scope.spawn(move || {
                for round in 0..40 {
                    let mut batch = Batch::new();
                    for _ in 0..(thread + round) % 5 {
                        bench.push(&mut batch, "pan", ValueType::Text, b"1");
                    }
                    let tokens = handle.block_on(bench.seal(&mut batch)).unwrap();
                    let mut used = used.lock().unwrap();
                    for token in tokens {
                        *used.entry(head(&token.unwrap())).or_default() += 1;
                    }
                }
            });
        }
    });
    let used = used.into_inner().unwrap();
    assert!(
        used.values().all(|values| *values <= COUNT),
        "{:?}",
        used.values()
    );
    let whole: u64 = used.values().sum();
    assert_eq!(whole, 8 * 40 * 2);
}

#[tokio::test]
async fn many_that_wait_wait_for_one_signature() {
    let Setting { bench, signer, .. } = setting(600, 1000, 0);
    let bench = Arc::new(bench);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let bench = Arc::clone(&bench);
            tokio::spawn(async move { pan_head(&bench).await })
        })
        .collect();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    signer.leave.add_permits(PLENTY);
    let mut heads = Vec::new();
    for task in tasks {
        heads.push(task.await.unwrap());
    }
    heads.dedup();
    assert_eq!((heads.len(), signer.signatures()), (1, 1));
}

#[tokio::test]
async fn one_that_gives_up_leaves_the_turn_to_the_next() {
    let Setting { bench, signer, .. } = setting(600, 1000, 0);
    let bench = Arc::new(bench);
    let spawn = || {
        let bench = Arc::clone(&bench);
        tokio::spawn(async move { pan_head(&bench).await })
    };
    let (first, second) = (spawn(), spawn());
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    signer.leave.add_permits(PLENTY);
    second.await.unwrap();
    assert_eq!(signer.signatures(), 1);
}

#[tokio::test]
async fn the_next_epoch_begins_before_the_current_one_ends() {
    let Setting {
        bench,
        clock,
        signer,
    } = setting(600, 100, PLENTY);
    bench.sealer.renew_epochs().await.unwrap();
    assert_eq!(
        signer.signatures(),
        2,
        "the first turn begins one epoch for each of two keys"
    );
    let first = pan_head(&bench).await;
    clock.advance(449);
    bench.sealer.renew_epochs().await.unwrap();
    assert_eq!(signer.signatures(), 2);
    clock.advance(1);
    bench.sealer.renew_epochs().await.unwrap();
    bench.sealer.renew_epochs().await.unwrap();
    assert_eq!(signer.signatures(), 3, "one more, for the key in use");
    assert_eq!(
        pan_head(&bench).await,
        first,
        "the current one is used to its end"
    );

    // From here on a request that had to wait for a signature would fail.
    signer.broken.store(true, SeqCst);
    clock.advance(150);
    let second = pan_head(&bench).await;
    assert_ne!(second, first);
    assert_eq!(signer.signatures(), 3);
}

#[tokio::test]
async fn the_next_epoch_begins_before_the_count_runs_out() {
    let Setting { bench, signer, .. } = setting(600, 8, PLENTY);
    for _ in 0..5 {
        pan_head(&bench).await;
    }
    bench.sealer.renew_epochs().await.unwrap();
    let before = signer.signatures();
    pan_head(&bench).await;
    bench.sealer.renew_epochs().await.unwrap();
    assert_eq!(signer.signatures(), before + 1);
    for _ in 0..10 {
        pan_head(&bench).await;
    }
    assert_eq!(signer.signatures(), before + 1);
}

#[tokio::test]
async fn an_idle_gateway_begins_no_epochs() {
    let Setting {
        bench,
        clock,
        signer,
    } = setting(600, 100, PLENTY);
    for _ in 0..20 {
        bench.sealer.renew_epochs().await.unwrap();
        clock.advance(200);
    }
    assert_eq!(signer.signatures(), 2);
    pan_head(&bench).await;
    assert_eq!(signer.signatures(), 3);
}

#[tokio::test]
async fn a_signer_that_fails_is_a_retryable_error() {
    let Setting {
        bench,
        clock,
        signer,
    } = setting(600, 100, PLENTY);
    pan_head(&bench).await;
    signer.broken.store(true, SeqCst);
    assert!(
        bench.try_token("pan", b"1").await.is_ok(),
        "the running epoch goes on"
    );
    clock.advance(600);
    let error = bench.try_token("pan", b"1").await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(error.code(), "signer-unavailable");
    match &error {
        SealError::Unavailable { key, source } => {
            assert_eq!((&*key.name, key.version), ("payments", 1));
            assert_eq!(source.to_string(), "KMS is away");
        }
        other => panic!("{other:?}"),
    }
    assert!(bench.sealer.renew_epochs().await.is_err());
    assert!(
        bench.try_token("ssn", b"1").await.is_ok(),
        "rsa needs no signer"
    );
    signer.broken.store(false, SeqCst);
    assert!(bench.try_token("pan", b"1").await.is_ok());
}

#[tokio::test]
async fn a_token_tells_when_its_epoch_began() {
    let Setting { bench, clock, .. } = setting(600, 100, PLENTY);
    clock.advance(12);
    pan_head(&bench).await;
    clock.advance(34);
    let token = bench.token("pan", b"1").await;
    let mut buffers = record::Buffers::default();
    let framing = record::Framing::veilgate();
    let token = record::Token::from_text(&framing, &token, &mut buffers).unwrap();
    let record::HeadKind::Envelope(wrapped) = token.head.kind else {
        panic!("an envelope")
    };
    assert_eq!(wrapped.made, 1_700_000_012);
}

#[test]
fn limits_that_would_wear_a_key_out_are_refused() {
    let second = Duration::from_secs(1);
    assert!(EpochLimits::new(second, 0).is_none());
    assert!(EpochLimits::new(Duration::ZERO, 1).is_none());
    assert!(EpochLimits::new(second, (1 << 32) + 1).is_none());
    let limits = EpochLimits::new(second, 1 << 32).unwrap();
    assert_eq!((limits.age(), limits.count()), (second, 1 << 32));
}

//! How many envelope values a core opens in a second, with data keys cached.
//!
//! `cargo run --release -p unseal --example open_rates [SECONDS]`: one thread opens batches of the
//! tokens of a 256 KiB stretch, as the detokenize service does, for a document of one epoch and for
//! one of ten epochs and three classes, and prints values a second. Raw AES-256-GCM on values of
//! the same length is measured beside it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic,
    unreachable_pub,
    reason = "a measurement"
)]

#[path = "../tests/suite/support.rs"]
mod support;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use record::ValueType;
use std::hint::black_box;
use std::time::{Duration, Instant};
use support::World;
use unseal::{Caller, Usage};

const STRETCH: usize = 256 << 10;
const VALUE: &[u8] = b"4111111111111111";

fn main() {
    let seconds = std::env::args()
        .nth(1)
        .map_or(3, |text| text.parse().expect("seconds"));
    let time = Duration::from_secs(seconds);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let raw = raw(time);
    println!(
        "raw AES-256-GCM open, {} bytes: {raw:.0} values/s",
        VALUE.len()
    );
    runtime.block_on(async {
        let world = World::new();
        let reader = world.reader("ann");
        for (epochs, classes) in [(1, 1), (10, 3)] {
            let rate = rate(&world, &reader, epochs, classes, time).await;
            println!("open_batch, {epochs} epochs, {classes} classes: {rate:.0} values/s");
        }
    });
}

async fn rate(
    world: &World,
    caller: &Caller,
    epochs: usize,
    classes: usize,
    time: Duration,
) -> f64 {
    let epochs: Vec<_> = (0..epochs).map(|_| world.epoch()).collect();
    let mut tokens = Vec::new();
    let mut length = 0;
    while length < STRETCH {
        let at = tokens.len();
        let class = format!("class{}", at % classes);
        let token = epochs[at % epochs.len()].token(&class, ValueType::Text, VALUE);
        length += token.len() + 3;
        tokens.push(token);
    }
    let candidates: Vec<_> = tokens
        .iter()
        .map(|token| world.opener.candidate(token))
        .collect();
    let usage = Usage::new(1000);
    let begun = Instant::now();
    let mut opened = 0;
    while begun.elapsed() < time {
        let values = world
            .opener
            .open_batch(caller, &usage, &candidates)
            .await
            .unwrap();
        assert!(values.iter().all(Result::is_ok));
        opened += values.len();
    }
    opened as f64 / begun.elapsed().as_secs_f64()
}

fn raw(time: Duration) -> f64 {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap());
    let mut sealed = VALUE.to_vec();
    let nonce = || Nonce::assume_unique_for_key([1; 12]);
    let tag = key
        .seal_in_place_separate_tag(nonce(), Aad::from([0]), &mut sealed)
        .unwrap();
    let mut out = vec![0; sealed.len()];
    let begun = Instant::now();
    let mut opened = 0_u64;
    while begun.elapsed() < time {
        for _ in 0..1000 {
            let aad = Aad::from([0]);
            key.open_separate_gather(nonce(), aad, &sealed, tag.as_ref(), &mut out)
                .unwrap();
            black_box(&out);
        }
        opened += 1000;
    }
    opened as f64 / begun.elapsed().as_secs_f64()
}

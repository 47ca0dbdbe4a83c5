//! How long an encryption takes here and in the `fpe` crate: one run, one thread, rounds in turns.
//!
//! `cargo run --release -p ff1 --example ff1_rates`: a line for each kind of text.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring tool")]

use ff1::Ff1;
use fpe::ff1::{FF1, FlexibleNumeralString};
use std::hint::black_box;
use std::time::{Duration, Instant};

const KEY: [u8; 32] = [7; 32];
const TWEAK: &[u8] = b"tenant/c";
const ROUNDS: usize = 60;
const ROUND: Duration = Duration::from_millis(5);

fn main() {
    let kinds = [
        (10, 9, "9 digits"),
        (10, 16, "16 digits"),
        (10, 19, "19 digits"),
        (36, 12, "12 letters and digits"),
        (62, 22, "22 letters and digits of both cases"),
        (26, 8, "8 letters"),
        (114, 20, "20 letters of ISO-8859-1"),
        (10, 56, "56 digits, the longest on machine integers"),
        (10, 57, "57 digits, the shortest on limbs"),
        (10, 256, "256 digits"),
    ];
    println!(
        "{:>10} {:>10} {:>10} {:>6}",
        "encrypt", "decrypt", "fpe", "ratio"
    );
    for (radix, length, name) in kinds {
        let text: Vec<u16> = (0..length).map(|place| place * 7 % radix).collect();
        let [encrypt, decrypt, fpe] = measure(radix.into(), &text);
        let ratio = fpe / encrypt;
        println!("{encrypt:>7.0} ns {decrypt:>7.0} ns {fpe:>7.0} ns {ratio:>6.1}  {name}");
    }
}

/// The shortest rounds, in nanoseconds: other programs on the machine only lengthen them.
fn measure(radix: u32, text: &[u16]) -> [f64; 3] {
    let ours = Ff1::new(&KEY, radix).unwrap();
    let theirs = FF1::<aes::Aes256>::new(&KEY, radix).unwrap();
    let mut encrypted = text.to_vec();
    let mut decrypted = text.to_vec();
    let given = FlexibleNumeralString::from(text.to_vec());
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        // each call takes what the last one made
        let [encrypt, decrypt, fpe] = &mut times;
        encrypt.push(time(|| {
            ours.encrypt(TWEAK, black_box(&mut encrypted)).unwrap()
        }));
        decrypt.push(time(|| {
            ours.decrypt(TWEAK, black_box(&mut decrypted)).unwrap()
        }));
        fpe.push(time(|| {
            drop(black_box(theirs.encrypt(TWEAK, black_box(&given)).unwrap()))
        }));
    }
    times.map(|times| times.into_iter().fold(f64::INFINITY, f64::min))
}

fn time(mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut calls = 0;
    while start.elapsed() < ROUND {
        for _ in 0..100 {
            call();
        }
        calls += 100;
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
}

//! Both paths against the `fpe` crate.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use crate::{Direction, Ff1, MAXIMUM_LENGTH, limbs, words};
use fpe::ff1::{FF1, FlexibleNumeralString};
use proptest::prelude::*;

/// One input to encrypt or decrypt.
#[derive(Debug, Clone)]
struct Input {
    key: [u8; 32],
    radix: u32,
    tweak: Vec<u8>,
    numerals: Vec<u16>,
}

impl Input {
    /// What the `fpe` crate makes of it: encrypted, decrypted.
    fn reference(&self) -> [Vec<u16>; 2] {
        let ff1 = FF1::<aes::Aes256>::new(&self.key, self.radix).unwrap();
        let text = FlexibleNumeralString::from(self.numerals.clone());
        [
            ff1.encrypt(&self.tweak, &text).unwrap().into(),
            ff1.decrypt(&self.tweak, &text).unwrap().into(),
        ]
    }

    /// Fails unless each path that takes it agrees with the `fpe` crate.
    fn check(&self) {
        let ff1 = Ff1::new(&self.key, self.radix).unwrap();
        let [encrypted, decrypted] = self.reference();
        let mut text = self.numerals.clone();
        ff1.encrypt(&self.tweak, &mut text).unwrap();
        assert_eq!(text, encrypted, "encrypt {self:?}");
        ff1.decrypt(&self.tweak, &mut text).unwrap();
        assert_eq!(text, self.numerals, "there and back {self:?}");
        for (direction, expected) in [
            (Direction::Encrypt, encrypted),
            (Direction::Decrypt, decrypted),
        ] {
            let mut text = self.numerals.clone();
            limbs::run(&ff1, direction, &self.tweak, &mut text);
            assert_eq!(text, expected, "limbs {self:?}");
            if words::fits(&ff1.powers, self.numerals.len()) {
                text.clone_from(&self.numerals);
                words::run(&ff1, direction, &self.tweak, &mut text);
                assert_eq!(text, expected, "words {self:?}");
            }
        }
    }
}

fn radix() -> impl Strategy<Value = u32> {
    prop_oneof![
        2_u32..=65_536,
        2_u32..=128,
        (1_u32..=16).prop_map(|bits| 1 << bits),
        (2_u32..=16).prop_map(|bits| (1 << bits) - 1),
        Just(10),
    ]
}

fn input(longest: usize) -> impl Strategy<Value = Input> {
    radix().prop_flat_map(move |radix| {
        let least = Ff1::new(&[0; 32], radix).unwrap().least_length();
        let highest = u16::try_from(radix - 1).unwrap();
        let numeral = prop_oneof![8 => 0..=highest, 1 => Just(0), 1 => Just(highest)];
        let numerals = prop_oneof![
            9 => prop::collection::vec(numeral, least..=longest),
            1 => (least..=longest).prop_map(move |length| vec![highest; length]),
        ];
        let tweak = prop::collection::vec(any::<u8>(), 0..70);
        (any::<[u8; 32]>(), tweak, numerals).prop_map(move |(key, tweak, numerals)| Input {
            key,
            radix,
            tweak,
            numerals,
        })
    })
}

proptest! {
    #[test]
    fn both_paths_are_fpe(input in input(40)) {
        input.check();
    }

    #[test]
    fn long_texts_are_fpe(input in input(MAXIMUM_LENGTH)) {
        input.check();
    }

    #[test]
    fn reduction_is_the_remainder(radix in 2_u32..=65_536, exponent in 0_usize..97, number: u128, shift in 0_u32..128) {
        let powers = crate::powers::Powers::new(radix);
        if let Some(power) = powers.get(exponent) {
            prop_assert_eq!(power.value, u128::from(radix).pow(u32::try_from(exponent).unwrap()));
            prop_assert_eq!(power.reduce(number >> shift), (number >> shift) % power.value);
        }
    }
}

/// At these lengths the tail of Q begins a block, ends one, or stands alone in it.
#[test]
fn tweaks_of_every_length() {
    for length in [6, 7, 16, 19, 30, 56, 57, 58, 90] {
        for tweak in 0..50 {
            let input = Input {
                key: [7; 32],
                radix: 10,
                tweak: (0..tweak).collect(),
                numerals: (0..length).map(|place| place * 7 % 10).collect(),
            };
            input.check();
        }
    }
}

/// The fewest numerals, and the lengths at which the paths change, for every radix.
#[test]
fn edges_of_every_radix() {
    for radix in 2..=65_536_u32 {
        // all of the small ones, every 97th of the others
        if radix > 300 && radix % 97 != 0 && radix.count_ones() != 1 {
            continue;
        }
        let ff1 = Ff1::new(&[1; 32], radix).unwrap();
        let longest = (1..=MAXIMUM_LENGTH)
            .take_while(|&length| words::fits(&ff1.powers, length))
            .last();
        let longest = longest.unwrap();
        for length in [ff1.least_length(), longest, longest + 1] {
            let input = Input {
                key: [1; 32],
                radix,
                tweak: b"tweak".to_vec(),
                numerals: vec![u16::try_from(radix - 1).unwrap(); length],
            };
            input.check();
        }
    }
}

/// `cargo test --release -p ff1 -- --ignored --nocapture ten_million`
#[test]
#[ignore = "takes minutes"]
fn ten_million_inputs_are_fpe() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRunner};
    const INPUTS: u32 = 10_000_000;
    const SEED: u64 = 80_038;
    let config = Config {
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(SEED),
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let strategy = input(40);
    for _ in 0..INPUTS {
        strategy.new_tree(&mut runner).unwrap().current().check();
    }
    println!("{INPUTS} inputs: both paths equal to fpe, in both directions");
}

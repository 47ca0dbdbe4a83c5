//! Domains against counting, draws against chance.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use shape::{
    Alphabet, CARD_ISSUER, Case, Irreversible, Luhn, Marker, Parts, Shape, draw_prefixed,
    draw_uuid, passes_luhn,
};
use std::collections::{BTreeMap, BTreeSet};

/// SplitMix64 (Steele, Lea, Flood 2014), so that a failure comes again.
fn random(seed: u64) -> impl FnMut(&mut [u8]) {
    let mut state = seed;
    move |bytes| {
        for byte in bytes {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = (mixed >> 56) as u8;
        }
    }
}

fn digits() -> Alphabet {
    Alphabet::named("digits").unwrap()
}

/// All texts of `length` characters.
fn texts(alphabet: &Alphabet, length: usize) -> Vec<String> {
    let mut texts = vec![String::new()];
    for _ in 0..length {
        let longer = |text: &String| {
            let characters = alphabet.characters().iter();
            characters
                .map(|each| format!("{text}{each}"))
                .collect::<Vec<_>>()
        };
        texts = texts.iter().flat_map(longer).collect();
    }
    texts
}

/// How many different tokens the values have that are kept alike, each of which leads back.
fn count(shape: &Shape, parts: &Parts, length: usize) -> BTreeSet<usize> {
    let mut tokens: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for value in texts(shape.alphabet(), length) {
        let Ok(split) = shape.split(&value) else {
            continue;
        };
        let token = split.join().unwrap();
        assert_eq!(shape.split_token(&token).unwrap().join().unwrap(), value);
        let kept = (
            value[..parts.keep_first].to_owned(),
            value[length - parts.keep_last..].to_owned(),
        );
        assert!(
            tokens.entry(kept).or_default().insert(token),
            "two values, one token"
        );
    }
    tokens.values().map(BTreeSet::len).collect()
}

#[test]
fn domains_of_small_alphabets() {
    for alphabet in ["ab", "abc", "0123456789"] {
        let alphabet = Alphabet::of(alphabet.chars()).unwrap();
        let longest = if alphabet.radix() == 10 { 4 } else { 7 };
        for (keep_first, keep_last) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let parts = Parts {
                keep_first,
                keep_last,
                ..Parts::of(alphabet.clone())
            };
            let shape = Shape::new(parts.clone()).unwrap();
            for length in keep_first + keep_last + 1..=longest {
                let exact = shape.domain(length).exact();
                assert_eq!(
                    count(&shape, &parts, length),
                    [exact as usize].into(),
                    "{parts:?}"
                );
            }
        }
    }
}

#[test]
fn domains_with_a_luhn_digit() {
    let zero = || Some(Marker::InPlace("0".into()));
    for (luhn, marker) in [
        (Luhn::Require, None),
        (Luhn::Require, zero()),
        (Luhn::Valid, None),
        (Luhn::Invalid, None),
    ] {
        for (keep_first, keep_last) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            if keep_first > 0 && marker.is_some() {
                continue;
            }
            let marker = marker.clone();
            let parts = Parts {
                keep_first,
                keep_last,
                luhn,
                marker,
                ..Parts::of(digits())
            };
            let shape = Shape::new(parts.clone()).unwrap();
            for length in shape.lengths().0..=5 {
                let exact = shape.domain(length).exact();
                assert_eq!(
                    count(&shape, &parts, length),
                    [exact as usize].into(),
                    "{parts:?}"
                );
            }
        }
    }
}

#[test]
fn domains_of_drawn_tokens() {
    for (marker, luhn, exact) in [
        ("7", Luhn::Ignore, 100),
        ("7", Luhn::Require, 100),
        ("7", Luhn::Valid, 10),
        ("73", Luhn::Require, 10),
    ] {
        let marker_ = Some(Marker::InPlace(marker.into()));
        let shape = Shape::new(Parts {
            marker: marker_,
            luhn,
            ..Parts::of(digits())
        })
        .unwrap();
        let mut random = random(1);
        let drawn = (0..3_000).map(|_| shape.draw("042", &mut random).unwrap());
        let drawn: BTreeSet<String> = drawn.collect();
        if shape.irreversible().is_some() {
            assert_eq!(shape.domain(3).exact(), exact, "{marker} {luhn:?}");
        }
        assert_eq!(drawn.len() as u128, exact, "{marker} {luhn:?}");
        assert!(drawn.iter().all(|token| token.starts_with(marker)));
    }
}

#[test]
fn cards_that_keep_six_and_four() {
    let shape = |luhn| {
        let parts = Parts {
            keep_first: 6,
            keep_last: 4,
            luhn,
            ..Parts::of(digits())
        };
        Shape::new(parts).unwrap()
    };
    let plain = shape(Luhn::Ignore);
    assert_eq!(plain.domain(16).exact(), 1_000_000);
    assert!(plain.domain(16).is_enough());
    assert_eq!(plain.domain(16).to_string(), "1000000");
    assert_eq!(plain.least_length(1_000_000), Some(16));
    for luhn in [Luhn::Require, Luhn::Valid, Luhn::Invalid] {
        let domain = shape(luhn).domain(16);
        assert_eq!(domain.exact(), 100_000);
        assert!(!domain.is_enough());
        assert!((domain.log10() - 5.0).abs() < 1e-9);
        assert_eq!(shape(luhn).least_length(1_000_000), Some(17));
    }
    let long = Shape::new(Parts::of(Alphabet::named("alphanumeric").unwrap())).unwrap();
    assert_eq!(long.domain(22).exact(), 62_u128.saturating_pow(22));
    assert_eq!(long.domain(22).to_string(), "10^39.4");
    assert_eq!(long.domain(22).exact(), u128::MAX);
}

/// Pearson's χ² of the draws' characters at the places that vary, per place.
fn chi_square(alphabet: &Alphabet, tokens: &[String]) -> f64 {
    let mut counts = vec![0_u32; alphabet.radix() as usize];
    for character in tokens.iter().flat_map(|token| token.chars()) {
        counts[usize::from(alphabet.numeral(character).unwrap())] += 1;
    }
    let total: u32 = counts.iter().sum();
    let expected = f64::from(total) / f64::from(alphabet.radix());
    let squares = counts
        .iter()
        .map(|&each| (f64::from(each) - expected).powi(2) / expected);
    squares.sum()
}

/// Radices that divide neither 256 nor 65,536 would show a remainder's bias: that of 200 characters
/// taken modulo would be far beyond.
#[test]
fn draws_are_uniform() {
    for radix in [2, 3, 10, 26, 62, 200, 256, 257, 1_000] {
        let alphabet = Alphabet::of(('\u{100}'..).take(radix)).unwrap();
        let shape = Shape::new(Parts::of(alphabet.clone())).unwrap();
        let value: String = std::iter::repeat_n('\u{101}', 100).collect();
        let mut random = random(radix as u64);
        let tokens = (0..2_000).map(|_| shape.draw(&value, &mut random).unwrap());
        let found = chi_square(&alphabet, &tokens.collect::<Vec<_>>());
        let freedom = radix as f64 - 1.0;
        // five standard deviations
        let bound = 5.0 * (2.0 * freedom).sqrt();
        assert!((found - freedom).abs() < bound, "radix {radix}: {found}");
    }
}

#[test]
fn drawn_cards() {
    let marker = Some(Marker::InPlace(CARD_ISSUER.into()));
    let base = Parts {
        keep_last: 4,
        outside: shape::Outside::Keep,
        marker,
        ..Parts::of(digits())
    };
    for luhn in [Luhn::Valid, Luhn::Invalid] {
        let shape = Shape::new(Parts {
            luhn,
            ..base.clone()
        })
        .unwrap();
        assert_eq!(shape.irreversible(), Some(Irreversible::MarkerInPlace));
        let mut random = random(2);
        let mut seen = BTreeSet::new();
        for _ in 0..200 {
            let token = shape.draw("4111-1111-1111-1111", &mut random).unwrap();
            assert!(
                token.starts_with("9999-") && token.ends_with("-1111"),
                "{token}"
            );
            assert_eq!(passes_luhn(&token), luhn == Luhn::Valid, "{token}");
            seen.insert(token);
        }
        assert!(seen.len() > 190);
    }
}

#[test]
fn drawn_letters_have_the_value_s_case() {
    let base = Parts::of(Alphabet::named("base36").unwrap());
    let shape = Shape::new(Parts {
        case: Case::Fold,
        ..base
    })
    .unwrap();
    assert_eq!(shape.irreversible(), Some(Irreversible::CaseLost));
    let mut random = random(3);
    for _ in 0..200 {
        let token = shape.draw("ABCdef", &mut random).unwrap();
        assert!(
            !token[..3].contains(|each: char| each.is_lowercase()),
            "{token}"
        );
        assert!(
            !token[3..].contains(|each: char| each.is_uppercase()),
            "{token}"
        );
    }
}

#[test]
fn uuids_and_prefixes() {
    let mut random = random(4);
    let mut seen = BTreeSet::new();
    for _ in 0..1_000 {
        let uuid = draw_uuid(&mut random);
        let groups: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12]);
        assert!(
            uuid.chars().all(|each| "0123456789abcdef-".contains(each)),
            "{uuid}"
        );
        assert_eq!(&uuid[14..15], "4");
        assert!("89ab".contains(&uuid[19..20]), "{uuid}");
        seen.insert(uuid);
    }
    assert_eq!(seen.len(), 1_000);
    assert_eq!(
        draw_uuid(|bytes| bytes.fill(0xff)),
        "ffffffff-ffff-4fff-bfff-ffffffffffff"
    );
    assert_eq!(
        draw_uuid(|bytes| bytes.fill(0)),
        "00000000-0000-4000-8000-000000000000"
    );
    let alphabet = Alphabet::named("base36").unwrap();
    let token = draw_prefixed("tok_", &alphabet, 24, &mut random);
    let drawn = token.strip_prefix("tok_").unwrap();
    assert_eq!(drawn.len(), 24);
    assert!(drawn.chars().all(|each| alphabet.numeral(each).is_some()));
}

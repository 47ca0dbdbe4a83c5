//! Public vectors: NIST's samples and Wycheproof's, those with a key of 256 bits.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::unreachable,
    clippy::print_stderr,
    reason = "tests"
)]

use ff1::{Ff1, Ff1Error, MAXIMUM_LENGTH};
use serde_json::Value;
use std::path::Path;

const BASE_62: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const NIST_KEY: &str = "2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94";

/// Numerals of `text`; what is not in `alphabet` becomes a numeral that is in no radix below 65,536.
fn numerals(alphabet: &str, text: &str) -> Vec<u16> {
    let numeral = |each: char| alphabet.chars().position(|other| other == each);
    let numerals = text.chars().map(numeral);
    numerals
        .map(|each| each.map_or(u16::MAX, |place| place.try_into().unwrap()))
        .collect()
}

fn hex(text: &str) -> Vec<u8> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    assert!(rest.is_empty());
    let digit = |digit: u8| u8::try_from(char::from(digit).to_digit(16).unwrap()).unwrap();
    pairs
        .iter()
        .map(|[high, low]| digit(*high) << 4 | digit(*low))
        .collect()
}

/// Samples 7 to 9 of NIST's "FF1samples.pdf" (Cryptographic Standards and Guidelines, examples).
#[test]
fn nist_samples() {
    let cases = [
        (10, "", "0123456789", "6657667009"),
        (10, "39383736353433323130", "0123456789", "1001623463"),
        (
            36,
            "3737373770717273373737",
            "0123456789abcdefghi",
            "xs8a0azh2avyalyzuwd",
        ),
    ];
    for (radix, tweak, plaintext, ciphertext) in cases {
        let ff1 = Ff1::new(&hex(NIST_KEY).try_into().unwrap(), radix).unwrap();
        let mut text = numerals(BASE_62, plaintext);
        ff1.encrypt(&hex(tweak), &mut text).unwrap();
        assert_eq!(text, numerals(BASE_62, ciphertext));
        ff1.decrypt(&hex(tweak), &mut text).unwrap();
        assert_eq!(text, numerals(BASE_62, plaintext));
    }
}

/// The numerals of a list, or of a string over the group's alphabet.
fn text(group: &Value, text: &Value) -> Vec<u16> {
    match text {
        Value::String(text) => numerals(group["alphabet"].as_str().unwrap(), text),
        Value::Array(list) => {
            let numeral = |each: &Value| u16::try_from(each.as_i64().unwrap()).unwrap_or(u16::MAX);
            list.iter().map(numeral).collect()
        }
        other => unreachable!("{other}"),
    }
}

#[derive(Default)]
struct Counts {
    equal: usize,
    refused: usize,
}

fn case(group: &Value, case: &Value, counts: &mut Counts) {
    let id = &case["tcId"];
    let radix = group["radix"].as_u64().unwrap().try_into().unwrap();
    let key = hex(case["key"].as_str().unwrap());
    let ff1 = Ff1::new(&key.try_into().unwrap(), radix).unwrap();
    let tweak = hex(case["tweak"].as_str().unwrap());
    let message = text(group, &case["msg"]);
    let mut made = message.clone();
    let encrypted = ff1.encrypt(&tweak, &mut made);
    // Wycheproof takes the limit of the first edition, 100; this crate revision 1's, and a longest text.
    let long = message.len() > MAXIMUM_LENGTH;
    if case["result"] == "valid" && message.len() >= ff1.least_length() && !long {
        let ciphertext = text(group, &case["ct"]);
        assert_eq!(encrypted, Ok(()), "{id}");
        assert_eq!(made, ciphertext, "{id}");
        ff1.decrypt(&tweak, &mut made).unwrap();
        assert_eq!(made, message, "{id}");
        counts.equal += 1;
    } else {
        let error = encrypted.unwrap_err();
        assert_eq!(
            matches!(error, Ff1Error::TooLong { .. }),
            long,
            "{id}: {error}"
        );
        assert_eq!(made, message, "{id}: an error leaves the text as it was");
        counts.refused += 1;
    }
}

fn wycheproof(file: &str) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = here
        .ancestors()
        .map(|folder| folder.join("shared/vectors/wycheproof").join(file))
        .find(|path| path.is_file());
    let Some(path) = found else {
        eprintln!("skipped: shared/vectors/wycheproof/{file} is not here");
        return;
    };
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut counts = Counts::default();
    for group in vectors["testGroups"].as_array().unwrap() {
        if group["keySize"] == 256 {
            for each in group["tests"].as_array().unwrap() {
                case(group, each, &mut counts);
            }
        }
    }
    let Counts { equal, refused } = counts;
    eprintln!("{file}: {equal} equal, {refused} refused");
    assert!(
        equal > 600 && refused > 100,
        "{equal} equal, {refused} refused"
    );
}

#[test]
fn wycheproof_base_10() {
    wycheproof("aes_ff1_base10_test.json");
}

#[test]
fn wycheproof_base_36() {
    wycheproof("aes_ff1_base36_test.json");
}

#[test]
fn wycheproof_base_62() {
    wycheproof("aes_ff1_base62_test.json");
}

#[test]
fn wycheproof_lists() {
    wycheproof("aes_ff1_radix10_test.json");
}

#[test]
fn radices_and_lengths_out_of_range_are_refused() {
    for radix in [0, 1, 65_537, u32::MAX] {
        assert_eq!(Ff1::new(&[0; 32], radix).unwrap_err().radix, radix);
    }
    let ff1 = Ff1::new(&[0; 32], 10).unwrap();
    let error = |tweak: usize, text: &[u16]| {
        let mut text = text.to_vec();
        let tweak = vec![0; tweak];
        let error = ff1.encrypt(&tweak, &mut text).unwrap_err();
        assert_eq!(ff1.decrypt(&tweak, &mut text), Err(error));
        error
    };
    assert_eq!(
        error(0, &[1; 5]),
        Ff1Error::TooShort {
            length: 5,
            least: 6
        }
    );
    assert_eq!(error(0, &[1; 257]), Ff1Error::TooLong { length: 257 });
    assert_eq!(
        error(65_536, &[1; 16]),
        Ff1Error::TweakTooLong { length: 65_536 }
    );
    assert_eq!(
        error(0, &[1, 2, 3, 4, 5, 10]),
        Ff1Error::NotInRadix { radix: 10 }
    );
    let least = |radix| Ff1::new(&[0; 32], radix).unwrap().least_length();
    assert_eq!([2, 10, 999, 1_000, 65_536].map(least), [20, 6, 3, 2, 2]);
}

#[test]
fn debug_shows_no_key() {
    let ff1 = Ff1::new(&[0xab; 32], 10).unwrap();
    assert_eq!(format!("{ff1:?}"), "Ff1 { radix: 10, .. }");
}

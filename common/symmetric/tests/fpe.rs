//! FPE: what it keeps, that it comes back, and the `fpe` crate as an oracle for the digits.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use fpe::ff1::{FF1, FlexibleNumeralString};
use proptest::prelude::*;
use shape::{Alphabet, Luhn, Outside, Parts, Shape, passes_luhn};
use std::sync::Arc;
use symmetric::{Fpe, FpeError, Purpose};

fn shape(change: impl FnOnce(&mut Parts)) -> Arc<Shape> {
    let mut parts = Parts::of(Alphabet::named("digits").unwrap());
    change(&mut parts);
    Arc::new(Shape::new(parts).unwrap())
}

#[test]
fn cards_keep_what_their_class_keeps() {
    let card = shape(|parts| {
        parts.keep_last = 4;
        parts.outside = Outside::Keep;
        parts.luhn = Luhn::Valid;
    });
    let fpe = Fpe::new(&[7; 32], card).unwrap();
    let token = fpe.encrypt("4111-1111-1111-1111").unwrap();
    assert!(token.ends_with("-1111") && passes_luhn(&token), "{token}");
    assert_ne!(token, "4111-1111-1111-1111");
    assert_eq!(fpe.decrypt(&token).unwrap(), "4111-1111-1111-1111");
    // how it is written does not matter for the digits
    let plain = fpe.encrypt("4111111111111111").unwrap();
    assert_eq!(plain, token.replace('-', ""));
    let refused = fpe.encrypt("4111111111111112").unwrap_err();
    assert_eq!(refused.code(), "luhn-digit");
}

#[test]
fn other_kept_digits_are_another_tweak() {
    let kept = shape(|parts| parts.keep_last = 4);
    let fpe = Fpe::new(&[7; 32], kept).unwrap();
    let of = |value: &str| fpe.encrypt(value).unwrap()[..8].to_owned();
    assert_ne!(of("123456780001"), of("123456780002"));
}

#[test]
fn too_short_is_told() {
    let fpe = Fpe::new(&[7; 32], shape(|_| ())).unwrap();
    assert!(matches!(fpe.encrypt("12345"), Err(FpeError::Ff1(_))));
    assert_eq!(fpe.encrypt("12345").unwrap_err().code(), "value-too-short");
}

#[test]
fn keys_differ_by_purpose_class_and_tenant() {
    let derive = |purpose, binding| *symmetric::derive::<32>(&[1; 32], purpose, binding).unwrap();
    let all = [
        derive(Purpose::Siv, &b"\x03pan\0"[..]),
        derive(Purpose::Fpe, b"\x03pan\0"),
        derive(Purpose::Hmac, b"\x03pan\0"),
        derive(Purpose::Index, b"\x03pan\0"),
        derive(Purpose::Date, b"\x03pan\0"),
        derive(Purpose::Fpe, b"\x03pan\x01a"),
        derive(Purpose::Fpe, b"\x03ssn\0"),
    ];
    for (index, one) in all.iter().enumerate() {
        assert!(!all[..index].contains(one));
    }
}

proptest! {
    /// The tweak is the kept digits as pairs of bytes; the rest is what the `fpe` crate says.
    #[test]
    fn equals_the_fpe_crate(key: [u8; 32], digits in "[0-9]{12,40}", first in 0usize..4, last in 0usize..3) {
        let kept = shape(|parts| (parts.keep_first, parts.keep_last) = (first, last));
        let fpe = Fpe::new(&key, kept).unwrap();
        let token = fpe.encrypt(&digits).unwrap();

        let numerals: Vec<u16> = digits.bytes().map(|byte| u16::from(byte - b'0')).collect();
        let end = numerals.len() - last;
        let tweak: Vec<u8> = numerals[..first].iter().chain(&numerals[end..])
            .flat_map(|each| each.to_be_bytes()).collect();
        let oracle = FF1::<aes::Aes256>::new(&key, 10).unwrap();
        let sealed = oracle
            .encrypt(&tweak, &FlexibleNumeralString::from(numerals[first..end].to_vec()))
            .unwrap();
        let sealed: Vec<u16> = sealed.into();
        let expected: String = numerals[..first].iter().chain(&sealed).chain(&numerals[end..])
            .map(|each| char::from(b'0' + *each as u8)).collect();
        prop_assert_eq!(&token, &expected);
        prop_assert_eq!(fpe.decrypt(&token).unwrap(), digits);
    }
}

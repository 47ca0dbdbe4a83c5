//! What is no alphabet, no shape, no value and no token.
#![allow(clippy::unwrap_used, reason = "tests")]

use shape::{
    Alphabet, AlphabetError, Case, Irreversible, Luhn, Marker, Misfit, Outside, Parts, Shape,
    ShapeError, passes_luhn,
};

fn named(name: &str) -> Parts {
    Parts::of(Alphabet::named(name).unwrap())
}

fn error(parts: Parts) -> ShapeError {
    Shape::new(parts).unwrap_err()
}

#[test]
fn alphabets() {
    let radices = Alphabet::NAMES.map(|name| Alphabet::named(name).unwrap().radix());
    assert_eq!(radices, [10, 16, 16, 26, 26, 52, 62, 36, 114]);
    assert_eq!(Alphabet::named("Digits"), None);
    assert_eq!(
        Alphabet::of("a".chars()),
        Err(AlphabetError::Count { count: 1 })
    );
    assert_eq!(
        Alphabet::of("abca".chars()),
        Err(AlphabetError::Repeated { character: 'a' })
    );
    let many = || '\0'..=char::MAX;
    let all = Alphabet::of(many().take(65_536)).unwrap();
    assert_eq!(all.radix(), 65_536);
    assert_eq!(
        Alphabet::of(many().take(65_537)),
        Err(AlphabetError::Count { count: 65_537 })
    );
    for (numeral, character) in (0..=u16::MAX).zip(many()) {
        assert_eq!(all.numeral(character), Some(numeral));
        assert_eq!(all.character(numeral), Some(character));
    }
    assert_eq!(all.numeral(char::MAX), None);
    for character in Alphabet::named("latin1-letters").unwrap().characters() {
        assert!(
            character.is_alphabetic() && u32::from(*character) < 256,
            "{character}"
        );
    }
}

#[test]
fn shapes() {
    let marked = |parts: Parts, marker| Parts {
        marker: Some(marker),
        ..parts
    };
    let before = |text: &str| Marker::Before(text.into());
    let in_place = |text: &str| Marker::InPlace(text.into());
    assert_eq!(
        error(Parts {
            luhn: Luhn::Valid,
            ..named("hex")
        }),
        ShapeError::LuhnOfOther
    );
    let fold = |parts| Parts {
        case: Case::Fold,
        ..parts
    };
    assert_eq!(
        error(fold(named("letters"))),
        ShapeError::CasesOfOne { character: 'A' }
    );
    assert_eq!(
        error(marked(named("digits"), before(""))),
        ShapeError::MarkerEmpty
    );
    let in_alphabet = ShapeError::MarkerInAlphabet { character: '1' };
    assert_eq!(error(marked(named("digits"), before("T1"))), in_alphabet);
    let in_alphabet = ShapeError::MarkerInAlphabet { character: 'T' };
    assert_eq!(
        error(marked(fold(named("lower")), before("T"))),
        in_alphabet
    );
    let outside = ShapeError::MarkerOutsideAlphabet { character: 'T' };
    assert_eq!(error(marked(named("digits"), in_place("9T"))), outside);
    let kept = Parts {
        keep_first: 1,
        ..named("digits")
    };
    assert_eq!(
        error(marked(kept, in_place("9"))),
        ShapeError::MarkerOverKept
    );
    let short = Parts {
        keep_first: 6,
        keep_last: 4,
        min_length: Some(10),
        ..named("digits")
    };
    assert_eq!(
        error(short),
        ShapeError::NothingLeft {
            length: 10,
            least: 11
        }
    );
    let none = Parts {
        max_length: Some(5),
        min_length: Some(6),
        ..named("digits")
    };
    assert_eq!(error(none), ShapeError::Lengths { least: 6, most: 5 });
    let long = Parts {
        max_length: Some(257),
        ..named("digits")
    };
    assert_eq!(
        error(long),
        ShapeError::Lengths {
            least: 1,
            most: 257
        }
    );
}

#[test]
fn values_and_tokens() {
    let parts = Parts {
        min_length: Some(9),
        max_length: Some(9),
        outside: Outside::Keep,
        marker: Some(Marker::Before("#".into())),
        ..named("digits")
    };
    let shape = Shape::new(parts.clone()).unwrap();
    let value = |text| shape.split(text).map(drop);
    let token = |text| shape.split_token(text).map(drop);
    assert_eq!(value("123-45-6789"), Ok(()));
    assert_eq!(value("123-45-678"), Err(Misfit::TooShort { least: 9 }));
    assert_eq!(value("123-45-67890"), Err(Misfit::TooLong { most: 9 }));
    assert_eq!(token("#123-45-6789"), Ok(()));
    assert_eq!(token("123-45-6789"), Err(Misfit::NoMarker));
    assert_eq!(token("#123-45-678"), Err(Misfit::TooShort { least: 9 }));
    let strict = Shape::new(Parts {
        outside: Outside::Reject,
        ..parts.clone()
    })
    .unwrap();
    assert_eq!(strict.split("123-45-6789").unwrap_err(), Misfit::Outside);
    let mixed = Shape::new(Parts {
        case: Case::Fold,
        ..named("hex")
    })
    .unwrap();
    let lost = Misfit::Irreversible(Irreversible::CaseLost);
    assert_eq!(mixed.split("c0ffee").unwrap_err(), lost);
    assert_eq!(mixed.split_token("c0ffee").unwrap_err(), lost);
    let mut split = shape.split("123-45-6789").unwrap();
    if let Some(numeral) = split.numerals_mut().first_mut() {
        *numeral = 10;
    }
    assert_eq!(split.join(), Err(Misfit::Numeral));
}

#[test]
fn luhn_digits() {
    // the example of ISO/IEC 7812-1's formula in common use, and networks' published test numbers
    for number in [
        "79927398713",
        "4111 1111 1111 1111",
        "378282246310005",
        "6011-0009-9013-9424",
    ] {
        assert!(passes_luhn(number), "{number}");
    }
    assert!(!passes_luhn("79927398710") && !passes_luhn("") && !passes_luhn("no digit"));
    for (luhn, in_value, in_token) in [
        (Luhn::Ignore, false, false),
        (Luhn::Require, true, false),
        (Luhn::Valid, true, true),
    ] {
        let shape = Shape::new(Parts {
            luhn,
            ..named("digits")
        })
        .unwrap();
        let refused = |error: Option<Misfit>| error == Some(Misfit::Luhn);
        assert_eq!(refused(shape.split("4111111111111112").err()), in_value);
        assert_eq!(
            refused(shape.split_token("4111111111111112").err()),
            in_token
        );
    }
    let shape = Shape::new(Parts {
        luhn: Luhn::Invalid,
        ..named("digits")
    })
    .unwrap();
    // the right digit, and the right one plus one
    assert_eq!(
        shape.split_token("4111111111111111").unwrap_err(),
        Misfit::Luhn
    );
    assert_eq!(
        shape.split("4111111111111111").unwrap().join().unwrap(),
        "4111111111111112"
    );
}

#[test]
fn nothing_shows_a_value() {
    let shape = Shape::new(named("digits")).unwrap();
    let split = shape.split("4111111111111111").unwrap();
    assert_eq!(format!("{split:?}"), "Split { side: Value, .. }");
    let one = shape.split("41111x").unwrap_err();
    let other = shape.split("y2").unwrap_err();
    assert_eq!(
        (one.to_string(), one.code()),
        (other.to_string(), other.code())
    );
}

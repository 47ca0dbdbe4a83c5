//! Values to tokens and back, over random shapes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use proptest::prelude::*;
use shape::{
    Alphabet, CARD_FIRST_DIGIT, Case, Luhn, Marker, Misfit, Outside, Parts, Shape, passes_luhn,
};

/// What a cipher would do: shift every numeral, by its place and a key.
fn shift(numerals: &mut [u16], radix: u32, key: u32, forward: bool) {
    for (place, numeral) in (0..).zip(numerals) {
        let by = (key + 7 * place) % radix;
        let by = if forward { by } else { radix - by };
        *numeral = u16::try_from((u32::from(*numeral) + by) % radix).unwrap();
    }
}

fn token_of(shape: &Shape, value: &str, key: u32) -> Result<String, Misfit> {
    let mut split = shape.split(value)?;
    shift(split.numerals_mut(), shape.alphabet().radix(), key, true);
    split.join()
}

fn value_of(shape: &Shape, token: &str, key: u32) -> Result<String, Misfit> {
    let mut split = shape.split_token(token)?;
    shift(split.numerals_mut(), shape.alphabet().radix(), key, false);
    split.join()
}

fn alphabet() -> impl Strategy<Value = Alphabet> {
    let named = prop::sample::select(&Alphabet::NAMES[..]).prop_map(Alphabet::named);
    let list = prop::collection::btree_set(any::<char>(), 2..300).prop_shuffle_of();
    prop_oneof![named.prop_map(Option::unwrap), list]
}

trait ShuffleOf {
    fn prop_shuffle_of(self) -> BoxedStrategy<Alphabet>;
}

impl<S: Strategy<Value = std::collections::BTreeSet<char>> + 'static> ShuffleOf for S {
    fn prop_shuffle_of(self) -> BoxedStrategy<Alphabet> {
        let list = self.prop_map(Vec::from_iter).prop_shuffle();
        list.prop_map(|list| Alphabet::of(list).unwrap()).boxed()
    }
}

/// A text of `length` of the alphabet's characters, in either case where `fold`, with strangers
/// between them where `outside`.
fn text(shape: &Shape, fold: bool, outside: bool) -> impl Strategy<Value = String> + use<> {
    let alphabet = shape.alphabet().clone();
    let (least, _) = shape.lengths();
    let characters = alphabet.characters().to_vec();
    let one = (
        prop::sample::select(characters),
        any::<bool>(),
        0..4,
        any::<char>(),
    );
    prop::collection::vec(one, least..least + 20).prop_map(move |list| {
        let mut text = String::new();
        for (character, other, strange, stranger) in list {
            let capital = character.to_uppercase().to_string();
            match capital.chars().next() {
                Some(capital) if fold && other && capital.to_lowercase().eq([character]) => {
                    text.push(capital);
                }
                _ => text.push(character),
            }
            if outside && strange == 0 && !alphabet.characters().contains(&stranger) {
                text.push(stranger);
            }
        }
        text
    })
}

fn parts() -> impl Strategy<Value = Parts> {
    (
        alphabet(),
        0_usize..7,
        0_usize..5,
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(alphabet, keep_first, keep_last, keep, fold, marked)| {
            let outside = if keep { Outside::Keep } else { Outside::Reject };
            let case = if fold { Case::Fold } else { Case::AsIs };
            let marker = marked.then(|| Marker::Before("\u{e000}-".into()));
            Parts {
                keep_first,
                keep_last,
                outside,
                case,
                marker,
                ..Parts::of(alphabet)
            }
        })
}

fn shape_and_value() -> impl Strategy<Value = (Parts, Shape, String)> {
    let shapes = parts().prop_filter_map("case needs letters", |parts| {
        let shape = Shape::new(parts.clone()).ok()?;
        shape.irreversible().is_none().then_some((parts, shape))
    });
    shapes.prop_flat_map(|(parts, shape)| {
        let fold = parts.case == Case::Fold;
        let value = text(&shape, fold, parts.outside == Outside::Keep);
        (Just(parts), Just(shape), value)
    })
}

fn luhn() -> impl Strategy<Value = Luhn> {
    prop::sample::select(&[Luhn::Require, Luhn::Valid, Luhn::Invalid][..])
}

/// A card-shaped value whose Luhn digit is right, in groups of four or in one.
fn card() -> impl Strategy<Value = String> {
    (prop::collection::vec(0_u8..10, 11..19), any::<bool>()).prop_map(|(digits, grouped)| {
        let mut text = String::new();
        for (place, digit) in digits.iter().enumerate() {
            if grouped && place > 0 && place % 4 == 0 {
                text.push('-');
            }
            text.push(char::from(b'0' + digit));
        }
        let check = (0..10).map(|check| format!("{text}{check}"));
        check.into_iter().find(|text| passes_luhn(text)).unwrap()
    })
}

proptest! {
    #[test]
    fn tokens_lead_back((parts, shape, value) in shape_and_value(), key in 1_u32..1_000_000) {
        let token = token_of(&shape, &value, key).unwrap();
        prop_assert_eq!(value_of(&shape, &token, key).unwrap(), value.clone());
        let stripped = match parts.marker {
            Some(_) => token.strip_prefix("\u{e000}-").unwrap(),
            None => token.as_str(),
        };
        // what is kept, and what is no part of the alphabet, is where it was
        let known = |character: char| {
            let own = shape.alphabet().numeral(character).is_some();
            let lower = || character.to_lowercase().find_map(|each| shape.alphabet().numeral(each));
            let upper = || character.to_uppercase().find_map(|each| shape.alphabet().numeral(each));
            own || parts.case == Case::Fold && (lower().is_some() || upper().is_some())
        };
        let length = value.chars().filter(|&each| known(each)).count();
        prop_assert_eq!(stripped.chars().count(), value.chars().count());
        let mut place = 0;
        for (was, is) in value.chars().zip(stripped.chars()) {
            let kept = place < parts.keep_first || place + parts.keep_last >= length;
            if !known(was) || kept {
                prop_assert_eq!(was, is);
            }
            if parts.case == Case::Fold && known(was) {
                prop_assert_eq!(was.is_lowercase(), is.is_lowercase());
            }
            place += usize::from(known(was));
        }
    }

    #[test]
    fn card_tokens_lead_back(value in card(), luhn in luhn(), first in 0_usize..7, last in 0_usize..5, key in 1_u32..1_000_000) {
        let digits = Alphabet::named("digits").unwrap();
        let parts = Parts { keep_first: first, keep_last: last, outside: Outside::Keep, luhn, ..Parts::of(digits) };
        let shape = Shape::new(parts).unwrap();
        let token = token_of(&shape, &value, key).unwrap();
        match luhn {
            Luhn::Valid => prop_assert!(passes_luhn(&token)),
            Luhn::Invalid => {
                prop_assert!(!passes_luhn(&token));
                prop_assert_ne!(&token, &value);
            }
            Luhn::Ignore | Luhn::Require => {}
        }
        prop_assert_eq!(value_of(&shape, &token, key).unwrap(), value);
    }

    #[test]
    fn a_marker_takes_the_check_digit_s_room(value in card(), last in 0_usize..5, key in 1_u32..1_000_000) {
        let digits = Alphabet::named("digits").unwrap();
        let marker = Some(Marker::InPlace(CARD_FIRST_DIGIT.into()));
        let parts = Parts { keep_last: last, outside: Outside::Keep, luhn: Luhn::Require, marker, ..Parts::of(digits) };
        let shape = Shape::new(parts).unwrap();
        prop_assert_eq!(shape.irreversible(), None);
        let token = token_of(&shape, &value, key).unwrap();
        prop_assert!(token.starts_with('0'));
        prop_assert_eq!(token.len(), value.len());
        prop_assert_eq!(&token[token.len() - last..], &value[value.len() - last..]);
        prop_assert_eq!(value_of(&shape, &token, key).unwrap(), value);
        let other = format!("9{}", &token[1..]);
        prop_assert_eq!(value_of(&shape, &other, key), Err(Misfit::NoMarker));
    }

    /// Nothing panics, and what is taken for a token leads to a value that leads to it again.
    #[test]
    fn any_text_is_taken_or_refused((_, shape, value) in shape_and_value(), text: String, key in 1_u32..1_000_000) {
        let marked = format!("\u{e000}-{value}");
        for text in [text, value, marked] {
            if let Ok(value) = value_of(&shape, &text, key) {
                prop_assert_eq!(&token_of(&shape, &value, key).unwrap(), &text);
            }
            if let Ok(token) = token_of(&shape, &text, key) {
                prop_assert_eq!(value_of(&shape, &token, key).unwrap(), text);
            }
        }
    }
}

/// Of ten texts that are no tokens, nine decrypt to no value.
#[test]
fn a_required_digit_tells_tokens_from_others() {
    let digits = Alphabet::named("digits").unwrap();
    let shape = Shape::new(Parts {
        luhn: Luhn::Require,
        ..Parts::of(digits)
    })
    .unwrap();
    let taken = (0..10_000).filter(|number| value_of(&shape, &format!("{number:08}"), 5).is_ok());
    assert_eq!(taken.count(), 1_000);
}

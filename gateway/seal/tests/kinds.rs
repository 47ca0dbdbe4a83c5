//! Kinds that are made at once: what they make of values, and what they refuse.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests"
)]

mod support;

use policies::{Policy, compile_policy};
use record::{KeyId, ValueType};
use seal::{Batch, Material, Replacement, SealError, Sealer, SecretKey, SetupError, Tokens};
use std::collections::HashSet;
use support::{block_on, material, veilgate};

const CLASSES: &str = r#"
  siv: { kind: siv, key: joins }
  card: { kind: fpe, key: joins, alphabet: digits, outside: keep, keep_last: 4, luhn: valid, min_length: 12, misfit: other }
  strict: { kind: fpe, key: joins, alphabet: digits }
  hex: { kind: hmac, key: joins }
  short: { kind: hmac, key: joins, output: hex, length: 16 }
  url: { kind: hmac, key: joins, output: base64url }
  digits: { kind: hmac, key: joins, output: digits, length: 12 }
  uuid: { kind: hmac, key: joins, output: uuid }
  integer: { kind: hmac, key: joins, output: integer }
  old: { kind: hmac, key: joins, key_version: 1 }
  born: { kind: date, key: joins, max_days: 3 }
  year: { kind: bucket, unit: quarter }
  tens: { kind: bucket, width: 10 }
  floor: { kind: bucket, edges: [18, 65], output: floor }
  ages: { kind: bucket, edges: [-5, 18, 65] }
  last4: { kind: mask, keep_last: 4, separators: true }
  fixed: { kind: mask, keep_first: 1, length: 3, with: "•" }
  all: { kind: mask }
  gone: { kind: redact }
  constant: { kind: redact, constant: "<&\">" }
  none: { kind: redact, replace: drop }
  other: { kind: siv, key: joins }
"#;

fn secret(version: u16, byte: u8) -> SecretKey {
    SecretKey::new(KeyId::new("joins", version), &veilgate(), &[byte; 32]).unwrap()
}

fn with_secrets() -> Material {
    let secrets = vec![secret(1, 1), secret(2, 2)];
    Material {
        secrets,
        ..material()
    }
}

struct Kinds {
    policy: Policy,
    sealer: Sealer,
}

impl Kinds {
    fn new() -> Self {
        let policy =
            format!("version: 1\nclasses:{CLASSES}rules: [ {{ select: $.a, class: siv }} ]\n");
        let policy = compile_policy("policy.yaml", &policy).unwrap();
        let sealer = Sealer::new(&policy, with_secrets()).unwrap();
        Self { policy, sealer }
    }

    fn try_make(
        &self,
        tenant: &str,
        class: &str,
        value_type: ValueType,
        value: &str,
    ) -> Result<String, SealError> {
        let mut batch = Batch::for_tenant(tenant);
        batch.push(
            self.policy.class_named(class).unwrap(),
            value_type,
            value.as_bytes(),
        );
        let mut tokens = Tokens::new();
        block_on(self.sealer.prepare(&mut batch))?;
        self.sealer.seal_batch(&mut batch, &mut tokens)?;
        assert_eq!(tokens.len(), 1);
        let made = tokens.iter().next().unwrap();
        Ok(match made {
            Replacement::Made(token) => str::from_utf8(token).unwrap().to_owned(),
            Replacement::Text(text) => format!("text {text}"),
            Replacement::Number(number) => format!("number {number}"),
            Replacement::Null => "null".to_owned(),
            Replacement::Kept => "kept".to_owned(),
        })
    }

    fn make(&self, class: &str, value: &str) -> String {
        self.try_make("", class, ValueType::Text, value).unwrap()
    }

    fn number(&self, class: &str, value: &str) -> String {
        self.try_make("", class, ValueType::Number, value).unwrap()
    }

    fn refused(&self, class: &str, value: &str) -> String {
        match self.try_make("", class, ValueType::Text, value) {
            Err(error @ SealError::Unfit { .. }) => {
                assert!(!error.is_retryable());
                assert_eq!(error.code(), "value-unfit");
                error.to_string()
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_same_value_gets_the_same_token_and_only_there() {
    let kinds = Kinds::new();
    for class in ["siv", "strict", "hex", "url", "digits", "uuid", "integer"] {
        let value = "123456789";
        let token = kinds.make(class, value);
        assert_eq!(token, kinds.make(class, value), "{class}");
        assert_ne!(token, kinds.make(class, "123456780"), "{class}");
        let tenant = |tenant| {
            kinds
                .try_make(tenant, class, ValueType::Text, value)
                .unwrap()
        };
        assert_eq!(tenant("a"), tenant("a"), "{class}");
        let tokens: HashSet<_> = [token, tenant("a"), tenant("b")].into();
        assert_eq!(tokens.len(), 3, "{class}");
    }
    // another class is another key, and so is another version
    assert_ne!(kinds.make("hex", "a"), kinds.make("old", "a"));
    assert_ne!(kinds.make("siv", "a"), kinds.make("other", "a"));
}

#[test]
fn hmacs_are_written_as_their_class_says() {
    let kinds = Kinds::new();
    let hex = kinds.make("hex", "ada@example.com");
    assert!(hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(kinds.make("short", "x").len(), 16);
    assert_eq!(kinds.make("url", "x").len(), 43);
    let digits = kinds.make("digits", "x");
    assert!(digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let uuid = kinds.make("uuid", "x");
    assert_eq!((uuid.len(), &uuid[14..15]), (36, "8"));
    assert!("89ab".contains(&uuid[19..20]));
    let integer = kinds.make("integer", "x");
    let integer: i64 = integer.strip_prefix("number ").unwrap().parse().unwrap();
    assert!(integer >= 0);
    // a number is joined with its text
    assert_eq!(kinds.number("hex", "42"), kinds.make("hex", "42"));
}

#[test]
fn siv_tokens_are_recognized_where_they_belong() {
    let kinds = Kinds::new();
    let token = kinds.make("siv", "ada@example.com");
    assert!(token.starts_with("~vg1.") && token.len() < 100, "{token}");
    assert_eq!(kinds.make("siv", &token), "kept");
    assert_ne!(kinds.make("other", &token), "kept");
    let tenant = kinds.try_make("a", "siv", ValueType::Text, &token).unwrap();
    assert_ne!(tenant, "kept");
    // the type is bound
    assert_ne!(kinds.number("siv", "42"), kinds.make("siv", "42"));
    // a bit more or less is a value like any other
    for place in 6..token.len() - 1 {
        let mut altered = token.clone().into_bytes();
        altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        if altered != token {
            assert_ne!(kinds.make("siv", &altered), "kept", "{place}");
        }
    }
}

#[test]
fn cards_stay_cards_and_what_is_none_goes_elsewhere() {
    let kinds = Kinds::new();
    let token = kinds.make("card", "4111-1111-1111-1111");
    assert!(
        token.starts_with("text ") && token.ends_with("-1111"),
        "{token}"
    );
    assert!(shape::passes_luhn(&token[5..]));
    for misfit in ["4111-1111-1111-1112", "", "no card at all", "1234"] {
        assert!(kinds.make("card", misfit).starts_with("~vg1."), "{misfit}");
    }
    // a number has no token of its own form
    assert!(
        kinds
            .number("card", "4111111111111111")
            .starts_with("~vg1.")
    );
    let refused = kinds.refused("strict", "12-34567");
    assert!(
        refused.contains("class strict") && refused.contains("misfit"),
        "{refused}"
    );
    assert!(!refused.contains("34567"));
    kinds.refused("strict", "12345");
}

#[test]
fn dates_move_together() {
    let kinds = Kinds::new();
    let day = |token: &str| token[13..15].parse::<i32>().unwrap();
    let (one, two) = (
        kinds.make("born", "1984-03-10"),
        kinds.make("born", "1984-03-20"),
    );
    assert_eq!(day(&two) - day(&one), 10);
    assert!((1..=3).contains(&(day(&one) - 10).abs()), "{one}");
    assert!(
        kinds
            .number("born", "19840310")
            .starts_with("number 198403")
    );
    kinds.refused("born", "yesterday");
    let shifts: HashSet<_> = ["a", "b", "c", "d", "e", "f"]
        .map(|tenant| {
            kinds
                .try_make(tenant, "born", ValueType::Text, "1984-03-10")
                .unwrap()
        })
        .into();
    assert!(shifts.len() > 1, "tenants have shifts of their own");
}

#[test]
fn ranges() {
    let kinds = Kinds::new();
    for (class, value, expected) in [
        ("tens", "37", "text 30-39"),
        ("tens", "30", "text 30-39"),
        ("tens", "39.99", "text 30-39"),
        ("tens", "-0.5", "text -10 to -1"),
        ("tens", "-10", "text -10 to -1"),
        ("tens", "0", "text 0-9"),
        ("floor", "18", "number 18"),
        ("floor", "64", "number 18"),
        ("floor", "99", "number 65"),
        ("ages", "-6", "text <-5"),
        ("ages", "-5", "text -5 to 17"),
        ("ages", "64", "text 18-64"),
        ("ages", "65", "text 65+"),
        ("year", "1984-09-30", "text 1984-Q3"),
        ("year", "1 Oct 1984", "text 1984-Q4"),
    ] {
        assert_eq!(kinds.make(class, value), expected, "{class} {value}");
        if class != "year" {
            assert_eq!(kinds.number(class, value), expected, "{class} {value}");
        }
    }
    kinds.refused("floor", "17");
    for value in [
        "",
        "x",
        "1e3",
        "1,5",
        "+1",
        "--1",
        ".5",
        "5.",
        "1234567890123456789",
    ] {
        kinds.refused("tens", value);
    }
}

#[test]
fn masks_and_what_is_redacted() {
    let kinds = Kinds::new();
    for (class, value, expected) in [
        ("last4", "4111-1111-1111-1234", "text ****-****-****-1234"),
        ("last4", "12345", "text *2345"),
        ("last4", "1234", "text ****"),
        ("last4", "", "text "),
        ("last4", "--!!--", "text **!!--"),
        ("last4", "$$$", "text ***"),
        ("fixed", "Jöhn", "text J•••"),
        ("fixed", "J", "text •••"),
        ("fixed", "", "text "),
        ("all", "a b", "text ***"),
        ("all", "Zoë", "text ***"),
        ("gone", "x", "text [gone]"),
        ("constant", "x", "text <&\">"),
        ("none", "x", "null"),
    ] {
        assert_eq!(kinds.make(class, value), expected, "{class} {value}");
    }
    assert_eq!(kinds.number("all", "12"), "text **");
}

#[test]
fn a_key_that_was_not_unwrapped_is_told_by_name() {
    let of = |class: &str| {
        let policy = format!(
            "version: 1\nclasses: {{ a: {{ {class} }} }}\nrules: [ {{ select: $.a, class: a }} ]\n"
        );
        let policy = compile_policy("policy.yaml", &policy).unwrap();
        Sealer::new(&policy, with_secrets()).err()
    };
    let missing = |key: &str| {
        Some(SetupError::NoSecret {
            class: "a".into(),
            key: key.into(),
        })
    };
    assert_eq!(of("kind: hmac, key: others"), missing("others"));
    assert_eq!(
        of("kind: siv, key: joins, key_version: 3"),
        missing("joins version 3")
    );
    assert_eq!(of("kind: siv, key: joins, key_version: 2"), None);
}

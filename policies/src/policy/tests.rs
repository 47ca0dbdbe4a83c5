//! The compiled policy, and its check against a key ring. Faults of the file: `tests/diagnostics`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use super::{JsonLimits, Misfit, OnNull, compile_policy};
use crate::{Code, compile_key_ring};

const POLICY: &str = r#"
version: 1
classes:
  ssn: { kind: rsa, key: identity, too_long: long }
  long: { kind: envelope, key: payments }
rules:
  - select: ["$.customer.ssn", "$..ssn"]
    class: ssn
  - name: notes
    select: $..note
    class: long
    "null": tokenize
malformed: { status: 422 }
json: { max_depth: 7, max_key_bytes: 1KiB }
"#;

#[test]
fn for_tokens_only_places_select_and_values_may_be_longer() {
    let yaml = POLICY.replace("    class: ssn\n", "    detect: us-ssn\n    class: ssn\n");
    let policy = compile_policy("policy.yaml", &yaml).unwrap();
    assert_eq!(policy.rules()[0].places.detect.len(), 1);
    let longer = policy.clone().for_tokens(3 << 20);
    assert!(longer.rules()[0].places.detect.is_empty());
    assert_eq!(longer.rules()[0].places.selectors.len(), 2);
    assert_eq!(longer.rules().len(), policy.rules().len());
    for limit in [
        longer.json().max_value_bytes,
        longer.json().max_buffer_bytes,
        longer.csv().max_field_bytes,
        longer.form().max_value_bytes,
        longer.xml().max_value_bytes,
    ] {
        assert_eq!(limit, 3 << 20);
    }
    assert_eq!(longer.json().max_depth, 7);
    let same = policy.clone().for_tokens(1);
    assert_eq!(same.json(), policy.json());
}

#[test]
fn compiled() {
    let policy = compile_policy("policy.yaml", POLICY).unwrap();
    let [ssn, long] = policy.classes() else {
        panic!("two classes")
    };
    assert_eq!((ssn.name.as_str(), ssn.kind.name()), ("ssn", "rsa"));
    assert_eq!(ssn.kind.public_key().unwrap().as_str(), "identity");
    assert!(ssn.kind.symmetric_key().is_none());
    let Misfit::Use(stand_in) = ssn.misfit else {
        panic!("a stand-in")
    };
    assert_eq!(policy.class(stand_in).name, long.name);
    assert_eq!(
        (long.kind.name(), long.misfit),
        ("envelope", Misfit::Reject)
    );
    assert_eq!(policy.class_named("long"), Some(stand_in));
    assert_eq!(policy.class_named("pan"), None);

    let [first, notes] = policy.rules() else {
        panic!("two rules")
    };
    assert_eq!((first.name.as_str(), first.null), ("rule 1", OnNull::Pass));
    let texts: Vec<_> = first
        .places
        .selectors
        .iter()
        .map(|selector| selector.text())
        .collect();
    assert_eq!(texts, ["$.customer.ssn", "$..ssn"]);
    assert_eq!(
        (notes.name.as_str(), notes.null),
        ("notes", OnNull::Tokenize)
    );
    assert_eq!(notes.class.index(), 1);

    let limits = JsonLimits {
        max_depth: 7,
        max_key_bytes: 1024,
        ..JsonLimits::default()
    };
    assert_eq!(*policy.json(), limits);
    assert_eq!(policy.malformed_status(), 422);
    assert!(policy.warnings().is_empty());
}

#[test]
fn keys_are_checked_against_the_ring() {
    let policy = compile_policy("policy.yaml", POLICY).unwrap();
    let good = "version: 1\nkeys:\n  payments: { versions: [ { version: 1, kms_key: a } ] }\n  identity: { format: original, prefix: '#', suffix: '#', versions: [ { version: 1, kms_key: a } ] }\n";
    let ring = compile_key_ring("keys.yaml", good).unwrap();
    assert_eq!(policy.check_keys(&ring), Ok(()));

    let ring = good
        .replace("payments", "payment")
        .replace("identity", "payments");
    let ring = compile_key_ring("keys.yaml", &ring).unwrap();
    let refused = policy.check_keys(&ring).unwrap_err();
    let said: Vec<_> = refused
        .iter()
        .map(|each| (each.code, each.offending()))
        .collect();
    assert_eq!(
        said,
        [
            (Code::UnknownKey, "identity"),
            (Code::FormatWithoutKind, "payments")
        ]
    );
    assert_eq!(refused.as_slice()[0].place.line, 4);

    let ring = compile_key_ring("keys.yaml", &good.replace("identity", "identiy")).unwrap();
    let refused = policy.check_keys(&ring).unwrap_err();
    assert_eq!(refused.as_slice()[0].help, "did you mean `identiy`?");
}

#[test]
fn kinds_need_keys_of_their_sort() {
    let policy = "version: 1\nclasses:\n  a: { kind: siv, key: public }\n  b: { kind: envelope, key: wrapped }\n  c: { kind: hmac, key: wrapped, key_version: 3 }\n  d: { kind: vault, key: public, format: uuid, index_key: wrapped }\nrules: [ { select: $.a, class: a } ]\n";
    let policy = compile_policy("policy.yaml", policy).unwrap();
    let ring = "version: 1\nkeys:\n  public: { versions: [ { version: 1, kms_key: a } ] }\n  wrapped: { versions: [ { version: 2, kms_key: b, wrapped_key: b.wrapped } ] }\n";
    let ring = compile_key_ring("keys.yaml", ring).unwrap();
    let refused = policy.check_keys(&ring).unwrap_err();
    let said: Vec<_> = refused
        .iter()
        .map(|each| (each.code, each.place.line))
        .collect();
    assert_eq!(
        said,
        [
            (Code::KeySort, 3),
            (Code::KeySort, 4),
            (Code::UnknownKey, 5)
        ]
    );
    assert_eq!(
        refused.as_slice()[2].message,
        "the key `wrapped` has no version 3"
    );
}

fn faults(classes: &str, keys: &str) -> Vec<(Code, usize)> {
    let rules = "rules: [ { select: $.a, class: a } ]\n";
    let policy = format!("version: 1\nclasses:\n{classes}{rules}");
    let policy = compile_policy("policy.yaml", &policy).unwrap();
    let ring = compile_key_ring("keys.yaml", &format!("version: 1\nkeys:\n{keys}")).unwrap();
    let refused = policy.check_keys(&ring).err();
    let refused = refused.iter().flatten();
    refused.map(|each| (each.code, each.place.line)).collect()
}

#[test]
fn a_mac_key_is_for_hmac_only() {
    let classes = "  a: { kind: hmac, key: names }\n  b: { kind: siv, key: names }\n  c: { kind: date, key: names }\n  d: { kind: envelope, key: names }\n";
    let keys = "  names: { versions: [ { version: 1, mac_key: m } ] }\n";
    let expected = [4, 5, 6].map(|line| (Code::KeySort, line));
    assert_eq!(faults(classes, keys), expected);
}

#[test]
fn a_view_and_its_value_have_no_kms_key_in_common() {
    let classes = "  a: { kind: envelope, key: pay, views: { v: { key: view, keep_last: 4 } } }\n";
    let view = |kms_key: &str| {
        format!(
            "  pay: {{ versions: [ {{ version: 1, kms_key: one }}, {{ version: 2, kms_key: two }} ] }}\n  view: {{ versions: [ {{ version: 1, kms_key: {kms_key} }} ] }}\n"
        )
    };
    assert_eq!(faults(classes, &view("three")), []);
    assert_eq!(faults(classes, &view("one")), [(Code::KindSetting, 3)]);
}

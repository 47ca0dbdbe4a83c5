//! The compiled key ring. Faults of the file: `tests/diagnostics`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::framing::{check_prefix, check_suffix};
use super::{
    AliasPattern, Key, KeyDraft, KeySort, KeySource, TokenFormat, compile_key_ring, draft_key_ring,
    encryption_context,
};
use crate::diagnostic::Code;
use crate::name::KeyName;
use proptest::prelude::*;
use record::{Encoding, Framing};
use std::path::Path;

const RING: &str = r##"
version: 1
keys:
  payments:
    versions:
      - { version: 12, kms_key: alias/new }
      - { version: 3, kms_key: alias/old, public_key: pem/payments.3.pem }
  legacy:
    format: original
    prefix: "#01#"
    suffix: "#10#"
    versions: [ { version: 1, kms_key: alias/legacy, public_key: /etc/legacy.pem } ]
  joins:
    versions:
      - { version: 2, kms_key: alias/joins, wrapped_key: joins-2.wrapped }
      - { version: 1, kms_key: alias/joins, wrapped_key: /etc/joins-1.wrapped }
  names:
    versions: [ { version: 1, mac_key: alias/names } ]
signers:
  edge:
    versions:
      - { version: 2, kms_key: alias/signer }
      - { version: 1, public_key: signer.1.pem }
"##;

#[test]
fn compiled() {
    let ring = compile_key_ring("conf/keys.yaml", RING).unwrap();
    let payments = ring.key("payments").unwrap();
    assert_eq!(
        payments.format,
        TokenFormat::Veilgate {
            prefix: "~vg1.".into(),
            suffix: "~".into()
        }
    );
    let versions: Vec<_> = payments.versions.iter().map(|each| each.version).collect();
    assert_eq!(versions, [3, 12], "ascending");
    assert_eq!(payments.newest().kms_key, "alias/new");
    assert_eq!(payments.newest().source, KeySource::Public(None));
    let path = payments.version(3).and_then(|each| each.public_key());
    assert_eq!(
        path,
        Some(Path::new("conf/pem/payments.3.pem")),
        "joined to the file's folder"
    );
    assert_eq!(payments.version(4), None);

    let legacy = ring.key("legacy").unwrap();
    assert_eq!(
        (legacy.format.prefix(), legacy.format.suffix()),
        ("#01#", "#10#")
    );
    assert!(matches!(legacy.format, TokenFormat::Original { .. }));
    assert_eq!(
        legacy.newest().public_key(),
        Some(Path::new("/etc/legacy.pem"))
    );

    let joins = ring.key("joins").unwrap();
    let sorts = [payments, legacy, joins, ring.key("names").unwrap()].map(Key::sort);
    let expected = [
        KeySort::Public,
        KeySort::Public,
        KeySort::Wrapped,
        KeySort::Mac,
    ];
    assert_eq!(sorts, expected);
    let names = ring.key("names").unwrap().newest();
    assert_eq!(
        (names.kms_key.as_str(), &names.source),
        ("alias/names", &KeySource::Mac)
    );
    let files: Vec<_> = joins
        .versions
        .iter()
        .map(|each| each.wrapped_key())
        .collect();
    let expected = ["/etc/joins-1.wrapped", "conf/joins-2.wrapped"];
    assert_eq!(files, expected.map(|path| Some(Path::new(path))));
    assert_eq!(joins.newest().public_key(), None);

    let edge = ring.signer("edge").unwrap();
    let signs: Vec<_> = edge
        .versions
        .iter()
        .map(|each| each.kms_key.as_deref())
        .collect();
    assert_eq!(signs, [None, Some("alias/signer")]);
    assert_eq!(
        edge.version(1).and_then(|each| each.public_key.as_deref()),
        Some(Path::new("conf/signer.1.pem"))
    );
    assert!(ring.key("edge").is_none() && ring.signer("payments").is_none());
    assert_eq!((ring.keys().len(), ring.signers().len()), (4, 1));
}

/// Wrapped keys on file and key policies depend on these very names.
#[test]
fn the_encryption_context_never_changes() {
    let context = encryption_context(&KeyName::new("joins").unwrap(), 12);
    let context = context.map(|(name, value)| format!("{name}={value}"));
    assert_eq!(context, ["veilgate-key=joins", "veilgate-version=12"]);
}

/// The finder of tokens refuses and takes the very same marks.
fn agree(prefix: &str, suffix: &str) {
    for (encoding, original) in [(Encoding::Veilgate, false), (Encoding::Original, true)] {
        let ours = check_prefix(prefix, original).and(check_suffix(suffix, original));
        let theirs = Framing::new(prefix, suffix, encoding);
        assert_eq!(
            ours.is_ok(),
            theirs.is_ok(),
            "{prefix:?} {suffix:?} {ours:?} {theirs:?}"
        );
    }
}

#[test]
fn the_rule_is_that_of_record_for_every_short_mark() {
    let all: Vec<String> = (0..=0xFF)
        .map(|byte: u8| char::from(byte).to_string())
        .collect();
    for mark in &all {
        agree(mark, "~");
        agree("~", mark);
        agree(&format!("a{mark}"), "~");
        agree("~", &format!("{mark}a"));
    }
}

proptest! {
    #[test]
    fn the_rule_is_that_of_record(prefix in "[ -~é]{0,3}|~{30,34}", suffix in "[ -~é]{0,3}|~{30,34}") {
        agree(&prefix, &suffix);
    }
}

#[test]
fn an_alias_has_the_number_of_one_version() {
    let pattern = AliasPattern::new("alias/veilgate-payments-*").unwrap();
    for (number, version) in [("1", 1), ("10", 10), ("65535", 65535)] {
        let alias = format!("alias/veilgate-payments-{number}");
        assert_eq!(pattern.version(&alias), Some(version));
        assert_eq!(pattern.alias(version), alias);
    }
    for number in ["0", "01", "65536", "99999999999999999999"] {
        let alias = format!("alias/veilgate-payments-{number}");
        assert_eq!(pattern.version(&alias), None);
        assert!(pattern.almost(&alias), "{alias}");
    }
    for alias in [
        "alias/veilgate-payments-",
        "alias/veilgate-payments-1a",
        "alias/veilgate-payments-+1",
        "alias/veilgate-payment-1",
        "xalias/veilgate-payments-1",
    ] {
        assert_eq!(pattern.version(alias), None, "{alias}");
        assert!(!pattern.almost(alias), "{alias}");
    }
    assert_eq!(pattern.to_string(), "alias/veilgate-payments-*");
}

#[test]
fn a_pattern_is_the_beginning_of_an_alias_and_one_star() {
    let longest = format!("alias/{}*", "a".repeat(245));
    for good in ["alias/a*", "alias/x/y_z-*", "alias/aws-*", &longest] {
        assert!(AliasPattern::new(good).is_some(), "{good}");
    }
    let longer = format!("alias/{}*", "a".repeat(246));
    let bad = [
        "",
        "*",
        "alias/*",
        "alias/a",
        "alias/a*b",
        "alias/a**",
        "a-*",
        "alias/a1*",
        "alias/aws/a-*",
        "alias/a.*",
        "alias/é*",
        "arn:aws:kms:us-east-1:1:alias/a-*",
        &longer,
    ];
    for bad in bad {
        assert!(AliasPattern::new(bad).is_none(), "{bad}");
    }
}

#[test]
fn a_draft_may_wait_for_versions_and_a_ring_may_not() {
    let yaml = "version: 1\nkeys:\n  p: { versions_by_alias: alias/p-* }\n  \
                q: { versions_by_alias: alias/q-*, versions: [ { version: 2, mac_key: m } ] }\n";
    let draft = draft_key_ring("conf/keys.yaml", yaml).unwrap();
    let sorts: Vec<_> = draft.keys().iter().map(KeyDraft::sort).collect();
    assert_eq!(sorts, [None, Some(KeySort::Mac)]);
    let pattern = draft.key("p").unwrap().versions_by_alias.as_ref();
    assert_eq!(pattern, AliasPattern::new("alias/p-*").as_ref());
    let refused = compile_key_ring("conf/keys.yaml", yaml).unwrap_err();
    let [only] = refused.as_slice() else {
        panic!("{refused}");
    };
    assert_eq!(only.code, Code::VersionsToSync);
    assert!(
        only.help
            .contains("veilgate keys sync --ring conf/keys.yaml")
    );
    let synced = yaml.replace(
        "alias/p-*",
        "alias/p-*, versions: [ { version: 1, kms_key: a } ]",
    );
    assert_eq!(
        compile_key_ring("conf/keys.yaml", &synced)
            .unwrap()
            .keys()
            .len(),
        2
    );
}

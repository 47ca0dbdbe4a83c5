//! The registry, near names, and the offending text.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::{Code, Place, Severity, nearest};
use crate::yaml::Source;
use std::collections::HashSet;

#[test]
fn codes_are_distinct_and_of_one_form() {
    let mut seen = HashSet::new();
    for code in Code::ALL {
        let text = code.as_str();
        let digits = text.strip_prefix("VG").unwrap();
        assert!(
            digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()),
            "{text}"
        );
        assert!(seen.insert(text), "{text} stands twice");
    }
}

/// `docs/error-codes.md` has a row for each code.
#[test]
fn codes_are_documented() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/error-codes.md");
    let page = std::fs::read_to_string(page).unwrap();
    for code in Code::ALL {
        assert!(page.contains(&format!("| `{code}` |")), "{code} has no row");
    }
}

#[test]
fn near_names() {
    let known = ["select", "class", "name", "null"];
    let cases = [
        ("selects", Some("select")),
        ("slect", Some("select")),
        ("clsas", Some("class")),
        ("Class", Some("class")),
        ("nul", Some("null")),
        ("colour", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(nearest(text, known), expected, "{text}");
    }
}

#[test]
fn offending_text_counts_characters() {
    let source = Source::new("f", "größe: klein\n");
    let at = |column, length| {
        let place = Place {
            line: 1,
            column,
            length,
        };
        let made = source.diagnostic(Severity::Error, Code::Setting, place, "m", "h");
        made.offending().to_owned()
    };
    assert_eq!(at(1, 5), "größe");
    assert_eq!(at(8, 5), "klein");
    assert_eq!(at(8, 500), "klein");
    assert_eq!(at(90, 5), "");
    assert_eq!(at(3, 0), "");
}

#[test]
fn tabs_do_not_move_the_caret() {
    let source = Source::new("f", "\tgröße:\tx\n");
    let place = Place {
        line: 1,
        column: 9,
        length: 1,
    };
    let shown = source
        .diagnostic(Severity::Warning, Code::Setting, place, "m", "h")
        .to_string();
    assert_eq!(
        shown,
        "warning[VG0301]: m\n  --> f:1:9\n   |\n 1 |  größe: x\n   |         ^\n   = help: h\n"
    );
}

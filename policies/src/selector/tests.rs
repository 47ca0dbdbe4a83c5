//! The compliance suite, jsonpath-rust's parser as another reading, and what the suite leaves out.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use super::Selector;
use jsonpath_rust::parser::parse_json_path;
use proptest::prelude::*;
use std::path::{Path, PathBuf};

/// `shared/vectors/jsonpath/cts.json` in a folder above this crate.
fn suite() -> Option<PathBuf> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    above
        .map(|folder| folder.join("shared/vectors/jsonpath/cts.json"))
        .find(|path| path.exists())
}

#[test]
fn compliance_suite() {
    let Some(path) = suite() else {
        println!("skipped: shared/vectors/jsonpath/cts.json is not here");
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let suite: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cases = suite["tests"].as_array().unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let selector = case["selector"].as_str().unwrap();
        let invalid = case["invalid_selector"].as_bool().unwrap_or(false);
        match Selector::parse(selector) {
            Ok(_) if invalid => wrong.push(format!("accepted: {selector:?} ({})", case["name"])),
            Err(error) if !invalid => wrong.push(format!("refused: {selector:?}: {error:?}")),
            Err(error) => assert!(error.offset <= selector.chars().count()),
            Ok(parsed) => assert_eq!(parsed.text(), selector),
        }
    }
    assert!(cases.len() > 600, "the suite has {} cases", cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn where_both_accept_both_read_the_same() {
    let Some(path) = suite() else {
        println!("skipped: shared/vectors/jsonpath/cts.json is not here");
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let suite: serde_json::Value = serde_json::from_str(&text).unwrap();
    for case in suite["tests"].as_array().unwrap() {
        let selector = case["selector"].as_str().unwrap();
        if let (Ok(ours), Ok(theirs)) = (Selector::parse(selector), parse_json_path(selector)) {
            assert_eq!(*ours.query(), theirs, "{selector:?}");
        }
    }
}

#[test]
fn refused_with_place_and_advice() {
    let cases = [
        ("", 0, "the selector ends too early"),
        (" $", 0, "a space cannot stand here"),
        ("$ ", 1, "a space cannot stand here"),
        ("$.a b", 3, "a space cannot stand here"),
        ("$.1a", 2, "`1` cannot stand here"),
        ("$.. a", 3, "a space cannot stand here"),
        ("$['a", 2, "this string has no end"),
        ("$['\\x']", 3, "this is not an escape"),
        ("$['\\uD800']", 3, "a lone surrogate is not a character"),
        ("$[- 1]", 3, "a space cannot stand here"),
        ("$[01]", 2, "a number cannot begin with 0"),
        ("$[9007199254740992]", 2, "this index is too large"),
        ("$[?@.a == 1 0]", 12, "`0` cannot stand here"),
        ("$[?@.a == 1 .5]", 12, "`.` cannot stand here"),
        ("$[?tr ue == @.a]", 3, "`tr` is nothing that can stand here"),
        ("$[?@.a = 1]", 7, "`=` cannot stand here"),
        (
            "$[?@.* == 1]",
            3,
            "this query can select several nodes, and cannot be compared",
        ),
        (
            "$[?@[ 'a' ] == 1]",
            5,
            "blanks cannot stand inside the brackets of a query that is compared",
        ),
        ("$[?in(@.a, $.b)]", 3, "there is no function `in`"),
        (
            "$[?length(@.*) == 1]",
            10,
            "this query can select several nodes, where one value belongs",
        ),
        (
            "$[?length(@.a)]",
            3,
            "this function's result is neither true nor false",
        ),
        ("$[?match(@.a)]", 3, "`match` has 1 arguments here"),
        (
            "$[?match(@.a, 'b') == true]",
            3,
            "this function's result is true or false, and cannot be compared",
        ),
        ("$[?true]", 3, "a literal alone tests nothing"),
        ("$[?@.a == 1e999]", 10, "this number is too large"),
    ];
    for (selector, offset, message) in cases {
        let error = Selector::parse(selector).unwrap_err();
        assert_eq!(
            (error.offset, error.message.as_str()),
            (offset, message),
            "{selector:?}"
        );
        assert!(!error.help.is_empty());
    }
}

#[test]
fn names_are_never_cut() {
    for name in ["a\u{A0}", "\u{2003}a", "\u{85}", "名\u{3000}"] {
        let selector = Selector::parse(&format!("$.{name}")).unwrap();
        let quoted = Selector::parse(&format!("$['{name}']")).unwrap();
        assert_eq!(selector.query(), quoted.query());
    }
}

/// Why the parser is our own. When this fails, the other may have become strict enough.
#[test]
fn jsonpath_rust_takes_what_the_rfc_does_not() {
    for selector in ["$.a b", "$[?in(@.a, $.b)]", "$[?@[ 'a' ] == 1]"] {
        assert!(
            parse_json_path(selector).is_ok(),
            "{selector:?} is refused by both"
        );
        assert!(Selector::parse(selector).is_err());
    }
    let cut = parse_json_path("$.a\u{A0}").unwrap();
    assert_eq!(
        cut,
        parse_json_path("$.a").unwrap(),
        "the name lost its last character"
    );
}

#[test]
fn nesting_meets_a_limit_and_not_the_stack() {
    for (open, close) in [
        ("[?(@", ")]"),
        ("[?@", "]"),
        ("[?!(@", ")]"),
        ("[?count($", ") > 1]"),
    ] {
        let deep =
            format!("${}{}{}", open.repeat(20_000), "@", close.repeat(20_000)).replace("@@", "@");
        assert_eq!(
            Selector::parse(&deep).unwrap_err().message,
            "the selector is nested too deep"
        );
    }
    assert!(Selector::parse(&format!("${}", "[?@".repeat(60) + &"]".repeat(60))).is_ok());
}

/// Writes queries of the whole grammar; each byte is one choice, and when they end, so does it.
struct Writer<'a> {
    choices: std::slice::Iter<'a, u8>,
    depth: usize,
}

impl Writer<'_> {
    fn choose(&mut self, count: u8) -> u8 {
        self.choices.next().map_or(0, |choice| choice % count)
    }

    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[usize::from(self.choose(u8::try_from(all.len()).unwrap()))]
    }

    fn segments(&mut self) -> String {
        let count = self.choose(4);
        (0..count).map(|_| self.segment()).collect()
    }

    fn segment(&mut self) -> String {
        let dots = self.one_of(&["", "", ".."]);
        match self.choose(4) {
            0 => format!(
                ".{}",
                self.one_of(&["a", "_b1", "é", "名", "true", "*", ".a", ".*"])
            ),
            1 => format!("{dots}[{}]", self.selector()),
            2 => format!("{dots}[{} ,\t{}]", self.selector(), self.selector()),
            _ => format!("{dots}[ {}\n]", self.selector()),
        }
    }

    fn selector(&mut self) -> String {
        match self.choose(if self.depth < 4 { 6 } else { 4 }) {
            0 => self.string().to_owned(),
            1 => "*".to_owned(),
            2 => self
                .one_of(&["0", "-1", "9007199254740991", "-9007199254740991"])
                .to_owned(),
            3 => self
                .one_of(&[":", "1:2", "::-1", "-3 : 5 :0", ":7:", "1 :"])
                .to_owned(),
            _ => self.nested(|writer| format!("?{}", writer.logical())),
        }
    }

    fn nested(&mut self, write: impl FnOnce(&mut Self) -> String) -> String {
        self.depth += 1;
        let written = write(self);
        self.depth -= 1;
        written
    }

    fn string(&mut self) -> &'static str {
        self.one_of(&[
            "'a'",
            "\"b\"",
            "''",
            "'\\u00e9\\\\ \\''",
            "\"\\uD83D\\uDE00'\\n\"",
            "' a '",
            "\"]\"",
        ])
    }

    fn logical(&mut self) -> String {
        match self.choose(6) {
            0 => format!("{}&& {}", self.atom(), self.atom()),
            1 => format!("{} ||{}", self.atom(), self.atom()),
            2 => format!("{} || {} && {}", self.atom(), self.atom(), self.atom()),
            3 if self.depth < 6 => self.nested(|writer| format!("! ( {} )", writer.logical())),
            4 if self.depth < 6 => self.nested(|writer| format!("({})", writer.logical())),
            _ => self.atom(),
        }
    }

    fn atom(&mut self) -> String {
        match self.choose(7) {
            0 => format!("@{}", self.segments()),
            1 => format!("!${}", self.segments()),
            2 => format!("match( {}, {})", self.value(), self.value()),
            3 => format!("!search({} ,{} )", self.value(), self.string()),
            _ => {
                let operator = self.one_of(&["==", " != ", "<", " <=", "> ", ">="]);
                format!("{}{operator}{}", self.value(), self.value())
            }
        }
    }

    fn value(&mut self) -> String {
        match self.choose(8) {
            0 => self.string().to_owned(),
            1 => self
                .one_of(&["0", "-0", "12", "-7", "1.50", "2e3", "-1.5E-2", "3e+1"])
                .to_owned(),
            2 => self.one_of(&["true", "false", "null"]).to_owned(),
            3 => format!("count(@{})", self.segments()),
            4 => format!("value( ${})", self.segments()),
            5 if self.depth < 6 => self.nested(|writer| format!("length({})", writer.value())),
            6 => format!("$.a[{}]", self.one_of(&["0", "-2", "'x y'"])),
            _ => self
                .one_of(&["@", "@.a.b", "@[\"c\"] [1]", "@ .d"])
                .to_owned(),
        }
    }
}

proptest! {
    #[test]
    fn reads_like_jsonpath_rust(choices in proptest::collection::vec(any::<u8>(), 0..80)) {
        let text = format!("${}", Writer { choices: choices.iter(), depth: 0 }.segments());
        let ours = Selector::parse(&text);
        let ours = ours.map_err(|e| TestCaseError::fail(format!("{text:?}: {e:?}")))?;
        if let Ok(theirs) = parse_json_path(&text) {
            prop_assert_eq!(ours.query(), &theirs, "{}", text);
        }
    }

    #[test]
    fn never_panics(text in "[$@.\\[\\]()?!*:,'\"a-c0-9 &|=<>\\\\-]{0,40}") {
        if let Err(error) = Selector::parse(&text) {
            prop_assert!(error.offset <= text.chars().count());
        }
    }
}

//! JSON and JSON lines beside `serde_json` and `jsonpath-rust`.

use std::sync::{Arc, LazyLock};

use jsonpath_rust::JsonPath;
use scan::{ErrorCode, Format, JsonErrorCode, Plan, ScanError};
use serde_json::Value;

use crate::Case;
use crate::scanned::{Scanned, TOKEN, of_format, plan};

struct Variant {
    plan: Arc<Plan>,
    /// Paths that can be asked again once tokens stand in place: they look at no values.
    paths: &'static [&'static str],
}

const TIGHT: &str =
    "json: { max_depth: 6, max_key_bytes: 16, max_value_bytes: 64, max_buffer_bytes: 64 }";

static VARIANTS: LazyLock<Vec<Variant>> = LazyLock::new(|| {
    let variant = |rules: &[&str], settings, paths| Variant {
        plan: plan(rules, settings),
        paths,
    };
    vec![
        variant(
            &["select: [$.a.b, $.c]", "select: \"$.d.*\""],
            "records: { select: [$.a, \"$.d[*].*\", $.a.*] }",
            &["$.a.b", "$.c", "$.d.*"],
        ),
        variant(
            &["select: $..a", "select: [\"$..b[0]\", \"$..c.*\"]"],
            "records: { select: [$, $..b, \"$..d[?@.a].*\", \"$..e[-1]\"] }",
            &["$..a", "$..b[0]", "$..c.*"],
        ),
        variant(
            &[
                "select: \"$[1:8:3]\"",
                "select: [\"$..a[*].b\"]",
                "select: \"$..['c', 'd']\", \"null\": tokenize",
            ],
            "",
            &["$[1:8:3]", "$..a[*].b", "$..['c', 'd']"],
        ),
        variant(&["select: $..a"], TIGHT, &["$..a"]),
        variant(
            &[
                "select: \"$.c[?@.d]\"",
                "select: \"$..e[-1]\"",
                "select: \"$..f[?@ > 1 && @ < 10]\"",
            ],
            "",
            &[],
        ),
        variant(
            &[
                "select: \"$..a[?@.b == 1 || @.c == 'x']\"",
                "select: \"$..[?@.a == $.a]\"",
                "select: \"$..b[-2:]\"",
            ],
            TIGHT,
            &[],
        ),
        variant(
            &[
                "select: $..a",
                "detect: [payment-card, us-ssn, email, iban]",
            ],
            "",
            &["$..a"],
        ),
        variant(&["select: $", "select: $..a"], "", &["$"]),
    ]
});

/// One document.
pub(crate) fn check(data: &[u8]) {
    let Some(case) = Case::parse(data) else {
        return;
    };
    let variant = case.choose(&VARIANTS);
    let scanned = of_format(&case, &variant.plan, &Format::Json);
    let parsed: Result<Value, _> = serde_json::from_slice(case.input);
    match (&scanned, parsed) {
        (Err(error), Ok(_)) => assert!(is_limit(error), "refuses JSON: {error}"),
        (Ok(_), Err(error)) => {
            assert!(is_its_own_limit(&error), "accepts what is no JSON: {error}")
        }
        (Ok(scanned), Ok(_)) => nothing_left(variant, &scanned.with_tokens()),
        (Err(_), Err(_)) => {}
    }
}

/// A document on each line.
pub(crate) fn check_lines(data: &[u8]) {
    let Some(case) = Case::parse(data) else {
        return;
    };
    let variant = case.choose(&VARIANTS);
    let scanned: Result<Scanned, _> = of_format(&case, &variant.plan, &Format::JsonLines);
    match scanned {
        Ok(scanned) => {
            for line in scanned.with_tokens().split(|&byte| byte == b'\n') {
                if !line.trim_ascii().is_empty() {
                    nothing_left(variant, line);
                }
            }
        }
        Err(error) if !is_limit(&error) => {
            let mut lines = case.input.split(|&byte| byte == b'\n');
            let number = error.line.unwrap() - 1;
            let line = lines.nth(usize::try_from(number).unwrap());
            let parsed = serde_json::from_slice::<Value>(line.unwrap_or_default());
            assert!(parsed.is_err(), "refuses a line of JSON: {error}");
        }
        Err(_) => {}
    }
}

/// Whether a document is refused for its size.
fn is_limit(error: &ScanError) -> bool {
    error.code.is_too_large() || error.code == ErrorCode::Json(JsonErrorCode::TooDeep)
}

/// `serde_json` reads numbers as doubles and documents 127 deep.
fn is_its_own_limit(error: &serde_json::Error) -> bool {
    let text = error.to_string();
    text.contains("out of range") || text.contains("recursion limit")
}

/// In a document with tokens in place, every node that a rule names is a token, or a `null`.
fn nothing_left(variant: &Variant, document: &[u8]) {
    let document: Value = match serde_json::from_slice(document) {
        Ok(document) => document,
        Err(error) => {
            assert!(is_its_own_limit(&error), "no JSON with tokens: {error}");
            return;
        }
    };
    for path in variant.paths {
        for node in document.query(path).unwrap() {
            let settled = node.is_null() || node.as_str() == Some(TOKEN);
            assert!(settled, "{path} still finds {node} in {document}");
        }
    }
}

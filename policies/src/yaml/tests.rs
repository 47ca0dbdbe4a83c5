//! What the services' configurations use, and faults at any place of any text.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::{Entries, Source, Spanned, parse};
use crate::units::{Size, Span};
use crate::{Code, Severity, compile_key_ring, compile_policy};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gateway {
    listen: Spanned<String>,
    upstreams: Entries<Upstream>,
    limits: Option<Limits>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Upstream {
    url: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    body: Size,
    idle: Spanned<Span>,
}

const GOOD: &str = "listen: 127.0.0.1:8080\nupstreams:\n  b: { url: x }\n  a: { url: y }\nlimits: { body: 4096, idle: 1h30m }\n";

#[test]
fn a_configuration() {
    let gateway: Gateway = parse("gateway.yaml", GOOD).unwrap();
    assert_eq!(gateway.listen.value, "127.0.0.1:8080");
    let names: Vec<_> = gateway
        .upstreams
        .0
        .iter()
        .map(|(name, _)| name.value.as_str())
        .collect();
    assert_eq!(names, ["b", "a"], "in the file's order");
    assert_eq!(gateway.upstreams.0[1].0.referenced.line(), 4);
    assert_eq!(gateway.upstreams.0[0].1.url, "x");
    let limits = gateway.limits.unwrap();
    assert_eq!(limits.body, Size(4096));
    assert_eq!(limits.idle.value.0.as_secs(), 5400);
}

#[test]
fn a_unit_that_is_none_is_shown_at_its_place() {
    for (faulty, place) in [
        ("limits: { body: 64XB, idle: 1h }", (5, 17)),
        ("limits: { body: 1B, idle: 10 }", (5, 27)),
    ] {
        let text = GOOD.replace("limits: { body: 4096, idle: 1h30m }", faulty);
        let refused = parse::<Gateway>("gateway.yaml", &text).unwrap_err();
        let first = &refused.as_slice()[0];
        assert_eq!((first.place.line, first.place.column), place, "{refused}");
        assert_eq!(first.code, Code::WrongValue);
    }
}

#[test]
fn a_report_keeps_the_order_of_the_file() {
    let source = Source::new("gateway.yaml", GOOD);
    let gateway: Gateway = source.parse().unwrap();
    let mut report = source.report();
    report.warning(Code::Conflict, &gateway.upstreams.0[1].0, "second", "help");
    report.warning(Code::Setting, &gateway.listen, "first", "help");
    let ((), warnings) = report.finish(()).unwrap();
    let said: Vec<_> = warnings
        .iter()
        .map(|each| (each.message.as_str(), each.offending()))
        .collect();
    assert_eq!(said, [("first", "127.0.0.1:8080"), ("second", "a")]);
    assert!(
        warnings
            .iter()
            .all(|each| each.severity == Severity::Warning)
    );
}

proptest! {
    /// Any cut, and any byte put in its place, is read or refused, with a place inside the text.
    #[test]
    fn any_damage_is_survived(at in 0..400_usize, put in "[\\[\\]{}:*&!'\"|>#\\- \n\ta0~é]{0,3}", cut in 0..9_usize) {
        let policy = "version: 1\nclasses:\n  pan: { kind: envelope, key: p }\nrules:\n  - select: ['$.a', \"$..b[?@.c == 'd']\"]\n    class: pan\n    \"null\": pass\njson: { max_depth: 7, max_key_bytes: 1KiB }\n";
        let ring = "version: 1\nkeys:\n  a:\n    format: original\n    prefix: \"#01#\"\n    suffix: \"#10#\"\n    versions: [ { version: 1, kms_key: k } ]\n";
        for text in [policy, ring] {
            let chars: Vec<char> = text.chars().collect();
            let at = at % chars.len();
            let end = (at + cut).min(chars.len());
            let damaged: String = chars[..at].iter().copied().chain(put.chars()).chain(chars[end..].iter().copied()).collect();
            let refusals = [compile_policy("f", &damaged).err(), compile_key_ring("f", &damaged).err()];
            for diagnostic in refusals.iter().flatten().flatten() {
                prop_assert!(diagnostic.place.line <= damaged.lines().count() + 1);
                prop_assert!(!diagnostic.to_string().is_empty());
                prop_assert!(!diagnostic.help.trim_end().is_empty() && diagnostic.help.trim() != "write");
            }
        }
    }
}

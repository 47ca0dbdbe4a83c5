//! `docs/token-vectors.json`: the opener of these tests, which follows `docs/token-format.md`,
//! opens what must open and refuses what must not.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    reason = "tests"
)]

mod support;

use record::{Buffers, Encoding, Finder, Framing, OriginalToken, Sink, Token, ValueType};
use seal::{EdgeKey, LocalSigner};
use serde_json::Value;
use std::collections::BTreeSet;
use support::opener::Opener;

const VECTORS: &str = include_str!("../../../docs/token-vectors.json");

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn opener(vectors: &Value) -> Opener {
    let digits = text(&vectors["edge_key"]);
    assert!(EdgeKey::from_hex(digits).is_ok());
    let bytes: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2).unwrap(), 16).unwrap())
        .collect();
    let mut opener = Opener::new(bytes.try_into().unwrap());
    let version = |key: &Value| u16::try_from(key["version"].as_u64().unwrap()).unwrap();
    for key in list(&vectors["keys"]) {
        let pem = text(&key["private_key"]).as_bytes();
        opener = opener.with_key(text(&key["name"]), version(key), pem);
    }
    for signer in list(&vectors["signers"]) {
        let public = LocalSigner::from_pem(text(&signer["private_key"]).as_bytes()).unwrap();
        opener = opener.with_signer(text(&signer["name"]), version(signer), public.public_key());
    }
    opener
}

#[test]
fn what_must_open_opens() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let opener = opener(&vectors);
    let mut seen = BTreeSet::new();
    for vector in list(&vectors["tokens"]) {
        let token = text(&vector["token"]).as_bytes();
        let kind = text(&vector["kind"]);
        seen.insert((kind.to_owned(), text(&vector["type"]).to_owned()));
        if kind == "original" {
            let value = opener.open_original(text(&vector["key"]), token).unwrap();
            assert_eq!(value, text(&vector["value"]).as_bytes());
            continue;
        }
        let opened = opener.open(token).unwrap();
        assert_eq!(opened.format, if kind == "rsa" { 1 } else { 2 });
        assert_eq!(opened.key.0, text(&vector["key"]));
        assert_eq!(opened.class, text(&vector["class"]));
        assert_eq!(opened.tenant, text(&vector["tenant"]));
        let value_type = ValueType::try_from(opened.value_type).unwrap();
        assert_eq!(value_type.name(), text(&vector["type"]));
        assert_eq!(opened.value, text(&vector["value"]).as_bytes());
    }
    assert_eq!(
        seen.len(),
        13,
        "both kinds in six types each, and the original pattern: {seen:?}"
    );
}

#[test]
fn what_must_not_open_does_not() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let opener = opener(&vectors);
    let refused = list(&vectors["refused"]);
    assert!(refused.len() > 40, "{}", refused.len());
    for vector in refused {
        let token = text(&vector["token"]).as_bytes();
        assert_eq!(opener.open(token), None, "{}", vector["why"]);
    }
}

#[derive(Default)]
struct Candidates(Vec<(usize, Vec<u8>)>);

impl Sink for Candidates {
    fn pass(&mut self, _: &[u8]) {}

    fn candidate(&mut self, framing: usize, text: &[u8]) {
        self.0.push((framing, text.to_vec()));
    }
}

#[test]
fn the_finder_finds_every_vector_and_the_parser_parses_it() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let original = Framing::new("#01#", "#10#", Encoding::Original).unwrap();
    let framings = [Framing::veilgate(), original];
    let mut finder = Finder::new(&framings, record::DEFAULT_MAX_TOKEN_BYTES);
    let mut found = Candidates::default();
    finder.push(VECTORS.as_bytes(), &mut found);
    finder.finish(&mut found);
    let expected: Vec<&str> = list(&vectors["tokens"])
        .iter()
        .chain(list(&vectors["refused"]))
        .map(|vector| text(&vector["token"]))
        .collect();
    let found: Vec<_> = found.0.iter().collect();
    assert_eq!(found.len(), expected.len());
    for ((framing, found), expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected.as_bytes());
        if !list(&vectors["tokens"])
            .iter()
            .any(|vector| vector["token"] == *expected)
        {
            continue;
        }
        if *framing == 0 {
            assert!(Token::from_text(&framings[0], found, &mut Buffers::default()).is_ok());
        } else {
            assert!(OriginalToken::from_text(&framings[1], found).is_ok());
        }
    }
}

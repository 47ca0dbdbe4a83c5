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

fn bytes(digits: &Value) -> Vec<u8> {
    let digits = text(digits).as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.map(byte).collect()
}

fn version(key: &Value) -> u16 {
    u16::try_from(key["version"].as_u64().unwrap()).unwrap()
}

fn opener(vectors: &Value) -> Opener {
    assert!(EdgeKey::from_hex(text(&vectors["edge_key"])).is_ok());
    let mut opener = Opener::new(bytes(&vectors["edge_key"]).try_into().unwrap());
    for key in list(&vectors["keys"]) {
        let pem = text(&key["private_key"]).as_bytes();
        opener = opener.with_key(text(&key["name"]), version(key), pem);
    }
    for signer in list(&vectors["signers"]) {
        let public = LocalSigner::from_pem(text(&signer["private_key"]).as_bytes()).unwrap();
        opener = opener.with_signer(text(&signer["name"]), version(signer), public.public_key());
    }
    for key in list(&vectors["symmetric_keys"]) {
        let plaintext = bytes(&key["plaintext"]).try_into().unwrap();
        opener = opener.with_secret(text(&key["name"]), version(key), plaintext);
    }
    for kept in list(&vectors["heads"]) {
        opener = opener.with_head(&bytes(&kept["id"]), &bytes(&kept["head"]));
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
        let format = ["rsa", "envelope", "siv", "stored"]
            .iter()
            .position(|each| *each == kind);
        assert_eq!(Some(usize::from(opened.format) - 1), format);
        assert_eq!(opened.key.0, text(&vector["key"]));
        if kind == "siv" {
            assert_eq!(opened.key.1, version(vector));
        }
        assert_eq!(opened.class, text(&vector["class"]));
        assert_eq!(opened.tenant, text(&vector["tenant"]));
        let value_type = ValueType::try_from(opened.value_type).unwrap();
        assert_eq!(value_type.name(), text(&vector["type"]));
        assert_eq!(opened.value, text(&vector["value"]).as_bytes());
    }
    assert_eq!(
        seen.len(),
        25,
        "four kinds in six types each, and the original pattern: {seen:?}"
    );
}

#[test]
fn what_a_vault_keeps_opens_as_what_it_is_and_nothing_else() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let opener = opener(&vectors);
    let open = |vector: &Value| {
        let [class, tenant, token] = ["class", "tenant", "token"].map(|name| text(&vector[name]));
        opener.open_record(&bytes(&vector["record"]), class, tenant, token)
    };
    for vector in list(&vectors["records"]) {
        let (value_type, value) = open(vector).unwrap();
        let named = ValueType::try_from(value_type).unwrap().name();
        assert_eq!(named, text(&vector["type"]));
        assert_eq!(value, text(&vector["value"]).as_bytes());
        let index = &vector["index"];
        if !index.is_null() {
            let key = (text(&index["key"]), version(index));
            let (class, tenant) = (text(&vector["class"]), text(&vector["tenant"]));
            let mac = opener.index(key, class, tenant, value_type, &value);
            assert_eq!(mac.unwrap()[..], bytes(&index["mac"]));
        }
    }
    let refused = list(&vectors["refused_records"]);
    assert!(refused.len() > 10, "{}", refused.len());
    for vector in refused {
        assert_eq!(open(vector), None, "{}", vector["why"]);
    }
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
    let viewed = list(&vectors["views"]).iter();
    let viewed = viewed.filter(|vector| vector["kind"] != "vault");
    let expected: Vec<&str> = list(&vectors["tokens"])
        .iter()
        .chain(list(&vectors["refused"]))
        .chain(viewed)
        .map(|vector| text(&vector["token"]))
        .collect();
    let found: Vec<_> = found.0.iter().collect();
    assert_eq!(found.len(), expected.len());
    for ((framing, found), expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected.as_bytes());
        let opens = ["tokens", "views"].map(|sort| list(&vectors[sort]).iter());
        let mut opens = opens.into_iter().flatten();
        if !opens.any(|vector| vector["token"] == *expected) {
            continue;
        }
        if *framing == 0 {
            assert!(Token::from_text(&framings[0], found, &mut Buffers::default()).is_ok());
        } else {
            assert!(OriginalToken::from_text(&framings[1], found).is_ok());
        }
    }
}

//! The cases in `tests/cases/xml` that were made by hand.

use super::support::{Piece, paths, scan_all_ways};
use crate::syntax::Syntax;
use policies::XmlLimits;
use serde_json::Value;
use std::path::Path;

pub(super) fn read(name: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/xml");
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The pieces as the files write them: `"passes"`, `{"text": …}`, `{"rule": 0, "value": …}`; what is
/// spelled as it reads says so.
fn written(piece: &Piece) -> Value {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut written = match piece {
        Piece::Pass(bytes) => return Value::String(text(bytes)),
        Piece::Text { raw, .. } => serde_json::json!({ "text": text(raw) }),
        Piece::Value { rule, raw, .. } => serde_json::json!({ "rule": rule, "value": text(raw) }),
    };
    if let Piece::Text { syntax, .. } | Piece::Value { syntax, .. } = piece {
        match syntax {
            Syntax::Xml(_) => {}
            Syntax::Cdata(_) | Syntax::Comment(_) | Syntax::Instruction(_) => {
                written["plain"] = true.into()
            }
            other => panic!("{other:?}"),
        }
    }
    if let Piece::Value { raw, content, .. } = piece
        && raw != content
    {
        written["content"] = text(content).into();
    }
    written
}

#[test]
fn takes_what_it_should() {
    let cases = read("taken.json");
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let xpaths: Vec<_> = case["rules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|each| each.as_str().unwrap())
            .collect();
        let namespaces = [("c", "urn:cards"), ("d", "urn:d")];
        let input = case["input"].as_str().unwrap();
        let pieces = scan_all_ways(
            &paths(&xpaths, &namespaces),
            XmlLimits::default(),
            input.as_bytes(),
        );
        let pieces = pieces.unwrap_or_else(|error| panic!("{name}: {error}"));
        let pieces: Vec<_> = pieces.iter().map(written).collect();
        let expected = case["pieces"].as_array().unwrap();
        assert_eq!(
            &pieces,
            expected,
            "{name}: {}",
            Value::Array(pieces.clone())
        );
    }
    assert!(cases.len() >= 40, "the cases were read");
}

#[test]
fn refuses_what_is_malformed() {
    let cases = read("malformed.json");
    let mut wrong = Vec::new();
    for case in &cases {
        let input = case[0].as_str().unwrap();
        let (code, offset) = (case[1].as_str().unwrap(), case[2].as_u64().unwrap());
        for xpaths in [&[][..], &["//*"], &["//@*", "//text()"]] {
            let scanned =
                scan_all_ways(&paths(xpaths, &[]), XmlLimits::default(), input.as_bytes());
            let came = scanned.map_err(|error| (error.code(), error.offset));
            if came != Err((code, offset)) {
                wrong.push(format!("{input:?}: {code} at {offset} expected, {came:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() >= 60, "the cases were read");
}

#[test]
fn every_prefix_of_a_document_is_truncated() {
    let input = "\u{feff}<?xml version='1.0' encoding=\"utf-8\" standalone='no' ?><!-- - --><?t a?b?>\
        <p:a xmlns:p='u' p:b='&lt;' c=\"&#x41;\"><![CDATA[]]]]><d/>t&amp;]]<\u{e9}></\u{e9} ></p:a >";
    let tables = paths(&["//*", "//@*"], &[]);
    for end in 0..input.len() {
        let prefix = &input.as_bytes()[..end];
        let error = scan_all_ways(&tables, XmlLimits::default(), prefix).unwrap_err();
        assert_eq!((error.code(), error.offset), ("xml-truncated", end as u64));
    }
    assert!(scan_all_ways(&tables, XmlLimits::default(), input.as_bytes()).is_ok());
}

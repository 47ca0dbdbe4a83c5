//! What libxml2 says of the same documents, through lxml: see `tests/cases/xml/make_lxml.py`.

use super::cases::read;
use super::support::{Piece, paths, scan, scan_all_ways};
use policies::XmlLimits;
use serde_json::Value;

fn cases(name: &str) -> Vec<Value> {
    // more of them than are kept, from the same script
    match std::env::var_os("LXML_CASES") {
        Some(folder) => {
            let path = std::path::PathBuf::from(folder).join(name);
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
        }
        None => read(name),
    }
}

/// Texts as lxml has them: a text and the CDATA sections next to it are one.
fn values(input: &str, pieces: &[Piece]) -> Vec<(usize, String)> {
    let mut values: Vec<(usize, String)> = Vec::new();
    let mut ended = None;
    for piece in pieces {
        let Piece::Value {
            rule,
            raw,
            content,
            offset,
            ..
        } = piece
        else {
            continue;
        };
        let (start, end) = (*offset as usize, *offset as usize + raw.len());
        let content = std::str::from_utf8(content).unwrap();
        let between = ended.map(|ended| &input[ended..start]);
        let joined = ["<![CDATA[", "]]>", "]]><![CDATA["];
        match values.last_mut() {
            Some((_, last)) if between.is_some_and(|between| joined.contains(&between)) => {
                last.push_str(content);
            }
            _ => values.push((*rule, content.to_owned())),
        }
        ended = Some(end);
    }
    values
}

#[test]
fn takes_what_lxml_selects() {
    let cases = cases("lxml-selected.json");
    let mut taken = 0;
    for case in &cases {
        let input = case["xml"].as_str().unwrap();
        let xpaths: Vec<_> = case["xpaths"]
            .as_array()
            .unwrap()
            .iter()
            .map(|each| each.as_str().unwrap())
            .collect();
        let tables = paths(&xpaths, &[("p", "urn:1"), ("q", "urn:2")]);
        let pieces = scan::<true>(&tables, XmlLimits::default(), [input.as_bytes()]);
        let pieces = pieces.unwrap_or_else(|error| panic!("{error}: {input}"));
        let expected = case["values"].as_array().unwrap().iter();
        let expected: Vec<_> = expected
            .map(|each| {
                (
                    each[0].as_u64().unwrap() as usize,
                    each[1].as_str().unwrap().to_owned(),
                )
            })
            .collect();
        assert_eq!(values(input, &pieces), expected, "{xpaths:?} of {input}");
        taken += expected.len();
    }
    assert!(
        cases.len() >= 200 && taken >= 1000,
        "there is something to compare"
    );
}

#[test]
fn refuses_what_lxml_refuses() {
    let cases = cases("lxml-well-formed.json");
    let tables = paths(&["//a", "//@x"], &[]);
    let mut wrong = Vec::new();
    for case in &cases {
        let input = case[0].as_str().unwrap();
        let accepted = case[1].as_bool().unwrap();
        let scanned = scan_all_ways(&tables, XmlLimits::default(), input.as_bytes());
        if scanned.is_ok() != accepted {
            let why = scanned.err().map(|error| (error.code(), error.offset));
            wrong.push(format!(
                "{input:?}: {} by libxml2, {why:?}",
                if accepted { "accepted" } else { "refused" }
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
    let accepted = cases.iter().filter(|case| case[1] == true).count();
    assert!(
        accepted >= 50 && cases.len() - accepted >= 100,
        "there is something to compare"
    );
}

//! The cases in `tests/cases`, through a policy as users write it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use scan::{Documents, JsonScanner, Matched, MatchedType, Selectors, Sink};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// The pieces as the files write them.
#[derive(Default)]
struct Pieces(Vec<Value>);

impl Sink for Pieces {
    fn pass(&mut self, bytes: &[u8]) {
        self.0.push(json!(bytes));
    }

    fn value(&mut self, value: Matched<'_>) {
        let value_type = match value.value_type {
            MatchedType::String => "string",
            MatchedType::Number => "number",
            MatchedType::Boolean => "boolean",
            MatchedType::Null => "null",
            MatchedType::Object => "object",
            MatchedType::Array => "array",
        };
        let raw = std::str::from_utf8(value.raw).unwrap();
        let content = value.content();
        let content = std::str::from_utf8(&content).unwrap();
        self.0.push(
            json!({ "rule": value.rule, "type": value_type, "raw": raw, "content": content }),
        );
    }
}

impl Pieces {
    /// Neighbouring passes put together, as text.
    fn merged(self) -> Vec<Value> {
        let mut merged: Vec<Value> = Vec::new();
        let mut bytes = Vec::new();
        let flush = |bytes: &mut Vec<u8>, merged: &mut Vec<Value>| {
            if !bytes.is_empty() {
                merged.push(json!(String::from_utf8(std::mem::take(bytes)).unwrap()));
            }
        };
        for piece in self.0 {
            match piece.as_array() {
                Some(pass) => bytes.extend(pass.iter().map(|byte| byte.as_u64().unwrap() as u8)),
                None => {
                    flush(&mut bytes, &mut merged);
                    merged.push(piece);
                }
            }
        }
        flush(&mut bytes, &mut merged);
        merged
    }
}

fn compile(rules: &Value) -> Arc<Selectors> {
    let mut rules = rules.clone();
    for rule in rules.as_array_mut().unwrap() {
        rule["class"] = json!("pan");
    }
    // JSON is YAML
    let classes = json!({ "pan": { "kind": "envelope", "key": "payments" } });
    let policy = json!({ "version": 1, "classes": classes, "rules": rules });
    let policy = policies::compile_policy("case", &policy.to_string()).unwrap();
    Arc::new(Selectors::compile(&policy))
}

fn run(case: &Value, selectors: &Arc<Selectors>, size: usize) -> Vec<Value> {
    let input = case["input"].as_str().unwrap().as_bytes();
    let documents = match case["documents"].as_str().unwrap() {
        "one" => Documents::One,
        "lines" => Documents::Lines,
        other => panic!("documents: {other}"),
    };
    let limits = policies::JsonLimits::default();
    let mut scanner = JsonScanner::new(Arc::clone(selectors), &limits, documents);
    let mut pieces = Pieces::default();
    for chunk in input.chunks(if size == 0 { input.len() } else { size }) {
        scanner.push(chunk, &mut pieces).unwrap();
    }
    scanner.finish(&mut pieces).unwrap();
    pieces.merged()
}

#[test]
fn every_case() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let cases: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        for case in cases.as_array().unwrap() {
            let selectors = compile(&case["rules"]);
            let mut expected = case["pieces"].as_array().unwrap().clone();
            for value in expected.iter_mut().filter(|piece| piece.is_object()) {
                if value.get("content").is_none() {
                    value["content"] = value["raw"].clone();
                }
            }
            for size in case["chunks"].as_array().unwrap() {
                let size = usize::try_from(size.as_u64().unwrap()).unwrap();
                let found = run(case, &selectors, size);
                assert_eq!(found, expected, "{}, chunks of {size}", case["name"]);
                count += 1;
            }
        }
    }
    assert!(count > 30, "the cases were read");
}

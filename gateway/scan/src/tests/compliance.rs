//! The JSONPath compliance test suite: the same nodes, by normalized path, at any chunking.

use super::support::{chunked, nodes, selectors, vectors};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// A document as JSON, and the normalized path of the node at each offset (RFC 9535, 2.7).
#[derive(Default)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) paths: HashMap<u64, String>,
}

impl Written {
    pub(super) fn new(document: &Value) -> Self {
        let mut written = Self::default();
        written.write(document, "$");
        written
    }

    fn write(&mut self, value: &Value, path: &str) {
        self.paths.insert(self.text.len() as u64, path.to_owned());
        match value {
            Value::Array(elements) => {
                self.text.push('[');
                for (index, element) in elements.iter().enumerate() {
                    self.text.push_str(if index > 0 { ", " } else { " " });
                    self.write(element, &format!("{path}[{index}]"));
                }
                self.text.push(']');
            }
            Value::Object(members) => {
                self.text.push('{');
                for (index, (key, member)) in members.iter().enumerate() {
                    self.text.push_str(if index > 0 { "," } else { "" });
                    self.text.push_str(&serde_json::to_string(key).unwrap());
                    self.text.push_str(" : ");
                    self.write(member, &format!("{path}[{}]", normalized(key)));
                }
                self.text.push('}');
            }
            scalar => self.text.push_str(&scalar.to_string()),
        }
    }
}

fn normalized(key: &str) -> String {
    let mut name = String::from("'");
    for character in key.chars() {
        match character {
            '\u{8}' => name.push_str("\\b"),
            '\u{C}' => name.push_str("\\f"),
            '\n' => name.push_str("\\n"),
            '\r' => name.push_str("\\r"),
            '\t' => name.push_str("\\t"),
            '\'' => name.push_str("\\'"),
            '\\' => name.push_str("\\\\"),
            control @ '\0'..'\u{20}' => name.push_str(&format!("\\u{:04x}", control as u32)),
            other => name.push(other),
        }
    }
    name + "'"
}

fn strings(list: &Value) -> BTreeSet<String> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|path| path.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_case_of_the_suite() {
    let Some(folder) = vectors("jsonpath") else {
        return;
    };
    let suite = std::fs::read(folder.join("cts.json")).unwrap();
    let suite: Value = serde_json::from_slice(&suite).unwrap();
    let mut faults = Vec::new();
    let mut valid = 0;
    for case in suite["tests"].as_array().unwrap() {
        let (name, path) = (&case["name"], case["selector"].as_str().unwrap());
        if case["invalid_selector"] == true {
            continue;
        }
        valid += 1;
        let answers: Vec<_> = match case.get("results_paths") {
            Some(any) => any.as_array().unwrap().iter().map(strings).collect(),
            None => vec![strings(&case["result_paths"])],
        };
        let selectors = selectors(&[path]);
        let document = Written::new(&case["document"]);
        for size in [0, 1, 2, 3, 7] {
            let found = nodes(&selectors, chunked(document.text.as_bytes(), size)).unwrap();
            let found: BTreeSet<_> = found
                .iter()
                .map(|(_, offset)| document.paths[offset].clone())
                .collect();
            if !answers.contains(&found) {
                faults.push(format!("{name}: {path}: chunks of {size}: {found:?}"));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(valid > 400, "the suite was read");
}

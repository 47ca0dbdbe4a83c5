//! Selectors that the table cannot hold whole: many states, many names, far indexes.

use super::compliance::Written;
use super::support::{chunked, nodes, selectors};
use jsonpath_rust::JsonPath;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The scanner's nodes and the oracle's, which must be the same.
fn same(path: &str, document: &Value) -> usize {
    let written = Written::new(document);
    let selectors = selectors(&[path]);
    let expected: BTreeSet<_> = document
        .query_only_path(path)
        .unwrap()
        .into_iter()
        .collect();
    for size in [0, 1, 5] {
        let found = nodes(&selectors, chunked(written.text.as_bytes(), size)).unwrap();
        let found: BTreeSet<_> = found
            .iter()
            .map(|(_, offset)| written.paths[offset].clone())
            .collect();
        assert_eq!(found, expected, "{path}, chunks of {size}");
    }
    expected.len()
}

/// A binary tree with members a and b, then arrays.
fn tree(depth: usize) -> Value {
    match depth {
        0 => json!([1, [2], {"a": 3}]),
        _ => json!({"a": tree(depth - 1), "b": tree(depth - 1)}),
    }
}

#[test]
fn exponentially_many_states() {
    let document = tree(9);
    for wildcards in [1, 6, 9] {
        let path = format!("$..a{}", ".*".repeat(wildcards));
        assert!(same(&path, &document) > 0);
    }
    // past the table's cap
    let deep = json!({"a": {"a": tree(5), "b": {"a": {"c": tree(5)}}}});
    let path = format!("$..a{}", "[*]".repeat(13));
    let mut document = deep;
    for step in 0..9 {
        document = json!({ if step % 2 == 0 { "a" } else { "x" }: document, "a2": [step] });
    }
    assert!(same(&path, &document) > 0);
    let path = format!("$..a{}.a", "[*]".repeat(12));
    assert!(same(&path, &document) > 0);
}

#[test]
fn indexes_far_out() {
    let long: Value = (0..1000).map(|number| json!([number])).collect();
    for path in [
        "$[0]",
        "$[255]",
        "$[256]",
        "$[257]",
        "$[999]",
        "$[1000]",
        "$[3:]",
        "$[300:]",
        "$[::7]",
        "$[250:600:3]",
        "$[5:3]",
        "$[2:900]",
        "$[-1]",
        "$[-300:-200:9]",
        "$[600:100:-50]",
        "$[::0]",
        "$[1, 300, ::400][0]",
        "$..[0]",
    ] {
        same(path, &long);
    }
    assert_eq!(same("$[250:600:3]", &long), 117);
}

#[test]
fn many_names_and_rules() {
    let names: Vec<_> = (0..2000).map(|number| format!("name{number}")).collect();
    let paths: Vec<_> = names.iter().map(|name| format!("$..{name}")).collect();
    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
    let selectors = selectors(&paths);
    let text = r#"{"name7": {"name1999": [{"name70": 0}]}, "name2000": 1, "xname7": 2}"#;
    let found = nodes(&selectors, [text.as_bytes()]).unwrap();
    let rules: Vec<_> = found.iter().map(|&(rule, _)| rule).collect();
    assert_eq!(rules, [7, 1999, 70]);
}

#[test]
fn names_of_every_length() {
    for length in 0..80 {
        let name = "k".repeat(length);
        let path = format!("$['{name}']");
        assert_eq!(
            same(&path, &json!({ (name.clone()): 1, (name + "k"): 2 })),
            1
        );
    }
}

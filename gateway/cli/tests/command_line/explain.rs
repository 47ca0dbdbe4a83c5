use crate::support::Folder;
use serde_json::{Value, json};

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn spans_are_where_the_values_are() {
    let folder = Folder::new();
    let document = "{\"a\": 1,\n \"é\": {\"pan\": \"4111\\u0031\"},\n \"ssn\": 123}\n";
    folder.write("a.json", document);
    let ran = folder
        .run(&["explain", "--policy", "policy.yaml", "a.json"])
        .ok();
    let spans = lines(ran.text());
    let card = document.find("\"4111").unwrap();
    let person = document.find("123}").unwrap();
    assert_eq!(
        spans,
        [
            json!({"offset": card, "length": 12, "line": 2, "rule": "card", "class": "pan", "type": "string"}),
            json!({"offset": person, "length": 3, "line": 3, "rule": "person", "class": "ssn", "type": "number"}),
        ]
    );
    let csv = [
        "explain",
        "--policy",
        "policy.yaml",
        "--content-type",
        "text/csv",
    ];
    let ran = folder
        .run_with(&csv, b"id,pan,ssn\r\n7,\"41,11\",1\r\n")
        .ok();
    let span = &lines(ran.text())[0];
    assert_eq!((&span["offset"], &span["length"]), (&json!(14), &json!(7)));
}

#[test]
fn people_see_the_document() {
    let folder = Folder::new();
    folder.write(
        "a.ndjson",
        "{\"pan\":\"4111\"}\n{\"name\":\"a\\u001b\u{7f}\"}\n",
    );
    let color = [
        "explain",
        "--policy",
        "policy.yaml",
        "--color",
        "always",
        "a.ndjson",
    ];
    let ran = folder.run(&color).ok();
    let text = ran.text();
    assert!(
        text.starts_with("{\"pan\":\x1b[42m\"4111\"\x1b[0m}\n"),
        "{text}"
    );
    assert!(text.contains("card \x1b[0m class pan: 1"), "{text}");
    assert!(
        !text.contains('\u{7f}'),
        "control characters are not obeyed"
    );

    let redacted = folder.run(&[&color[..], &["--redact"]].concat()).ok();
    assert!(!redacted.text().contains("4111"));
    assert!(redacted.text().contains("6 bytes"));
}

#[test]
fn what_no_rule_takes_is_told_when_it_looks_sensitive() {
    let folder = Folder::new();
    let document = "{\"pan\": \"4111111111111111\",\n \"note\": \"paid with 5555555555554444\"}";
    folder.write("a.json", document);
    let ran = folder
        .run(&["explain", "--policy", "policy.yaml", "a.json"])
        .ok();
    let offset = document.find("5555").unwrap();
    let expected = json!({"offset": offset, "length": 16, "line": 2, "suspicious": "payment-card"});
    let spans = lines(ran.text());
    assert_eq!(spans.len(), 2, "{spans:?}");
    assert_eq!(spans[1], expected);

    let color = [
        "explain",
        "--policy",
        "policy.yaml",
        "--color",
        "always",
        "a.json",
    ];
    let ran = folder.run(&color).ok();
    let told = format!("payment-card at line 2, byte {offset}: no rule takes it");
    assert!(ran.text().contains(&told), "{}", ran.text());
}

#[test]
fn a_refused_document_exits_with_1() {
    let folder = Folder::new();
    folder.write("a.json", "{\"pan\": \"4111\", oops");
    let ran = folder.run(&["explain", "--policy", "policy.yaml", "a.json"]);
    assert_eq!(ran.code, 1);
    assert_eq!(lines(ran.text()).len(), 1, "what comes before is shown");
    assert!(ran.stderr.contains("at byte 16"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("oops"), "{}", ran.stderr);
}

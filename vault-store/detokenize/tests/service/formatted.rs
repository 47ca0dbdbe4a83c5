//! Tokens that do not describe themselves: by a class in batches, by a policy's places in documents.

use crate::support::{joins, siv_text};
use crate::world::{Answer, Service, chunks, post, read};
use detokenize::config::Limits;
use http_body_util::Full;
use policies::Kind;
use record::body;
use serde_json::json;
use std::sync::Arc;
use symmetric::{Fpe, Purpose, derive};

pub const CARDS: &str = r#"version: 1
classes:
  pan: { kind: fpe, key: joins, alphabet: digits, keep_last: 4, min_length: 12, outside: keep, luhn: valid }
  code: { kind: fpe, key: joins, characters: "0123456789\"&<>,", outside: keep }
  mail: { kind: siv, key: joins }
  gone: { kind: hmac, key: joins }
  bare: { kind: redact }
rules:
  - { select: "$..pan", columns: pan, fields: pan, xpath: ["//pan", "//card/@pan"], class: pan }
  - { select: "$..code", columns: code, fields: code, xpath: "//code", class: code }
  - { select: "$..mail", columns: mail, fields: mail, xpath: "//mail", class: mail }
csv: { missing_columns: pass }
"#;

const OLD: &str = r#"version: 1
classes: { pan: { kind: fpe, key: joins, key_version: 1, alphabet: digits, keep_last: 4, min_length: 12, outside: keep } }
rules: [ { select: $.pan, class: pan } ]
"#;

pub const PAN: &str = "4111-1111-1111-1111";
/// Characters that every format but plain text has to escape.
const CODE: &str = "12\"3&4<5>6,7";

pub fn service() -> Service {
    Service::with_policies(Limits::default(), &[("cards", CARDS)])
}

/// The token that a gateway makes of `value` for a class of `CARDS`.
pub fn fpe(class: &str, tenant: &str, value: &str) -> String {
    let policy = policies::compile_policy("cards", CARDS).unwrap();
    let kind = &policy.class(policy.class_named(class).unwrap()).kind;
    let Kind::Fpe { shape, .. } = kind else {
        panic!("a class of kind fpe")
    };
    let binding = body::build_binding(class, tenant).unwrap();
    let key = derive(&joins(2), Purpose::Fpe, &binding).unwrap();
    let cipher = Fpe::new(&key, Arc::clone(shape)).unwrap();
    cipher.encrypt(value).unwrap()
}

pub fn siv(value: &str) -> String {
    String::from_utf8(siv_text(2, value)).unwrap()
}

pub fn refused(answer: &Answer, code: &str) {
    assert_eq!(
        (answer.status.as_u16(), answer.problem().as_str()),
        (400, code)
    );
}

#[tokio::test]
async fn a_batch_names_a_class_for_what_does_not_describe_itself() {
    let service = service();
    let (pan, code, mail) = (fpe("pan", "", PAN), fpe("code", "", CODE), siv("a@b"));
    let batch = json!({
        "policy": "cards", "class": "pan",
        "tokens": [pan, mail, {"token": code, "class": "code"}, "junk", {"token": mail, "class": "code"}, {"token": "x", "class": "mail"}],
    });
    let answer = service.raw_batch("ann", &batch).await;
    let results: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let value = |value: &str| json!({"value": value, "type": "text"});
    let closed = json!({"error": {"code": "not-revealed"}});
    let expected = json!([
        value(PAN),
        value("a@b"),
        value(CODE),
        closed,
        value("a@b"),
        closed
    ]);
    assert_eq!(results["results"], expected);
    // One for the key, and one for what is no token of class `mail`.
    assert_eq!(service.world.kms.take_calls().len(), 2);
    let line = &service.audit()[0];
    assert_eq!(line["classes"], json!({"pan": 1, "mail": 2, "code": 1}));
    assert_eq!(
        (&line["revealed"], &line["not_revealed"]),
        (&4.into(), &2.into())
    );
}

#[tokio::test]
async fn the_only_policy_need_not_be_named_and_tenants_are_another_key() {
    let service = service();
    let token = fpe("pan", "acme", PAN);
    for (tenant, same) in [("acme", true), ("evil", false), ("", false)] {
        let batch = json!({"class": "pan", "tenant": tenant, "tokens": [token]});
        let answer = service.raw_batch("ann", &batch).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.text().contains(PAN), same, "{tenant}");
        assert!(
            answer.text().contains("1111\",\"type\":\"text\""),
            "FPE has no check"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_named_is_refused_whatever_the_tokens_are() {
    let both = [("cards", CARDS), ("old", OLD)];
    let two = Service::with_policies(Limits::default(), &both);
    let (one, none) = (service(), Service::new());
    for tokens in [json!([]), json!([fpe("pan", "", PAN)]), json!([siv("v")])] {
        for (service, batch, code) in [
            (&none, json!({"class": "pan"}), "unknown-policy"),
            (&none, json!({"policy": "cards"}), "unknown-policy"),
            (
                &one,
                json!({"class": "pan", "policy": "old"}),
                "unknown-policy",
            ),
            (&two, json!({"class": "pan"}), "unknown-policy"),
            (&one, json!({"class": "pin"}), "unknown-class"),
            (
                &two,
                json!({"policy": "old", "class": "code"}),
                "unknown-class",
            ),
            (&one, json!({"class": "gone"}), "irreversible-class"),
            (&one, json!({"class": "bare"}), "irreversible-class"),
            (
                &one,
                json!({"class": "pan", "tenant": "t".repeat(256)}),
                "bad-option",
            ),
        ] {
            let mut batch = batch;
            batch["tokens"] = tokens.clone();
            refused(&service.raw_batch("ann", &batch).await, code);
            refused(&service.raw_batch("ben", &batch).await, code);
        }
        let answer = two.raw_batch("ann", &json!({"tokens": tokens})).await;
        assert_eq!(answer.status, 200);
    }
    let mixed = json!({"tokens": [siv("v"), {"token": "x", "class": "gone"}]});
    refused(&one.raw_batch("ann", &mixed).await, "irreversible-class");
    for odd in [
        json!({"tokens": [{"token": "x"}]}),
        json!({"tokens": [{"token": "x", "class": "pan", "more": 1}]}),
        json!({"tokens": [["x"]]}),
        json!({"tokens": [], "class": 1}),
    ] {
        refused(&one.raw_batch("ann", &odd).await, "malformed-batch");
    }
    let query = one
        .query("policy=nope", "ann", "application/json", b"1")
        .await;
    refused(&query, "unknown-policy");
    for query in [
        "tenant=a",
        "policy=cards&policy=cards",
        "policy=cards&tenant=%ff",
    ] {
        refused(
            &one.query(query, "ann", "application/json", b"1").await,
            "bad-option",
        );
    }
}

/// Documents of every format: with `{pan}`, `{code}` and `{mail}` in the places of values.
const DOCUMENTS: [(&str, &str); 7] = [
    (
        "application/json",
        "{ \"id\":4111111111111111, \"pan\" : \"{pan}\",\n \"x\":[{\"code\":\"{code}\"},{\"pan\":12, \"code\":null}], \"mail\":\"{mail}\", \"free\":\"a {mail} b\"}",
    ),
    (
        "application/x-ndjson",
        "{\"pan\":\"{pan}\"}\n\n{\"code\":\"{code}\",\"n\":1.50}\n[\"{mail}\",\"1234567890123456\"]\n",
    ),
    (
        "text/csv",
        "id,pan,code,mail\r\n1,{pan},\"{code}\",{mail}\r\n2,,\"\",x\r\n3,\"{pan}\",\"{code}\",\"a {mail}\"\r\n",
    ),
    (
        "application/x-www-form-urlencoded",
        "a=1+2&pan={pan}&mail={mail}&code={code}&z=%7e",
    ),
    (
        "application/xml",
        "<?xml version=\"1.0\"?><a><card pan='{pan}' id=\"1\"/><pan>{pan}</pan><!-- 1 --><code>{code}</code><mail>{mail}</mail><b>{mail}</b></a>",
    ),
    ("text/html", "<p>{mail}</p>"),
    ("text/plain", "4111111111111111 {mail}"),
];

/// `text` as it is spelled inside a value of this format.
fn spelled(kind: &str, text: &str) -> String {
    match kind {
        "application/json" | "application/x-ndjson" => {
            text.replace('\\', "\\\\").replace('"', "\\\"")
        }
        "text/csv" => text.replace('"', "\"\""),
        "application/xml" | "text/html" => text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&apos;"),
        "application/x-www-form-urlencoded" => {
            let spell = |byte: u8| match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(byte).to_string()
                }
                other => format!("%{other:02X}"),
            };
            text.bytes().map(spell).collect()
        }
        _ => text.to_owned(),
    }
}

fn filled(kind: &str, template: &str, values: [&str; 3]) -> String {
    let names = ["{pan}", "{code}", "{mail}"];
    names
        .iter()
        .zip(values)
        .fold(template.to_owned(), |text, (name, value)| {
            text.replace(name, &spelled(kind, value))
        })
}

pub async fn chunked(service: &Service, query: &str, kind: &str, parts: Vec<Vec<u8>>) -> Answer {
    let request = post("ann", &format!("/v1/detokenize?{query}"), kind);
    let request = request.body(chunks(parts)).unwrap();
    read(Arc::clone(&service.app).answer(request).await).await
}

#[tokio::test]
async fn a_policy_finds_values_in_documents_cut_anywhere() {
    let limits = Limits {
        small_body: 0,
        ..Limits::default()
    };
    let streaming = Service::with_policies(limits, &[("cards", CARDS)]);
    let mail = siv("a@b");
    let (pan, code) = (fpe("pan", "a&b", PAN), fpe("code", "a&b", CODE));
    for (kind, template) in DOCUMENTS {
        let input = filled(kind, template, [&pan, &code, &mail]);
        let expected = filled(kind, template, [PAN, CODE, "a@b"]);
        // Escapes can be spelled in more ways than one: what is read from them counts.
        let same = |answer: &Answer, cut: usize| {
            assert!(answer.complete, "{kind} cut at {cut}");
            let plain = |text: &str| text.replace("&#34;", "&quot;").replace("&#39;", "&apos;");
            assert_eq!(
                plain(answer.text()),
                plain(&expected),
                "{kind} cut at {cut}"
            );
        };
        let query = "policy=cards&tenant=a%26b";
        let bytes = input.as_bytes();
        for cut in 0..=bytes.len() {
            let parts = vec![bytes[..cut].to_vec(), bytes[cut..].to_vec()];
            same(&chunked(&streaming, query, kind, parts).await, cut);
        }
        let single = bytes.iter().map(|byte| vec![*byte]).collect();
        same(&chunked(&streaming, query, kind, single).await, 0);
        let answer = service().query(query, "ann", kind, bytes).await;
        same(&answer, 0);
        assert_eq!(answer.headers["x-veilgate-not-revealed"], "0", "{kind}");
        // Who may not gets back what was sent.
        let answer = service().query(query, "ben", kind, bytes).await;
        assert_eq!(answer.text(), input, "{kind}");
    }
}

#[tokio::test]
async fn headers_name_policy_and_tenant_too() {
    let service = service();
    let body = format!(r#"{{"pan":"{}"}}"#, fpe("pan", "acme", PAN));
    let request = post("ann", "/v1/detokenize", "application/json")
        .header("x-veilgate-policy", "cards")
        .header("x-veilgate-tenant", "acme")
        .body(Full::new(body.clone().into()))
        .unwrap();
    let answer = service.send(request).await;
    assert_eq!(answer.text(), format!(r#"{{"pan":"{PAN}"}}"#));
    // Without a policy nothing is taken for what it does not say that it is.
    let answer = service
        .document("ann", "application/json", body.as_bytes())
        .await;
    assert_eq!(answer.text(), body);
}

#[tokio::test]
async fn what_does_not_fit_stays_and_counts_for_strict_callers() {
    let service = service();
    let good = fpe("pan", "", PAN);
    let body = format!(
        r#"[{{"pan":"{good}"}},{{"pan":"none"}},{{"pan":""}},{{"pan":{{"mail":"{}"}}}}]"#,
        siv("m")
    );
    let answer = service
        .query("policy=cards", "ann", "application/json", body.as_bytes())
        .await;
    let expected =
        format!(r#"[{{"pan":"{PAN}"}},{{"pan":"none"}},{{"pan":""}},{{"pan":{{"mail":"m"}}}}]"#);
    assert_eq!(answer.text(), expected);
    assert_eq!(answer.headers["x-veilgate-revealed"], "2");
    assert_eq!(answer.headers["x-veilgate-not-revealed"], "1");
    let strict = "policy=cards&on-refused=fail";
    let answer = service
        .query(strict, "ann", "application/json", body.as_bytes())
        .await;
    assert_eq!(answer.problem(), "not-revealed");
}

#[tokio::test]
async fn tokens_that_describe_themselves_come_first_in_a_selected_place() {
    let service = service();
    let number = service
        .world
        .epoch()
        .token("pan", record::ValueType::Number, b"1.50");
    let number = String::from_utf8(number).unwrap();
    let mail = siv("a\"b");
    for (kind, input, expected) in [
        (
            "application/json",
            format!(r#"{{"pan":"{number}","x":{{"pan":"a {mail} {number}"}}}}"#),
            r#"{"pan":1.50,"x":{"pan":"a a\"b 1.50"}}"#,
        ),
        (
            // Spelled with an escape, which only reading undoes.
            "application/json",
            format!(r#"{{"pan":"{}"}}"#, number.replacen('~', "\\u007e", 1)),
            r#"{"pan":1.50}"#,
        ),
        (
            "text/csv",
            format!("pan\n{mail}\n{number}\n"),
            "pan\n\"a\"\"b\"\n1.50\n",
        ),
        (
            "application/x-www-form-urlencoded",
            format!(
                "pan={}&mail=x%20{mail}&b={mail}",
                number.replace('~', "%7e")
            ),
            "pan=1.50&mail=x%20a%22b&b=a%22b",
        ),
    ] {
        let answer = service
            .query("policy=cards", "ann", kind, input.as_bytes())
            .await;
        assert_eq!(answer.text(), expected, "{kind}");
    }
}

#[tokio::test]
async fn documents_that_the_policy_cannot_read_are_refused() {
    let service = service();
    for (kind, body, code) in [
        ("application/json", &b"{\"pan\":"[..], "json-truncated"),
        (
            "application/json",
            b"{\"pan\":\"\xff\"}",
            "json-invalid-utf8",
        ),
        ("text/csv", b"pan,x\n1\n", "csv-row-width"),
        ("text/csv", b"pan\n\xff\n", "charset-invalid"),
        ("text/csv", b"pan\n\xc3", "charset-truncated"),
        ("application/xml", b"<a><b></a>", "xml-tag-mismatch"),
    ] {
        let answer = service.query("policy=cards", "ann", kind, body).await;
        refused(&answer, code);
        assert_eq!(service.document("ann", kind, body).await.body, body);
    }
    let parts = vec![b"[\"".to_vec(), vec![b'x'; 100_000], b"\" x".to_vec()];
    let answer = chunked(&service, "policy=cards", "application/json", parts).await;
    assert!(answer.status == 200 && !answer.complete);
    assert_eq!(
        service.audit().last().unwrap()["outcome"],
        "json-unexpected-byte"
    );
    let form = "application/x-www-form-urlencoded";
    let answer = service.document("ann", form, b"a=1").await;
    assert_eq!(answer.problem(), "unsupported-content-type");
}

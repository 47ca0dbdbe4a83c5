//! Tokens that do not describe themselves, of the tenants that the document's records name.

use crate::formatted::{PAN, chunked, fpe, refused, siv};
use crate::world::{Answer, Service};
use detokenize::config::Limits;
use serde_json::json;

/// Class `pan` as in `formatted::CARDS`.
const ORDERS: &str = r#"version: 1
tenant: shop
records: { select: "$.orders[*]", xpath: //order, max_bytes: 4KiB }
classes:
  open: { kind: keep }
  pan: { kind: fpe, key: joins, alphabet: digits, keep_last: 4, min_length: 12, outside: keep, luhn: valid }
  mail: { kind: siv, key: joins }
rules:
  - { name: shop, select: "$..shop", columns: shop, fields: shop, xpath: //@shop, class: open }
  - { select: "$..pan", columns: pan, fields: pan, xpath: //pan, class: pan }
  - { select: "$..mail", columns: mail, fields: mail, xpath: //mail, class: mail }
csv: { missing_columns: pass }
"#;

/// With `{a}` and `{b}` in the places of values of shops `a` and `b`, and `{mail}` of a token that
/// describes itself.
const DOCUMENTS: [(&str, &str); 5] = [
    (
        "application/json",
        r#"{"orders": [{"pan":"{a}","shop":"a"}, {"shop":"b","pan":"{b}","x":[{"pan":"{b}"}]}, {"mail":"{mail}"}, {"shop":"a"}, 1], "pan":"{a}", "shop":"a"}"#,
    ),
    (
        "application/x-ndjson",
        "{\"pan\":\"{a}\",\"shop\":\"a\"}\n{\"mail\":\"{mail}\"}\n\n{\"shop\":\"b\",\"pan\":\"{b}\"}\n[]\n",
    ),
    (
        "text/csv",
        "pan,shop,mail\r\n{a},a,{mail}\r\n\"{b}\",\"b\",\"x\"\r\n,,{mail}\r\n{a},a,",
    ),
    ("application/x-www-form-urlencoded", "pan={a}&x=1&shop=a"),
    (
        "application/xml",
        "<all><order><pan>{b}</pan><by shop='b'/></order><mail>{mail}</mail><order shop='a'>\n<pan>{a}</pan></order></all>",
    ),
];

fn filled(template: &str, values: [&str; 3]) -> String {
    let names = ["{a}", "{b}", "{mail}"];
    let pairs = names.iter().zip(values);
    pairs.fold(template.to_owned(), |text, (name, value)| {
        text.replace(name, value)
    })
}

fn service(limits: Limits) -> Service {
    Service::with_policies(limits, &[("orders", ORDERS)])
}

#[tokio::test]
async fn each_record_names_the_tenant_of_its_tokens_wherever_the_document_is_cut() {
    let streaming = service(Limits {
        small_body: 0,
        ..Limits::default()
    });
    let (a, b, mail) = (fpe("pan", "a", PAN), fpe("pan", "b", PAN), siv("m@x"));
    assert_ne!(a, b);
    for (kind, template) in DOCUMENTS {
        let input = filled(template, [&a, &b, &mail]);
        let expected = filled(template, [PAN, PAN, "m@x"]);
        let bytes = input.as_bytes();
        for cut in 0..=bytes.len() {
            let parts = vec![bytes[..cut].to_vec(), bytes[cut..].to_vec()];
            let answer = chunked(&streaming, "policy=orders", kind, parts).await;
            assert!(answer.complete, "{kind} cut at {cut}");
            assert_eq!(answer.text(), expected, "{kind} cut at {cut}");
        }
        let single = bytes.iter().map(|byte| vec![*byte]).collect();
        let answer = chunked(&streaming, "policy=orders", kind, single).await;
        assert_eq!(answer.text(), expected, "{kind} byte by byte");
        let whole = service(Limits::default());
        let answer = whole.query("policy=orders", "ann", kind, bytes).await;
        assert_eq!(answer.text(), expected, "{kind} whole");
        // Who may not gets back what was sent.
        let answer = whole.query("policy=orders", "ben", kind, bytes).await;
        assert_eq!(answer.text(), input, "{kind}");
    }
}

#[tokio::test]
async fn what_does_not_say_its_tenant_is_refused_unless_the_caller_does() {
    let service = service(Limits::default());
    let far = format!(
        r#"{{"pan":"{{a}}","x":"{}","shop":"a"}}"#,
        "x".repeat(5_000)
    );
    for (kind, template, status, code, offset) in [
        (
            "application/json",
            r#"{"orders":[{"pan":"{a}"}],"shop":"a"}"#,
            400,
            "no-tenant",
            18,
        ),
        (
            "application/json",
            r#"{"pan":"{a}","shop":["a"]}"#,
            400,
            "no-tenant",
            7,
        ),
        (
            "application/json",
            r#"{"shop":"not one","pan":"{a}"}"#,
            400,
            "no-tenant",
            8,
        ),
        (
            "application/json",
            r#"{"shop":"a","pan":"{a}","x":{"shop":"b"}}"#,
            422,
            "ambiguous-owner",
            52,
        ),
        (
            "application/x-ndjson",
            "{\"shop\":\"a\"}\n{\"pan\":\"{a}\"}\n",
            400,
            "no-tenant",
            20,
        ),
        ("text/csv", "pan,shop\n{a},\n", 400, "no-tenant", 9),
        ("application/json", far.as_str(), 413, "owner-too-far", 7),
    ] {
        let input = filled(template, [&fpe("pan", "a", PAN), "", ""]);
        let answer = service
            .query("policy=orders", "ann", kind, input.as_bytes())
            .await;
        let problem: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let told = (answer.status.as_u16(), &problem["code"], &problem["offset"]);
        assert_eq!(
            told,
            (status, &json!(code), &json!(offset)),
            "{template}: {problem}"
        );
        assert!(problem["detail"].as_str().unwrap().contains("tenant=NAME"));
        // refused before KMS is asked
        assert!(service.world.kms.take_calls().is_empty(), "{template}");

        let answer = service
            .query("policy=orders&tenant=a", "ann", kind, input.as_bytes())
            .await;
        assert_eq!(answer.text(), filled(template, [PAN, "", ""]), "{template}");
        service.world.kms.take_calls();
    }
}

#[tokio::test]
async fn nothing_of_a_record_leaves_before_it_has_named_its_tenant() {
    let streaming = service(Limits {
        small_body: 0,
        ..Limits::default()
    });
    let (a, b) = (fpe("pan", "a", PAN), fpe("pan", "b", PAN));
    let parts = [
        format!(r#"{{"orders":[{{"shop":"a","pan":"{a}"}}, {{"x":1,"pan":"{b}""#),
        " } ]}".to_owned(),
    ];
    let parts = parts.map(String::into_bytes).to_vec();
    // an empty name is none
    for query in ["policy=orders", "policy=orders&tenant="] {
        let answer = chunked(&streaming, query, "application/json", parts.clone()).await;
        assert!(!answer.complete, "{}", answer.text());
        assert!(!answer.text().contains("\"x\""), "{}", answer.text());
        let line = streaming.audit().pop().unwrap();
        assert_eq!(
            (&line["outcome"], &line["revealed"]),
            (&json!("no-tenant"), &json!(0))
        );
    }
}

#[tokio::test]
async fn a_tenant_that_is_a_token_itself_says_nothing() {
    let hidden = ORDERS.replace("open: { kind: keep }", "open: { kind: siv, key: joins }");
    let service = Service::with_policies(Limits::default(), &[("orders", &hidden)]);
    // such a name could be a tenant's; what the class makes of it never is the one
    let body = format!(r#"{{"shop":"a","pan":"{}"}}"#, fpe("pan", "a", PAN));
    let send = |query| service.query(query, "ann", "application/json", body.as_bytes());
    refused(&send("policy=orders").await, "no-tenant");
    let named: Answer = send("policy=orders&tenant=a").await;
    assert_eq!(named.text(), format!(r#"{{"shop":"a","pan":"{PAN}"}}"#));
}

#[tokio::test]
async fn a_batch_names_the_tenant_of_what_does_not_describe_itself() {
    let service = service(Limits::default());
    let (pan, mail) = (fpe("pan", "a", PAN), siv("m@x"));
    for batch in [
        json!({"class": "pan", "tokens": []}),
        json!({"class": "pan", "tenant": "", "tokens": [pan]}),
        json!({"class": "pan", "tokens": [mail]}),
        json!({"tokens": [mail, {"class": "pan", "token": pan}]}),
    ] {
        refused(&service.raw_batch("ann", &batch).await, "no-tenant");
    }
    for (batch, value) in [
        (json!({"class": "pan", "tenant": "a", "tokens": [pan]}), PAN),
        (json!({"class": "mail", "tokens": [mail]}), "m@x"),
        (json!({"policy": "orders", "tokens": [mail]}), "m@x"),
    ] {
        let answer = service.raw_batch("ann", &batch).await;
        assert!(
            answer.text().contains(&format!("\"{value}\"")),
            "{batch}: {}",
            answer.text()
        );
    }
}

//! One line for each call, with no value and no token, or nothing is revealed.

use crate::support::rsa;
use crate::world::{Service, chunks, post, read};
use detokenize::config::Limits;
use http_body_util::BodyExt;
use record::ValueType;
use std::sync::Arc;

const SECRET: &str = "4111111111111111";

#[tokio::test]
async fn a_line_says_who_what_and_how_many() {
    let service = Service::new();
    let epoch = service.world.epoch();
    let foreign = service.world.forged_epoch().text("v");
    let tokens = [
        epoch.text(SECRET),
        epoch.text(SECRET),
        rsa(ValueType::Text, b"v"),
        foreign,
    ];
    let answer = service.batch("ann", &tokens).await;
    let lines = service.audit();
    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    assert_eq!(line["event"], "detokenize");
    assert_eq!(
        line["request_id"],
        answer.headers["x-request-id"].to_str().unwrap()
    );
    assert_eq!(line["endpoint"], "/v1/detokenize/batch");
    assert_eq!(
        line["principal"],
        "arn:aws:sts::000000000000:assumed-role/analyst/ann"
    );
    assert_eq!(line["issuer"], "https://issuer");
    assert_eq!(line["subject"], "ann");
    assert_eq!(line["outcome"], "ok");
    assert_eq!(line["classes"], serde_json::json!({"pan": 2, "ssn": 1}));
    assert_eq!(
        (&line["revealed"], &line["not_revealed"]),
        (&3.into(), &1.into())
    );
    assert_eq!(line["kms_calls"], 3);
    assert_eq!(line["bytes_out"], answer.body.len());
    assert!(line["bytes_in"].as_u64().unwrap() > 1000);
    assert!(line["time"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn no_line_holds_a_value_or_a_token() {
    let service = Service::new();
    let token = service.world.epoch().text(SECRET);
    let text = String::from_utf8(token.clone()).unwrap();
    for caller in ["ann", "ben", "mallory", "nobody"] {
        service.document(caller, "text/plain", &token).await;
        service.batch(caller, &[token.clone(), SECRET.into()]).await;
        service
            .document(caller, "application/x-unknown", SECRET.as_bytes())
            .await;
    }
    let request = post("ann", "/v1/detokenize", "text/plain");
    let parts = vec![vec![b'x'; 100_000], token];
    let request = request.body(chunks(parts)).unwrap();
    let answer = read(Arc::clone(&service.app).answer(request).await).await;
    assert!(answer.text().ends_with(SECRET));
    let audit = service.audit_text();
    assert_eq!(audit.lines().count(), 14);
    assert!(!audit.contains(SECRET));
    assert!(!audit.contains("vg1"));
    // Short parts would be found in the random identifiers of requests.
    let parts: Vec<_> = text.split('.').filter(|part| part.len() >= 16).collect();
    assert!(!parts.is_empty() && parts.iter().all(|part| !audit.contains(part)));
    let bearer = ["e30.", ".c2ln"]; // what any bearer token here begins and ends with
    assert!(bearer.iter().all(|part| !audit.contains(part)));
}

#[tokio::test]
async fn refused_calls_have_their_line_too() {
    let service = Service::new();
    service.document("mallory", "text/plain", b"x").await;
    service.document("ann", "image/png", b"x").await;
    let outcomes: Vec<_> = service
        .audit()
        .iter()
        .map(|line| line["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["unauthenticated", "unsupported-content-type"]);
    assert!(
        service.audit()[0]["subject"].is_null(),
        "nobody has proven it"
    );
}

#[tokio::test]
async fn a_streamed_answer_has_a_line_before_it_and_one_before_its_end() {
    let service = Service::with(Limits {
        small_body: 10,
        ..Limits::default()
    });
    let token = service.world.epoch().text("v");
    let parts = vec![vec![b'x'; 1000], token];
    let request = post("ann", "/v1/detokenize", "text/plain")
        .body(chunks(parts))
        .unwrap();
    let answer = Arc::clone(&service.app).answer(request).await;
    assert_eq!(service.audit()[0]["event"], "started");
    read(answer).await;
    let lines = service.audit();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (&lines[1]["event"], &lines[1]["outcome"]),
        (&"detokenize".into(), &"ok".into())
    );
    assert_eq!(lines[1]["revealed"], 1);
    assert_eq!(lines[0]["request_id"], lines[1]["request_id"]);
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_a_line() {
    let service = Service::with(Limits {
        small_body: 10,
        ..Limits::default()
    });
    let parts = (0..100).map(|_| vec![b'x'; 1000]);
    let request = post("ann", "/v1/detokenize", "text/plain")
        .body(chunks(parts))
        .unwrap();
    let mut answer = Arc::clone(&service.app).answer(request).await;
    answer.body_mut().frame().await.unwrap().unwrap();
    drop(answer);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let lines = service.audit();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["outcome"], "aborted");
}

#[tokio::test]
async fn a_request_that_is_dropped_before_its_answer_leaves_a_line() {
    let service = Service::new();
    let pending = futures_util::stream::pending::<Result<_, std::convert::Infallible>>();
    let body = http_body_util::StreamBody::new(pending);
    let request = post("ann", "/v1/detokenize", "text/plain")
        .body(body)
        .unwrap();
    let answer = Arc::clone(&service.app).answer(request);
    assert!(futures_util::FutureExt::now_or_never(answer).is_none());
    assert_eq!(service.audit()[0]["outcome"], "aborted");
}

#[tokio::test]
async fn without_an_audit_nothing_is_revealed() {
    let service = Service::with_full_disk();
    let token = service.world.epoch().text(SECRET);
    let long = [token.clone(), vec![b'x'; 100_000]].concat();
    for answer in [
        service.document("ann", "text/plain", &token).await,
        service.batch("ann", &[token]).await,
        service.document("ann", "text/plain", &long).await,
    ] {
        assert_eq!(answer.status, 503);
        assert_eq!(answer.problem(), "audit-unavailable");
        assert!(!answer.text().contains(SECRET));
    }
}

//! Denied, unknown, altered and foreign tokens: one answer.

use crate::formatted::{self, PAN, fpe};
use crate::support::{frame, rsa, siv, siv_of, siv_text};
use crate::world::{Answer, Service};
use record::{KeyId, ValueType};
use serde_json::json;

/// Tokens that do not open for `ben`, of the same length.
fn closed(service: &Service) -> Vec<Vec<u8>> {
    let world = &service.world;
    let epoch = world.epoch();
    let mut altered = epoch.body("pan", "", ValueType::Text, b"v");
    *altered.last_mut().unwrap() ^= 1;
    vec![
        world.epoch().text("v"),
        frame(&epoch.head, &altered),
        world.forged_epoch().text("v"),
        world
            .epoch_of(&KeyId::new("paymentz", 1), "kms-pay-1")
            .text("v"),
        world
            .epoch_of(&KeyId::new("payments", 9), "kms-pay-1")
            .text("v"),
    ]
}

/// All that a caller sees, but for the request's own id and the token that was sent.
fn seen(answer: &Answer, token: &[u8]) -> String {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "x-request-id")
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let body = answer
        .text()
        .replace(std::str::from_utf8(token).unwrap(), "TOKEN");
    format!("{} {headers:?} {body}", answer.status)
}

#[tokio::test]
async fn documents_and_batches_do_not_tell_failures_apart() {
    let service = Service::new();
    let mut documents = Vec::new();
    let mut batches = Vec::new();
    for token in closed(&service) {
        let body = [b"[\"".as_slice(), &token, b"\"]"].concat();
        let answer = service.document("ben", "application/json", &body).await;
        documents.push(seen(&answer, &token));
        assert_eq!(service.world.kms.take_calls().len(), 1);
        let answer = service.batch("ben", std::slice::from_ref(&token)).await;
        batches.push(seen(&answer, &token));
        assert!(service.world.kms.take_calls().is_empty());
    }
    documents.dedup();
    batches.dedup();
    assert_eq!(documents.len(), 1, "{documents:?}");
    assert_eq!(batches.len(), 1, "{batches:?}");
    let answer = service.batch("ben", &[rsa(ValueType::Text, b"v")]).await;
    assert_eq!(seen(&answer, b"TOKEN"), batches[0]);
}

/// `siv` tokens that do not open for one who may not use their key: valid, altered, of another
/// version's body, of a version and a key that are not there, and of a key that is a public one.
fn closed_siv() -> Vec<Vec<u8>> {
    let (head, body) = siv(1, "mail", "", ValueType::Text, b"v");
    let mut altered = body.clone();
    *altered.last_mut().unwrap() ^= 1;
    let other = siv(2, "mail", "", ValueType::Text, b"v").1;
    let of = |name: &str, version| {
        let key = KeyId::new(name, version);
        let (head, body) = siv_of(&key, 1, "mail", "", ValueType::Text, b"v");
        frame(&head, &body)
    };
    vec![
        siv_text(1, "v"),
        frame(&head, &altered),
        frame(&head, &other),
        of("joins", 9),
        of("joinz", 1),
        of("payments", 1),
    ]
}

#[tokio::test]
async fn siv_tokens_do_not_tell_failures_apart() {
    let service = Service::new();
    let mut all = Vec::new();
    for (at, token) in closed_siv().into_iter().enumerate() {
        // Each for a caller of whom nothing is remembered.
        let who = format!("ben{at}");
        let body = [b"[\"".as_slice(), &token, b"\"]"].concat();
        let answer = service.document(&who, "application/json", &body).await;
        assert_eq!(service.world.kms.take_calls().len(), 1);
        let batch = service.batch(&who, std::slice::from_ref(&token)).await;
        assert!(service.world.kms.take_calls().is_empty());
        all.push((seen(&answer, &token), seen(&batch, &token)));
    }
    all.dedup();
    assert_eq!(all.len(), 1, "{all:?}");
    let envelope = service.batch("ben", &closed(&service)[..1]).await;
    assert_eq!(seen(&envelope, b"TOKEN"), all[0].1);
}

#[tokio::test]
async fn the_audit_lines_of_failures_are_alike_too() {
    let service = Service::new();
    for token in closed(&service) {
        service.batch("ben", &[token]).await;
    }
    let mut lines = service.audit();
    for line in &mut lines {
        for field in ["time", "request_id", "bytes_in"] {
            line[field] = serde_json::Value::Null;
        }
    }
    lines.dedup();
    assert_eq!(lines.len(), 1);
}

#[tokio::test]
async fn a_refused_caller_sees_no_difference_between_texts() {
    let service = formatted::service();
    let mut seen = Vec::new();
    let valid = fpe("pan", "", PAN);
    for (at, text) in [valid.as_str(), "4111111111111112", "junk"]
        .into_iter()
        .enumerate()
    {
        let who = format!("ben{at}");
        let batch = json!({"class": "pan", "tokens": [text]});
        let answer = service.raw_batch(&who, &batch).await;
        assert_eq!(service.world.kms.take_calls().len(), 1);
        let body = format!(r#"{{"pan":"{text}"}}"#);
        let document = service
            .query("policy=cards", &who, "application/json", body.as_bytes())
            .await;
        assert!(
            service.world.kms.take_calls().is_empty(),
            "the refusal is remembered"
        );
        assert_eq!(document.text(), body);
        seen.push((
            answer.text().to_owned(),
            document.headers["x-veilgate-revealed"].clone(),
            document.headers["x-veilgate-not-revealed"].clone(),
        ));
    }
    seen.dedup();
    assert_eq!(seen.len(), 1);
}

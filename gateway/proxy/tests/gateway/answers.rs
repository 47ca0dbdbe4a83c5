//! Answers of upstreams, by the rules of a policy.

use crate::support::{Client, Gateway, Setup, Upstream, post, without_tokens};

const ROUTE: &str = "responses: { policy: policy.yaml }";

/// A body that the upstream gives back as an answer of this type; the request passes untouched.
fn answered(kind: &str, body: &[u8]) -> Vec<u8> {
    let answer_type = format!("x-answer-type: {kind}");
    post("/v1/x", &["content-type: image/png", &answer_type], body)
}

fn gateway(upstream: &Upstream, route: &str) -> Gateway {
    Gateway::start(&Setup {
        other_content_types: "pass",
        route,
        ..Setup::to(upstream.address)
    })
}

#[test]
fn values_in_answers_become_tokens() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, ROUTE);
    let answer = Client::connect(gateway.address).ask(answered(
        "application/json",
        b"{\"pan\": \"4111\", \"n\": 1}",
    ));
    assert_eq!(answer.status, 200);
    assert_eq!(without_tokens(&answer.body), "{\"pan\": \"T\", \"n\": 1}");
    // It names the upstream's bytes, not these.
    assert_eq!(answer.header("etag"), None);
    let metrics = gateway.metrics();
    let counted = "veilgate_values_total{route=\"route 2\",side=\"response\",rule=\"rule 1\",class=\"pan\",outcome=\"tokenized\"} 1";
    assert!(metrics.contains(counted), "{metrics}");
}

#[test]
fn long_answers_stream() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, ROUTE);
    let line = "{\"pan\":\"4111\",\"text\":\"0123456789012345678901234567890123456789\"}\n";
    let mut client = Client::connect(gateway.address);
    client.write(answered(
        "application/x-ndjson",
        line.repeat(4000).as_bytes(),
    ));
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(
        head.to_lowercase().contains("transfer-encoding: chunked"),
        "{head}"
    );
    let mut body = Vec::new();
    while !body.ends_with(b"\r\n0\r\n\r\n") {
        let mut more = [0; 4096];
        let count = std::io::Read::read(&mut client.0, &mut more).unwrap();
        assert!(count > 0, "closed in a body");
        body.extend_from_slice(&more[..count]);
    }
    assert_eq!(
        body.windows(5).filter(|bytes| bytes == b"~vg1.").count(),
        4000
    );
    // with its quotes: among so many letters of tokens the digits alone may stand by chance
    assert!(!body.windows(6).any(|bytes| bytes == b"\"4111\""));
}

#[test]
fn what_cannot_be_inspected_does_not_reach_the_client() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, ROUTE);
    for (kind, body, reason) in [
        (
            "application/json",
            &b"{\"pan\": \"4111\""[..],
            "json-truncated",
        ),
        ("image/png", b"4111", "unsupported-content-type"),
        ("text/csv", b"pan\n4111\n", "unsupported-content-type"),
    ] {
        let answer = Client::connect(gateway.address).ask(answered(kind, body));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (502, "answer-not-inspected")
        );
        assert_eq!(answer.document()["reason"], reason);
    }
    let passing = "responses: { policy: policy.yaml, other_content_types: pass }";
    let gateway = self::gateway(&upstream, passing);
    let answer = Client::connect(gateway.address).ask(answered("image/png", b"4111"));
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"4111"[..]));
}

#[test]
fn answers_without_a_body_pass() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, ROUTE);
    let answer = Client::connect(gateway.address).ask(answered("image/png", b""));
    assert_eq!(answer.status, 200);
}

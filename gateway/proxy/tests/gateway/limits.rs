//! Limits and times.

use crate::support::{Client, Gateway, Setup, Upstream, json, post};

fn setup<'a>(upstream: &Upstream, limits: &'a str) -> Setup<'a> {
    Setup {
        limits,
        ..Setup::to(upstream.address)
    }
}

#[test]
fn bodies_over_the_limit_are_refused_by_length_and_by_count() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&setup(&upstream, "body: 10B"));
    for path in ["/v1/x", "/open/x"] {
        let mut client = Client::connect(gateway.address);
        let answer = client.ask(json(path, "[1,2,3,4,5]"));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (413, "body-too-large")
        );
        assert_eq!(answer.document()["limit"], 10);
        let mut client = Client::connect(gateway.address);
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        );
        let answer = client.ask(head + "6\r\n[1,2,3\r\n5\r\n,4,5]\r\n0\r\n\r\n");
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (413, "body-too-large")
        );
    }
    assert!(
        upstream
            .seen()
            .iter()
            .all(|seen| seen.ended == crate::support::Body::BrokenOff)
    );
    assert_eq!(
        Client::connect(gateway.address)
            .ask(json("/v1/x", "[1,2,3,45]"))
            .status,
        200
    );
}

#[test]
fn heads_over_the_limit_are_refused() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&setup(&upstream, "head: 8KiB"));
    let field = format!("x: {}", "y".repeat(8192));
    let answer = Client::connect(gateway.address).ask(post("/open/x", &[&field], ""));
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (431, "head-too-large")
    );
    let many = vec!["x: y"; 101];
    let answer = Client::connect(gateway.address).ask(post("/open/x", &many, ""));
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (431, "head-too-large")
    );
    assert!(upstream.seen().is_empty());
}

#[test]
fn requests_over_the_limit_are_told_when_to_come_again() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&setup(&upstream, "requests: 1"));
    let mut first = Client::connect(gateway.address);
    first.write(
        "POST /open/x HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n",
    );
    assert!(first.head().starts_with("HTTP/1.1 100 "));
    let answer = Client::connect(gateway.address).ask(json("/v1/x", "{}"));
    assert_eq!((answer.status, answer.code().as_str()), (503, "too-busy"));
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(first.ask("hi").body, b"hi");
    // The place is free when the answer is gone; the client may see that a moment before.
    let free = (0..100).any(|_| {
        Client::connect(gateway.address)
            .ask(json("/v1/x", "{}"))
            .status
            == 200
    });
    assert!(free);
}

#[test]
fn silent_clients_are_cut_off_and_nothing_whole_arrives() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&setup(&upstream, "body_idle_timeout: 100ms"));
    for path in ["/v1/x", "/open/x"] {
        let mut client = Client::connect(gateway.address);
        client.write(format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n[1,"));
        let answer = client.answer();
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (408, "body-timeout")
        );
    }
    let seen = upstream.wait_for(1);
    assert!(
        seen.iter()
            .all(|seen| seen.ended == crate::support::Body::BrokenOff)
    );
}

#[test]
fn silent_heads_are_cut_off() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&setup(&upstream, "header_timeout: 100ms"));
    for start in ["", "GET /open/x HTTP/1.1\r\nho"] {
        let mut client = Client::connect(gateway.address);
        client.write(start);
        assert!(client.is_closed());
    }
}

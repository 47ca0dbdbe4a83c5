//! Bodies beyond the small-body limit, and what becomes of them when they break.

use std::io::Write;

use crate::support::{Body, Client, Gateway, Setup, Upstream};

fn setup<'a>(upstream: &Upstream, protocol: &'a str) -> Setup<'a> {
    Setup {
        protocol,
        limits: "small_body: 1KiB",
        ..Setup::to(upstream.address)
    }
}

const HEAD: &str = "POST /v1/lines HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-ndjson\r\n";

fn line(number: usize) -> String {
    format!(
        "{{\"number\":{number},\"pan\":\"411111111111{number}\",\"rest\":\"{}\"}}\n",
        "x".repeat(50)
    )
}

#[test]
fn long_bodies_stream_and_come_out_whole() {
    let upstream = Upstream::start();
    for protocol in ["http1", "http2"] {
        let gateway = Gateway::start(&setup(&upstream, protocol));
        let body: String = (0..3000).map(line).collect();
        let mut client = Client::connect(gateway.address);
        client.write(format!("{HEAD}content-length: {}\r\n\r\n", body.len()));
        client.write(body);
        assert_eq!(client.head()[9..12], *"200");
        let seen = upstream.last();
        assert_eq!(seen.ended, Body::Whole);
        assert!(!seen.headers.contains_key("content-length"));
        let text = String::from_utf8(seen.body.to_vec()).unwrap();
        for (number, line) in text.lines().enumerate() {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(record["number"], number);
            assert!(record["pan"].as_str().unwrap().starts_with("~vg1."));
        }
        assert_eq!(text.lines().count(), 3000);
    }
}

#[test]
fn a_fault_after_the_first_bytes_aborts_the_upstream() {
    let upstream = Upstream::start();
    for (round, protocol) in ["http1", "http2"].into_iter().enumerate() {
        let gateway = Gateway::start(&setup(&upstream, protocol));
        let mut body: String = (0..3000).map(line).collect();
        let offset = body.len();
        body.push_str("{\"pan\":tru}\n");
        let mut client = Client::connect(gateway.address);
        client.write(format!(
            "{HEAD}content-length: {}\r\n\r\n{body}",
            body.len()
        ));
        let answer = client.answer();
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.code().starts_with("json-"));
        assert_eq!(answer.document()["line"], 3001);
        assert!(answer.document()["offset"].as_u64().unwrap() >= offset as u64);
        let seen = upstream.wait_for(round + 1).pop().unwrap();
        assert_eq!(seen.ended, Body::BrokenOff, "{protocol}");
        assert!(
            seen.length > 0,
            "the fault came before the first bytes went"
        );
    }
}

#[test]
fn a_fault_at_the_very_beginning_opens_no_upstream_request() {
    let upstream = Upstream::start();
    for (round, protocol) in ["http1", "http2"].into_iter().enumerate() {
        let gateway = Gateway::start(&setup(&upstream, protocol));
        let mut body = String::from("{\"pan\":tru}\n");
        body.extend((0..3000).map(line));
        let mut client = Client::connect(gateway.address);
        client.write(format!(
            "{HEAD}content-length: {}\r\n\r\n{body}",
            body.len()
        ));
        let answer = client.answer();
        assert_eq!(
            (answer.status, answer.document()["offset"].as_u64()),
            (400, Some(10))
        );
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(client.is_closed());
        // A good request afterwards is the only one that came.
        let line = line(1);
        let mut client = Client::connect(gateway.address);
        client.write(format!(
            "{HEAD}content-length: {}\r\n\r\n{line}",
            line.len()
        ));
        assert_eq!(client.head()[9..12], *"200");
        assert_eq!(upstream.wait_for(round + 1).len(), round + 1);
        assert_eq!(upstream.last().ended, Body::Whole);
    }
}

#[test]
fn a_fault_in_a_body_that_was_read_whole_keeps_the_connection() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&setup(&upstream, "http1"));
    let mut client = Client::connect(gateway.address);
    for _ in 0..3 {
        let answer = client.ask(format!("{HEAD}content-length: 4\r\n\r\ntru\n"));
        assert_eq!((answer.status, answer.header("connection")), (400, None));
    }
    let line = line(1);
    client.write(format!(
        "{HEAD}content-length: {}\r\n\r\n{line}",
        line.len()
    ));
    assert_eq!(client.head()[9..12], *"200");
}

#[test]
fn a_client_that_leaves_aborts_the_upstream() {
    let upstream = Upstream::start();
    for (round, protocol) in ["http1", "http2"].into_iter().enumerate() {
        let gateway = Gateway::start(&setup(&upstream, protocol));
        for (path, count) in [("/v1/lines", 1), ("/open/lines", 2)] {
            let mut client = Client::connect(gateway.address);
            let body: String = (0..300).map(line).collect();
            let head = HEAD.replace("/v1/lines", path);
            client.write(format!(
                "{head}content-length: {}\r\n\r\n{body}",
                body.len() + 1
            ));
            drop(client);
            let seen = upstream.wait_for(round * 2 + count).pop().unwrap();
            assert_eq!(seen.ended, Body::BrokenOff, "{protocol} {path}");
        }
    }
}

#[test]
fn broken_framing_in_mid_body_is_told_and_aborts() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&setup(&upstream, "http1"));
    let body: String = (0..300).map(line).collect();
    for (path, count) in [("/v1/lines", 1), ("/open/lines", 2)] {
        let mut client = Client::connect(gateway.address);
        let head = HEAD.replace("/v1/lines", path);
        client.write(format!(
            "{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n",
            body.len()
        ));
        client.write("5;x=\x01\r\n");
        let answer = client.answer();
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "malformed-framing")
        );
        assert!(client.is_closed());
        assert_eq!(
            upstream.wait_for(count).pop().unwrap().ended,
            Body::BrokenOff
        );
    }
}

#[test]
fn a_digest_that_does_not_match_aborts_a_stream() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&setup(&upstream, "http1"));
    let body: String = (0..300).map(line).collect();
    let mut client = Client::connect(gateway.address);
    client.write(format!(
        "{HEAD}content-md5: 1B2M2Y8AsgTpgAmY7PhCfg==\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ));
    assert_eq!(client.answer().code(), "digest-mismatch");
    let seen = upstream.wait_for(1).pop().unwrap();
    assert_eq!(seen.ended, Body::BrokenOff);
    assert!(!seen.headers.contains_key("content-md5"));
}

#[test]
fn trailers_pass_with_bodies_that_pass_and_not_with_rewritten_ones() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&setup(&upstream, "http1"));
    for path in ["/open/x", "/v1/x"] {
        let mut client = Client::connect(gateway.address);
        let head = HEAD.replace("/v1/lines", path);
        client.write(format!("{head}trailer: x-sum\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\nx-sum: 7\r\n\r\n"));
        assert_eq!(client.answer().status, 200);
        let trailers = upstream.last().trailers;
        let sum = trailers.as_ref().and_then(|trailers| trailers.get("x-sum"));
        assert_eq!(sum.is_some(), path == "/open/x", "{path}");
    }
}

/// Resident memory does not grow with the body: 96 MiB of input, some 500 MiB of output.
#[test]
fn a_long_body_takes_no_more_memory() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&setup(&upstream, "http1"));
    let piece: String = (0..10_000).map(line).collect();
    let rounds = 96 * 1024 * 1024 / piece.len();
    let mut client = Client::connect(gateway.address);
    let head = HEAD.replace("/v1/lines", "/v1/discard");
    client.write(format!(
        "{head}content-length: {}\r\n\r\n",
        piece.len() * rounds
    ));
    client.0.write_all(piece.as_bytes()).unwrap();
    let before = resident_kib();
    for _ in 1..rounds {
        client.0.write_all(piece.as_bytes()).unwrap();
    }
    assert_eq!(client.head()[9..12], *"200");
    let grown = resident_kib().saturating_sub(before);
    assert!(grown < 64 * 1024, "grew by {grown} KiB");
    assert!(upstream.last().length > (piece.len() * rounds) as u64);
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

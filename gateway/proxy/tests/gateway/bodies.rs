//! Small bodies: what is rewritten, what passes, what is refused.

use crate::support::{Body, Client, Gateway, Setup, Upstream, json, post, without_tokens};

const DOCUMENT: &str = r#"{ "pan" : "4111", "n":1.0, "ssn":7, "a":[{"p\u0061n":[1, 2]}] }"#;

const REPLACED: &str = r#"{ "pan" : "T", "n":1.0, "ssn":"T", "a":[{"p\u0061n":"T"}] }"#;

#[test]
fn values_become_tokens_and_the_rest_stays_byte_for_byte() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup::to(upstream.address));
    let answer = Client::connect(gateway.address).ask(json("/v1/orders?q=1", DOCUMENT));
    assert_eq!(answer.status, 200);
    let seen = upstream.last();
    assert_eq!(seen.target, "/v1/orders?q=1");
    assert_eq!(without_tokens(&seen.body), REPLACED);
    assert_eq!(seen.headers["content-length"], seen.body.len().to_string());
    assert!(!seen.headers.contains_key("transfer-encoding"));
    // What the upstream echoed comes back as it is.
    assert_eq!(answer.body, seen.body);
}

#[test]
fn every_split_of_the_bytes_gives_the_same() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup::to(upstream.address));
    let request = json("/v1/x", DOCUMENT);
    let chunked = {
        let head = "POST /v1/x HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
        let chunks = DOCUMENT.as_bytes().chunks(7).map(|chunk| {
            format!(
                "{:x}\r\n{}\r\n",
                chunk.len(),
                std::str::from_utf8(chunk).unwrap()
            )
        });
        format!("{head}{}0\r\n\r\n", chunks.collect::<String>()).into_bytes()
    };
    let mut client = Client::connect(gateway.address);
    for request in [request, chunked] {
        for split in 1..request.len() {
            client.write(&request[..split]);
            // Long enough for the gateway to read the first piece by itself, most of the time.
            std::thread::yield_now();
            let answer = client.ask(&request[split..]);
            assert_eq!(answer.status, 200, "split at {split}");
            assert_eq!(without_tokens(&answer.body), REPLACED, "split at {split}");
        }
    }
}

#[test]
fn every_truncation_is_refused_and_the_upstream_sees_nothing() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup::to(upstream.address));
    let mut client = Client::connect(gateway.address);
    let document = DOCUMENT.as_bytes();
    for end in 1..document.len() {
        let answer = client.ask(json("/v1/x", &document[..end]));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "json-truncated"),
            "{end}"
        );
        assert_eq!(answer.document()["offset"], end);
    }
    assert!(upstream.seen().is_empty());
}

#[test]
fn malformed_documents_are_refused_without_a_byte_of_them() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup::to(upstream.address));
    let mut client = Client::connect(gateway.address);
    for (document, code) in [
        (&b"{\"pan\":\"secret\"}x"[..], "json-trailing-data"),
        (b"{\"pan\":\"secret\xff\"}", "json-invalid-utf8"),
        (b"{\"pan\":\"secret\\ud800\"}", "json-lone-surrogate"),
        (b"{\"pan\":\"secret\0\"}", "json-control-character"),
        (b"\xef\xbb\xbf{}", "json-byte-order-mark"),
        (&[b'['; 2000], "json-too-deep"),
    ] {
        let answer = client.ask(json("/v1/x", document));
        assert_eq!((answer.status, answer.code().as_str()), (400, code));
        assert!(!String::from_utf8_lossy(&answer.body).contains("secret"));
    }
    let long = format!("{{\"ssn\":\"{}\"}}", "9".repeat(191));
    let answer = client.ask(json("/v1/x", long));
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (422, "value-too-long")
    );
    assert_eq!(
        (&answer.document()["limit"], &answer.document()["length"]),
        (&190.into(), &191.into())
    );
    assert!(upstream.seen().is_empty());
}

#[test]
fn what_cannot_be_inspected_is_refused_and_what_has_no_body_passes() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup::to(upstream.address));
    for (fields, status, code) in [
        (&[][..], 415, "unsupported-content-type"),
        (&["content-type: text/csv"], 415, "unsupported-content-type"),
        (
            &["content-type: application/json; charset=utf-7"],
            415,
            "unsupported-charset",
        ),
        (
            &[
                "content-type: application/json",
                "content-encoding: compress",
            ],
            415,
            "unsupported-content-coding",
        ),
        (
            &[
                "content-type: application/json",
                "content-range: bytes 0-1/9",
            ],
            400,
            "partial-body",
        ),
    ] {
        let mut client = Client::connect(gateway.address);
        let answer = client.ask(post("/v1/x", fields, "{}"));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{fields:?}"
        );
        // Its body was not read, so the connection cannot go on, and the client is told.
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(client.is_closed());
    }
    assert!(upstream.seen().is_empty());
    let mut client = Client::connect(gateway.address);
    assert_eq!(
        client.ask("GET /v1/x HTTP/1.1\r\nhost: a\r\n\r\n").status,
        200
    );
    assert_eq!(client.ask(post("/v1/x", &[], "")).status, 200);
    assert_eq!(
        client.ask(post("/open/x", &[], "anything")).body,
        b"anything"
    );
    assert_eq!(upstream.seen().len(), 3);
}

#[test]
fn other_types_pass_where_the_route_says_so() {
    let upstream = Upstream::start();
    let setup = Setup {
        other_content_types: "pass",
        ..Setup::to(upstream.address)
    };
    let gateway = Gateway::start(&setup);
    let mut client = Client::connect(gateway.address);
    let answer = client.ask(post("/v1/x", &["content-type: text/csv"], "pan\n4111\n"));
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (200, &b"pan\n4111\n"[..])
    );
    assert_eq!(
        client.ask(post("/v1/x", &[], "x")).code(),
        "unsupported-content-type"
    );
}

#[test]
fn digests_are_checked_and_made_again() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup::to(upstream.address));
    let mut client = Client::connect(gateway.address);
    let digest = |body: &[u8]| {
        let sha = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body);
        format!("sha-256=:{}:", base64_simd::STANDARD.encode_to_string(sha))
    };
    let json = "content-type: application/json";
    let field = format!("content-digest: {}", digest(DOCUMENT.as_bytes()));
    let md5 = "content-md5: 1B2M2Y8AsgTpgAmY7PhCfg==";
    let answer = client.ask(post("/v1/x", &[json, md5], DOCUMENT));
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (400, "digest-mismatch")
    );
    assert!(upstream.seen().is_empty());
    assert_eq!(
        client.ask(post("/v1/x", &[json, &field], DOCUMENT)).status,
        200
    );
    let seen = upstream.last();
    assert_eq!(seen.headers["content-digest"], digest(&seen.body));
    // A body without values is the client's own, and so is its digest.
    let field = format!("repr-digest: {}", digest(b"{}"));
    assert_eq!(client.ask(post("/v1/x", &[json, &field], "{}")).status, 200);
    assert_eq!(upstream.last().headers["repr-digest"], digest(b"{}"));
}

#[test]
fn many_rsa_values_leave_the_worker_and_come_back_in_order() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup::to(upstream.address));
    let records: Vec<String> = (0..40)
        .map(|n| format!("{{\"n\":{n},\"ssn\":\"{n}\"}}"))
        .collect();
    let body = format!("[{}]", records.join(","));
    assert_eq!(
        Client::connect(gateway.address)
            .ask(json("/v1/x", &body))
            .status,
        200
    );
    let seen = upstream.last();
    assert_eq!(seen.ended, Body::Whole);
    let expected: Vec<String> = (0..40)
        .map(|n| format!("{{\"n\":{n},\"ssn\":\"T\"}}"))
        .collect();
    assert_eq!(
        without_tokens(&seen.body),
        format!("[{}]", expected.join(","))
    );
}

#[test]
fn tokens_that_come_by_again_are_left_alone() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup::to(upstream.address));
    let mut client = Client::connect(gateway.address);
    let first = client.ask(json("/v1/x", DOCUMENT)).body;
    let second = client.ask(json("/v1/x", &first)).body;
    assert_eq!(first, second);
}

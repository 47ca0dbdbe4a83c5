//! Heads: connections, hop-by-hop fields, forwarding, routes, protocols.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::support::{Client, Gateway, Setup, Upstream, json, post};

#[test]
fn pipelined_requests_are_answered_in_order_up_to_the_refused_one() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup::to(upstream.address));
    let mut client = Client::connect(gateway.address);
    let mut all = json("/v1/1", "[1]");
    all.extend(json("/v1/2", "[2]"));
    all.extend(b"POST /v1/3 HTTP/1.1\nhost: a\r\n\r\n");
    all.extend(json("/v1/4", "[4]"));
    client.write(all);
    assert_eq!(client.answer().body, b"[1]");
    assert_eq!(client.answer().body, b"[2]");
    let refused = client.answer();
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (400, "ambiguous-request")
    );
    assert_eq!(refused.header("connection"), Some("close"));
    assert!(client.is_closed());
    let targets: Vec<String> = upstream
        .seen()
        .into_iter()
        .map(|seen| seen.target)
        .collect();
    assert_eq!(targets, ["/v1/1", "/v1/2"]);
}

#[test]
fn hop_by_hop_fields_stay_behind_and_forwarding_is_added() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup::to(upstream.address));
    let fields = [
        "connection: keep-alive, x-private, content-type",
        "keep-alive: timeout=5",
        "x-private: 1",
        "proxy-connection: x",
        "proxy-authorization: Basic eA==",
        "te: trailers",
        "x-forwarded-for: 6.6.6.6",
        "x-forwarded-host: evil",
        "forwarded: for=6.6.6.6",
        "x-request-id: 0196a1b2-0000-7000-8000-0123456789ab",
        "via: 1.0 edge",
        "content-type: application/json",
        "x-kept: yes",
    ];
    let answer = Client::connect(gateway.address).ask(post("/v1/x", &fields, "{}"));
    let seen = upstream.last().headers;
    for gone in [
        "connection",
        "keep-alive",
        "x-private",
        "proxy-connection",
        "proxy-authorization",
        "te",
    ] {
        assert!(!seen.contains_key(gone), "{gone}");
    }
    assert_eq!(seen["host"], "api.test");
    assert_eq!(seen["x-kept"], "yes");
    assert_eq!(seen["content-type"], "application/json");
    assert_eq!(seen["x-forwarded-for"], "127.0.0.1");
    assert_eq!(seen["x-forwarded-host"], "api.test");
    assert_eq!(seen["x-forwarded-proto"], "http");
    assert_eq!(seen["forwarded"], "for=127.0.0.1;proto=http");
    assert_eq!(seen["via"], "1.0 edge, 1.1 veilgate");
    assert_ne!(seen["x-request-id"], "0196a1b2-0000-7000-8000-0123456789ab");
    assert_eq!(
        answer.header("x-request-id"),
        Some(seen["x-request-id"].to_str().unwrap())
    );
    assert_eq!(answer.header("x-answer"), Some("yes"));
    assert_eq!(answer.header("x-gone"), None);
    assert_eq!(answer.header("via"), Some("1.1 veilgate"));
}

#[test]
fn trusted_proxies_are_believed() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup {
        trusted_hops: 1,
        ..Setup::to(upstream.address)
    });
    let id = "0196a1b2-0000-7000-8000-0123456789ab";
    let fields = [
        "content-type: application/json",
        "x-forwarded-for: 192.0.2.1",
        "x-forwarded-proto: https",
        "forwarded: for=192.0.2.1",
        &format!("x-request-id: {id}"),
    ];
    Client::connect(gateway.address).ask(post("/v1/x", &fields, "{}"));
    let seen = upstream.last().headers;
    assert_eq!(seen["x-forwarded-for"], "192.0.2.1, 127.0.0.1");
    assert_eq!(seen["x-forwarded-proto"], "https");
    assert_eq!(seen["forwarded"], "for=192.0.2.1, for=127.0.0.1;proto=http");
    assert_eq!(seen["x-request-id"], id);
}

#[test]
fn requests_without_a_route_or_a_plain_path_are_refused() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup::to(upstream.address));
    let mut client = Client::connect(gateway.address);
    for (line, status, code) in [
        ("GET /v2/x", 404, "no-route"),
        ("OPTIONS *", 404, "no-route"),
        ("OPTIONS /v1/x", 404, "no-route"),
        ("GET /open/../v1/x", 400, "ambiguous-path"),
        ("GET /open/%2e%2e/v1/x", 400, "ambiguous-path"),
        ("GET /open//x", 400, "ambiguous-path"),
        ("GET /v1;a/x", 400, "ambiguous-path"),
        ("GET /open/%2fx", 400, "ambiguous-path"),
        ("TRACE /open/x", 501, "method-not-supported"),
        ("CONNECT a:80", 501, "method-not-supported"),
    ] {
        let mut client = Client::connect(gateway.address);
        let answer = client.ask(format!("{line} HTTP/1.1\r\nhost: a\r\n\r\n"));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{line}"
        );
    }
    let upgrade =
        "GET /open/x HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    assert_eq!(client.ask(upgrade).code(), "upgrade-not-supported");
    let expect = "GET /open/x HTTP/1.1\r\nhost: a\r\nexpect: tea\r\n\r\n";
    assert_eq!(client.ask(expect).code(), "expectation-not-supported");
    assert!(upstream.seen().is_empty());
    // An encoded letter is no other path.
    let tokenized = client.ask(json("/v%31/x", r#"{"pan":1}"#));
    assert!(String::from_utf8_lossy(&tokenized.body).contains("~vg1."));
}

#[test]
fn continue_is_sent_when_the_body_is_wanted_and_not_before_a_refusal() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup::to(upstream.address));
    let head = |kind: &str| {
        format!(
            "POST /v1/x HTTP/1.1\r\nhost: a\r\ncontent-type: {kind}\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n"
        )
    };
    let mut client = Client::connect(gateway.address);
    client.write(head("application/json"));
    assert!(client.head().starts_with("HTTP/1.1 100 "));
    assert_eq!(client.ask("{}").body, b"{}");
    assert!(!upstream.last().headers.contains_key("expect"));
    let mut client = Client::connect(gateway.address);
    assert_eq!(client.ask(head("text/plain")).status, 415);
    assert_eq!(upstream.seen().len(), 1);
}

#[test]
fn http_1_0_clients_are_served_and_closed() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup::to(upstream.address));
    let mut client = Client::connect(gateway.address);
    let answer = client.ask("POST /open/x HTTP/1.0\r\ncontent-length: 2\r\n\r\nhi");
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"hi"[..]));
    assert!(client.is_closed());
}

async fn http2(gateway: &Gateway) -> hyper::client::conn::http2::SendRequest<Full<Bytes>> {
    let stream = tokio::net::TcpStream::connect(gateway.address)
        .await
        .unwrap();
    let io = TokioIo::new(stream);
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), io);
    let (sender, connection) = handshake.await.unwrap();
    tokio::spawn(connection);
    sender
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn http2_with_prior_knowledge_on_both_sides() {
    let upstream = Upstream::start();
    for protocol in ["http1", "http2"] {
        let gateway = Gateway::start(&Setup {
            protocol,
            ..Setup::to(upstream.address)
        });
        let mut sender = http2(&gateway).await;
        let request = Request::post("http://api.test/v1/x")
            .header("content-type", "application/json")
            .header("cookie", "a=1")
            .header("cookie", "b=2")
            .body(Full::from(r#"{"pan":"4111"}"#))
            .unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert_eq!(response.version(), http::Version::HTTP_2);
        assert_eq!(
            response.headers()["via"],
            if protocol == "http2" {
                "2 veilgate"
            } else {
                "1.1 veilgate"
            }
        );
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert!(body.starts_with(b"{\"pan\":\"~vg1."));
        let seen = upstream.last().headers;
        assert_eq!(seen["cookie"], "a=1; b=2");
        assert_eq!(seen["x-forwarded-host"], "api.test");
        assert_eq!(seen.contains_key("host"), protocol == "http1");
        assert_eq!(seen["via"], "2 veilgate");
        let bad = Request::post("http://api.test/v1/x")
            .header("content-type", "application/json")
            .body(Full::from("{"))
            .unwrap();
        let response = sender.send_request(bad).await.unwrap();
        assert_eq!(response.status(), 400);
        tokio::task::spawn_blocking(move || drop(gateway))
            .await
            .unwrap();
    }
}

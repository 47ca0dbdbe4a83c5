//! Upstreams that are down, slow, or break off.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::support::{Client, Gateway, Setup, Upstream, json};

#[test]
fn an_upstream_that_is_down_is_a_502() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let gateway = Gateway::start(&Setup::to(free));
    let answer = Client::connect(gateway.address).ask(json("/v1/x", "{}"));
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (502, "upstream-unreachable")
    );
    assert_eq!(answer.document()["fault"], "upstream");
    assert_eq!(answer.document()["upstream"], "app");
}

#[test]
fn an_upstream_that_does_not_answer_is_a_504() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup {
        limits: "answer_timeout: 200ms",
        ..Setup::to(upstream.address)
    });
    for path in ["/v1/never", "/open/never"] {
        let answer = Client::connect(gateway.address).ask(json(path, "{}"));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (504, "upstream-timeout"),
            "{path}"
        );
    }
}

/// An upstream that takes a connection, reads something, and answers with these bytes.
fn rude(answer: &'static [u8]) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut some = [0; 4096];
            let _ = stream.read(&mut some);
            let _ = stream.write_all(answer);
        }
    });
    address
}

#[test]
fn an_upstream_that_breaks_off_is_a_502() {
    for answer in [
        &b""[..],
        b"HTTP/1.1 200",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 101 x\r\nconnection: upgrade\r\nupgrade: y\r\n\r\n",
    ] {
        let gateway = Gateway::start(&Setup::to(rude(answer)));
        let answer = Client::connect(gateway.address).ask(json("/v1/x", "{}"));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (502, "upstream-failed")
        );
    }
}

#[test]
fn an_answer_that_breaks_off_is_never_whole() {
    let half = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n";
    let gateway = Gateway::start(&Setup::to(rude(half)));
    let mut client = Client::connect(gateway.address);
    client.write(json("/v1/x", "{}"));
    assert_eq!(client.head()[9..12], *"200");
    let mut rest = Vec::new();
    let _ = client.0.read_to_end(&mut rest);
    assert!(
        !rest.ends_with(b"0\r\n\r\n"),
        "the broken answer looks whole"
    );
}

#[test]
fn connections_to_the_upstream_are_kept() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let accepted = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut requests = 0;
        let mut text = Vec::new();
        let mut some = [0; 4096];
        while requests < 5 {
            let count = stream.read(&mut some).unwrap();
            text.extend_from_slice(&some[..count]);
            if text.ends_with(b"[7]") {
                requests += 1;
                text.clear();
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                    .unwrap();
            }
        }
        requests
    });
    let gateway = Gateway::start(&Setup::to(address));
    for _ in 0..5 {
        assert_eq!(
            Client::connect(gateway.address)
                .ask(json("/v1/x", "[7]"))
                .status,
            200
        );
    }
    assert_eq!(accepted.join().unwrap(), 5);
}

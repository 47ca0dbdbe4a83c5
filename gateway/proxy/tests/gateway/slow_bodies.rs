//! Bodies that come slowly, before an upstream that does not wait for their ends.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use coding::{ContentCoding, DecodeLimits, Decoder, Encoder, Progress};

use crate::support::{Client, Gateway, Setup, without_tokens};

/// An upstream's end of one connection, by hand.
struct Received(TcpStream);

impl Received {
    /// Takes the connection that the gateway makes, and reads the request's head.
    fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let mut received = Self(stream);
        while !received.line().is_empty() {}
        received
    }

    fn line(&mut self) -> String {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            let mut byte = [0];
            self.0.read_exact(&mut byte).unwrap();
            line.push(byte[0]);
        }
        line.truncate(line.len() - 2);
        String::from_utf8(line).unwrap()
    }

    /// The next chunk of the body; empty at its end.
    fn chunk(&mut self) -> Vec<u8> {
        let length = usize::from_str_radix(&self.line(), 16).unwrap();
        let mut chunk = vec![0; length + 2];
        self.0.read_exact(&mut chunk).unwrap();
        chunk.truncate(length);
        chunk
    }

    fn answer(&mut self, status: &str) {
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        self.0.write_all(head.as_bytes()).unwrap();
    }
}

fn chunked(bytes: &[u8]) -> Vec<u8> {
    let head = format!("{:x}\r\n", bytes.len());
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

/// Decodes chunks until the text ends as a line does.
fn decode_line(received: &mut Received, decoder: &mut Decoder) -> Vec<u8> {
    let mut line = Vec::new();
    while !line.ends_with(b"\n") {
        let chunk = received.chunk();
        assert!(!chunk.is_empty(), "the body ended");
        let mut input = chunk.as_slice();
        let mut progress = Progress::OutputFull;
        while !input.is_empty() || progress == Progress::OutputFull {
            let mut piece = Vec::new();
            progress = decoder.decode(&mut input, &mut piece, 1 << 16).unwrap();
            line.append(&mut piece);
        }
    }
    line
}

#[test]
fn a_line_behind_a_coding_arrives_before_the_next_is_sent() {
    let codings = [
        ("gzip", ContentCoding::Gzip),
        ("deflate", ContentCoding::Deflate),
        ("br", ContentCoding::Brotli),
        ("zstd", ContentCoding::Zstd),
    ];
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let gateway = Gateway::start(&Setup {
        limits: "small_body: 0B",
        ..Setup::to(listener.local_addr().unwrap())
    });
    for (name, coding) in codings {
        let mut client = Client::connect(gateway.address);
        client.write(format!(
            "POST /v1/lines HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-ndjson\r\n\
             content-encoding: {name}\r\ntransfer-encoding: chunked\r\n\r\n"
        ));
        let mut encoder = Encoder::new(&[coding]);
        let limits = DecodeLimits {
            max_bytes: 1 << 20,
            max_ratio: u32::MAX,
        };
        let mut decoder = Decoder::new(&[coding], limits);
        let mut received = None;
        for number in 0..5 {
            let line = format!("{{\"number\":{number},\"pan\":\"411111111111{number}\"}}\n");
            let mut encoded = Vec::new();
            encoder.encode(line.as_bytes(), &mut encoded).unwrap();
            encoder.flush(&mut encoded).unwrap();
            client.write(chunked(&encoded));
            let received = received.get_or_insert_with(|| Received::accept(&listener));
            let arrived = without_tokens(&decode_line(received, &mut decoder));
            assert!(
                arrived.starts_with(&format!("{{\"number\":{number},")),
                "{name}: {arrived}"
            );
            assert!(!arrived.contains("411111111111"), "{name}: {arrived}");
        }
        let mut encoded = Vec::new();
        encoder.finish(&mut encoded).unwrap();
        client.write(chunked(&encoded));
        client.write("0\r\n\r\n");
        let mut received = received.unwrap();
        while !received.chunk().is_empty() {}
        received.answer("200 OK");
        assert_eq!(client.head()[9..12], *"200");
    }
}

#[test]
fn an_answer_before_the_body_was_read_closes_the_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let gateway = Gateway::start(&Setup {
        limits: "small_body: 0B",
        ..Setup::to(listener.local_addr().unwrap())
    });
    for path in ["/v1/lines", "/open/lines"] {
        let mut client = Client::connect(gateway.address);
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-ndjson\r\n");
        client.write(format!("{head}transfer-encoding: chunked\r\n\r\n"));
        client.write(chunked(b"{\"pan\":\"4111111111111111\"}\n"));
        let mut received = Received::accept(&listener);
        received.chunk();
        received.answer("403 Forbidden");
        let answer = client.answer();
        assert_eq!(answer.status, 403);
        assert_eq!(answer.header("connection"), Some("close"), "{path}");

        let mut client = Client::connect(gateway.address);
        client.write(format!("{head}content-length: 3\r\n\r\n{{}}\n"));
        let mut received = Received::accept(&listener);
        match path {
            "/v1/lines" => while !received.chunk().is_empty() {},
            _ => received.0.read_exact(&mut [0; 3]).unwrap(),
        }
        received.answer("403 Forbidden");
        let answer = client.answer();
        assert_eq!((answer.status, answer.header("connection")), (403, None));
    }
}

//! The service on a real port, spoken to byte by byte.

use crate::world::{Service, bearer};
use detokenize::config::Limits;
use detokenize::run;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn listening(service: &Service, limits: Limits) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Arc::clone(&service.app);
    tokio::spawn(async move {
        run::answer(listener, None, app, &limits, std::future::pending()).await;
    });
    address
}

fn head(length: &str) -> String {
    format!(
        "POST /v1/detokenize HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nContent-Type: text/plain\r\nTE: trailers\r\nConnection: TE, close\r\n{length}\r\n\r\n",
        bearer("ann")
    )
}

fn chunk(data: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", data.len()).as_bytes(), data, b"\r\n"].concat()
}

/// All that the service sends until it closes, or until the connection breaks.
async fn read_all(client: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _reset = client.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_small_body_has_a_length_and_a_streamed_one_its_trailers() {
    let service = Service::new();
    let address = listening(&service, Limits::default()).await;
    let token = service.world.epoch().text("v");
    let mut client = TcpStream::connect(address).await.unwrap();
    let request = head(&format!("Content-Length: {}", token.len()));
    client.write_all(request.as_bytes()).await.unwrap();
    client.write_all(&token).await.unwrap();
    let answer = read_all(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(answer.contains("content-length: 1\r\n") && answer.ends_with("\r\n\r\nv"));

    let mut client = TcpStream::connect(address).await.unwrap();
    client
        .write_all(head("Transfer-Encoding: chunked").as_bytes())
        .await
        .unwrap();
    client.write_all(&chunk(&[b'x'; 100_000])).await.unwrap();
    // The answer begins before the request ends.
    let mut begun = [0; 12];
    client.read_exact(&mut begun).await.unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200");
    client
        .write_all(&[chunk(&token), b"0\r\n\r\n".to_vec()].concat())
        .await
        .unwrap();
    let answer = read_all(&mut client).await;
    assert!(answer.contains("trailer: x-veilgate-revealed, x-veilgate-not-revealed\r\n"));
    let last = answer.split_once("\r\n0\r\n").unwrap().1;
    assert!(
        last.contains("x-veilgate-revealed: 1\r\n") && last.ends_with("\r\n\r\n"),
        "{last}"
    );
}

#[tokio::test]
async fn an_answer_that_cannot_go_on_has_no_last_chunk() {
    let service = Service::new();
    let address = listening(&service, Limits::default()).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    client
        .write_all(head("Transfer-Encoding: chunked").as_bytes())
        .await
        .unwrap();
    client.write_all(&chunk(&[b'x'; 100_000])).await.unwrap();
    let mut begun = [0; 12];
    client.read_exact(&mut begun).await.unwrap();
    client.write_all(b"no chunk at all\r\n").await.unwrap();
    let answer = read_all(&mut client).await;
    assert!(answer.contains("transfer-encoding: chunked\r\n"));
    assert!(!answer.ends_with("0\r\n\r\n") && !answer.contains("\r\n0\r\n"));
    assert_eq!(service.audit().last().unwrap()["outcome"], "body-broken");
}

#[tokio::test]
async fn a_caller_that_does_not_read_is_let_go() {
    let idle = Duration::from_millis(200);
    let limits = Limits {
        body_idle_timeout: idle,
        ..Limits::default()
    };
    let service = Service::with(limits);
    let address = listening(&service, limits).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    client
        .write_all(head("Transfer-Encoding: chunked").as_bytes())
        .await
        .unwrap();
    // Writes until the service has had enough: it stops reading, and then closes.
    let data = chunk(&[b'x'; 1 << 20]);
    let broken = async { while client.write_all(&data).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(60), broken)
        .await
        .expect("the service closes");
    let outcome = service.audit().last().unwrap()["outcome"].clone();
    assert!(
        ["answer-timeout", "aborted"].contains(&outcome.as_str().unwrap()),
        "{outcome}"
    );
}

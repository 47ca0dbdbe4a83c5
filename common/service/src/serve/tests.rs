#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;

use super::*;

async fn hello(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.uri().path() == "/slow" {
        // The request ends only when its body does: the test decides when.
        let _ = request.into_body().collect().await;
    }
    Ok(Response::new(Full::new(Bytes::from_static(b"hello"))))
}

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    done: tokio::task::JoinHandle<()>,
}

fn start(options: ServeOptions) -> Running {
    let listener = bind("127.0.0.1:0".parse().unwrap(), false).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let done = tokio::spawn(serve(
        listener,
        options,
        PlainConnect(service_fn(hello)),
        async {
            let _ = stopped.await;
        },
    ));
    Running {
        address,
        stop,
        done,
    }
}

async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut all = Vec::new();
    while !all.ends_with(end.as_bytes()) {
        let byte = stream.read_u8().await.unwrap();
        all.push(byte);
    }
    String::from_utf8(all).unwrap()
}

#[tokio::test]
async fn keeps_connections_and_stops_when_idle() {
    let running = start(ServeOptions::default());
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    for _ in 0..3 {
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            .await
            .unwrap();
        assert!(
            read_until(&mut stream, "hello")
                .await
                .starts_with("HTTP/1.1 200 OK")
        );
    }
    running.stop.send(()).unwrap();
    running.done.await.unwrap();
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
}

#[tokio::test]
async fn stop_waits_for_open_requests_and_not_for_silent_connections() {
    let running = start(ServeOptions::default());
    let _silent = TcpStream::connect(running.address).await.unwrap();
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let head = b"POST /slow HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n1";
    stream.write_all(head).await.unwrap();
    let mut other = TcpStream::connect(running.address).await.unwrap();
    other
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    read_until(&mut other, "hello").await;
    running.stop.send(()).unwrap();
    stream.write_all(b"2").await.unwrap();
    assert!(
        read_until(&mut stream, "hello")
            .await
            .starts_with("HTTP/1.1 200 OK")
    );
    running.done.await.unwrap();
}

#[tokio::test]
async fn a_connection_over_the_limit_waits_for_a_place() {
    let options = ServeOptions {
        connections: Arc::new(Semaphore::new(1)),
        ..ServeOptions::default()
    };
    let running = start(options);
    let mut first = TcpStream::connect(running.address).await.unwrap();
    first
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    read_until(&mut first, "hello").await;
    let mut second = TcpStream::connect(running.address).await.unwrap();
    second
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    let early = tokio::time::timeout(Duration::from_millis(50), second.read_u8()).await;
    assert!(early.is_err(), "answered over the limit");
    drop(first);
    read_until(&mut second, "hello").await;
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut_off() {
    let options = ServeOptions {
        header_timeout: Duration::from_millis(50),
        ..ServeOptions::default()
    };
    for start_of_head in [&b""[..], b"PRI * HT", b"GET / HTTP/1.1\r\nhost"] {
        let running = start(options.clone());
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(start_of_head).await.unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await.unwrap();
        assert!(!all.starts_with(b"HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn speaks_http2_with_prior_knowledge() {
    let running = start(ServeOptions::default());
    let stream = TcpStream::connect(running.address).await.unwrap();
    let handshake =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.unwrap();
    tokio::spawn(connection);
    let request = Request::builder()
        .uri("http://a/")
        .body(Full::<Bytes>::default())
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.version(), http::Version::HTTP_2);
    assert_eq!(
        response.into_body().collect().await.unwrap().to_bytes(),
        "hello"
    );
}

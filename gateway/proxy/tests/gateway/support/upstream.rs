//! An upstream that remembers each request it saw, whole or not.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use service::{PlainConnect, ServeOptions};

/// How a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Whole,
    BrokenOff,
}

#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) trailers: Option<HeaderMap>,
    pub(crate) ended: Body,
    pub(crate) length: u64,
}

#[derive(Clone)]
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Upstream {
    pub(crate) fn start() -> Self {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (told, address) = std::sync::mpsc::channel();
        let remember = seen.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                let listener = service::bind(([127, 0, 0, 1], 0).into(), false).unwrap();
                told.send(listener.local_addr().unwrap()).unwrap();
                let answer = service_fn(move |request| answer(request, remember.clone()));
                let connect = PlainConnect(answer);
                service::serve(
                    listener,
                    ServeOptions::default(),
                    connect,
                    std::future::pending(),
                )
                .await;
            });
        });
        Self {
            address: address.recv().unwrap(),
            seen,
        }
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Waits until so many requests have ended, one way or the other.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Seen> {
        let start = Instant::now();
        while self.seen().len() < count {
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "the upstream saw too little"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        self.seen()
    }

    pub(crate) fn last(&self) -> Seen {
        self.seen().pop().expect("the upstream saw nothing")
    }
}

async fn answer(
    request: Request<Incoming>,
    seen: Arc<Mutex<Vec<Seen>>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, mut body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let keep = !path.ends_with("/discard");
    let (mut bytes, mut trailers, mut ended, mut length) = (BytesMut::new(), None, Body::Whole, 0);
    while let Some(frame) = body.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => {
                length += data.len() as u64;
                if keep {
                    bytes.extend_from_slice(&data);
                }
            }
            Ok(Err(frame)) => trailers = frame.into_trailers().ok(),
            Err(_) => {
                ended = Body::BrokenOff;
                break;
            }
        }
    }
    let target = head.uri.to_string();
    let body = bytes.freeze();
    let answer_type = head.headers.get("x-answer-type").cloned();
    seen.lock().unwrap().push(Seen {
        target,
        headers: head.headers,
        body: body.clone(),
        trailers,
        ended,
        length,
    });
    if path.ends_with("/never") {
        std::future::pending::<()>().await;
    }
    let response = Response::builder()
        .header("x-answer", "yes")
        .header("connection", "x-gone")
        .header("x-gone", "1")
        .body(Full::new(body));
    let mut response = response.unwrap();
    if let Some(answer_type) = answer_type {
        response.headers_mut().insert("content-type", answer_type);
        response
            .headers_mut()
            .insert("etag", http::HeaderValue::from_static("\"1\""));
    }
    if head.version == http::Version::HTTP_2 {
        response.headers_mut().remove("connection");
    }
    Ok(response)
}

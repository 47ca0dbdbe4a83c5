//! The small application behind the gateway: it keeps what it receives, and shows it.
//!
//! `GET /received` answers with the last body, byte for byte; anything with a body is kept.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::net::TcpListener;

/// Bodies are kept in memory, so they have a limit.
const MAX_BODY_BYTES: usize = 256 * 1024 * 1024;

/// What the application keeps.
#[derive(Default)]
struct Received {
    count: u64,
    last: Option<Document>,
}

#[derive(Clone)]
struct Document {
    content_type: HeaderValue,
    body: Bytes,
}

type Shared = Arc<Mutex<Received>>;

/// Serves until the future is dropped.
pub(crate) async fn serve(listener: TcpListener) {
    let received = Shared::default();
    loop {
        // An accept that fails concerns one connection: the next may well succeed.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        let received = Arc::clone(&received);
        let service = service_fn(move |request| answer(request, Arc::clone(&received)));
        tokio::spawn(async move {
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    received: Shared,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let response = match (request.method(), request.uri().path()) {
        (&Method::GET, "/received") => show(&received),
        (&Method::GET, _) => json_response(StatusCode::OK, &json!({ "see": "GET /received" })),
        _ => keep(request, &received).await,
    };
    Ok(response)
}

fn show(received: &Shared) -> Response<Full<Bytes>> {
    let last = received
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .last
        .clone();
    match last {
        Some(document) => {
            let mut response = Response::new(Full::new(document.body));
            response
                .headers_mut()
                .insert(CONTENT_TYPE, document.content_type);
            response
        }
        None => json_response(StatusCode::NOT_FOUND, &json!({ "received": 0 })),
    }
}

async fn keep(request: Request<Incoming>, received: &Shared) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    // A body that breaks off, or is too long, is not kept.
    let Ok(body) = Limited::new(body, MAX_BODY_BYTES).collect().await else {
        return json_response(
            StatusCode::PAYLOAD_TOO_LARGE,
            &json!({ "error": "the body is too long for this application" }),
        );
    };
    let body = body.to_bytes();
    let bytes = body.len();
    let content_type = head
        .headers
        .get(CONTENT_TYPE)
        .cloned()
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let count = {
        let mut received = received.lock().unwrap_or_else(PoisonError::into_inner);
        received.count += 1;
        received.last = Some(Document { content_type, body });
        received.count
    };
    json_response(
        StatusCode::CREATED,
        &json!({ "received": count, "bytes": bytes }),
    )
}

fn json_response(status: StatusCode, value: &serde_json::Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(format!("{value}\n")));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

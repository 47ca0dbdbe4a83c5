//! Health endpoints for the admin listener: `GET /healthz` (the process lives) and
//! `GET /readyz` (it can serve).

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;

use crate::{Fault, Problem, RequestId};

/// Whether the service can serve; shared between what knows it and the admin listener.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// Says that the service can serve, or no longer can (it is stopping, say).
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Release);
    }

    /// What was last said; `false` at first.
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Answers a request to the admin listener.
    pub fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let known = matches!(request.uri().path(), "/healthz" | "/readyz");
        let id = RequestId::new();
        if !known {
            return Problem::new(
                StatusCode::NOT_FOUND,
                "no-such-page",
                "No such page",
                Fault::Client,
            )
            .detail("The admin listener knows GET /healthz and GET /readyz.")
            .into_response(&id);
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "The method is not allowed here",
                Fault::Client,
            )
            .header(header::ALLOW, HeaderValue::from_static("GET, HEAD"))
            .into_response(&id);
        }
        if request.uri().path() == "/readyz" && !self.get() {
            return Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "not-ready",
                "The service cannot serve now",
                Fault::Service,
            )
            .retry()
            .into_response(&id);
        }
        let mut response = Response::new(Full::new(Bytes::from_static(b"ok\n")));
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, text);
        response
    }

    /// [`answer`](Self::answer) in the shape that [`crate::PlainConnect`] takes.
    ///
    /// # Errors
    /// Never.
    pub async fn serve<B>(self, request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
        Ok(self.answer(&request))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn status(readiness: &Readiness, method: Method, path: &str) -> u16 {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(())
            .unwrap();
        readiness.answer(&request).status().as_u16()
    }

    #[test]
    fn ready_follows_what_was_said() {
        let readiness = Readiness::default();
        assert_eq!(status(&readiness, Method::GET, "/healthz"), 200);
        assert_eq!(status(&readiness, Method::GET, "/readyz"), 503);
        readiness.set(true);
        assert_eq!(status(&readiness, Method::GET, "/readyz"), 200);
        assert_eq!(status(&readiness, Method::POST, "/readyz"), 405);
        assert_eq!(status(&readiness, Method::GET, "/"), 404);
    }
}

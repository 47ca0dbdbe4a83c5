//! Refuses heads that cannot be forwarded in one meaning.

use http::{Method, Request, Response, header};
use hyper::body::Incoming;
use tower::Layer;
use tower::layer::layer_fn;

use crate::body::AnswerBody;
use crate::error::GatewayError;
use crate::exchange::{Arrival, Handler};
use crate::guard::Refusal;

/// See the file's page.
#[derive(Debug)]
pub(crate) struct CheckHead<H>(H);

impl CheckHead<()> {
    pub(crate) fn layer<H>() -> impl Layer<H, Service = CheckHead<H>> {
        layer_fn(CheckHead)
    }
}

impl<H: Handler<Arrival>> Handler<Arrival> for CheckHead<H> {
    async fn handle(&self, arrival: Arrival) -> Result<Response<AnswerBody>, GatewayError> {
        if let Some(refusal) = arrival.connection.verdict.refusal(arrival.number) {
            return Err(GatewayError::Head(refusal));
        }
        check(&arrival.request)?;
        self.0.handle(arrival).await
    }
}

fn check(request: &Request<Incoming>) -> Result<(), GatewayError> {
    if matches!(*request.method(), Method::CONNECT | Method::TRACE) {
        return Err(GatewayError::Method);
    }
    let headers = request.headers();
    // RFC 9110, section 7.8: an upgrade may be ignored. That of h2c is an offer, and all others
    // would turn the connection into something that nobody inspects.
    if let Some(upgrade) = headers.get(header::UPGRADE)
        && !upgrade.as_bytes().eq_ignore_ascii_case(b"h2c")
    {
        return Err(GatewayError::Upgrade);
    }
    if let Some(expect) = headers.get(header::EXPECT)
        && !expect.as_bytes().eq_ignore_ascii_case(b"100-continue")
    {
        return Err(GatewayError::Expectation);
    }
    if request.version() == http::Version::HTTP_2 {
        check_http2(request)?;
    }
    Ok(())
}

/// What the head guard checks in HTTP/1 and HTTP/2 does not rule out by itself.
fn check_http2(request: &Request<Incoming>) -> Result<(), GatewayError> {
    let headers = request.headers();
    let mut hosts = headers.get_all(header::HOST).iter();
    let (host, second) = (hosts.next(), hosts.next());
    let authority = request.uri().authority();
    let one = match (authority, host) {
        (Some(authority), Some(host)) => authority
            .as_str()
            .as_bytes()
            .eq_ignore_ascii_case(host.as_bytes()),
        (Some(_), None) | (None, Some(_)) => true,
        (None, None) => false,
    };
    let user = authority.is_some_and(|authority| authority.as_str().contains('@'));
    if !one || user || second.is_some() {
        return Err(GatewayError::Authority);
    }
    if headers.contains_key("content_length") || headers.contains_key("transfer_encoding") {
        return Err(GatewayError::Head(Refusal::LookAlike));
    }
    Ok(())
}

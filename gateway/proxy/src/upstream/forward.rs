//! Sends a request to its upstream.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper_util::client::legacy;

use super::{Clients, head};
use crate::access::Access;
use crate::body::{AnswerBody, IdleTimer, UpstreamBody};
use crate::config::{Upstream, UpstreamProtocol};
use crate::error::GatewayError;
use crate::exchange::{Handler, Outgoing};
use crate::rewrite::{AnswerSource, rewrite_answer};
use crate::shared::Shared;

/// See the file's page.
#[derive(Debug)]
pub(crate) struct Forward {
    shared: Arc<Shared>,
    clients: Clients,
}

impl Forward {
    pub(crate) fn new(shared: Arc<Shared>, clients: Clients) -> Self {
        Self { shared, clients }
    }
}

impl Handler<Outgoing> for Forward {
    async fn handle(&self, outgoing: Outgoing) -> Result<Response<AnswerBody>, GatewayError> {
        let Outgoing {
            request,
            live,
            route,
            connection,
            access,
            tenant,
        } = outgoing;
        // Routes name upstreams by their places in this very list.
        let upstream = live
            .upstreams
            .get(route.upstream)
            .ok_or(GatewayError::NoRoute)?;
        let (mut parts, body) = request.into_parts();
        if route.responses.is_some() {
            // The part of an answer could not be inspected.
            parts.headers.remove(header::RANGE);
            parts.headers.remove(header::IF_RANGE);
        }
        let version = parts.version;
        let trusted = self.shared.trusted_hops > 0;
        head::to_upstream(&mut parts, upstream, trusted, &connection, &access);
        if upstream.protocol == UpstreamProtocol::Http2 {
            // Beside another `:authority`, `Host` would make the request ambiguous (RFC 9113,
            // section 8.3.1). X-Forwarded-Host has it.
            parts.headers.remove(header::HOST);
        }
        if let UpstreamBody::Whole(Some(bytes)) = &body {
            access.add_sent(bytes.len() as u64);
        }
        let request = Request::from_parts(parts, body);
        let response = self.send(upstream, request, &access).await?;
        let (mut parts, body) = response.into_parts();
        if parts.status == StatusCode::SWITCHING_PROTOCOLS {
            // Nobody asked for it: Upgrade was taken out.
            return Err(GatewayError::UpstreamFailed {
                upstream: upstream.name.clone(),
            });
        }
        head::to_client(&mut parts.headers, parts.version, &access);
        parts.version = version;
        access.set_status(parts.status);
        let limits = &self.shared.limits;
        let source = AnswerSource {
            body,
            idle: IdleTimer::new(limits.body_idle_timeout),
            upstream: upstream.name.clone(),
            access,
        };
        let body = match route.responses {
            None => AnswerBody::upstream(source),
            Some(responses) => {
                rewrite_answer(&live, responses, limits, tenant, &mut parts, source).await?
            }
        };
        Ok(Response::from_parts(parts, body))
    }
}

impl Forward {
    async fn send(
        &self,
        upstream: &Upstream,
        request: Request<UpstreamBody>,
        access: &Access,
    ) -> Result<Response<Incoming>, GatewayError> {
        let answer = self.clients.request(upstream, request);
        let limit = self.shared.limits.answer_timeout;
        tokio::select! {
            biased;
            answer = answer => answer.map_err(|error| failure(&error, upstream, access)),
            () = stall(access, limit) => {
                Err(GatewayError::UpstreamTimeout { upstream: upstream.name.clone() })
            }
        }
    }
}

/// Completes when the body has not moved, and no answer has come, for `limit`.
async fn stall(access: &Access, limit: Duration) {
    let mut last = access.progress();
    loop {
        tokio::time::sleep(limit).await;
        let now = access.progress();
        if now == last {
            return;
        }
        last = now;
    }
}

/// Whose failure it was: the client's, when its body failed first.
fn failure(error: &legacy::Error, upstream: &Upstream, access: &Access) -> GatewayError {
    if let Some(failure) = access.failure() {
        return failure.clone();
    }
    let name = upstream.name.clone();
    tracing::warn!(upstream = %name, error = %Chain(error), "upstream failed");
    if !error.is_connect() {
        return GatewayError::UpstreamFailed { upstream: name };
    }
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = source {
        let io = cause.downcast_ref::<io::Error>();
        if io.is_some_and(|io| io.kind() == io::ErrorKind::TimedOut) {
            return GatewayError::UpstreamTimeout { upstream: name };
        }
        source = cause.source();
    }
    GatewayError::UpstreamUnreachable { upstream: name }
}

/// An error with its causes, on one line.
struct Chain<'a>(&'a dyn Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(formatter, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

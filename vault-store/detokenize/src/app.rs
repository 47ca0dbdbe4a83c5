//! A request's way: path, method, limits, caller, endpoint, audit.

mod bearer;

use crate::audit::{Audit, Call};
use crate::body::{AnswerBody, RequestBody, whole};
use crate::config::Limits;
use crate::document::{Streaming, content_type};
use crate::policy::RevealPolicies;
use crate::problems::Refusal;
use crate::{batch, document, problems};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use http_body::Body;
use http_body_util::BodyExt;
use service::{BoxError, Problem, RequestId, request_id};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unseal::{Caller, Exchange, OpenError, Opener};

/// The service's state.
pub struct App {
    pub(crate) opener: Opener,
    pub(crate) exchange: Exchange,
    pub(crate) limits: Limits,
    pub(crate) policies: RevealPolicies,
    audit: Arc<Audit>,
    requests: Arc<Semaphore>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    Document,
    Batch,
}

/// A caller, and the bearer token that made it one.
pub(crate) struct Authenticated {
    pub(crate) caller: Arc<Caller>,
    bearer: Box<str>,
}

/// What an endpoint made of a request.
pub(crate) enum Handled {
    /// An answer; it is sent once the audit line is written.
    Whole(Response<AnswerBody>),
    /// An answer whose body is still to be made.
    Streamed(Response<()>, Box<Streaming>),
}

impl App {
    /// A service that writes to `audit`.
    pub fn new(opener: Opener, exchange: Exchange, audit: Audit, limits: Limits) -> Self {
        let requests = Arc::new(Semaphore::new(limits.requests));
        Self {
            opener,
            exchange,
            limits,
            policies: RevealPolicies::default(),
            audit: Arc::new(audit),
            requests,
        }
    }

    /// With the policies that callers can name.
    #[must_use]
    pub fn with_policies(mut self, policies: RevealPolicies) -> Self {
        self.policies = policies;
        self
    }

    /// Wipes what has ended in caches. Call it every few seconds.
    pub async fn sweep(&self) {
        self.exchange.sweep().await;
    }

    /// Answers a request. Every answer says `Cache-Control: no-store` and carries its id.
    pub async fn answer<B>(self: Arc<Self>, request: Request<B>) -> Response<AnswerBody>
    where
        B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let id = RequestId::new();
        let (parts, body) = request.into_parts();
        let body = body.map_err(Into::into).boxed_unsync();
        match self.route(&id, &parts, body).await {
            Ok(mut response) => {
                let headers = response.headers_mut();
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
                let nosniff = HeaderValue::from_static("nosniff");
                headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
                headers.insert(request_id::HEADER, id.header_value());
                response
            }
            Err(problem) => {
                let (parts, body) = problem.into_response(&id).into_parts();
                let body = body.map_err(|never| match never {}).boxed_unsync();
                Response::from_parts(parts, body)
            }
        }
    }

    async fn route(
        self: Arc<Self>,
        id: &RequestId,
        parts: &Parts,
        body: RequestBody,
    ) -> Result<Response<AnswerBody>, Refusal> {
        let (endpoint, name) = match parts.uri.path() {
            "/v1/detokenize" => (Endpoint::Document, "/v1/detokenize"),
            "/v1/detokenize/batch" => (Endpoint::Batch, "/v1/detokenize/batch"),
            _ => return Err(problems::no_such_page().into()),
        };
        if parts.method != Method::POST {
            return Err(problems::method_not_allowed().into());
        }
        let permit = Arc::clone(&self.requests).try_acquire_owned();
        let permit = permit.map_err(|_| problems::too_busy())?;
        let mut call = Call::new(Arc::clone(&self.audit), *id, name, self.limits.kms_calls);
        let handled = Self::handle(&self, endpoint, parts, body, &mut call).await;
        finish(handled, call, permit)
    }

    async fn handle(
        app: &Arc<Self>,
        endpoint: Endpoint,
        parts: &Parts,
        body: RequestBody,
        call: &mut Call,
    ) -> Result<Handled, Refusal> {
        let authenticated = app.authenticate(&parts.headers).await?;
        call.identify(authenticated.caller.identity());
        content_type::refuse_encoding(&parts.headers)?;
        match endpoint {
            Endpoint::Document => document::handle(app, authenticated, parts, body, call).await,
            Endpoint::Batch => batch::handle(app, &authenticated, parts, body, call).await,
        }
    }

    async fn authenticate(&self, headers: &HeaderMap) -> Result<Authenticated, Refusal> {
        let bearer = bearer::read(headers).ok_or_else(problems::no_bearer)?;
        let caller = self
            .exchange
            .caller(bearer)
            .await
            .map_err(problems::exchange)?;
        Ok(Authenticated {
            caller,
            bearer: bearer.into(),
        })
    }

    /// The problem for a call that could not open its tokens; a caller whose credentials KMS does
    /// not take any longer is forgotten.
    pub(crate) async fn open_failed(
        &self,
        authenticated: &Authenticated,
        error: &OpenError,
    ) -> Problem {
        if *error == OpenError::Credentials {
            self.exchange.forget(&authenticated.bearer).await;
        }
        problems::open(error)
    }
}

/// Writes the audit line, and only then lets the answer go.
fn finish(
    handled: Result<Handled, Refusal>,
    mut call: Call,
    permit: OwnedSemaphorePermit,
) -> Result<Response<AnswerBody>, Refusal> {
    let unavailable = |_| problems::audit_unavailable();
    match handled {
        Ok(Handled::Whole(response)) => {
            call.end("ok").map_err(unavailable)?;
            Ok(response)
        }
        Ok(Handled::Streamed(head, streaming)) => {
            call.start().map_err(unavailable)?;
            Ok(head.map(|()| streaming.begin(call, permit)))
        }
        Err(problem) => {
            call.end(problem.code()).map_err(unavailable)?;
            Err(problem)
        }
    }
}

/// An answer that is sent whole.
pub(crate) fn whole_answer(content_type: HeaderValue, bytes: Bytes) -> Response<AnswerBody> {
    let mut response = Response::new(whole(bytes));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}

//! Where the bodies come from that are rewritten.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use crate::access::Access;
use crate::body::{ClientBody, IdleTimer};
use crate::error::GatewayError;

/// A body as it comes.
pub(crate) trait Source: Send + 'static {
    /// The next frame; `None` at the body's end.
    fn next(&mut self) -> impl Future<Output = Option<Result<Frame<Bytes>, GatewayError>>> + Send;

    /// Whether it is known to have ended.
    fn is_end(&self) -> bool;

    /// The record of the request that it belongs to.
    fn access(&self) -> &Arc<Access>;

    /// A fault of this body, by whose it is.
    fn blame(error: GatewayError) -> GatewayError {
        error
    }
}

impl Source for ClientBody {
    async fn next(&mut self) -> Option<Result<Frame<Bytes>, GatewayError>> {
        Self::next(self).await
    }

    fn is_end(&self) -> bool {
        Self::is_end(self)
    }

    fn access(&self) -> &Arc<Access> {
        Self::access(self)
    }
}

/// The body of an upstream's answer.
#[derive(Debug)]
pub(crate) struct AnswerSource {
    /// The body.
    pub body: Incoming,
    /// Ends a silence that is too long.
    pub idle: IdleTimer,
    /// The upstream's name.
    pub upstream: Box<str>,
    /// The request's record.
    pub access: Arc<Access>,
}

impl Source for AnswerSource {
    async fn next(&mut self) -> Option<Result<Frame<Bytes>, GatewayError>> {
        let failed = || GatewayError::UpstreamFailed {
            upstream: self.upstream.clone(),
        };
        match self.idle.limit(self.body.frame()).await {
            Some(frame) => frame.map(|frame| frame.map_err(|_| failed())),
            None => Some(Err(failed())),
        }
    }

    fn is_end(&self) -> bool {
        self.body.is_end_stream()
    }

    fn access(&self) -> &Arc<Access> {
        &self.access
    }

    fn blame(error: GatewayError) -> GatewayError {
        error.in_answer()
    }
}

//! Bodies: of clients, of upstreams, and of our own making.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

use crate::access::Access;
use crate::connection::Connection;
use crate::error::GatewayError;
use crate::rewrite::RewrittenStream;

/// Ends a silence that is too long. Costs nothing as long as something is there to be read.
#[derive(Debug)]
struct IdleTimer {
    limit: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
    running: bool,
}

impl IdleTimer {
    fn new(limit: Duration) -> Self {
        Self {
            limit,
            sleep: None,
            running: false,
        }
    }

    /// Call when nothing was there. Ready when that has been so for too long.
    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let deadline = || Instant::now() + self.limit;
        let sleep = match &mut self.sleep {
            Some(sleep) => {
                if !self.running {
                    sleep.as_mut().reset(deadline());
                }
                sleep
            }
            none => none.insert(Box::pin(tokio::time::sleep_until(deadline()))),
        };
        self.running = true;
        sleep.as_mut().poll(context)
    }

    fn heard(&mut self) {
        self.running = false;
    }
}

/// A client's body, with its limits. Its errors are also the request's failure.
#[derive(Debug)]
pub(crate) struct ClientBody {
    body: Incoming,
    idle: IdleTimer,
    limit: u64,
    left: u64,
    connection: Arc<Connection>,
    access: Arc<Access>,
}

impl ClientBody {
    pub(crate) fn new(
        body: Incoming,
        idle: Duration,
        limit: u64,
        connection: Arc<Connection>,
        access: Arc<Access>,
    ) -> Self {
        Self {
            body,
            idle: IdleTimer::new(idle),
            limit,
            left: limit,
            connection,
            access,
        }
    }

    /// The next frame; `None` at the body's end.
    pub(crate) async fn next(&mut self) -> Option<Result<Frame<Bytes>, GatewayError>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, GatewayError>>> {
        let polled = match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(polled) => polled,
            Poll::Pending => {
                ready!(self.idle.poll_silence(context));
                return Poll::Ready(Some(Err(self.failed(GatewayError::BodyTimeout))));
            }
        };
        self.idle.heard();
        Poll::Ready(match polled {
            None => {
                self.access.set_body_open(false);
                None
            }
            Some(Err(_)) => {
                let fault = self.connection.verdict.body_fault();
                Some(Err(self.failed(fault.map_or(
                    GatewayError::BodyIncomplete,
                    GatewayError::BodyFraming,
                ))))
            }
            Some(Ok(frame)) => Some(self.count(frame)),
        })
    }

    fn count(&mut self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, GatewayError> {
        let length = frame.data_ref().map_or(0, |data| data.len() as u64);
        self.access.add_received(length);
        if self.body.is_end_stream() {
            self.access.set_body_open(false);
        }
        match self.left.checked_sub(length) {
            Some(left) => {
                self.left = left;
                Ok(frame)
            }
            None => Err(self.failed(GatewayError::BodyTooLarge { limit: self.limit })),
        }
    }

    fn failed(&self, error: GatewayError) -> GatewayError {
        self.access.fail(error.clone());
        error
    }

    pub(crate) fn is_end(&self) -> bool {
        self.body.is_end_stream()
    }

    pub(crate) fn access(&self) -> &Arc<Access> {
        &self.access
    }
}

/// A body on its way to an upstream.
#[derive(Debug)]
pub(crate) enum UpstreamBody {
    /// None.
    Empty,
    /// Rewritten, and sent with a `Content-Length`.
    Whole(Option<Bytes>),
    /// The client's, as it comes.
    Untouched(ClientBody),
    /// Rewritten as it comes.
    Stream(RewrittenStream),
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = GatewayError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, GatewayError>>> {
        match &mut *self {
            Self::Empty => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Untouched(body) => {
                let polled = ready!(body.poll_next(context));
                if let Some(Ok(frame)) = &polled {
                    let length = frame.data_ref().map_or(0, |data| data.len() as u64);
                    body.access.add_sent(length);
                }
                Poll::Ready(polled)
            }
            Self::Stream(stream) => stream.poll_next(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Whole(bytes) => bytes.is_none(),
            Self::Untouched(body) => body.body.is_end_stream(),
            Self::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Untouched(body) => body.body.size_hint(),
            Self::Stream(_) => SizeHint::default(),
        }
    }
}

/// A body on its way to the client. Keeps the request's record until it has gone.
#[derive(Debug)]
pub(crate) struct AnswerBody {
    source: AnswerSource,
    access: Arc<Access>,
}

#[derive(Debug)]
enum AnswerSource {
    Upstream(Incoming, IdleTimer),
    Ours(Full<Bytes>),
}

impl AnswerBody {
    pub(crate) fn upstream(body: Incoming, idle: Duration, access: Arc<Access>) -> Self {
        Self {
            source: AnswerSource::Upstream(body, IdleTimer::new(idle)),
            access,
        }
    }

    pub(crate) fn ours(body: Full<Bytes>, access: Arc<Access>) -> Self {
        Self {
            source: AnswerSource::Ours(body),
            access,
        }
    }
}

/// An upstream's answer that broke off: the client's connection is aborted, so that it cannot be
/// mistaken for a whole one.
#[derive(Debug, thiserror::Error)]
#[error("the upstream's answer broke off")]
pub(crate) struct AnswerBroken;

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = AnswerBroken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, AnswerBroken>>> {
        let this = &mut *self;
        let polled = match &mut this.source {
            AnswerSource::Ours(body) => ready!(Pin::new(body).poll_frame(context))
                .map(|frame| frame.map_err(|never| match never {})),
            AnswerSource::Upstream(body, idle) => match Pin::new(body).poll_frame(context) {
                Poll::Ready(polled) => {
                    idle.heard();
                    polled.map(|frame| frame.map_err(|_| AnswerBroken))
                }
                Poll::Pending => {
                    ready!(idle.poll_silence(context));
                    Some(Err(AnswerBroken))
                }
            },
        };
        if let Some(Ok(frame)) = &polled {
            this.access
                .add_answered(frame.data_ref().map_or(0, |data| data.len() as u64));
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            AnswerSource::Upstream(body, _) => body.is_end_stream(),
            AnswerSource::Ours(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            AnswerSource::Upstream(body, _) => body.size_hint(),
            AnswerSource::Ours(body) => body.size_hint(),
        }
    }
}

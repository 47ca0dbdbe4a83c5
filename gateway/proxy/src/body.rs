//! Bodies: of clients, of upstreams, and of our own making.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
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
use crate::rewrite::{AnswerSource, RewrittenStream};
use ::rewrite::Shadow;

/// Ends a silence that is too long. Costs nothing as long as something is there to be read.
#[derive(Debug)]
pub(crate) struct IdleTimer {
    limit: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
    running: bool,
}

impl IdleTimer {
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            sleep: None,
            running: false,
        }
    }

    /// What `future` gives, or `None` when it was silent for too long.
    pub(crate) async fn limit<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        poll_fn(|context| match future.as_mut().poll(context) {
            Poll::Ready(output) => {
                self.heard();
                Poll::Ready(Some(output))
            }
            Poll::Pending => {
                ready!(self.poll_silence(context));
                Poll::Ready(None)
            }
        })
        .await
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

    /// The next frame on its way to the upstream.
    fn poll_forward(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, GatewayError>>> {
        let polled = ready!(self.poll_next(context));
        if let Some(Ok(frame)) = &polled {
            self.access.add_sent(length(frame));
        }
        Poll::Ready(polled)
    }

    fn count(&mut self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, GatewayError> {
        let length = length(&frame);
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
    /// The client's, as it comes, and looked at.
    Shadowed(ClientBody, Option<Box<Shadow>>),
    /// Rewritten as it comes.
    Stream(RewrittenStream, Arc<Access>),
}

/// The bytes of a frame; trailers have none.
fn length(frame: &Frame<Bytes>) -> u64 {
    frame.data_ref().map_or(0, |data| data.len() as u64)
}

/// Shows a body's next frame, or its end, to the shadow. What the shadow would refuse is noted, and
/// it looks no further.
fn look(
    shadow: &mut Option<Box<Shadow>>,
    polled: Option<&Result<Frame<Bytes>, GatewayError>>,
    access: &Access,
) {
    let looked = match (shadow.as_mut(), polled) {
        (Some(shadow), Some(Ok(frame))) => {
            frame.data_ref().map_or(Ok(()), |data| shadow.push(data))
        }
        (Some(shadow), None) => shadow.finish(),
        _ => return,
    };
    if looked.is_err() || polled.is_none() {
        *shadow = None;
    }
    if let Err(error) = looked {
        access.would_refuse(&GatewayError::refused(error, 400));
    }
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
            Self::Untouched(body) => body.poll_forward(context),
            Self::Shadowed(body, shadow) => {
                let polled = ready!(body.poll_forward(context));
                look(shadow, polled.as_ref(), &body.access);
                Poll::Ready(polled)
            }
            Self::Stream(stream, access) => {
                let polled = ready!(stream.poll_next(context));
                if let Some(Ok(frame)) = &polled {
                    access.add_sent(length(frame));
                }
                Poll::Ready(polled)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Whole(bytes) => bytes.is_none(),
            Self::Untouched(body) => body.body.is_end_stream(),
            // its end is looked at, too
            Self::Shadowed(body, shadow) => shadow.is_none() && body.body.is_end_stream(),
            Self::Stream(..) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Untouched(body) | Self::Shadowed(body, _) => body.body.size_hint(),
            Self::Stream(..) => SizeHint::default(),
        }
    }
}

/// A body on its way to the client. Keeps the request's record until it has gone.
#[derive(Debug)]
pub(crate) struct AnswerBody {
    from: AnswerFrom,
    access: Arc<Access>,
}

#[derive(Debug)]
enum AnswerFrom {
    Upstream(Incoming, IdleTimer),
    Rewritten(RewrittenStream),
    Ours(Full<Bytes>),
}

impl AnswerBody {
    pub(crate) fn upstream(source: AnswerSource) -> Self {
        Self {
            from: AnswerFrom::Upstream(source.body, source.idle),
            access: source.access,
        }
    }

    pub(crate) fn rewritten(stream: RewrittenStream, access: Arc<Access>) -> Self {
        Self {
            from: AnswerFrom::Rewritten(stream),
            access,
        }
    }

    pub(crate) fn ours(body: Full<Bytes>, access: Arc<Access>) -> Self {
        Self {
            from: AnswerFrom::Ours(body),
            access,
        }
    }
}

/// An answer that broke off: the client's connection is aborted, so that it cannot be mistaken for a
/// whole one.
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
        let polled = match &mut this.from {
            AnswerFrom::Ours(body) => ready!(Pin::new(body).poll_frame(context))
                .map(|frame| frame.map_err(|never| match never {})),
            AnswerFrom::Rewritten(stream) => {
                ready!(stream.poll_next(context)).map(|frame| frame.map_err(|_| AnswerBroken))
            }
            AnswerFrom::Upstream(body, idle) => match Pin::new(body).poll_frame(context) {
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
            this.access.add_answered(length(frame));
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        match &self.from {
            AnswerFrom::Upstream(body, _) => body.is_end_stream(),
            AnswerFrom::Rewritten(_) => false,
            AnswerFrom::Ours(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.from {
            AnswerFrom::Upstream(body, _) => body.size_hint(),
            AnswerFrom::Rewritten(_) => SizeHint::default(),
            AnswerFrom::Ours(body) => body.size_hint(),
        }
    }
}

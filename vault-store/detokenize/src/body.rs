//! Bodies: read with limits, written whole or from a channel.

use crate::problems;
use crate::problems::Refusal;
use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use service::BoxError;
use std::task::Poll;
use std::time::Duration;
use thiserror::Error;
use tokio::sync::mpsc;
use zeroize::Zeroizing;

/// The body of an answer.
pub(crate) type AnswerBody = UnsyncBoxBody<Bytes, Aborted>;
/// The body of a request.
pub(crate) type RequestBody = UnsyncBoxBody<Bytes, BoxError>;
/// A part of a streamed answer.
pub(crate) enum Part {
    /// The next bytes, or trailers.
    Frame(Frame<Bytes>),
    /// The answer is whole.
    End,
}

/// A streamed answer that cannot go on: the connection ends without its last chunk, so that nobody
/// takes it for a whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the answer was aborted")]
pub struct Aborted;

/// Bytes that held values: they are wiped when the last reader lets them go.
pub(crate) fn wiped(bytes: Zeroizing<Vec<u8>>) -> Bytes {
    Bytes::from_owner(bytes)
}

pub(crate) fn whole(bytes: Bytes) -> AnswerBody {
    Full::new(bytes)
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// A body of parts. It is whole only once its [`Part::End`] has come: when the sender goes away
/// without, for whatever reason, the answer is aborted.
pub(crate) fn channel(mut parts: mpsc::Receiver<Part>) -> AnswerBody {
    let mut ended = false;
    let frames = stream::poll_fn(move |context| {
        if ended {
            return Poll::Ready(None);
        }
        parts.poll_recv(context).map(|part| match part {
            Some(Part::Frame(frame)) => Some(Ok(frame)),
            Some(Part::End) => {
                ended = true;
                None
            }
            None => {
                ended = true;
                Some(Err(Aborted))
            }
        })
    });
    StreamBody::new(frames).boxed_unsync()
}

/// Reads a request's body, up to a limit and without long silences.
pub(crate) struct Reader {
    body: RequestBody,
    limit: u64,
    idle: Duration,
    read: u64,
}

impl Reader {
    pub(crate) fn new(body: RequestBody, limit: u64, idle: Duration) -> Self {
        Self {
            body,
            limit,
            idle,
            read: 0,
        }
    }

    /// Bytes read so far.
    pub(crate) fn read(&self) -> u64 {
        self.read
    }

    /// The next bytes; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        loop {
            let frame = tokio::time::timeout(self.idle, self.body.frame())
                .await
                .map_err(|_| problems::body_timeout())?;
            let Some(frame) = frame else { return Ok(None) };
            let frame = frame.map_err(|_| problems::body_broken())?;
            // Trailers of the request say nothing to us.
            let Ok(data) = frame.into_data() else {
                continue;
            };
            self.read = self.read.saturating_add(data.len() as u64);
            if self.read > self.limit {
                return Err(problems::body_too_large(self.limit).into());
            }
            if !data.is_empty() {
                return Ok(Some(data));
            }
        }
    }
}

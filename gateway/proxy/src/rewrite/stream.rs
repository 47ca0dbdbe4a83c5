//! Rewrites a long body as it comes, through a bounded queue.
//!
//! A body that fails in the middle ends in an error, never in an end: over HTTP/1 the receiver's
//! connection closes without the last chunk, over HTTP/2 the stream is reset.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::Frame;
use tokio::sync::mpsc;

use super::body::Progress;
use super::source::Source;
use crate::error::GatewayError;

/// Pieces that wait for the receiver, besides the one in hand.
const QUEUE: usize = 1;

#[derive(Debug)]
enum Message {
    Piece(Bytes),
    /// The body is whole, and every byte was inspected.
    End,
    Failed(GatewayError),
}

/// The reading end of a rewritten body.
#[derive(Debug)]
pub(crate) struct RewrittenStream {
    pieces: mpsc::Receiver<Message>,
    ended: bool,
}

impl RewrittenStream {
    pub(crate) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, GatewayError>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        Poll::Ready(match ready!(self.pieces.poll_recv(context)) {
            Some(Message::Piece(bytes)) => Some(Ok(Frame::data(bytes))),
            Some(Message::End) => {
                self.ended = true;
                None
            }
            Some(Message::Failed(error)) => Some(Err(error)),
            // The writing end is gone without a word: what came is not whole.
            None => Some(Err(GatewayError::BodyIncomplete)),
        })
    }
}

/// Scans the first piece of a body, and returns what was read beyond it.
pub(super) async fn first_piece<S: Source>(
    progress: &mut Progress,
    body: &mut S,
) -> Result<Bytes, GatewayError> {
    while let Some(frame) = body.next().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        let mut input = data.as_ref();
        if progress.wants(input) {
            progress.push(&mut input)?;
            return Ok(data.slice_ref(input));
        }
    }
    Ok(Bytes::new())
}

/// Goes on with a body whose beginning is in `progress`; `rest` comes next, then `body`.
pub(super) fn start<S: Source>(progress: Progress, rest: Bytes, body: S) -> RewrittenStream {
    let (sender, pieces) = mpsc::channel(QUEUE);
    tokio::spawn(run(progress, rest, body, sender));
    RewrittenStream {
        pieces,
        ended: false,
    }
}

async fn run<S: Source>(
    mut progress: Progress,
    rest: Bytes,
    mut body: S,
    sender: mpsc::Sender<Message>,
) {
    let access = body.access().clone();
    let last = tokio::select! {
        pumped = pump(&mut progress, &rest, &mut body, &sender) => match pumped {
            Ok(true) => Message::End,
            Ok(false) => return,
            Err(error) => {
                let error = S::blame(error);
                access.fail(error.clone());
                Message::Failed(error)
            }
        },
        // Nobody takes it any more: stop reading at once.
        () = sender.closed() => return,
    };
    let _ = sender.send(last).await;
}

/// Whether the body came to its end; `false` when nobody takes it any more.
async fn pump<S: Source>(
    progress: &mut Progress,
    rest: &Bytes,
    body: &mut S,
    sender: &mpsc::Sender<Message>,
) -> Result<bool, GatewayError> {
    if !send(progress, sender).await? || !push(progress, rest, sender).await? {
        return Ok(false);
    }
    while let Some(next) = next_or_flush(progress, body, sender).await? {
        let Next::Frame(frame) = next else {
            return Ok(false);
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if !push(progress, &data, sender).await? {
            return Ok(false);
        }
    }
    while !progress.finish()? {
        if !send(progress, sender).await? {
            return Ok(false);
        }
    }
    let last = progress.seal().await?;
    Ok(last.is_empty() || sender.send(Message::Piece(last)).await.is_ok())
}

/// What comes of waiting for a body.
enum Next {
    Frame(Frame<Bytes>),
    /// Nobody takes it any more.
    Unwanted,
}

/// The body's next frame. When it is not there yet, what waits in encoders goes out first: nobody
/// knows how long the body will be silent, and flushing more often would make it longer.
async fn next_or_flush<S: Source>(
    progress: &mut Progress,
    body: &mut S,
    sender: &mpsc::Sender<Message>,
) -> Result<Option<Next>, GatewayError> {
    let mut next = pin!(body.next());
    let ready = poll_fn(|context| Poll::Ready(next.as_mut().poll(context))).await;
    let frame = match ready {
        Poll::Ready(frame) => frame,
        Poll::Pending => {
            let piece = progress.flush()?;
            if !piece.is_empty() && sender.send(Message::Piece(piece)).await.is_err() {
                return Ok(Some(Next::Unwanted));
            }
            next.await
        }
    };
    Ok(frame.transpose()?.map(Next::Frame))
}

/// Scans and sends piece by piece.
async fn push(
    progress: &mut Progress,
    mut input: &[u8],
    sender: &mpsc::Sender<Message>,
) -> Result<bool, GatewayError> {
    while progress.wants(input) {
        progress.push(&mut input)?;
        if !send(progress, sender).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Sends what waits, if anything does.
async fn send(
    progress: &mut Progress,
    sender: &mpsc::Sender<Message>,
) -> Result<bool, GatewayError> {
    if progress.rewriting.waiting() == 0 {
        return Ok(true);
    }
    let piece = progress.seal().await?;
    Ok(piece.is_empty() || sender.send(Message::Piece(piece)).await.is_ok())
}

//! Rewrites a long body as it comes, through a bounded queue.
//!
//! A body that fails in the middle ends in an error, never in an end: over HTTP/1 the upstream
//! connection closes without the last chunk, over HTTP/2 the stream is reset.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::Frame;
use tokio::sync::mpsc;

use super::piece::Rewriting;
use crate::access::Access;
use crate::body::ClientBody;
use crate::error::GatewayError;

/// Bytes of the client's that are sealed at one time. Tokens are many times as long as short
/// values, so this times a large factor is what a stream holds.
const PIECE: usize = 8 * 1024;

/// Pieces that wait for the upstream, besides the one in hand.
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
    access: Arc<Access>,
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
            Some(Message::Piece(bytes)) => {
                self.access.add_sent(bytes.len() as u64);
                Some(Ok(Frame::data(bytes)))
            }
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
pub(super) async fn first_piece(
    rewriting: &mut Rewriting,
    body: &mut ClientBody,
) -> Result<Bytes, GatewayError> {
    while let Some(frame) = body.next().await {
        let Ok(mut data) = frame?.into_data() else {
            continue;
        };
        let rest = data.split_off(data.len().min(PIECE));
        rewriting.push(&data)?;
        if !data.is_empty() {
            return Ok(rest);
        }
    }
    Ok(Bytes::new())
}

/// Goes on with a body whose beginning is in `rewriting`; `rest` comes next, then `body`.
pub(super) fn start(rewriting: Rewriting, rest: Bytes, body: ClientBody) -> RewrittenStream {
    let (sender, pieces) = mpsc::channel(QUEUE);
    let access = body.access().clone();
    tokio::spawn(run(rewriting, rest, body, sender));
    RewrittenStream {
        pieces,
        access,
        ended: false,
    }
}

async fn run(
    mut rewriting: Rewriting,
    rest: Bytes,
    mut body: ClientBody,
    sender: mpsc::Sender<Message>,
) {
    let access = body.access().clone();
    let last = tokio::select! {
        pumped = pump(&mut rewriting, &rest, &mut body, &sender) => match pumped {
            Ok(true) => Message::End,
            Ok(false) => return,
            Err(error) => {
                access.fail(error.clone());
                Message::Failed(error)
            }
        },
        // The upstream is gone: stop reading from the client at once.
        () = sender.closed() => return,
    };
    let _ = sender.send(last).await;
}

/// Whether the body came to its end; `false` when nobody takes it any more.
async fn pump(
    rewriting: &mut Rewriting,
    rest: &Bytes,
    body: &mut ClientBody,
    sender: &mpsc::Sender<Message>,
) -> Result<bool, GatewayError> {
    if rewriting.waiting() > 0 && !send(rewriting, sender).await? {
        return Ok(false);
    }
    if !push(rewriting, rest, sender).await? {
        return Ok(false);
    }
    while let Some(frame) = body.next().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        if !push(rewriting, &data, sender).await? {
            return Ok(false);
        }
    }
    rewriting.finish()?;
    Ok(rewriting.waiting() == 0 || send(rewriting, sender).await?)
}

/// Scans and sends piece by piece.
async fn push(
    rewriting: &mut Rewriting,
    data: &[u8],
    sender: &mpsc::Sender<Message>,
) -> Result<bool, GatewayError> {
    for piece in data.chunks(PIECE) {
        rewriting.push(piece)?;
        if rewriting.waiting() > 0 && !send(rewriting, sender).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn send(
    rewriting: &mut Rewriting,
    sender: &mpsc::Sender<Message>,
) -> Result<bool, GatewayError> {
    let piece = rewriting.seal().await?;
    Ok(sender.send(Message::Piece(piece)).await.is_ok())
}

//! An answer that leaves while its request still comes.

use super::{Document, NOT_REVEALED, REVEALED};
use crate::audit::Call;
use crate::body::{AnswerBody, Part, Reader, channel};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use http_body::Frame;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

/// Parts that may wait for the caller to read them: one being written, one being read.
const WAITING: usize = 1;

/// A document whose first stretch is open and whose rest is still to come.
pub(crate) struct Streaming {
    pub(super) document: Document,
    pub(super) reader: Reader,
    pub(super) first: Vec<Bytes>,
    pub(super) trailers: bool,
}

/// Why a streamed answer ends early, as a code for the audit.
type Ended = &'static str;

impl Streaming {
    /// Goes on in a task of its own; the answer's body ends with it. The task reads no further
    /// than the caller takes.
    pub(crate) fn begin(self: Box<Self>, call: Call, permit: OwnedSemaphorePermit) -> AnswerBody {
        let (sender, parts) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            self.run(call, sender).await;
            drop(permit);
        });
        channel(parts)
    }

    async fn run(mut self, mut call: Call, sender: mpsc::Sender<Part>) {
        let idle = self.document.app.limits.body_idle_timeout;
        let ended = self.pump(&mut call, &sender).await;
        let outcome = ended.err().unwrap_or("ok");
        // The last chunk leaves only after the line: a caller never holds a whole answer that
        // the audit has not. Without its end the answer is aborted.
        let recorded = call.end(outcome).is_ok();
        if outcome == "ok" && recorded {
            let trailers = self
                .trailers
                .then(|| Part::Frame(Frame::trailers(trailers(&call))));
            for part in trailers.into_iter().chain([Part::End]) {
                if send(idle, &sender, part).await.is_err() {
                    return;
                }
            }
        }
    }

    async fn pump(&mut self, call: &mut Call, sender: &mpsc::Sender<Part>) -> Result<(), Ended> {
        let idle = self.document.app.limits.body_idle_timeout;
        for part in std::mem::take(&mut self.first) {
            send(idle, sender, Part::Frame(Frame::data(part))).await?;
        }
        loop {
            let next = self.reader.next().await;
            call.bytes_in = self.reader.read();
            let Some(data) = next.map_err(|problem| problem.code())? else {
                break;
            };
            let parts = self.document.open_all(&data, call).await;
            for part in parts.map_err(|problem| problem.code())? {
                send(idle, sender, Part::Frame(Frame::data(part))).await?;
            }
        }
        let finished = self.document.finish();
        finished.map_err(|problem| problem.code())?;
        let last = self
            .document
            .open(call)
            .await
            .map_err(|problem| problem.code())?;
        if last.is_empty() {
            return Ok(());
        }
        send(idle, sender, Part::Frame(Frame::data(last))).await
    }
}

/// Sends a part, when the caller takes it within `idle`.
async fn send(idle: Duration, sender: &mpsc::Sender<Part>, part: Part) -> Result<(), Ended> {
    match tokio::time::timeout(idle, sender.send(part)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err("aborted"),
        Err(_) => Err("answer-timeout"),
    }
}

fn trailers(call: &Call) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert(REVEALED, HeaderValue::from(call.counts.revealed));
    trailers.insert(NOT_REVEALED, HeaderValue::from(call.counts.not_revealed));
    trailers
}

//! The head guard: reads each raw HTTP/1 request head before hyper does.
//!
//! Request smuggling lives on heads that two parsers read differently. hyper repairs some of them
//! quietly (equal `Content-Length` values, a bare line feed), so the guard reads the bytes first,
//! strictly, and lets hyper see only heads that can be read in one way. To know where the next
//! head begins it follows the framing of each body. HTTP/2 has no such heads and passes through.
//!
//! When a head is refused, hyper gets one well-formed request in its place, and nothing after it.
//! The guard has counted the heads that it let through, so the connection's service knows by the
//! request's number, which no client can forge, that this is the one to answer with the problem.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

pub use body::BodyFault;
use body::BodyTracker;
use head::HeadScanner;
pub use refusal::Refusal;

mod body;
mod field;
mod head;
mod refusal;

/// What hyper reads in place of a refused head. Its answer is the problem document.
const STAND_IN: &[u8] = b"GET / HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n";

/// How long a connection is read from after its last answer.
const LINGER: Duration = Duration::from_secs(1);

/// What the guard of one connection tells the connection's service.
#[derive(Debug, Default)]
pub struct Verdict {
    refused: OnceLock<(u64, Refusal)>,
    fault: OnceLock<BodyFault>,
}

impl Verdict {
    /// Why the request with this number (from 0) is not the client's but stands for a refused one.
    pub fn refusal(&self, number: u64) -> Option<Refusal> {
        self.refused
            .get()
            .filter(|(refused, _)| *refused == number)
            .map(|(_, why)| *why)
    }

    /// What was wrong with a body's framing; nothing was read after it.
    pub fn body_fault(&self) -> Option<BodyFault> {
        self.fault.get().copied()
    }
}

#[derive(Debug)]
enum State {
    /// In a head, or between two.
    Head(HeadScanner),
    Body(BodyTracker),
    /// HTTP/2.
    Pass,
    /// Something was refused: what is held is delivered, then nothing more.
    Ended,
}

/// The bytes of one connection, head by head. See the module's page.
#[derive(Debug)]
pub struct Guard<S> {
    stream: S,
    state: State,
    max_head: usize,
    heads: u64,
    /// Bytes that hyper has not got: `released` of them are free to go, the rest is an unfinished head.
    held: Vec<u8>,
    released: usize,
    verdict: Arc<Verdict>,
    linger: Option<Pin<Box<Sleep>>>,
}

impl<S> Guard<S> {
    /// Guards an HTTP/1 connection. A head may have `max_head` bytes.
    pub fn http1(stream: S, max_head: usize) -> Self {
        Self::new(stream, State::Head(HeadScanner::new(max_head)), max_head)
    }

    /// Passes an HTTP/2 connection through.
    pub fn http2(stream: S) -> Self {
        Self::new(stream, State::Pass, 0)
    }

    fn new(stream: S, state: State, max_head: usize) -> Self {
        let verdict = Arc::default();
        Self {
            stream,
            state,
            max_head,
            heads: 0,
            held: Vec::new(),
            released: 0,
            verdict,
            linger: None,
        }
    }

    /// What the connection's service asks.
    pub fn verdict(&self) -> Arc<Verdict> {
        self.verdict.clone()
    }

    /// Follows heads and bodies through `bytes`, which begin where the held head does. Returns how
    /// many of them hyper may see.
    fn inspect(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            match &mut self.state {
                State::Head(scanner) => match scanner.scan(rest) {
                    Ok(None) => break,
                    Ok(Some(head)) => {
                        at += head.length;
                        self.heads += 1;
                        self.state = match BodyTracker::new(head.framing, self.max_head) {
                            Some(tracker) => State::Body(tracker),
                            None => State::Head(HeadScanner::new(self.max_head)),
                        };
                    }
                    Err(refusal) => {
                        let _ = self.verdict.refused.set((self.heads, refusal));
                        self.state = State::Ended;
                        break;
                    }
                },
                State::Body(tracker) => match tracker.advance(rest) {
                    Ok(count) => {
                        at += count;
                        if tracker.is_done() {
                            self.state = State::Head(HeadScanner::new(self.max_head));
                        }
                    }
                    Err(fault) => {
                        let _ = self.verdict.fault.set(fault);
                        self.state = State::Ended;
                        break;
                    }
                },
                State::Pass => return bytes.len(),
                State::Ended => break,
            }
        }
        at
    }

    /// After `inspect`: keeps `rest`, which hyper may not see yet, or what stands in for it.
    fn hold(&mut self, rest: &[u8]) {
        if matches!(self.state, State::Ended) {
            if self.verdict.refused.get().is_some() {
                self.held.extend_from_slice(STAND_IN);
                self.released = self.held.len();
            }
        } else {
            self.held.extend_from_slice(rest);
        }
    }

    fn deliver(&mut self, buffer: &mut ReadBuf<'_>) {
        let count = self.released.min(buffer.remaining());
        buffer.put_slice(self.held.get(..count).unwrap_or_default());
        self.held.drain(..count);
        self.released -= count;
    }

    fn is_waiting_for_head(&self) -> bool {
        !self.held.is_empty()
    }

    /// Takes what was just read into `buffer` back, out of hyper's sight, to the held head.
    fn take_back(&mut self, buffer: &mut ReadBuf<'_>, before: usize) {
        let mut held = std::mem::take(&mut self.held);
        held.extend_from_slice(buffer.filled().get(before..).unwrap_or_default());
        buffer.set_filled(before);
        let free = self.inspect(&held);
        if matches!(self.state, State::Ended) {
            held.truncate(free);
            self.held = held;
            self.released = free;
            self.hold(&[]);
        } else {
            self.held = held;
            self.released = free;
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if this.released > 0 {
                this.deliver(buffer);
                return Poll::Ready(Ok(()));
            }
            if matches!(this.state, State::Ended) {
                // In a body: an error, so that it is never whole. After a refused head there is
                // nothing, not even an end: hyper would take that for a client that left.
                return match this.verdict.fault.get() {
                    Some(fault) => {
                        Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, *fault)))
                    }
                    None => Poll::Pending,
                };
            }
            let before = buffer.filled().len();
            ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
            if buffer.filled().len() == before || matches!(this.state, State::Pass) {
                return Poll::Ready(Ok(()));
            }
            if this.is_waiting_for_head() {
                this.take_back(buffer, before);
                continue;
            }
            // The usual case: whole heads and bodies, looked at where hyper will read them.
            let read = buffer.filled().get(before..).unwrap_or_default();
            let free = this.inspect(read);
            this.hold(read.get(free..).unwrap_or_default());
            buffer.set_filled(before + free);
            if free > 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Says the end, then reads what the client still sends for a moment: a socket that is closed
    /// with bytes unread is reset, and the client may never see its answer.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
        if matches!(this.state, State::Pass) {
            return Poll::Ready(Ok(()));
        }
        let linger = this
            .linger
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER)));
        let mut space = [MaybeUninit::uninit(); 4096];
        loop {
            if linger.as_mut().poll(context).is_ready() {
                return Poll::Ready(Ok(()));
            }
            let mut unread = ReadBuf::uninit(&mut space);
            match ready!(Pin::new(&mut this.stream).poll_read(context, &mut unread)) {
                Ok(()) if !unread.filled().is_empty() => {}
                Ok(()) | Err(_) => return Poll::Ready(Ok(())),
            }
        }
    }
}

#[cfg(test)]
mod tests;

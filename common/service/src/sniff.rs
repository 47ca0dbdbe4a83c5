//! Tells HTTP/1 from HTTP/2 with prior knowledge (RFC 9113, section 3.3) by the first bytes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Which protocol a cleartext connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.0 or 1.1.
    Http1,
    /// HTTP/2 with prior knowledge: the connection began with its preface.
    Http2,
}

/// A stream whose first bytes were read already; they are read again before anything new.
#[derive(Debug)]
pub struct Replayed<S> {
    stream: S,
    first: [u8; PREFACE.len()],
    start: usize,
    end: usize,
}

impl<S> Replayed<S> {
    /// What is read and written.
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    fn waiting(&self) -> &[u8] {
        self.first.get(self.start..self.end).unwrap_or_default()
    }
}

/// Reads until the protocol is settled: at the first byte that differs from the HTTP/2 preface.
///
/// # Errors
/// The stream's own, and `UnexpectedEof` when it ends before a byte settles it.
pub async fn sniff<S: AsyncRead + Unpin>(stream: S) -> io::Result<(Protocol, Replayed<S>)> {
    let mut replayed = Replayed {
        stream,
        first: [0; PREFACE.len()],
        start: 0,
        end: 0,
    };
    loop {
        let free = replayed.first.get_mut(replayed.end..).unwrap_or_default();
        let count = replayed.stream.read(free).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        replayed.end += count;
        if !PREFACE.starts_with(replayed.waiting()) {
            return Ok((Protocol::Http1, replayed));
        }
        if replayed.end == PREFACE.len() {
            return Ok((Protocol::Http2, replayed));
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Replayed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.start == self.end {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let count = self.waiting().len().min(buffer.remaining());
        buffer.put_slice(self.waiting().get(..count).unwrap_or_default());
        self.start += count;
        // What is waiting in the socket comes along, so that a small request is one read.
        if self.start == self.end && buffer.remaining() > 0 {
            match Pin::new(&mut self.stream).poll_read(context, buffer) {
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Ready(Ok(())) | Poll::Pending => {}
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Replayed<S> {
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

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use tokio::io::AsyncWriteExt;

    async fn settle(input: &[u8], step: usize) -> io::Result<(Protocol, Vec<u8>)> {
        let (mut client, server) = tokio::io::duplex(64);
        let input = input.to_vec();
        tokio::spawn(async move {
            for piece in input.chunks(step) {
                client.write_all(piece).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        let (protocol, mut replayed) = sniff(server).await?;
        let mut all = Vec::new();
        replayed.read_to_end(&mut all).await?;
        Ok((protocol, all))
    }

    #[tokio::test]
    async fn settles_at_any_split_and_loses_no_byte() {
        let mut h2 = PREFACE.to_vec();
        h2.extend(b"frames and more frames");
        for step in 1..30 {
            let (protocol, all) = settle(&h2, step).await.unwrap();
            assert_eq!((protocol, &all[..]), (Protocol::Http2, &h2[..]));
            for h1 in [
                &b"PRI * HTTP/1.1\r\n\r\n"[..],
                b"POST / HTTP/1.1\r\n\r\n",
                b"P ",
            ] {
                let (protocol, all) = settle(h1, step).await.unwrap();
                assert_eq!((protocol, &all[..]), (Protocol::Http1, h1));
            }
        }
    }

    #[tokio::test]
    async fn a_stream_that_ends_unsettled_is_an_error() {
        assert!(settle(b"", 1).await.is_err());
        assert!(settle(b"PRI * HTTP/2", 3).await.is_err());
    }
}

//! The accept loop: HTTP/1 and HTTP/2 with prior knowledge on one port, with limits, timeouts
//! and a graceful stop.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::sniff::{Protocol, Replayed, sniff};
use crate::tls::Tls;
use crate::transport::Transport;

/// Any error.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

const STREAM_WINDOW: u32 = 128 * 1024;

/// Limits and times of a listener.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Open connections at one time; a further one waits in the kernel's queue. Clones of the
    /// options share it, so several listeners of one process can have one limit.
    pub connections: Arc<Semaphore>,
    /// For HTTPS only; `None`: cleartext HTTP only.
    pub tls: Option<Arc<Tls>>,
    /// For the TLS handshake, for the whole head of a request, and for the wait for the next on a kept
    /// connection.
    pub header_timeout: Duration,
    /// How long a peer may take none of the bytes that wait for it (Linux: RFC 5482's user
    /// timeout). Without it, peers that never read would hold their connections for good.
    pub write_timeout: Duration,
    /// Largest head, in bytes. At least 8,192.
    pub max_head_bytes: usize,
    /// Concurrent streams of one HTTP/2 connection.
    pub max_streams: u32,
    /// How long open requests may still take after the stop signal.
    pub drain: Duration,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            connections: Arc::new(Semaphore::new(10_000)),
            tls: None,
            header_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            max_head_bytes: 64 * 1024,
            max_streams: 256,
            drain: Duration::from_secs(10),
        }
    }
}

/// What a new connection gets: a wrapper of its bytes, and a service of its own.
pub trait Connect: Clone + Send + 'static {
    /// What hyper reads from and writes to.
    type Io: AsyncRead + AsyncWrite + Unpin + Send + 'static;
    /// The body of its answers.
    type Body: Body<Data: Send, Error: Into<BoxError>> + Send + 'static;

    /// Called once for each accepted connection, when its protocol is known: what hyper reads
    /// from and writes to, and what answers the connection's requests.
    fn connect(
        &self,
        stream: Replayed<Transport>,
        peer: SocketAddr,
        protocol: Protocol,
    ) -> (
        Self::Io,
        impl Service<
            Request<Incoming>,
            Response = Response<Self::Body>,
            Error: Into<BoxError>,
            Future: Send + 'static,
        > + Send
        + 'static,
    );
}

/// The same service for every connection, and the bytes as they come.
#[derive(Clone, Debug)]
pub struct PlainConnect<S>(pub S);

impl<S, B> Connect for PlainConnect<S>
where
    S: Service<
            Request<Incoming>,
            Response = Response<B>,
            Error: Into<BoxError>,
            Future: Send + 'static,
        > + Clone
        + Send
        + 'static,
    B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    type Io = Replayed<Transport>;
    type Body = B;

    #[expect(refining_impl_trait_reachable, reason = "the service is known here")]
    fn connect(&self, stream: Self::Io, _peer: SocketAddr, _protocol: Protocol) -> (Self::Io, S) {
        (stream, self.0.clone())
    }
}

/// Listens on `address` (port 0: a free one). With `reuse_port`, several listeners share the
/// address and the kernel spreads connections over them.
///
/// # Errors
/// The operating system's: the address is in use, or not ours.
pub fn bind(address: SocketAddr, reuse_port: bool) -> io::Result<TcpListener> {
    TcpListener::from_std(bind_std(address, reuse_port)?)
}

/// As [`bind`], for a listener that another runtime will take.
///
/// # Errors
/// As [`bind`].
pub fn bind_std(address: SocketAddr, reuse_port: bool) -> io::Result<std::net::TcpListener> {
    let domain = socket2::Domain::for_address(address);
    let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(reuse_port)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(4096)?;
    Ok(socket.into())
}

/// Prints the line by which people and tests learn where a service listens.
#[expect(clippy::print_stderr, reason = "the line is the interface")]
pub fn announce(address: SocketAddr, tls: bool) {
    let scheme = if tls { "https" } else { "http" };
    eprintln!("listening on {scheme}://{address}");
}

/// Accepts connections until `stop` completes, then lets open requests end for
/// `options.drain` and returns. A connection's failure ends that connection only.
pub async fn serve<C: Connect>(
    listener: TcpListener,
    options: ServeOptions,
    connect: C,
    stop: impl Future<Output = ()>,
) {
    // Each connection holds a receiver: that all are dropped says that all have ended.
    let (stopping, stopped) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let (stream, peer, permit) = tokio::select! {
            accepted = accept(&listener, &options.connections) => accepted,
            () = &mut stop => break,
        };
        let connection = connection(
            stream,
            peer,
            options.clone(),
            connect.clone(),
            stopped.clone(),
        );
        tokio::spawn(async move {
            connection.await;
            drop(permit);
        });
    }
    drop((listener, stopped));
    stopping.send_replace(());
    if tokio::time::timeout(options.drain, stopping.closed())
        .await
        .is_err()
    {
        tracing::warn!("requests were still open when the drain time ended");
    }
}

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    // Before accept, not after: what waits in the kernel's queue costs us nothing.
    let permit = connections.clone().acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, permit),
            Err(error) => {
                // Out of descriptors, say: the connection stays in the queue, so turn slowly.
                tracing::warn!(%error, "accept failed");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

async fn connection<C: Connect>(
    stream: TcpStream,
    peer: SocketAddr,
    options: ServeOptions,
    connect: C,
    mut stopped: watch::Receiver<()>,
) {
    if stream.set_nodelay(true).is_err() || limit_writes(&stream, options.write_timeout).is_err() {
        return;
    }
    let opened = tokio::select! {
        opened = tokio::time::timeout(options.header_timeout, open(stream, &options)) => opened,
        _ = stopped.changed() => return,
    };
    let (protocol, stream) = match opened {
        Ok(Ok(opened)) => opened,
        Ok(Err(error)) => {
            return tracing::debug!(%peer, %error, "connection ended before its first request");
        }
        Err(_) => return,
    };
    let (io, service) = connect.connect(stream, peer, protocol);
    let io = TokioIo::new(io);
    let ended = match protocol {
        Protocol::Http1 => {
            let connection = http1_builder(&options).serve_connection(io, service);
            until_stopped(connection, http1::Connection::graceful_shutdown, stopped).await
        }
        Protocol::Http2 => {
            let connection = http2_builder(&options).serve_connection(io, service);
            until_stopped(connection, http2::Connection::graceful_shutdown, stopped).await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "connection ended");
    }
}

/// The TLS handshake where there is one, and which protocol follows. What ALPN settled is not asked: a peer
/// that speaks another protocol than it chose is understood all the same.
async fn open(
    stream: TcpStream,
    options: &ServeOptions,
) -> io::Result<(Protocol, Replayed<Transport>)> {
    let transport = match &options.tls {
        None => Transport::Plain(stream),
        Some(tls) => Transport::Tls(Box::new(tls.accept(stream).await?)),
    };
    sniff(transport).await
}

/// Ends the connection when the peer takes no byte for `limit` although some wait.
#[cfg(target_os = "linux")]
fn limit_writes(stream: &TcpStream, limit: Duration) -> io::Result<()> {
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(limit))
}

/// Elsewhere the system's own limits hold.
#[cfg(not(target_os = "linux"))]
fn limit_writes(_stream: &TcpStream, _limit: Duration) -> io::Result<()> {
    Ok(())
}

/// Drives a connection; at the stop signal, asks it to end after its open requests.
async fn until_stopped<F: Future>(
    connection: F,
    shut_down: fn(Pin<&mut F>),
    mut stopped: watch::Receiver<()>,
) -> F::Output {
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        ended = &mut connection => return ended,
        _ = stopped.changed() => {}
    }
    shut_down(connection.as_mut());
    connection.await
}

fn http1_builder(options: &ServeOptions) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(options.header_timeout)
        .max_buf_size(options.max_head_bytes.max(8192));
    builder
}

fn http2_builder(options: &ServeOptions) -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(options.max_streams)
        // What a connection may hold in memory when its requests are read slowly.
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(4 * STREAM_WINDOW)
        .max_header_list_size(u32::try_from(options.max_head_bytes).unwrap_or(u32::MAX))
        .keep_alive_interval(options.header_timeout)
        .keep_alive_timeout(options.header_timeout);
    builder
}

#[cfg(test)]
mod tests;

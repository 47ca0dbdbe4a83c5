//! The running gateway: workers, each with its listener, its upstream connections and one thread.
//!
//! A request stays on the thread that accepted its connection: its body, its sealing and its
//! upstream connection are there, so that nothing is woken across cores. The kernel spreads
//! connections over the workers' listeners (`SO_REUSEPORT`).

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::body::{Body, Incoming};
use hyper::service::{Service, service_fn};
use service::sniff::{Protocol, Replayed};
use service::{BoxError, Connect, PlainConnect, Readiness, RequestId, ServeOptions, Transport};
use tokio::sync::watch;

use crate::access::Access;
use crate::body::AnswerBody;
use crate::connection::Connection;
use crate::exchange::{Arrival, Handler};
use crate::guard::Guard;
use crate::metrics::Metrics;
use crate::reload::Reload;
use crate::shared::Shared;
use crate::stack::{self, Stack};
use crate::upstream::Clients;

/// How often epochs are looked after.
const EPOCH_TURN: Duration = Duration::from_secs(5);

/// What a gateway listens with.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    options: ServeOptions,
    listeners: Vec<std::net::TcpListener>,
    admin: Option<std::net::TcpListener>,
    address: SocketAddr,
    reload: Option<Reload>,
}

impl Server {
    /// Binds all listeners; requests wait in the kernel's queue until [`Server::run`].
    ///
    /// # Errors
    /// An address that cannot be listened on.
    pub fn bind(
        shared: Arc<Shared>,
        options: ServeOptions,
        listen: SocketAddr,
        admin: Option<SocketAddr>,
        workers: usize,
    ) -> io::Result<Self> {
        let several = workers > 1;
        let first = service::serve::bind_std(listen, several)?;
        // With port 0 the first listener chose it.
        let address = first.local_addr()?;
        let mut listeners = vec![first];
        for _ in 1..workers {
            listeners.push(service::serve::bind_std(address, several)?);
        }
        let admin = admin
            .map(|admin| service::serve::bind_std(admin, false))
            .transpose()?;
        Ok(Self {
            shared,
            options,
            listeners,
            admin,
            address,
            reload: None,
        })
    }

    /// With a configuration that is read again when it changes.
    #[must_use]
    pub fn with_reload(self, reload: Reload) -> Self {
        Self {
            reload: Some(reload),
            ..self
        }
    }

    /// Where requests come in.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where health is asked for.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin
            .as_ref()
            .and_then(|admin| admin.local_addr().ok())
    }

    /// Serves until `stop` completes and open requests have ended, or their drain time has.
    ///
    /// # Errors
    /// When a worker cannot start.
    pub async fn run(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let Self {
            shared,
            options,
            listeners,
            admin,
            reload,
            ..
        } = self;
        let (stopping, stopped) = watch::channel(());
        let readiness = Readiness::default();
        if let Some(admin) = admin {
            let (answering, metrics) = (readiness.clone(), shared.metrics.clone());
            let answer = service_fn(move |request| {
                let answer = admin_answer(&answering, &metrics, &request);
                async move { Ok::<_, std::convert::Infallible>(answer) }
            });
            let admin = tokio::net::TcpListener::from_std(admin)?;
            let stopped = until(stopped.clone());
            tokio::spawn(service::serve(
                admin,
                ServeOptions::default(),
                PlainConnect(answer),
                stopped,
            ));
        }
        let renewing = options.tls.clone().map(|tls| tokio::spawn(tls.watch()));
        let epochs = tokio::spawn(look_after_epochs(shared.clone(), readiness.clone()));
        let reloading = reload.map(|reload| tokio::spawn(reload.watch(shared.clone())));
        let mut workers = Vec::new();
        for listener in listeners {
            let (shared, options, stopped) = (shared.clone(), options.clone(), stopped.clone());
            let worker = move || work(&shared, options, listener, until(stopped));
            workers.push(
                thread::Builder::new()
                    .name("worker".to_owned())
                    .spawn(worker)?,
            );
        }
        drop(stopped);
        stop.await;
        readiness.set(false);
        epochs.abort();
        for task in renewing.into_iter().chain(reloading) {
            task.abort();
        }
        stopping.send_replace(());
        tokio::task::spawn_blocking(move || join(workers)).await?
    }
}

/// Health, and metrics.
fn admin_answer(
    readiness: &Readiness,
    metrics: &Metrics,
    request: &Request<Incoming>,
) -> http::Response<Full<Bytes>> {
    let mut answer = readiness.answer(request);
    if request.uri().path() == "/metrics" && request.method() == http::Method::GET {
        answer = http::Response::new(Full::from(metrics.text()));
        let value = http::HeaderValue::from_static(crate::metrics::CONTENT_TYPE);
        answer
            .headers_mut()
            .insert(http::header::CONTENT_TYPE, value);
    }
    answer
}

async fn until(mut stopped: watch::Receiver<()>) {
    // That the sender is gone says the same.
    let _ = stopped.changed().await;
}

fn join(workers: Vec<thread::JoinHandle<io::Result<()>>>) -> io::Result<()> {
    for worker in workers {
        worker
            .join()
            .map_err(|_| io::Error::other("a worker panicked"))??;
    }
    Ok(())
}

async fn look_after_epochs(shared: Arc<Shared>, readiness: Readiness) {
    loop {
        readiness.set(shared.renew_epochs().await);
        tokio::time::sleep(EPOCH_TURN).await;
    }
}

fn work(
    shared: &Arc<Shared>,
    options: ServeOptions,
    listener: std::net::TcpListener,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // Batches of RSA wait for one another here rather than each for its own thread: dozens of
        // threads on one core only cost memory. Two, so that a name look-up need not wait.
        .max_blocking_threads(2)
        .build()?;
    let served = runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let stack = stack::stack(shared, Clients::new(&shared.limits));
        let connect = GatewayConnect {
            stack,
            max_head: options.max_head_bytes,
            trusted: shared.trusted_hops > 0,
            metrics: shared.metrics.clone(),
        };
        service::serve(listener, options, connect, stop).await;
        Ok(())
    });
    // What is still open after the drain time ends here.
    runtime.shutdown_background();
    served
}

/// What a connection to the gateway gets: the head guard, and the stack.
struct GatewayConnect<H> {
    stack: Stack<H>,
    max_head: usize,
    trusted: bool,
    metrics: Arc<Metrics>,
}

impl<H> Clone for GatewayConnect<H> {
    fn clone(&self) -> Self {
        Self {
            stack: self.stack.clone(),
            metrics: self.metrics.clone(),
            ..*self
        }
    }
}

impl<H: Handler<Arrival> + 'static> Connect for GatewayConnect<H> {
    type Io = Guard<Replayed<Transport>>;
    type Body = AnswerBody;

    fn connect(
        &self,
        stream: Replayed<Transport>,
        peer: SocketAddr,
        protocol: Protocol,
    ) -> (
        Self::Io,
        impl Service<
            Request<Incoming>,
            Response = http::Response<AnswerBody>,
            Error: Into<BoxError>,
            Future: Send + 'static,
        > + Send
        + 'static,
    ) {
        let tls = stream.get_ref().is_tls();
        let guard = match protocol {
            Protocol::Http1 => Guard::http1(stream, self.max_head),
            Protocol::Http2 => Guard::http2(stream),
        };
        let connection = Arc::new(Connection::new(peer, tls, guard.verdict()));
        let (stack, trusted, count) = (self.stack.clone(), self.trusted, AtomicU64::new(0));
        let metrics = self.metrics.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            // hyper asks once for each head that the guard let through, in their order.
            let number = count.fetch_add(1, Ordering::Relaxed);
            let id = RequestId::choose(request.headers(), trusted);
            let access = Access::new(id, request.method().clone(), metrics.clone());
            access.set_body_open(!request.body().is_end_stream());
            let connection = connection.clone();
            let arrival = Arrival {
                request,
                number,
                connection,
                access,
            };
            let stack = stack.clone();
            async move { Ok::<_, std::convert::Infallible>(stack.answer(arrival).await) }
        });
        (guard, service)
    }
}

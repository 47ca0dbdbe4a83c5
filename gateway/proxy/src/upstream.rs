//! The way to upstreams and back.
//!
//! - `head`: what of a head goes on, and what is added, in both directions;
//! - `forward`: sends a request, waits for the answer, and says what went wrong;
//! - `tls`: who upstreams are known by, and who the gateway is to them.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use http::Request;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Builder, Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;

use crate::body::UpstreamBody;
use crate::config::{Limits, Upstream, UpstreamProtocol};

mod forward;
mod head;
mod tls;

pub(crate) use forward::Forward;
pub(crate) use tls::UpstreamTlsFiles;

/// Clients with their pools of connections. Each worker has its own, so that a request never
/// crosses to another thread.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    limits: Limits,
    http1: Client<HttpConnector, UpstreamBody>,
    http2: Client<HttpConnector, UpstreamBody>,
    /// One for each upstream over TLS that has been asked, as long as the configuration has it.
    secure: Arc<Mutex<Vec<Secure>>>,
}

#[derive(Debug)]
struct Secure {
    tls: Weak<ClientConfig>,
    client: Client<HttpsConnector<HttpConnector>, UpstreamBody>,
}

impl Clients {
    /// Clients without connections yet.
    pub(crate) fn new(limits: &Limits) -> Self {
        let client = |protocol| builder(limits, protocol).build(connector(limits));
        Self {
            limits: limits.clone(),
            http1: client(UpstreamProtocol::Http1),
            http2: client(UpstreamProtocol::Http2),
            secure: Arc::default(),
        }
    }

    /// Sends a request, whose URI has the upstream's scheme and authority.
    pub(crate) fn request(
        &self,
        upstream: &Upstream,
        request: Request<UpstreamBody>,
    ) -> ResponseFuture {
        match (&upstream.tls, upstream.protocol) {
            (Some(tls), protocol) => self.secure(tls, protocol).request(request),
            (None, UpstreamProtocol::Http1) => self.http1.request(request),
            (None, UpstreamProtocol::Http2) => self.http2.request(request),
        }
    }

    fn secure(
        &self,
        tls: &Arc<ClientConfig>,
        protocol: UpstreamProtocol,
    ) -> Client<HttpsConnector<HttpConnector>, UpstreamBody> {
        let mut secure = self.secure.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |each: &&Secure| std::ptr::eq(each.tls.as_ptr(), Arc::as_ptr(tls));
        if let Some(known) = secure.iter().find(same) {
            return known.client.clone();
        }
        secure.retain(|each| each.tls.strong_count() > 0);
        let mut plain = connector(&self.limits);
        plain.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(ClientConfig::clone(tls))
            .https_only();
        let connector = match protocol {
            UpstreamProtocol::Http1 => connector.enable_http1().wrap_connector(plain),
            UpstreamProtocol::Http2 => connector.enable_http2().wrap_connector(plain),
        };
        let client: Client<_, _> = builder(&self.limits, protocol).build(connector);
        secure.push(Secure {
            tls: Arc::downgrade(tls),
            client: client.clone(),
        });
        client
    }
}

fn connector(limits: &Limits) -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(limits.connect_timeout));
    connector.set_keepalive(Some(Duration::from_secs(60)));
    // An upstream that takes no byte for so long is let go, and the client's connection with it.
    #[cfg(target_os = "linux")]
    connector.set_tcp_user_timeout(Some(limits.body_idle_timeout));
    connector
}

fn builder(limits: &Limits, protocol: UpstreamProtocol) -> Builder {
    let mut builder = Client::builder(TokioExecutor::new());
    builder
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .pool_idle_timeout(limits.upstream_idle_timeout)
        .http1_max_buf_size(64 * 1024)
        .http2_only(protocol == UpstreamProtocol::Http2);
    builder
}

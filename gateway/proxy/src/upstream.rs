//! The way to upstreams and back.
//!
//! - `head`: what of a head goes on, and what is added, in both directions;
//! - `forward`: sends a request, waits for the answer, and says what went wrong.

use std::time::Duration;

use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::body::UpstreamBody;
use crate::config::{Limits, UpstreamProtocol};

mod forward;
mod head;

pub(crate) use forward::Forward;

type UpstreamClient = Client<HttpConnector, UpstreamBody>;

/// Clients with their pools of connections. Each worker has its own, so that a request never
/// crosses to another thread.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    http1: UpstreamClient,
    http2: UpstreamClient,
}

impl Clients {
    /// Clients without connections yet.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            http1: client(limits, false),
            http2: client(limits, true),
        }
    }

    fn of(&self, protocol: UpstreamProtocol) -> &UpstreamClient {
        match protocol {
            UpstreamProtocol::Http1 => &self.http1,
            UpstreamProtocol::Http2 => &self.http2,
        }
    }
}

fn client(limits: &Limits, http2: bool) -> UpstreamClient {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(limits.connect_timeout));
    connector.set_keepalive(Some(Duration::from_secs(60)));
    // An upstream that takes no byte for so long is let go, and the client's connection with it.
    #[cfg(target_os = "linux")]
    connector.set_tcp_user_timeout(Some(limits.body_idle_timeout));
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .pool_idle_timeout(limits.upstream_idle_timeout)
        .http1_max_buf_size(64 * 1024)
        .http2_only(http2)
        .build(connector)
}

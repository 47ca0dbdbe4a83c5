//! What all requests of one client connection share.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::HeaderValue;

use crate::guard::Verdict;

/// One client connection.
#[derive(Debug)]
pub(crate) struct Connection {
    /// What the head guard refused.
    pub verdict: Arc<Verdict>,
    /// The peer's address, for `X-Forwarded-For`.
    pub forwarded_for: HeaderValue,
    /// The peer's address and our scheme, for `Forwarded` (RFC 7239).
    pub forwarded: HeaderValue,
    /// Our scheme, for `X-Forwarded-Proto`.
    pub scheme: HeaderValue,
}

impl Connection {
    /// The connection of a peer, over TLS or not.
    pub(crate) fn new(peer: SocketAddr, tls: bool, verdict: Arc<Verdict>) -> Self {
        let address = peer.ip().to_canonical();
        let scheme = if tls { "https" } else { "http" };
        let forwarded = match address {
            IpAddr::V4(address) => format!("for={address};proto={scheme}"),
            IpAddr::V6(address) => format!("for=\"[{address}]\";proto={scheme}"),
        };
        let value = |text: String| {
            HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
        };
        Self {
            verdict,
            forwarded_for: value(address.to_string()),
            forwarded: value(forwarded),
            scheme: HeaderValue::from_static(scheme),
        }
    }
}

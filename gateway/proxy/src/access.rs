//! One record for each request: what the access log says, and what failed first.

use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use http::Method;
use service::RequestId;
use tokio::sync::OwnedSemaphorePermit;

use crate::error::GatewayError;
use crate::rewrite::Rewriter;

/// Shared by everything that takes part in a request; when the last of them is done, the access
/// line is written. It never holds a value, a token, a query string or a header.
#[derive(Debug)]
pub(crate) struct Access {
    /// The request's id.
    pub id: RequestId,
    method: Method,
    started: Instant,
    status: AtomicU16,
    failure: OnceLock<GatewayError>,
    route: OnceLock<Box<str>>,
    rewriter: OnceLock<Arc<Rewriter>>,
    counts: OnceLock<Box<[AtomicU64]>>,
    kept: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
    answered: AtomicU64,
    body_open: AtomicBool,
    permit: OnceLock<OwnedSemaphorePermit>,
}

impl Access {
    /// A request that came in now.
    pub(crate) fn new(id: RequestId, method: Method) -> Arc<Self> {
        Arc::new(Self {
            id,
            method,
            started: Instant::now(),
            status: AtomicU16::new(0),
            failure: OnceLock::new(),
            route: OnceLock::new(),
            rewriter: OnceLock::new(),
            counts: OnceLock::new(),
            kept: AtomicU64::new(0),
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            body_open: AtomicBool::new(false),
            permit: OnceLock::new(),
        })
    }

    /// Keeps a place among the concurrent requests until the request is done.
    pub(crate) fn keep_permit(&self, permit: OwnedSemaphorePermit) {
        let _ = self.permit.set(permit);
    }

    pub(crate) fn set_route(&self, name: &str) {
        let _ = self.route.set(name.into());
    }

    pub(crate) fn set_status(&self, status: http::StatusCode) {
        self.status.store(status.as_u16(), Ordering::Relaxed);
    }

    /// Says what went wrong; the first one counts.
    pub(crate) fn fail(&self, error: GatewayError) {
        let _ = self.failure.set(error);
    }

    pub(crate) fn failure(&self) -> Option<&GatewayError> {
        self.failure.get()
    }

    /// Whether some of the client's body has not been read yet.
    pub(crate) fn set_body_open(&self, open: bool) {
        self.body_open.store(open, Ordering::Relaxed);
    }

    pub(crate) fn is_body_open(&self) -> bool {
        self.body_open.load(Ordering::Relaxed)
    }

    /// Bytes of the body that came from the client.
    pub(crate) fn add_received(&self, bytes: u64) {
        self.received.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes of the body that the upstream connection took.
    pub(crate) fn add_sent(&self, bytes: u64) {
        self.sent.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn add_answered(&self, bytes: u64) {
        self.answered.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Changes as long as the body moves.
    pub(crate) fn progress(&self) -> u64 {
        self.received
            .load(Ordering::Relaxed)
            .wrapping_add(self.sent.load(Ordering::Relaxed))
    }

    pub(crate) fn set_rewriter(&self, rewriter: Arc<Rewriter>) {
        let counts = (0..rewriter.class_names().len())
            .map(|_| AtomicU64::new(0))
            .collect();
        let _ = self.counts.set(counts);
        let _ = self.rewriter.set(rewriter);
    }

    /// One token was made for the class with this place in its policy.
    pub(crate) fn count_made(&self, class: usize) {
        if let Some(count) = self.counts.get().and_then(|counts| counts.get(class)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// One value was a token already.
    pub(crate) fn count_kept(&self) {
        self.kept.fetch_add(1, Ordering::Relaxed);
    }

    fn tokens(&self) -> String {
        let (Some(rewriter), Some(counts)) = (self.rewriter.get(), self.counts.get()) else {
            return String::new();
        };
        let pairs = rewriter
            .class_names()
            .zip(counts)
            .filter_map(|(name, count)| {
                let count = count.load(Ordering::Relaxed);
                (count > 0).then(|| format!("{name}={count}"))
            });
        pairs.collect::<Vec<_>>().join(" ")
    }
}

impl Drop for Access {
    fn drop(&mut self) {
        if !tracing::enabled!(target: "veilgate::access", tracing::Level::INFO) {
            return;
        }
        // A client that left before an answer began has no status.
        let code = self.failure.get().map_or("", crate::respond::code);
        tracing::info!(
            target: "veilgate::access",
            request_id = self.id.as_str(),
            method = self.method.as_str(),
            route = self.route.get().map_or("", |name| name),
            status = self.status.load(Ordering::Relaxed),
            code,
            received = self.received.load(Ordering::Relaxed),
            sent = self.sent.load(Ordering::Relaxed),
            answered = self.answered.load(Ordering::Relaxed),
            tokens = self.tokens(),
            kept = self.kept.load(Ordering::Relaxed),
            microseconds = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX),
            "request"
        );
    }
}

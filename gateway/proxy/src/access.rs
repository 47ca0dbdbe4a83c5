//! One record for each request: what the access log says, and what failed first.

use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use http::Method;
use service::RequestId;
use tokio::sync::OwnedSemaphorePermit;

use crate::error::GatewayError;
use crate::metrics::Metrics;
use ::rewrite::Coverage;

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
    coverage: OnceLock<Arc<Coverage>>,
    answer_coverage: OnceLock<Arc<Coverage>>,
    would_refuse: OnceLock<&'static str>,
    metrics: Arc<Metrics>,
    received: AtomicU64,
    sent: AtomicU64,
    answered: AtomicU64,
    body_open: AtomicBool,
    permit: OnceLock<OwnedSemaphorePermit>,
}

impl Access {
    /// A request that came in now.
    pub(crate) fn new(id: RequestId, method: Method, metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self {
            id,
            method,
            started: Instant::now(),
            status: AtomicU16::new(0),
            failure: OnceLock::new(),
            route: OnceLock::new(),
            coverage: OnceLock::new(),
            answer_coverage: OnceLock::new(),
            would_refuse: OnceLock::new(),
            metrics,
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

    /// What is found in the request.
    pub(crate) fn set_coverage(&self, coverage: Arc<Coverage>) {
        let _ = self.coverage.set(coverage);
    }

    pub(crate) fn coverage(&self) -> Option<&Arc<Coverage>> {
        self.coverage.get()
    }

    /// What is found in the upstream's answer.
    pub(crate) fn set_answer_coverage(&self, coverage: Arc<Coverage>) {
        let _ = self.answer_coverage.set(coverage);
    }

    /// Says what a route in shadow mode would have refused; the first one counts.
    pub(crate) fn would_refuse(&self, error: &GatewayError) {
        let _ = self.would_refuse.set(crate::respond::code(error));
    }

    fn count(&self) {
        let route = self.route.get().map_or("", |name| name);
        self.metrics
            .count_request(route, self.status.load(Ordering::Relaxed));
        if let Some(failure) = self.failure.get() {
            self.metrics
                .count_refused(route, crate::respond::code(failure));
        }
        if let Some(code) = self.would_refuse.get() {
            self.metrics.count_would_refuse(route, code);
        }
        for (side, coverage) in [
            ("request", &self.coverage),
            ("response", &self.answer_coverage),
        ] {
            if let Some(coverage) = coverage.get() {
                self.metrics.count_coverage(route, side, coverage);
            }
        }
    }
}

/// Tokens by class: `pan=2 ssn=1`.
fn tokens(coverage: Option<&Arc<Coverage>>) -> String {
    let classes = coverage.map(|coverage| coverage.tokens());
    let classes = classes
        .iter()
        .flatten()
        .map(|(class, count)| format!("{class}={count}"));
    classes.collect::<Vec<_>>().join(" ")
}

impl Drop for Access {
    fn drop(&mut self) {
        self.count();
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
            tokens = tokens(self.coverage.get()),
            kept = self.coverage.get().map_or(0, |coverage| coverage.kept()),
            inspected = self.coverage.get().map_or(0, |coverage| coverage.inspected()),
            coverage = self.coverage.get().map(tracing::field::display),
            answer_coverage = self.answer_coverage.get().map(tracing::field::display),
            shadow = self.coverage.get().is_some_and(|coverage| coverage.is_shadow()),
            would_refuse = self.would_refuse.get(),
            microseconds = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX),
            "request"
        );
    }
}

//! Counters for Prometheus: `GET /metrics` on the admin listener.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::{Registry, Unit};
use rewrite::Coverage;

/// The media type of [`Metrics::text`].
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels<const N: usize> = [(&'static str, String); N];

/// What happened since the start. Labels are names of the configuration, never anything of a
/// request.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Labels<2>, Counter>,
    inspected: Family<Labels<2>, Counter>,
    values: Family<Labels<5>, Counter>,
    refused: Family<Labels<2>, Counter>,
    would_refuse: Family<Labels<2>, Counter>,
    issuer_key_fetches: Family<Labels<1>, Counter>,
    reloads: Family<Labels<1>, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("veilgate");
        let (requests, inspected, values) =
            (Family::default(), Family::default(), Family::default());
        let (refused, would_refuse) = (Family::default(), Family::default());
        let (issuer_key_fetches, reloads) = (Family::default(), Family::default());
        registry.register("requests", "Requests by route and status", requests.clone());
        registry.register_with_unit(
            "inspected",
            "Bytes that were scanned, after decoding",
            Unit::Bytes,
            inspected.clone(),
        );
        registry.register(
            "values",
            "Values that rules took, by what became of them",
            values.clone(),
        );
        registry.register("refused", "Requests refused, by code", refused.clone());
        registry.register(
            "would_refuse",
            "Requests that went on in shadow mode and would be refused without, by code",
            would_refuse.clone(),
        );
        registry.register(
            "issuer_key_fetches",
            "Times that the keys of a token issuer were fetched",
            issuer_key_fetches.clone(),
        );
        registry.register(
            "reloads",
            "Times that the configuration was read again",
            reloads.clone(),
        );
        Self {
            registry,
            requests,
            inspected,
            values,
            refused,
            would_refuse,
            issuer_key_fetches,
            reloads,
        }
    }
}

impl Metrics {
    pub(crate) fn count_request(&self, route: &str, status: u16) {
        let labels = [("route", route.to_owned()), ("status", status.to_string())];
        self.requests.get_or_create(&labels).inc();
    }

    pub(crate) fn count_refused(&self, route: &str, code: &str) {
        let labels = [("route", route.to_owned()), ("code", code.to_owned())];
        self.refused.get_or_create(&labels).inc();
    }

    pub(crate) fn count_would_refuse(&self, route: &str, code: &str) {
        let labels = [("route", route.to_owned()), ("code", code.to_owned())];
        self.would_refuse.get_or_create(&labels).inc();
    }

    pub(crate) fn count_key_fetch(&self, done: bool) {
        let outcome = if done { "done" } else { "failed" };
        let labels = [("outcome", outcome.to_owned())];
        self.issuer_key_fetches.get_or_create(&labels).inc();
    }

    /// `side`: `request` or `response`.
    pub(crate) fn count_coverage(&self, route: &str, side: &str, coverage: &Coverage) {
        let labels = [("route", route.to_owned()), ("side", side.to_owned())];
        self.inspected
            .get_or_create(&labels)
            .inc_by(coverage.inspected());
        for rule in coverage.rules() {
            let outcomes = [
                ("tokenized", rule.tokenized),
                ("kept", rule.kept),
                ("left", rule.left),
            ];
            for (outcome, count) in outcomes.into_iter().filter(|(_, count)| *count > 0) {
                let labels = [
                    ("route", route.to_owned()),
                    ("side", side.to_owned()),
                    ("rule", rule.rule.to_owned()),
                    ("class", rule.class.to_owned()),
                    ("outcome", outcome.to_owned()),
                ];
                self.values.get_or_create(&labels).inc_by(count);
            }
        }
    }

    pub(crate) fn count_reload(&self, done: bool) {
        let outcome = if done { "done" } else { "refused" };
        let labels = [("outcome", outcome.to_owned())];
        self.reloads.get_or_create(&labels).inc();
    }

    /// All of them, in the OpenMetrics text format.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // writing to a string does not fail
        let _ = encode(&mut text, &self.registry);
        text
    }
}

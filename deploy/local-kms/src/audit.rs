//! What was called: one audit line for each call, and counts for tests.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};

/// One call, in the words of CloudTrail. Nothing in it is secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry<'a> {
    /// RFC 3339.
    pub(crate) event_time: String,
    /// `kms.amazonaws.com` or `sts.amazonaws.com`.
    pub(crate) event_source: &'static str,
    pub(crate) event_name: &'a str,
    /// The caller's ARN; `-` when the request proved none.
    pub(crate) principal: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) algorithm: Option<&'a str>,
    /// `Success`, or the error's code.
    pub(crate) outcome: &'a str,
    #[serde(rename = "requestID")]
    pub(crate) request_id: &'a str,
}

/// Operation, principal and outcome of a call.
type Kind = (String, String, String);

/// Where audit lines go, and the counts.
pub(crate) struct Audit {
    sink: Mutex<Box<dyn Write + Send>>,
    counts: Mutex<BTreeMap<Kind, u64>>,
}

impl Audit {
    pub(crate) fn new(sink: Box<dyn Write + Send>) -> Audit {
        Audit {
            sink: Mutex::new(sink),
            counts: Mutex::default(),
        }
    }

    /// Counts a call and writes its line. A sink that is gone (a closed pipe) stops no call: this is
    /// a development server.
    pub(crate) fn record(&self, entry: &Entry<'_>) {
        let service = entry.event_source.split('.').next().unwrap_or_default();
        let operation = format!("{service}:{}", entry.event_name);
        let kind = (
            operation,
            entry.principal.to_owned(),
            entry.outcome.to_owned(),
        );
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(kind).or_default() += 1;
        drop(counts);

        let mut line = serde_json::to_vec(entry).unwrap_or_default();
        line.push(b'\n');
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        if sink.write_all(&line).and_then(|()| sink.flush()).is_err() {
            tracing::warn!("an audit line could not be written");
        }
    }

    /// `{"operations": {operation: count}, "calls": [{operation, principal, outcome, count}]}`.
    pub(crate) fn counts(&self) -> Value {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut operations: BTreeMap<&str, u64> = BTreeMap::new();
        let mut calls = Vec::new();
        for ((operation, principal, outcome), count) in counts.iter() {
            *operations.entry(operation).or_default() += count;
            calls.push(json!({
                "operation": operation, "principal": principal, "outcome": outcome, "count": count,
            }));
        }
        json!({ "operations": operations, "calls": calls })
    }

    /// Starts counting anew.
    pub(crate) fn reset(&self) {
        self.counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

//! What passes, and looks sensitive all the same: every built-in detector looks at it.

use std::ops::Range;
use std::sync::Arc;

use policies::{Detector, Policy};
use scan::{Format, Plan};
use serde_json::json;

use super::spans::{self, Span};
use crate::AnyError;

/// Something that no rule takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Suspicious {
    /// In the text, in bytes.
    pub(super) place: Range<usize>,
    /// The name of the detector that knows it.
    pub(super) detector: &'static str,
}

/// All that detectors find in texts outside of what is taken, up to where the text is refused.
pub(super) fn find(
    policy: &Policy,
    format: &Format,
    text: &[u8],
    taken: &[Span],
) -> Result<Vec<Suspicious>, AnyError> {
    let detecting = policies::compile_policy("built-in detectors", &detecting(policy))?;
    let plan = Arc::new(Plan::compile(Arc::new(detecting))?);
    let (found, _) = spans::scan(plan, format, text);
    let mut taken = taken.iter().peekable();
    let mut passing = Vec::new();
    for span in found {
        while taken
            .next_if(|before| before.place.end <= span.place.start)
            .is_some()
        {}
        let overlaps = taken
            .peek()
            .is_some_and(|next| next.place.start < span.place.end);
        let detector = Detector::ALL.get(span.rule);
        if let (false, Some(detector)) = (overlaps, detector) {
            passing.push(Suspicious {
                place: span.place,
                detector: detector.name(),
            });
        }
    }
    Ok(passing)
}

/// A policy that looks for everything, and reads documents as `policy` does. JSON is YAML.
fn detecting(policy: &Policy) -> String {
    let rules = Detector::ALL.iter().map(|detector| {
        json!({"name": detector.name(), "detect": detector.name(), "class": "suspicious"})
    });
    json!({
        "version": 1,
        "classes": {"suspicious": {"kind": "envelope", "key": "none"}},
        "rules": rules.collect::<Vec<_>>(),
        "json": {"max_depth": policy.json().max_depth},
        "csv": {
            "delimiter": char::from(policy.csv().delimiter).to_string(),
            "header": policy.csv().header,
            "strict": false,
            "missing_columns": "pass",
        },
        "xml": {
            "max_depth": policy.xml().max_depth,
            "max_tag_bytes": policy.xml().max_tag_bytes.to_string(),
        },
    })
    .to_string()
}

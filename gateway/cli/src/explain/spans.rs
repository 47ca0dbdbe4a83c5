//! Where a plan's rules take something.

use std::ops::Range;
use std::sync::Arc;

use scan::{Format, Matched, MatchedType, Plan, ScanError, Scanner, Sink};

/// A value, and which rule takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// In the text, in bytes.
    pub(super) place: Range<usize>,
    /// Its place in the policy.
    pub(super) rule: usize,
    /// What it is called in JSON.
    pub(super) value_type: &'static str,
}

/// All values in their order, up to where the text is refused, if it is.
pub(super) fn scan(
    plan: Arc<Plan>,
    format: &Format,
    text: &[u8],
) -> (Vec<Span>, Option<ScanError>) {
    let mut spans = Spans::default();
    let scanned = Scanner::new(plan, format).and_then(|mut scanner| {
        scanner.push(text, &mut spans)?;
        scanner.finish(&mut spans)
    });
    (spans.found, scanned.err())
}

#[derive(Debug, Default)]
struct Spans {
    at: usize,
    found: Vec<Span>,
}

impl Sink for Spans {
    fn pass(&mut self, bytes: &[u8]) {
        self.at += bytes.len();
    }

    fn value(&mut self, value: Matched<'_>) {
        let start = self.at;
        self.at += value.raw.len();
        self.found.push(Span {
            place: start..self.at,
            rule: value.rule,
            value_type: match value.value_type {
                MatchedType::String => "string",
                MatchedType::Number => "number",
                MatchedType::Boolean => "boolean",
                MatchedType::Null => "null",
                MatchedType::Object => "object",
                MatchedType::Array => "array",
            },
        });
    }
}

//! Spans as NDJSON, for programs.

use std::io::{self, Write};

use policies::Policy;
use serde_json::{Value, json};

use super::spans::Span;
use super::suspicious::Suspicious;

/// One line for each span that is taken, and each that looks as if it should be, in their order.
pub(super) fn print(
    output: &mut impl Write,
    policy: &Policy,
    text: &[u8],
    taken: &[Span],
    suspicious: &[Suspicious],
) -> io::Result<()> {
    let mut lines = LineCounter::new(text);
    let mut suspicious = suspicious.iter().peekable();
    for span in taken {
        while let Some(before) = suspicious.next_if(|next| next.place.start < span.place.start) {
            writeln!(output, "{}", suspicious_line(before, &mut lines))?;
        }
        writeln!(output, "{}", taken_line(span, policy, &mut lines))?;
    }
    for rest in suspicious {
        writeln!(output, "{}", suspicious_line(rest, &mut lines))?;
    }
    Ok(())
}

fn taken_line(span: &Span, policy: &Policy, lines: &mut LineCounter<'_>) -> Value {
    let rule = policy.rules().get(span.rule);
    json!({
        "offset": span.place.start,
        "length": span.place.len(),
        "line": lines.line_at(span.place.start),
        "rule": rule.map(|rule| rule.name.as_str()),
        "class": rule.map(|rule| policy.class(rule.class).name.as_str()),
        "type": span.value_type,
    })
}

fn suspicious_line(found: &Suspicious, lines: &mut LineCounter<'_>) -> Value {
    json!({
        "offset": found.place.start,
        "length": found.place.len(),
        "line": lines.line_at(found.place.start),
        "suspicious": found.detector,
    })
}

/// Counts lines as it goes forward.
pub(super) struct LineCounter<'t> {
    text: &'t [u8],
    at: usize,
    line: usize,
}

impl<'t> LineCounter<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        let (at, line) = (0, 1);
        Self { text, at, line }
    }

    /// The line of a byte, from 1. Bytes are asked for in their order.
    pub(super) fn line_at(&mut self, offset: usize) -> usize {
        let between = self.text.get(self.at..offset).unwrap_or_default();
        self.line += between.iter().filter(|byte| **byte == b'\n').count();
        self.at = offset.max(self.at);
        self.line
    }
}

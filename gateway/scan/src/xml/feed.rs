//! Bytes at hand, and how far they have gone out.

use crate::matched::{Matched, MatchedType};
use crate::output::{Output, TextPart};
use crate::syntax::Syntax;
use std::ops::Range;

/// A chunk, or markup that was cut and is whole now.
pub(super) struct Feed<'a, O> {
    pub(super) bytes: &'a [u8],
    /// Where they begin, in bytes from the start of the input.
    pub(super) base: u64,
    pub(super) output: &'a mut O,
    passed: usize,
}

impl<'a, O: Output> Feed<'a, O> {
    pub(super) fn new(bytes: &'a [u8], base: u64, output: &'a mut O) -> Self {
        Self {
            bytes,
            base,
            output,
            passed: 0,
        }
    }

    /// Where a byte is, from the start of the input.
    pub(super) fn offset(&self, at: usize) -> u64 {
        self.base + at as u64
    }

    /// Which byte is at an offset; the first one for what came earlier.
    pub(super) fn place(&self, offset: u64) -> usize {
        usize::try_from(offset.saturating_sub(self.base)).unwrap_or(usize::MAX)
    }

    pub(super) fn pass_until(&mut self, at: usize) {
        let bytes = self.bytes.get(self.passed..at).unwrap_or_default();
        if !bytes.is_empty() {
            self.output.pass(bytes);
            self.passed = at;
        }
    }

    /// What has not gone out, up to `at`; it counts as gone.
    pub(super) fn withhold_until(&mut self, at: usize) -> &'a [u8] {
        let bytes = self.bytes.get(self.passed..at).unwrap_or_default();
        self.passed = self.passed.max(at);
        bytes
    }

    pub(super) fn text(&mut self, span: Range<usize>, syntax: Syntax, ends: bool) {
        self.pass_until(span.start);
        self.passed = span.end;
        self.output.text(TextPart {
            raw: self.bytes.get(span.clone()).unwrap_or_default(),
            syntax,
            offset: self.offset(span.start),
            ends,
        });
    }

    pub(super) fn value(&mut self, span: Range<usize>, syntax: Syntax, rule: u32) {
        self.pass_until(span.start);
        self.passed = span.end;
        self.output.value(Matched {
            rule: rule as usize,
            value_type: MatchedType::String,
            raw: self.bytes.get(span.clone()).unwrap_or_default(),
            syntax,
            offset: self.offset(span.start),
        });
    }
}

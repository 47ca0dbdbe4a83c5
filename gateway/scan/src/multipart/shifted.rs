//! Offsets of one part, counted in the whole body.

use crate::matched::Matched;
use crate::output::{Output, RecordEdge, TextPart};

/// The output of a part's scanner: its offsets are counted in the whole body.
pub(super) struct Shifted<'o, O> {
    pub(super) output: &'o mut O,
    pub(super) by: u64,
}

impl<O: Output> Output for Shifted<'_, O> {
    const NESTED: bool = O::NESTED;
    const TEXTS: bool = O::TEXTS;

    fn pass(&mut self, bytes: &[u8]) {
        self.output.pass(bytes);
    }

    fn text(&mut self, part: TextPart<'_>) {
        let offset = part.offset + self.by;
        self.output.text(TextPart { offset, ..part });
    }

    fn value(&mut self, value: Matched<'_>) {
        let offset = value.offset + self.by;
        self.output.value(Matched { offset, ..value });
    }

    fn node(&mut self, rule: u32, offset: u64) {
        self.output.node(rule, offset + self.by);
    }

    fn record(&mut self, edge: RecordEdge, offset: u64) {
        self.output.record(edge, offset + self.by);
    }
}

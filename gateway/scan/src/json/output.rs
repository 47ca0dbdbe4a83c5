//! Where a scan's pieces go.

use super::Sink;
use super::matched::Matched;

/// What the scan tells as it goes. The scanner hands on to a [`Sink`]; tests collect all nodes.
pub(crate) trait Output {
    /// Report every node that a rule takes, also inside others, instead of values.
    const NESTED: bool;
    fn pass(&mut self, bytes: &[u8]);
    fn value(&mut self, value: Matched<'_>);
    /// A node, when `NESTED`.
    fn node(&mut self, rule: u32, offset: u64);
}

/// A sink as an output: the outermost of nested nodes becomes the value.
pub(crate) struct ToSink<'s, S>(pub(crate) &'s mut S);

impl<S: Sink> Output for ToSink<'_, S> {
    const NESTED: bool = false;

    fn pass(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.0.pass(bytes);
        }
    }

    fn value(&mut self, value: Matched<'_>) {
        self.0.value(value);
    }

    fn node(&mut self, _rule: u32, _offset: u64) {}
}

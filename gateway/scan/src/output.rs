//! Where a scan's pieces go.

use crate::matched::Matched;
use crate::syntax::Syntax;

/// Receives the pieces of a scan, in order: put together, they are the input byte for byte.
pub trait Sink {
    /// Forward these bytes as they are.
    fn pass(&mut self, bytes: &[u8]);
    /// Replace these bytes, as [`Syntax::write_token`] and [`Syntax::write_text`] write what takes
    /// their place.
    fn value(&mut self, value: Matched<'_>);
    /// Here a record begins or ends: a line of NDJSON, a row of CSV, what the policy's `records`
    /// name. They nest; around them all the input is one, which is not told. `offset` is in bytes
    /// from the start of the input.
    fn record(&mut self, _edge: RecordEdge, _offset: u64) {}
}

/// Where a record begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordEdge {
    /// What follows is in a new record.
    Begins,
    /// The innermost record has ended.
    Ends,
}

/// What the scanners tell as they go. They hand on to a [`Sink`]; tests collect all nodes.
pub(crate) trait Output {
    /// Report every node that a rule takes, also inside others, instead of values.
    const NESTED: bool;
    /// Tell texts apart from the bytes around them. Without it, texts may go to `pass`.
    const TEXTS: bool;
    /// Bytes that nothing needs to look into: structure, and texts unless `TEXTS`.
    fn pass(&mut self, bytes: &[u8]);
    /// A text that no rule takes by its place, or some more of one; its pieces come one after the
    /// other.
    fn text(&mut self, part: TextPart<'_>);
    /// A value that a rule takes by its place.
    fn value(&mut self, value: Matched<'_>);
    /// A node, when `NESTED`.
    fn node(&mut self, rule: u32, offset: u64);
    /// As [`Sink::record`].
    fn record(&mut self, edge: RecordEdge, offset: u64);
}

/// Some bytes of a text.
#[derive(Clone, Copy)]
pub(crate) struct TextPart<'a> {
    /// As spelled, cut anywhere.
    pub(crate) raw: &'a [u8],
    pub(crate) syntax: Syntax,
    /// Where they begin, in bytes from the start of the input; of an empty part it says nothing.
    pub(crate) offset: u64,
    /// Whether the text ends with them.
    pub(crate) ends: bool,
}

/// A sink as an output: the outermost of nested nodes becomes the value, texts pass.
pub(crate) struct ToSink<'s, S>(pub(crate) &'s mut S);

impl<S: Sink> Output for ToSink<'_, S> {
    const NESTED: bool = false;
    const TEXTS: bool = false;

    fn pass(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.0.pass(bytes);
        }
    }

    fn text(&mut self, part: TextPart<'_>) {
        self.pass(part.raw);
    }

    fn value(&mut self, value: Matched<'_>) {
        self.0.value(value);
    }

    fn node(&mut self, _rule: u32, _offset: u64) {}

    fn record(&mut self, edge: RecordEdge, offset: u64) {
        self.0.record(edge, offset);
    }
}

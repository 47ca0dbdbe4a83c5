//! The JSON scanner.

mod error;
mod escape;
mod fragment;
mod machine;
mod run;
mod scalars;
mod space;
mod stack;
mod strings;
mod take;

pub use error::JsonErrorCode;
pub(crate) use escape::{push_escape, unescape};
pub(crate) use machine::Limits;
pub(crate) use strings::load;

use crate::error::ScanError;
use crate::output::{Output, RecordEdge, Sink, ToSink};
use crate::select::Selectors;
use error::Fault;
use machine::{Expect, Machine, Resume};
use policies::JsonLimits;
use run::Run;
use std::fmt;
use std::sync::Arc;

/// How many documents the input holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Documents {
    /// One JSON text (RFC 8259); whitespace around it, nothing after it.
    One,
    /// One JSON text on each line; blank lines are allowed.
    Lines,
}

/// Scans JSON as it streams by: validates it strictly, and tells what a policy's rules take.
///
/// Chunks may end anywhere. Of the input it keeps the value, the key or the buffered part that a
/// chunk ended in, each up to its limit, and erases it afterwards. A refusal is final.
pub struct JsonScanner {
    selectors: Arc<Selectors>,
    machine: Machine,
    failed: Option<ScanError>,
}

impl fmt::Debug for JsonScanner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("JsonScanner")
            .field("offset", &self.machine.base)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

impl JsonScanner {
    /// A scanner for one input.
    #[must_use]
    pub fn new(selectors: Arc<Selectors>, limits: &JsonLimits, documents: Documents) -> Self {
        let limits = Limits {
            depth: limits.max_depth,
            key: limits.max_key_bytes as u64,
            value: limits.max_value_bytes as u64,
            // a buffered part is indexed with 32 bits
            buffer: u64::from(u32::try_from(limits.max_buffer_bytes).unwrap_or(u32::MAX)),
        };
        Self::with_limits(selectors, limits, documents)
    }

    pub(crate) fn with_limits(
        selectors: Arc<Selectors>,
        limits: Limits,
        documents: Documents,
    ) -> Self {
        let machine = Machine::new(limits, documents == Documents::Lines);
        Self {
            selectors,
            machine,
            failed: None,
        }
    }

    /// Scans the next chunk; its pieces go to the sink.
    ///
    /// # Errors
    /// The input is refused; so are all later calls, with the same error. Pieces that the sink has
    /// received before must not reach the upstream as a whole document.
    pub fn push(&mut self, chunk: &[u8], sink: &mut impl Sink) -> Result<(), ScanError> {
        self.push_to(chunk, &mut ToSink(sink))
    }

    /// Ends the input.
    ///
    /// # Errors
    /// As [`JsonScanner::push`]: the input ended inside a document, or held none.
    pub fn finish(&mut self, sink: &mut impl Sink) -> Result<(), ScanError> {
        self.finish_to(&mut ToSink(sink))
    }

    pub(crate) fn push_to(
        &mut self,
        chunk: &[u8],
        output: &mut impl Output,
    ) -> Result<(), ScanError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let mut run = Run::new(&mut self.machine, &self.selectors, chunk, output);
        let scanned = run.chunk();
        let result = match scanned {
            Ok(()) => {
                let checked = run.machine.check_fence(chunk.len());
                if checked.is_ok() {
                    run.end_chunk();
                }
                checked
            }
            Err(fault) => Err(self.machine.fail(fault)),
        };
        self.machine.base += chunk.len() as u64;
        self.settle(result)
    }

    pub(crate) fn finish_to(&mut self, output: &mut impl Output) -> Result<(), ScanError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let outermost = self.machine.stack.depth() == 0;
        let lines = self.machine.lines;
        let ended = match self.machine.resume {
            Resume::Between(Expect::End) => {
                if lines {
                    output.record(RecordEdge::Ends, self.machine.base);
                }
                Ok(())
            }
            Resume::Between(Expect::Document) if lines => Ok(()),
            // a number ends where something else begins, or here
            Resume::Number(part) if outermost && part.may_end() => {
                let mut run = Run::new(&mut self.machine, &self.selectors, &[], output);
                let ended = run.after_value(0);
                if lines {
                    output.record(RecordEdge::Ends, self.machine.base);
                }
                ended.map(|_| self.machine.resume = Resume::Between(Expect::End))
            }
            _ => Err(Fault::new(0, JsonErrorCode::Truncated)),
        };
        let result = ended.map_err(|fault| self.machine.fail(fault));
        self.settle(result)
    }

    /// Remembers a refusal, and erases what was held.
    fn settle(&mut self, result: Result<(), ScanError>) -> Result<(), ScanError> {
        if let Err(error) = result {
            self.failed = Some(error);
            self.machine.held.clear();
            self.machine.key.clear();
        }
        result
    }
}

//! The XML scanner: XML 1.0 (fifth edition) with Namespaces in XML 1.0 (third edition).
//!
//! Documents are checked for being well-formed and are not validated. No document type declaration
//! is read, so there are no entities but the five predefined ones, and none from outside. The bytes
//! are UTF-8; where an earlier stage has converted them, the XML declaration must name what from.
//!
//! - An element that a rule takes: every text in it and in the elements inside it is a value, but
//!   not its attributes. A text ends at markup of any kind. The inside of a CDATA section is a
//!   value of its own. White space alone passes.
//! - An attribute that a rule takes: the inside of its quotes. What is empty passes.
//! - Declarations of namespaces are neither taken nor told as texts: names depend on them.
//!
//! A fault is at the first byte that no accepted document could have there. Faults of names alone
//! (duplicate attributes, prefixes, declarations) are known when their tag is whole, so what is
//! malformed later in the same tag comes first; each is at the name's first byte.

mod characters;
mod content;
mod cut;
mod declaration;
mod element;
mod error;
mod feed;
mod machine;
mod markup;
mod namespaces;
mod open;
mod paths;
mod reader;
mod reference;
mod run;
mod tag;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use characters::is_allowed;
pub use error::XmlErrorCode;
pub(crate) use paths::Paths;

use crate::error::ScanError;
use crate::output::Output;
use machine::Machine;
use policies::XmlLimits;
use run::Run;
use std::fmt;
use std::sync::Arc;

/// Scans one document.
///
/// Of the input it keeps the tag or value that a chunk ended in, the names of open elements, and
/// their namespaces, each up to its limit.
pub(crate) struct XmlScanner {
    paths: Arc<Paths>,
    machine: Machine,
    failed: Option<ScanError>,
}

impl fmt::Debug for XmlScanner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("XmlScanner")
            .field("offset", &self.machine.base)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

impl XmlScanner {
    pub(crate) fn new(paths: Arc<Paths>, limits: XmlLimits) -> Self {
        let machine = Machine::new(&paths, limits);
        Self {
            paths,
            machine,
            failed: None,
        }
    }

    /// The document came in another charset, which is known by these names.
    pub(crate) fn set_encodings(&mut self, encodings: &'static [&'static str]) {
        self.machine.encodings = encodings;
    }

    pub(crate) fn push(&mut self, chunk: &[u8], output: &mut impl Output) -> Result<(), ScanError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let result = Run::new(&mut self.machine, &self.paths, chunk, output).chunk();
        self.machine.base += chunk.len() as u64;
        self.settle(result)
    }

    pub(crate) fn finish(&mut self, output: &mut impl Output) -> Result<(), ScanError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let result = match self.machine.is_complete() {
            true => Ok(()),
            false => {
                let mut run = Run::new(&mut self.machine, &self.paths, &[], output);
                let read = run.finish();
                read.and(Err(self.machine.truncated()))
            }
        };
        self.settle(result)
    }

    /// Remembers a refusal, and erases what was held.
    fn settle(&mut self, result: Result<(), ScanError>) -> Result<(), ScanError> {
        if let Err(error) = result {
            self.failed = Some(error);
            self.machine.held.clear();
        }
        result
    }
}

//! One scanner for whatever format a body has.

mod part;
mod single;

use std::fmt;
use std::sync::Arc;

use detect::{Detection, Found, Scratch};

use crate::error::ScanError;
use crate::format::Format;
use crate::inspect::{Hit, Inspect, Search, Window};
use crate::multipart::MultipartScanner;
use crate::output::{Output, Sink, ToSink};
use crate::plan::Plan;
pub(crate) use part::PartScanner;
use single::SingleScanner;

/// Scans a document of any format as it streams by: tells what passes and what rules take.
///
/// Chunks may end anywhere. A refusal is final.
pub struct Scanner {
    plan: Arc<Plan>,
    machine: Machine,
    window: Window,
    scratch: Scratch,
    found: Vec<Found>,
}

enum Machine {
    Single(SingleScanner),
    Multipart(Box<MultipartScanner<PartScanner>>),
}

impl Scanner {
    /// A scanner for one document.
    ///
    /// # Errors
    /// A multipart boundary that RFC 2046 does not allow.
    pub fn new(plan: Arc<Plan>, format: &Format) -> Result<Self, ScanError> {
        let machine = match format {
            Format::Multipart(boundary) => {
                let part = PartScanner::new(plan.clone());
                let limits = *plan.policy.form();
                let scanner = MultipartScanner::new(boundary, part, limits)?;
                Machine::Multipart(Box::new(scanner))
            }
            single => Machine::Single(SingleScanner::new(&plan, single)),
        };
        Ok(Self::with(plan, machine))
    }

    /// The document has been converted to UTF-8 from another charset, which is known by these names.
    /// What it says of its charset itself, as XML can, must be one of them; without this call,
    /// UTF-8 or US-ASCII.
    #[must_use]
    pub fn converted_from(mut self, names: &'static [&'static str]) -> Self {
        if let Machine::Single(scanner) = &mut self.machine {
            scanner.set_charset(names);
        }
        self
    }

    /// A scanner for a URL's query.
    #[must_use]
    pub fn query(plan: Arc<Plan>) -> Self {
        let scanner = SingleScanner::query(&plan);
        Self::with(plan, Machine::Single(scanner))
    }

    fn with(plan: Arc<Plan>, machine: Machine) -> Self {
        Self {
            plan,
            machine,
            window: Window::default(),
            scratch: Scratch::default(),
            found: Vec::new(),
        }
    }

    /// Scans the next chunk; its pieces go to the sink.
    ///
    /// # Errors
    /// The input is refused; so are all later calls, with the same error. Pieces that the sink has
    /// received before must not reach the receiver as a whole document.
    pub fn push(&mut self, chunk: &[u8], sink: &mut impl Sink) -> Result<(), ScanError> {
        let machine = &mut self.machine;
        let Some(detection) = &self.plan.detection else {
            return machine.push(chunk, &mut ToSink(sink));
        };
        let mut search = In {
            detection,
            scratch: &mut self.scratch,
            found: &mut self.found,
        };
        let (search, window) = (&mut search, &mut self.window);
        machine.push(
            chunk,
            &mut Inspect {
                sink,
                search,
                window,
            },
        )
    }

    /// Ends the input.
    ///
    /// # Errors
    /// As [`Scanner::push`].
    pub fn finish(&mut self, sink: &mut impl Sink) -> Result<(), ScanError> {
        let machine = &mut self.machine;
        let Some(detection) = &self.plan.detection else {
            return machine.finish(&mut ToSink(sink));
        };
        let mut search = In {
            detection,
            scratch: &mut self.scratch,
            found: &mut self.found,
        };
        let (search, window) = (&mut search, &mut self.window);
        machine.finish(&mut Inspect {
            sink,
            search,
            window,
        })
    }
}

impl fmt::Debug for Scanner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Scanner").finish_non_exhaustive()
    }
}

impl Machine {
    fn push(&mut self, chunk: &[u8], output: &mut impl Output) -> Result<(), ScanError> {
        match self {
            Self::Single(scanner) => scanner.push(chunk, output),
            Self::Multipart(scanner) => scanner.push(chunk, output),
        }
    }

    fn finish(&mut self, output: &mut impl Output) -> Result<(), ScanError> {
        match self {
            Self::Single(scanner) => scanner.finish(output),
            Self::Multipart(scanner) => scanner.finish(output),
        }
    }
}

/// A detection as a search.
struct In<'a> {
    detection: &'a Detection,
    scratch: &'a mut Scratch,
    found: &'a mut Vec<Found>,
}

impl Search for In<'_> {
    const LOOK_BEHIND: usize = Detection::LOOK_BEHIND;
    const LOOK_AHEAD: usize = Detection::LOOK_AHEAD;

    fn find(&mut self, text: &[u8], from: usize, ended: bool, hits: &mut Vec<Hit>) -> usize {
        self.found.clear();
        let settled = self
            .detection
            .find(text, from, ended, self.scratch, self.found);
        let found = self.found.iter().map(|found| Hit {
            span: found.start..found.end,
            rule: found.rule,
        });
        hits.extend(found);
        settled
    }
}

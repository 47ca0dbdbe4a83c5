//! A document that streams through the engine, as a body through the gateway.

use std::io::{Read, Write};
use std::sync::Arc;

use coding::DecodeLimits;
use rewrite::{Coverage, Draft, Reader};

use super::counts::Counts;
use super::crew::Crew;
use super::engine::Engine;
use super::error::FileError;
use super::line::{Line, Place};
use super::progress::Progress;
use super::{BUFFER, parquet::ParquetFault};
use crate::document::DocumentKind;

/// From this many bytes on the values that wait are sealed: many make one batch, few make memory.
const DRAFT: usize = 64 * 1024;

/// A user's own files may be as large, and as well compressed, as they are: memory stays the same.
const NO_LIMITS: DecodeLimits = DecodeLimits {
    max_bytes: u64::MAX,
    max_ratio: u32::MAX,
};

/// Reads a document to its end, and writes it with tokens. This thread of the crew scans; helpers
/// seal and write, if there are any.
pub(crate) fn rewrite(
    engine: &Engine,
    crew: &Crew,
    kind: &DocumentKind,
    input: impl Read,
    output: impl Write + Send + 'static,
    progress: &Progress,
) -> Result<Counts, FileError> {
    let DocumentKind::Body(kind) = kind else {
        return Err(ParquetFault::Pipe.into());
    };
    let rewriter = engine.rewriter().clone();
    let plan = rewriter.plan().clone();
    if !plan.takes(&kind.format) {
        return Err(FileError::NoRules(kind.format.name()));
    }
    let coverage = Coverage::new(rewriter.policy().clone(), false);
    let reader = Reader::new(plan, kind, NO_LIMITS)?;
    let line = Line::new(
        rewriter,
        engine.tenant(),
        engine.runtime(),
        kind,
        coverage.clone(),
        output,
    );
    let scanned = Scanning {
        crew,
        reader,
        draft: line.draft(DRAFT),
        line: &line,
        coverage: &coverage,
    }
    .run(input, progress);
    // what has been sent is before what could not be scanned
    line.finish(crew)?;
    Ok(Counts::of(&coverage, scanned?))
}

/// A document that is being scanned.
struct Scanning<'d, W: Write> {
    crew: &'d Crew,
    reader: Reader,
    draft: Draft,
    line: &'d Arc<Line<W>>,
    coverage: &'d Coverage,
}

impl<W: Write + Send + 'static> Scanning<'_, W> {
    /// Sends all of a document on its way; returns how many bytes were read.
    fn run(mut self, mut input: impl Read, progress: &Progress) -> Result<u64, FileError> {
        let mut buffer = vec![0; BUFFER];
        let mut read = 0;
        loop {
            let length = match input.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(FileError::Read(error)),
            };
            self.push(buffer.get(..length).unwrap_or_default())?;
            read += length as u64;
            progress.add(length as u64);
        }
        self.end()?;
        Ok(read)
    }

    fn push(&mut self, mut input: &[u8]) -> Result<(), FileError> {
        while !input.is_empty() || !self.reader.wants_input() {
            self.reader
                .push(&mut input, &mut self.draft, self.coverage)?;
            if !self.draft.is_waiting()? && self.draft.len() >= DRAFT {
                self.send(false)?;
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), FileError> {
        loop {
            let last = self.reader.finish(&mut self.draft, self.coverage)?;
            if last {
                self.draft.finish()?;
            } else if self.draft.is_waiting()? {
                continue;
            }
            self.send(last)?;
            if last {
                return Ok(());
            }
        }
    }

    fn send(&mut self, last: bool) -> Result<(), FileError> {
        let mut next = self.line.draft(DRAFT);
        self.draft.hand_on(&mut next);
        let draft = std::mem::replace(&mut self.draft, next);
        let mark = self.reader.mark();
        self.line.send(self.crew, draft, Place { mark, last })
    }
}

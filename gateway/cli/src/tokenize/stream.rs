//! A document that streams through the engine, as a body through the gateway.

use std::io::{BufWriter, Read, Write};

use coding::DecodeLimits;
use rewrite::{Coverage, Rewriting};

use super::counts::Counts;
use super::engine::Engine;
use super::error::FileError;
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

/// Reads a document to its end, and writes it with tokens.
pub(crate) fn rewrite(
    engine: &Engine,
    kind: &DocumentKind,
    mut input: impl Read,
    output: impl Write,
    progress: &Progress,
) -> Result<Counts, FileError> {
    let DocumentKind::Body(kind) = kind else {
        return Err(ParquetFault::Pipe.into());
    };
    let rewriter = engine.rewriter().clone();
    if !rewriter.plan().takes(&kind.format) {
        return Err(FileError::NoRules(kind.format.name()));
    }
    let coverage = Coverage::new(rewriter.policy().clone(), false);
    let rewriting = Rewriting::new(rewriter, kind, false, NO_LIMITS, DRAFT, coverage.clone())?;
    let mut sealed = Sealed {
        engine,
        rewriting,
        output: BufWriter::with_capacity(BUFFER, output),
    };
    let mut buffer = vec![0; BUFFER];
    let mut read = 0;
    loop {
        let length = match input.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(FileError::Read(error)),
        };
        sealed.push(buffer.get(..length).unwrap_or_default())?;
        read += length as u64;
        progress.add(length as u64);
    }
    sealed.finish()?;
    Ok(Counts::of(&coverage, read))
}

/// What has been scanned, on its way out.
struct Sealed<'e, W: Write> {
    engine: &'e Engine,
    rewriting: Rewriting,
    output: BufWriter<W>,
}

impl<W: Write> Sealed<'_, W> {
    fn push(&mut self, mut input: &[u8]) -> Result<(), FileError> {
        while !input.is_empty() || !self.rewriting.wants_input() {
            self.rewriting.push(&mut input)?;
            if self.rewriting.waiting() >= DRAFT {
                self.seal()?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), FileError> {
        loop {
            let ended = self.rewriting.finish()?;
            self.seal()?;
            if ended {
                return self.output.flush().map_err(FileError::Write);
            }
        }
    }

    fn seal(&mut self) -> Result<(), FileError> {
        let text = self.engine.wait(self.rewriting.seal())?;
        self.output.write_all(&text).map_err(FileError::Write)
    }
}

//! One file, from its source to its output.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use super::counts::Counts;
use super::crew::Crew;
use super::engine::Engine;
use super::error::FileError;
use super::inputs::{Job, Stamp};
use super::output::Partial;
use super::progress::Progress;
use super::{parquet, stream};
use crate::document::DocumentKind;

/// Makes the output of a file; without an error it is whole, and on the disk.
pub(crate) fn tokenize(
    engine: &Engine,
    crew: &Crew,
    job: &Job,
    folder: &Path,
    progress: &Progress,
) -> Result<Done, FileError> {
    let kind = job.kind.as_ref().map_err(|unknown| *unknown)?;
    let source = File::open(&job.source).map_err(FileError::Read)?;
    let mut partial = Partial::create(&folder.join(&job.output)).map_err(FileError::Write)?;
    let again = source.try_clone().map_err(FileError::Read)?;
    let output = partial.file().try_clone().map_err(FileError::Write)?;
    let counts = rewrite(engine, crew, kind, source, output, progress)?;
    // What was read may be neither the old nor the new document.
    let metadata = again.metadata().map_err(FileError::Read)?;
    if Stamp::of(&metadata) != job.stamp {
        return Err(FileError::Changed);
    }
    let output_size = partial.finish().map_err(FileError::Write)?;
    Ok(Done {
        counts,
        output_size,
    })
}

/// A file whose output is there.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) counts: Counts,
    /// Bytes of the output.
    pub(crate) output_size: u64,
}

/// Rewrites a file of any kind.
pub(crate) fn rewrite(
    engine: &Engine,
    crew: &Crew,
    kind: &DocumentKind,
    source: File,
    output: impl Write + Send + 'static,
    progress: &Progress,
) -> Result<Counts, FileError> {
    match kind {
        DocumentKind::Body(_) => stream::rewrite(engine, crew, kind, source, output, progress),
        DocumentKind::Parquet => parquet::rewrite(engine, source, output, progress),
    }
}

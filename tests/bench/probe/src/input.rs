//! The document that is scanned.

use crate::meter::Failure;
use std::fs;
use std::path::PathBuf;

/// Bytes of one push: what a service reads from a socket at once.
pub(crate) const CHUNK_BYTES: usize = 64 * 1024;

/// A file, and whether it is one document or one on each line.
#[derive(clap::Args)]
pub(crate) struct Document {
    /// NDJSON rather than one document.
    #[arg(long)]
    pub(crate) lines: bool,
    /// The file.
    file: PathBuf,
}

impl Document {
    /// The file's bytes.
    pub(crate) fn read(&self) -> Result<Vec<u8>, Failure> {
        fs::read(&self.file).map_err(|error| format!("{}: {error}", self.file.display()).into())
    }

    /// One document or many, in the scanner's words.
    pub(crate) fn documents(&self) -> scan::Documents {
        if self.lines {
            scan::Documents::Lines
        } else {
            scan::Documents::One
        }
    }

    /// One document or many, as a format.
    pub(crate) fn format(&self) -> scan::Format {
        match self.documents() {
            scan::Documents::One => scan::Format::Json,
            scan::Documents::Lines => scan::Format::JsonLines,
        }
    }
}

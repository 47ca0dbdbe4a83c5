//! The document that is scanned.

use crate::meter::Failure;
use scan::Format;
use std::fs;
use std::path::PathBuf;

/// Bytes of one push: what a service reads from a socket at once.
pub(crate) const CHUNK_BYTES: usize = 64 * 1024;

/// A file; its extension tells its format: json, ndjson, csv or xml, and all else is text.
#[derive(clap::Args)]
pub(crate) struct Document {
    /// The file.
    file: PathBuf,
}

impl From<PathBuf> for Document {
    fn from(file: PathBuf) -> Self {
        Self { file }
    }
}

impl Document {
    /// The file's bytes.
    pub(crate) fn read(&self) -> Result<Vec<u8>, Failure> {
        fs::read(&self.file).map_err(|error| format!("{}: {error}", self.file.display()).into())
    }

    /// The file's format.
    pub(crate) fn format(&self) -> Format {
        let extension = self.file.extension();
        match extension.and_then(|extension| extension.to_str()) {
            Some("json") => Format::Json,
            Some("ndjson") => Format::JsonLines,
            Some("csv") => Format::Csv,
            Some("xml") => Format::Xml,
            _ => Format::Text,
        }
    }
}

//! Files that the configuration names.

use std::io;
use std::path::{Path, PathBuf};

use policies::yaml::{Report, Source, Spanned};
use policies::{Code, Diagnostics, Place, Severity};

/// The folder of the configuration: paths in it are relative to this.
pub(super) struct Folder<'a>(pub(super) &'a Path);

impl Folder<'_> {
    pub(super) fn path(&self, named: &Spanned<String>) -> PathBuf {
        self.0.join(&named.value)
    }

    /// The text of a file, or a diagnostic at the place that names it.
    pub(super) fn read(&self, report: &mut Report<'_>, named: &Spanned<String>) -> Option<String> {
        let path = self.path(named);
        match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) => {
                let message = format!("`{}` cannot be read: {error}", path.display());
                report.error(Code::File, named, message, HELP);
                None
            }
        }
    }

    /// Says so when a file is not there; it is read later, and its content never shown.
    pub(super) fn check(&self, report: &mut Report<'_>, named: &Spanned<String>) -> PathBuf {
        let path = self.path(named);
        if let Err(error) = std::fs::File::open(&path) {
            let message = format!("`{}` cannot be read: {error}", path.display());
            report.error(Code::File, named, message, HELP);
        }
        path
    }
}

const HELP: &str = "name a file that is there and can be read; paths are relative to this file";

/// The configuration itself cannot be read.
pub(super) fn unreadable(file: &str, error: &io::Error) -> Diagnostics {
    let message = format!("the file cannot be read: {error}");
    Source::new(file, "")
        .diagnostic(
            Severity::Error,
            Code::File,
            Place::START,
            message,
            "name a file that is there",
        )
        .into()
}

//! YAML into types, and faults into diagnostics.
//!
//! ```
//! use policies::{Code, yaml::{Source, Spanned}};
//!
//! #[derive(serde::Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Raw {
//!     listen: Spanned<String>,
//! }
//!
//! let source = Source::new("gateway.yaml", "listen: nowhere\n");
//! let raw: Raw = source.parse()?;
//! let mut report = source.report();
//! if raw.listen.value.parse::<std::net::SocketAddr>().is_err() {
//!     report.error(Code::Setting, &raw.listen, "not an address", "write `127.0.0.1:8080`");
//! }
//! let refused = report.finish(()).unwrap_err();
//! assert_eq!(refused.as_slice()[0].offending(), "nowhere");
//! # Ok::<(), policies::Diagnostics>(())
//! ```

mod entries;
mod fault;
mod one_or_many;
mod scalar;
#[cfg(test)]
mod tests;

pub use entries::Entries;
pub(crate) use fault::{choice_help, list};
pub use one_or_many::OneOrMany;
pub use serde_saphyr::Spanned;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Severity};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_saphyr::{DuplicateKeyPolicy, MergeKeyPolicy};

/// Deepest nesting of a configuration.
const MAX_DEPTH: usize = 24;
/// Most nodes of a configuration, aliases expanded.
const MAX_NODES: usize = 200_000;
/// Most aliases (`*name`) of a configuration.
const MAX_ALIASES: usize = 1_000;

/// A YAML file's name and text.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

/// Reads `text` into `T`. Short for [`Source::new`] and [`Source::parse`].
///
/// # Errors
/// What [`Source::parse`] returns.
pub fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Diagnostics> {
    Source::new(file, text).parse()
}

impl<'a> Source<'a> {
    /// `file` is only shown, never opened.
    pub fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text }
    }

    /// The file's name.
    pub fn file(&self) -> &'a str {
        self.file
    }

    /// Reads the text into `T`, which should deny unknown fields and hold [`Spanned`] where it
    /// wants to say more later.
    ///
    /// # Errors
    /// The first fault of syntax or shape, with its place (`VG0001` to `VG0009`).
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Diagnostics> {
        if let Some(empty) = self.empty() {
            return Err(empty.into());
        }
        // the whole file's syntax and size before its shape: a slip in indentation would else be
        // reported as a field of the wrong type
        self.read::<IgnoredAny>()?;
        self.read()
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, Diagnostics> {
        serde_saphyr::from_str_with_options(self.text, options())
            .map_err(|error| fault::diagnostic(self, error.without_snippet()).into())
    }

    /// A list to put diagnostics in.
    pub fn report(&self) -> Report<'a> {
        Report {
            source: *self,
            found: Vec::new(),
        }
    }

    /// One diagnostic.
    pub fn diagnostic(
        &self,
        severity: Severity,
        code: Code,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Diagnostic {
        let line = self
            .text
            .lines()
            .nth(place.line.saturating_sub(1))
            .unwrap_or("");
        Diagnostic {
            code,
            severity,
            file: self.file.to_owned(),
            place,
            message: message.into(),
            help: help.into(),
            source_line: line.to_owned(),
        }
    }

    /// A file that holds nothing would otherwise read as one where every field is missing.
    fn empty(&self) -> Option<Diagnostic> {
        let holds = |line: &str| {
            let line = line.trim_start_matches('\u{FEFF}').trim();
            !(line.is_empty() || line.starts_with('#') || line == "---" || line == "...")
        };
        if self.text.lines().any(holds) {
            return None;
        }
        let help = "write at least `version: 1` and the fields that the reference asks for";
        Some(self.diagnostic(
            Severity::Error,
            Code::Empty,
            Place::START,
            "the file is empty",
            help,
        ))
    }
}

/// Diagnostics of one file as they are found.
#[derive(Debug)]
pub struct Report<'a> {
    source: Source<'a>,
    found: Vec<Diagnostic>,
}

impl Report<'_> {
    /// Adds an error.
    pub fn error(
        &mut self,
        code: Code,
        place: impl Into<Place>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(Severity::Error, code, place.into(), message, help);
    }

    /// Adds a warning.
    pub fn warning(
        &mut self,
        code: Code,
        place: impl Into<Place>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(Severity::Warning, code, place.into(), message, help);
    }

    fn add(
        &mut self,
        severity: Severity,
        code: Code,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.found
            .push(self.source.diagnostic(severity, code, place, message, help));
    }

    /// Whether any of what was found is an error.
    pub(crate) fn refuses(&self) -> bool {
        let mut found = self.found.iter();
        found.any(|each| each.severity == Severity::Error)
    }

    /// `made` and the warnings, in the file's order.
    ///
    /// # Errors
    /// All that was found, when any of it is an error.
    pub fn finish<T>(self, made: T) -> Result<(T, Vec<Diagnostic>), Diagnostics> {
        let refused = self.refuses();
        let found: Diagnostics = self.found.into_iter().collect();
        if refused {
            Err(found)
        } else {
            Ok((made, found.into_vec()))
        }
    }
}

/// Checks a file's `version: 1`.
pub fn check_version(report: &mut Report<'_>, version: &Spanned<u64>) {
    if version.value != 1 {
        let message = format!(
            "this release does not read version {} of this file",
            version.value
        );
        report.error(Code::Version, version, message, "write `version: 1`");
    }
}

/// Strict, and bounded: a configuration is small and a person wrote it.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_nodes: MAX_NODES,
            max_events: MAX_NODES * 2,
            max_aliases: MAX_ALIASES,
            max_documents: 2,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        with_snippet: false,
    }
}

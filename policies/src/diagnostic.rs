//! What is wrong with a file: where, why, and what to write instead.

mod code;
mod near;
mod render;
#[cfg(test)]
mod tests;

pub use code::Code;
pub(crate) use near::nearest;

use serde_saphyr::{Location, Spanned};
use std::fmt;

/// Whether the file can be used all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The file is refused.
    Error,
    /// The file works, but something in it is likely a mistake.
    Warning,
}

/// A place in a file. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How many characters are meant; 0 when only the point is known.
    pub length: usize,
}

impl Place {
    /// The beginning of a file.
    pub const START: Self = Self {
        line: 1,
        column: 1,
        length: 0,
    };
}

impl From<Location> for Place {
    fn from(location: Location) -> Self {
        let number = |from: u64| usize::try_from(from).unwrap_or(usize::MAX);
        Self {
            line: number(location.line()).max(1),
            column: number(location.column()).max(1),
            length: location.span().len().try_into().unwrap_or(0),
        }
    }
}

impl<T> From<&Spanned<T>> for Place {
    fn from(spanned: &Spanned<T>) -> Self {
        spanned.referenced.into()
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its stable code.
    pub code: Code,
    /// Whether it refuses the file.
    pub severity: Severity,
    /// The file's name, as the caller gave it.
    pub file: String,
    /// Where in the file.
    pub place: Place,
    /// What is wrong, as one sentence without a full stop.
    pub message: String,
    /// What to write instead, as one sentence without a full stop.
    pub help: String,
    /// The whole line that `place` is on, without its end.
    pub(crate) source_line: String,
}

impl Diagnostic {
    /// The offending text, as the file spells it; empty when only a point is known.
    pub fn offending(&self) -> &str {
        let mut starts = self.source_line.char_indices().map(|(start, _)| start);
        let end = self.source_line.len();
        let first = starts
            .nth(self.place.column.saturating_sub(1))
            .unwrap_or(end);
        if self.place.length == 0 {
            return "";
        }
        let last = starts.nth(self.place.length - 1).unwrap_or(end);
        self.source_line.get(first..last).unwrap_or("")
    }
}

/// All that is wrong with a file: at least one error, and its warnings, in the file's order.
///
/// `Display` shows each with its line of the file and a caret under the offending text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// In the order in which they are given.
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.0
    }

    /// See [`Diagnostics::as_slice`].
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }
}

impl Diagnostics {
    pub(crate) fn into_vec(self) -> Vec<Diagnostic> {
        self.0
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(only: Diagnostic) -> Self {
        Self(vec![only])
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    /// Sorts by place: a reader goes through the file once.
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(all: I) -> Self {
        let mut all: Vec<_> = all.into_iter().collect();
        all.sort_by_key(|each| (each.place.line, each.place.column, each.code.as_str()));
        Self(all)
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, each) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{each}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
impl std::error::Error for Diagnostic {}

//! Diagnostics as text for a terminal.
//!
//! ```text
//! error[VG0101]: no class is named `pam`
//!   --> policy.yaml:7:12
//!    |
//!  7 |     class: pam
//!    |            ^^^
//!    = help: did you mean `pan`?
//! ```

use super::{Diagnostic, Severity};
use std::fmt;

/// Longest part of a source line that is shown, in characters.
const WINDOW: usize = 100;

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = (self.place.line, self.place.column);
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(f, "{}[{}]: {}", self.severity, self.code, self.message)?;
        writeln!(f, "{margin} --> {}:{line}:{column}", self.file)?;
        if !self.source_line.trim().is_empty() {
            let (shown, before, carets) = self.window();
            writeln!(f, "{margin}  |")?;
            writeln!(f, " {number} | {shown}")?;
            writeln!(
                f,
                "{margin}  | {}{}",
                " ".repeat(before),
                "^".repeat(carets)
            )?;
        }
        writeln!(f, "{margin}  = help: {}", self.help)
    }
}

impl Diagnostic {
    /// The part of the line to show, how far its caret is in, and how many carets.
    fn window(&self) -> (String, usize, usize) {
        // a tab or another control character would move the caret away from its text
        let visible = |c: char| if c.is_control() { ' ' } else { c };
        let line: Vec<char> = self.source_line.chars().map(visible).collect();
        let column = self.place.column.saturating_sub(1).min(line.len());
        let start = if column < WINDOW {
            0
        } else {
            column - WINDOW / 2
        };
        let shown: String = line.iter().skip(start).take(WINDOW).collect();
        let room = shown.chars().count().saturating_sub(column - start);
        let carets = self.place.length.clamp(1, room.max(1));
        (shown.trim_end().to_owned(), column - start, carets)
    }
}

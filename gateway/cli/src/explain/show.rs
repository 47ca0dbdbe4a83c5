//! The document with its spans in colours, for people.

use std::io::{self, Write};
use std::ops::Range;

use policies::Policy;

use super::lines::LineCounter;
use super::spans::Span;
use super::suspicious::Suspicious;

/// Background colours of ECMA-48 (section 8.3.117), one rule after the other.
const COLORS: [&str; 5] = ["42", "44", "45", "46", "43"];
/// What looks sensitive and passes: bold on red.
const SUSPICIOUS: &str = "1;41";
const PLAIN: &str = "\x1b[0m";

/// A document on a terminal.
pub(super) struct View<'v> {
    pub(super) policy: &'v Policy,
    pub(super) text: &'v [u8],
    /// Show how long values are, not what they are.
    pub(super) redact: bool,
}

impl View<'_> {
    /// The document, a legend, and what passes that looks sensitive.
    pub(super) fn print(
        &self,
        output: &mut impl Write,
        taken: &[Span],
        suspicious: &[Suspicious],
    ) -> io::Result<()> {
        let taken_marks = taken.iter().map(|span| (&span.place, color(span.rule)));
        let suspicious_marks = suspicious.iter().map(|found| (&found.place, SUSPICIOUS));
        let mut marks: Vec<_> = taken_marks.chain(suspicious_marks).collect();
        marks.sort_by_key(|(place, _)| place.start);
        let mut from = 0;
        for (place, color) in marks {
            self.write(output, from..place.start)?;
            write!(output, "\x1b[{color}m")?;
            if self.redact {
                write!(output, "{} bytes", place.len())?;
            } else {
                self.write(output, place.clone())?;
            }
            write!(output, "{PLAIN}")?;
            from = place.end;
        }
        self.write(output, from..self.text.len())?;
        if self.text.last() != Some(&b'\n') {
            writeln!(output)?;
        }
        self.legend(output, taken)?;
        self.warnings(output, suspicious)
    }

    fn legend(&self, output: &mut impl Write, taken: &[Span]) -> io::Result<()> {
        writeln!(output)?;
        for (index, rule) in self.policy.rules().iter().enumerate() {
            let count = taken.iter().filter(|span| span.rule == index).count();
            if count > 0 {
                let class = &self.policy.class(rule.class).name;
                let (color, name) = (color(index), &rule.name);
                writeln!(
                    output,
                    "\x1b[{color}m {name} {PLAIN} class {class}: {count}"
                )?;
            }
        }
        if taken.is_empty() {
            writeln!(output, "no rule takes anything")?;
        }
        Ok(())
    }

    fn warnings(&self, output: &mut impl Write, suspicious: &[Suspicious]) -> io::Result<()> {
        let mut lines = LineCounter::new(self.text);
        for found in suspicious {
            let (detector, start) = (found.detector, found.place.start);
            let line = lines.line_at(start);
            writeln!(
                output,
                "\x1b[{SUSPICIOUS}m suspicious {PLAIN} {detector} at line {line}, byte {start}: no rule takes it"
            )?;
        }
        Ok(())
    }

    /// Control characters are shown, not obeyed: the document may be anybody's.
    fn write(&self, output: &mut impl Write, place: Range<usize>) -> io::Result<()> {
        let text = String::from_utf8_lossy(self.text.get(place).unwrap_or_default());
        for character in text.chars() {
            if character.is_control() && !matches!(character, '\n' | '\t' | '\r') {
                write!(output, "{}", character.escape_default())?;
            } else {
                write!(output, "{character}")?;
            }
        }
        Ok(())
    }
}

fn color(rule: usize) -> &'static str {
    COLORS.get(rule % COLORS.len()).copied().unwrap_or_default()
}

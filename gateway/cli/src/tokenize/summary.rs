//! What a run came to.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::counts::Counts;
use super::error::FileError;

/// What a run came to; never a value.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    files: usize,
    pub(crate) files_skipped: usize,
    bytes: u64,
    pub(crate) seconds: f64,
    counts: Counts,
    pub(crate) failures: Vec<Failure>,
}

/// A file without output.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    file: String,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    message: String,
}

impl Summary {
    /// A file of so many bytes is done.
    pub(crate) fn add(&mut self, bytes: u64, counts: &Counts) {
        self.files += 1;
        self.bytes += bytes;
        self.counts.add(counts);
    }

    /// A file has no output.
    pub(crate) fn fail(&mut self, file: &str, error: &FileError) {
        self.failures.push(Failure {
            file: file.to_owned(),
            code: error.code(),
            offset: error.offset(),
            line: error.line(),
            message: error.report(),
        });
    }

    /// Prints it, for people or for programs.
    pub(crate) fn print(&self, output: &mut impl Write, json: bool) -> io::Result<()> {
        if json {
            writeln!(output, "{}", self.to_json())
        } else {
            self.print_text(output)
        }
    }

    fn to_json(&self) -> Value {
        let tokens = self.counts.tokens.iter();
        let tokens: Map<_, _> = tokens
            .map(|(class, count)| (class.clone(), json!(count)))
            .collect();
        json!({
            "files": self.files,
            "skipped": self.files_skipped,
            "failed": self.failures.len(),
            "bytes": self.bytes,
            "seconds": self.seconds,
            "tokens": tokens,
            "kept": self.counts.kept,
            "failures": self.failures,
        })
    }

    fn print_text(&self, output: &mut impl Write) -> io::Result<()> {
        let megabytes = self.bytes as f64 / 1e6;
        let rate = megabytes / self.seconds.max(1e-9);
        let (done, skipped, failed) = (self.files, self.files_skipped, self.failures.len());
        writeln!(
            output,
            "files    {done} done, {skipped} there already, {failed} failed"
        )?;
        writeln!(
            output,
            "bytes    {megabytes:.1} MB in {:.1} s, {rate:.0} MB/s",
            self.seconds
        )?;
        let tokens = self.counts.tokens.iter();
        let mut tokens: Vec<_> = tokens.map(|(class, n)| format!("{class} {n}")).collect();
        if tokens.is_empty() {
            tokens.push("none".to_owned());
        }
        writeln!(output, "tokens   {}", tokens.join(", "))?;
        writeln!(output, "kept     {}", self.counts.kept)
    }
}

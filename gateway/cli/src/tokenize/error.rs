//! Why a file has no output.

use std::error::Error;
use std::io;

use rewrite::RewriteError;
use seal::SealError;

use super::parquet::ParquetFault;
use crate::document::UnknownKind;

/// Why a file has no output. None of them holds a value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// It is not known what it is.
    #[error(transparent)]
    Kind(#[from] UnknownKind),
    /// The policy has nothing to say about it, so nothing was inspected.
    #[error("the policy has no rule for {0} documents: add one, or leave the file out")]
    NoRules(&'static str),
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Read(io::Error),
    /// Its output cannot be written.
    #[error("its output cannot be written: {0}")]
    Write(io::Error),
    /// Something wrote to it at the same time.
    #[error("it changed while it was read: try again when nothing writes to it")]
    Changed,
    /// It is malformed, over a limit, or a value cannot become a token.
    #[error(transparent)]
    Rewrite(#[from] RewriteError),
    /// Likewise, for Parquet.
    #[error(transparent)]
    Parquet(#[from] ParquetFault),
}

impl From<SealError> for FileError {
    fn from(error: SealError) -> Self {
        Self::Rewrite(error.into())
    }
}

impl FileError {
    /// A stable code, for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Kind(_) => "unknown-kind",
            Self::NoRules(_) => "no-rules",
            Self::Read(_) => "read-failed",
            Self::Write(_) => "write-failed",
            Self::Changed => "source-changed",
            Self::Rewrite(RewriteError::Scan(error)) => error.code(),
            Self::Rewrite(RewriteError::Coding(error)) => error.code(),
            Self::Rewrite(RewriteError::Charset(error)) => error.code(),
            Self::Rewrite(RewriteError::Seal(error)) => error.code(),
            Self::Rewrite(RewriteError::Owner(error)) => error.code(),
            Self::Rewrite(RewriteError::Unfit { .. }) => "replacement-unfit",
            Self::Parquet(fault) => fault.code(),
        }
    }

    /// Where it is, in bytes from the start of the text.
    pub(crate) fn offset(&self) -> Option<u64> {
        match self {
            Self::Rewrite(RewriteError::Scan(error)) => Some(error.offset),
            Self::Rewrite(RewriteError::Coding(error)) => Some(error.offset),
            Self::Rewrite(RewriteError::Charset(error)) => Some(error.offset),
            Self::Rewrite(RewriteError::Owner(error)) => Some(error.offset()),
            _ => None,
        }
    }

    /// The line or row that it is on, from 1, where these are counted.
    pub(crate) fn line(&self) -> Option<u64> {
        match self {
            Self::Rewrite(RewriteError::Scan(error)) => error.line,
            _ => None,
        }
    }

    /// What is wrong and why, on one line.
    pub(crate) fn report(&self) -> String {
        let mut report = self.to_string();
        if !report.starts_with(self.code()) {
            report = format!("{}: {report}", self.code());
        }
        if let Some(line) = self.line() {
            report.push_str(&format!(" (line or row {line})"));
        }
        let mut source = self.source();
        while let Some(cause) = source {
            report.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        report
    }
}

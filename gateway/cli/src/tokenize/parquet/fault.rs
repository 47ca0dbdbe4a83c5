//! Why a Parquet file has no output.

use parquet::basic::Compression;
use parquet::errors::ParquetError;

/// Why a Parquet file has no output. None of them holds a value: errors that come while pages are
/// read are told by their place only.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ParquetFault {
    /// It cannot come through a pipe.
    #[error("a Parquet file is read from its end: name a file, not standard input")]
    Pipe,
    /// Its footer cannot be read, or its schema cannot be.
    #[error("it is no Parquet file that can be read: {0}")]
    Open(ParquetError),
    /// A page cannot be read.
    #[error("column `{column}` cannot be read in row group {row_group}")]
    Column {
        /// Its path, with dots.
        column: String,
        /// From 0.
        row_group: usize,
    },
    /// A codec that is not supported.
    #[error("the codec {0} is not supported: write it with snappy, gzip, zstd, lz4 or none")]
    Codec(Compression),
    /// The policy names columns, strictly, that are not there.
    #[error("there is no column `{0}`, which the policy names")]
    MissingColumn(String),
    /// A rule takes a column whose values have no text.
    #[error("column `{0}` cannot become tokens: values of its type have no text")]
    NoText(String),
    /// A rule that says whose rows are searches texts.
    #[error(
        "rule `{0}` says whose a row is (`tenant`, `subject`) and has `detect`, which Parquet files cannot go by: give it `columns` only, or write the file as CSV or NDJSON"
    )]
    SearchedOwner(String),
    /// A row does not name its tenant, or names what can be none.
    #[error(
        "row {row} of row group {row_group} (both from 0) does not say whose it is: the policy's `tenant` rule takes no name of a tenant there"
    )]
    NoTenant {
        /// From 0.
        row_group: usize,
        /// In the row group, from 0.
        row: usize,
    },
    /// A row says it twice, and not the same.
    #[error(
        "row {row} of row group {row_group} (both from 0) has two different values of rule `{rule}`, which says whose it is"
    )]
    AmbiguousOwner {
        /// The rule's name.
        rule: String,
        /// From 0.
        row_group: usize,
        /// In the row group, from 0.
        row: usize,
    },
    /// A value is longer than the policy allows.
    #[error("a value is longer than the policy's csv.max_field_bytes")]
    TooLong,
    /// Nothing can be written, or not in this schema.
    #[error("its output cannot be written: {0}")]
    Write(ParquetError),
}

impl ParquetFault {
    /// A stable code, for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Pipe => "parquet-from-pipe",
            Self::Open(_) => "parquet-malformed",
            Self::Column { .. } => "parquet-malformed-column",
            Self::Codec(_) => "parquet-codec",
            Self::MissingColumn(_) => "parquet-missing-column",
            Self::NoText(_) => "parquet-type-without-text",
            Self::SearchedOwner(_) => "parquet-owners",
            Self::NoTenant { .. } => "no-tenant",
            Self::AmbiguousOwner { .. } => "ambiguous-owner",
            Self::TooLong => "parquet-value-too-long",
            Self::Write(_) => "write-failed",
        }
    }
}

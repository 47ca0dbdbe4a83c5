//! What is wrong with an input, and where.

use std::fmt;

use crate::csv::CsvErrorCode;
use crate::form::FormErrorCode;
use crate::json::JsonErrorCode;
use crate::multipart::MultipartErrorCode;
use crate::text::TextErrorCode;
use crate::xml::XmlErrorCode;

/// Why an input is refused, by its format. Each has a stable kebab-case name, which begins with
/// the format's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// JSON and NDJSON.
    Json(JsonErrorCode),
    /// CSV and TSV.
    Csv(CsvErrorCode),
    /// `application/x-www-form-urlencoded`.
    Form(FormErrorCode),
    /// `multipart/form-data`.
    Multipart(MultipartErrorCode),
    /// XML.
    Xml(XmlErrorCode),
    /// Plain text.
    Text(TextErrorCode),
}

macro_rules! formats {
    ($($variant:ident($code:ident),)*) => {
        impl ErrorCode {
            /// The stable name that users and programs see.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant(code) => code.as_str(),)* }
            }

            /// A sentence for the sender: what to change. Sending the same bytes again never helps.
            #[must_use]
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$variant(code) => code.advice(),)* }
            }

            /// Whether something is longer than the policy allows, rather than malformed.
            #[must_use]
            pub const fn is_too_large(self) -> bool {
                match self { $(Self::$variant(code) => code.is_too_large(),)* }
            }
        }

        $(impl From<$code> for ErrorCode {
            fn from(code: $code) -> Self {
                Self::$variant(code)
            }
        })*
    };
}

formats! {
    Json(JsonErrorCode),
    Csv(CsvErrorCode),
    Form(FormErrorCode),
    Multipart(MultipartErrorCode),
    Xml(XmlErrorCode),
    Text(TextErrorCode),
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// An input was refused. It holds none of the input's bytes, so it can be logged and shown.
///
/// It is the sender's fault unless a limit of the policy is too low; a retry does not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{code} at byte {offset}: {}", code.advice())]
pub struct ScanError {
    /// What is wrong.
    pub code: ErrorCode,
    /// The first byte that cannot be part of an accepted input, counted from the start of the
    /// input; the input's length when it ended too early. The same however the input is chunked.
    pub offset: u64,
    /// The line or the CSV row, from 1, where lines or rows are counted; otherwise `None`.
    pub line: Option<u64>,
    /// The part of a multipart body, from 1.
    pub part: Option<u64>,
}

impl ScanError {
    /// An error at a byte of the input.
    pub(crate) fn new(code: impl Into<ErrorCode>, offset: u64) -> Self {
        Self {
            code: code.into(),
            offset,
            line: None,
            part: None,
        }
    }

    /// With the line or row that it is on.
    pub(crate) fn on_line(self, line: u64) -> Self {
        Self {
            line: Some(line),
            ..self
        }
    }

    /// The code's stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code.as_str()
    }

    /// What the sender should change, as a sentence.
    #[must_use]
    pub const fn advice(&self) -> &'static str {
        self.code.advice()
    }
}

//! Streaming scanners: bytes in, spans out. No I/O.
//!
//! [`JsonScanner`] reads JSON and NDJSON in chunks of any size and tells a [`Sink`], in order, which
//! bytes pass and which are values that a policy's rules take. [`Selectors`] are those rules'
//! JSONPath selectors (RFC 9535) as an automaton.
//!
//! Names, wildcards, descendants, indexes and slices are decided as bytes stream by. A filter, a
//! negative index or a slice counted from the end holds the smallest array or object around it, up
//! to `max_buffer_bytes`; a filter that mentions `$` holds the document.
//!
//! Duplicate keys all match. Where a filter looks into an object that has some, it is asked twice,
//! once as if the first of each name counted and once as if the last did, and a child is taken when
//! either answer is yes: receivers differ in what they read, and a token too many harms less than a
//! value that passes. `jsonpath-rust` parses selectors; filters are evaluated here, over the bytes,
//! because a `serde_json::Value` has no duplicate keys.
//!
//! | folder | what |
//! |---|---|
//! | `json/` | the scan: strings, numbers, structure, limits, errors |
//! | `select/` | selectors compiled to an automaton |
//! | `buffered/` | parts that must be held whole: filters and negative indexes |
//! | `csv/`, `form/`, `multipart/`, `xml/`, `text/` | the other formats' scanners |
//! | `inspect/` | texts that no rule takes by their place, searched for what they hold |
//! | `records/` | which values belong together, and whose they are |

mod buffered;
mod csv;
mod error;
mod form;
mod format;
mod held;
mod inspect;
mod json;
mod matched;
mod multipart;
mod output;
mod plan;
mod records;
mod scanner;
mod select;
mod syntax;
mod text;
mod utf8;
mod xml;

pub use csv::CsvErrorCode;
pub use error::{ErrorCode, ScanError};
pub use form::FormErrorCode;
pub use format::{Ambiguous, Format, MediaType};
pub use json::{Documents, JsonErrorCode, JsonScanner};
pub use matched::{Matched, MatchedType};
pub use multipart::MultipartErrorCode;
pub use output::{RecordEdge, Sink};
pub use plan::Plan;
pub use records::{OwnerError, RecordId, Records};
pub use scanner::Scanner;
pub use select::Selectors;
pub use syntax::{Beside, Syntax, Unfit};
pub use text::TextErrorCode;
pub use utf8::Utf8Check;
pub use xml::XmlErrorCode;

#[cfg(test)]
mod tests;

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

mod buffered;
mod json;
mod select;

pub use json::{Documents, ErrorCode, JsonScanner, Matched, MatchedType, ScanError, Sink};
pub use select::Selectors;

#[cfg(test)]
mod tests;

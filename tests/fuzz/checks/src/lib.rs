//! What must hold for any input of a scanner, whoever wrote it. Each check panics when it does not.
//!
//! The first three bytes of a fuzzed input choose a policy and how the rest is cut into chunks
//! ([`Case`]). Of every input:
//!
//! - the pieces, put together, are the input byte for byte; of a refused one, its beginning;
//! - every chunking gives the same pieces, or the same error at the same offset;
//! - a refusal is final;
//! - when tokens stand where values stood, an independent parser finds nothing else in the places
//!   that rules name.
//!
//! | file | what |
//! |---|---|
//! | `case` | a fuzzed input, taken apart |
//! | `scanned` | a scan of any format: pieces, chunkings, tokens in place |
//! | `json`, `csv`, `form`, `multipart`, `xml`, `text` | each format's policies, and a parser beside it |
//! | `codings` | content codings and charsets |
//! | `tokens` | tokens parsed and found |
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a check fails by a panic, which is what fuzzing looks for"
)]

mod case;
mod codings;
mod csv;
mod form;
mod json;
mod multipart;
mod scanned;
mod text;
mod tokens;
mod xml;

pub use case::Case;

/// A check of one fuzzed input; it panics when something that must hold does not.
pub type Check = fn(&[u8]);

/// Every target: its name, which its corpus and its findings bear, and its check.
pub const TARGETS: &[(&str, Check)] = &[
    ("json", json::check),
    ("json_lines", json::check_lines),
    ("csv", csv::check),
    ("form", form::check),
    ("multipart", multipart::check),
    ("xml", xml::check),
    ("text", text::check),
    ("codings", codings::check),
    ("tokens", tokens::check),
];

/// The check of the target with this name.
///
/// # Panics
/// When there is none.
pub fn check(target: &str, data: &[u8]) {
    let (_, check) = TARGETS.iter().find(|(name, _)| *name == target).unwrap();
    check(data);
}

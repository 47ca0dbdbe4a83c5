#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod compliance;
mod errors;
mod fuzz;
mod json_parsing;
mod oracle;
mod records;
mod support;
mod tables;
pub(crate) mod told;

//! The binary, driven as a user drives it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    reason = "tests"
)]

mod check;
mod explain;
mod keys;
mod kms;
mod parquet;
mod resume;
mod support;
mod sync;
mod threads;
mod tokenize;
mod vault;

//! The AWS SDK for Rust against the running binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod ciphers;
mod denials;
mod durability;
mod grant_limits;
mod grants;
mod imports;
mod issuer;
mod keys;
mod macs_and_signatures;
mod protocol;
mod refusals;
mod sessions;
mod support;
mod web_identity;

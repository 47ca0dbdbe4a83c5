//! The service as its callers see it, over a KMS double with real RSA keys.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod audit;
mod batches;
mod documents;
mod faults;
mod formatted;
mod rows;
mod sockets;
#[path = "../../../unseal/tests/suite/support.rs"]
mod support;
mod tenants;
mod uniform;
mod world;

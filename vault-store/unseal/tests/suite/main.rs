//! Opening tokens: what opens, what does not, and what either costs at KMS.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod calls;
mod edge;
mod opening;
mod refusing;
mod sealed;
mod support;
mod symmetric;
mod vault;
mod views;

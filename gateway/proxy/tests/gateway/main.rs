//! The gateway in one process with a real upstream, over sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    missing_docs,
    reason = "tests"
)]

mod answers;
mod binary;
mod bodies;
mod claims;
mod coverage;
mod desync;
mod head_values;
mod heads;
mod limits;
mod reload;
mod slow_bodies;
mod streams;
mod support;
mod upstreams;

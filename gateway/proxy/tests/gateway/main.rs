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

mod binary;
mod bodies;
mod desync;
mod heads;
mod limits;
mod streams;
mod support;
mod upstreams;

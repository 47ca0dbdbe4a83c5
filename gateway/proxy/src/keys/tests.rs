#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod secrets;
mod signatures;

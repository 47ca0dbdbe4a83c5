//! The walls between trust zones, as checks over a graph of packages.
//!
//! `tests/workspace.rs` reads the graph from `cargo metadata` and runs them; the tests beside each
//! check run it over a made-up graph in which it must fail.

mod check;
mod graph;
#[cfg(test)]
mod tests;

pub use check::{Edges, banned, beyond, edges, reaches};
pub use graph::{Dependency, Graph, Kind, Package, Walk};

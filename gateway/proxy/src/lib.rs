//! The gateway: a reverse proxy that tokenizes request bodies as they pass.
//!
//! Read it in this order: [`stack`] is the way of a request, [`rewrite`] what happens to its body,
//! `guard` what happens before, `upstream` what happens after.
//!
//! | module | what |
//! |---|---|
//! | `config` | YAML in, a plan that cannot be invalid out |
//! | `keys` | public keys, edge keys, the signer: from files, or from KMS |
//! | `server` | workers, each with a listener and a thread |
//! | `guard` | reads raw heads before hyper does |
//! | `stack`, `layer` | the layers of a request's way |
//! | `path`, `route` | which route a request takes |
//! | `rewrite` | where scanning and sealing meet |
//! | `upstream` | heads and bodies to the upstream and back |
//! | `error`, `respond` | what can go wrong, and the problem documents |
//! | `access` | one record, and one log line, for each request |

mod access;
mod body;
pub mod config;
mod connection;
mod error;
mod exchange;
pub mod guard;
pub mod keys;
mod layer;
pub mod path;
mod respond;
mod rewrite;
pub mod route;
pub mod server;
mod shared;
mod stack;
mod upstream;

pub use keys::Kms;
pub use server::Server;
pub use shared::Shared;

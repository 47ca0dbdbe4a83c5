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
//! | `rewrite` | bodies, and values in heads, by the rules of a policy |
//! | `upstream` | heads and bodies to the upstream and back |
//! | `error`, `respond` | what can go wrong, and the problem documents |
//! | `tenant` | whose a request is: from its head, or from a claim of its bearer token |
//! | `live`, `reload` | what can change while the gateway runs |
//! | `metrics` | counters for Prometheus |
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
mod live;
mod metrics;
pub mod path;
mod reload;
mod respond;
mod rewrite;
pub mod route;
pub mod server;
mod shared;
mod stack;
pub mod tenant;
mod upstream;
mod vaults;

pub use keys::Kms;
pub use reload::Reload;
pub use server::Server;
pub use shared::Shared;
pub use tenant::is_tenant;
pub use vaults::Vaults;

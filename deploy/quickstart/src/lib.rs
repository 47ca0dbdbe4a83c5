//! Starts everything on loopback with two callers, to try veilgate.
//!
//! `veilgate-quickstart` writes keys and configuration into one folder, starts `veilgate-local-kms`,
//! the gateway, the detokenize service and a small application, and prints lines to paste. It takes
//! the way that production takes: KMS keys with key policies, callers with OIDC tokens.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "tests"
    )
)]

mod application;
pub mod arguments;
mod callers;
mod children;
mod configuration;
mod failure;
mod folder;
mod key_policy;
mod keys;
mod kms;
mod people;
mod run;
mod screen;

pub use failure::Failure;
pub use run::run;

//! Prints `docs/token-vectors.json`: tokens of every format, class and type under keys made for
//! the purpose, and tokens that must not open.
//!
//! `cargo run --release -p seal --example token_vectors > docs/token-vectors.json`. Encryption is
//! randomized: every run prints other tokens of the same values, except for deterministic kinds.

#![recursion_limit = "256"] // of the classes, in one `json!`
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::panic,
    reason = "a tool for the maintainers, run on fixed input"
)]

mod alter;
mod gateway;
mod local;
mod refused;
mod sealed;
mod vault;
mod views;

use gateway::{EDGE_KEY, Gateway, KEYS, KeyFile, MADE, SECRETS, SIGNER, SIGNER_PUBLIC, Secret};
use serde_json::{Value, json};

const ABOUT: &str = "Test vectors for docs/token-format.md. The private and symmetric keys are \
     public: they were made for this file and must never be used for anything else. kms_key is what \
     the test's own KMS calls the key. classes are as a policy has them. Made by: cargo run \
     --release -p seal --example token_vectors";

fn main() {
    let gateway = Gateway::new(SIGNER, &EDGE_KEY);
    let tokens = [sealed::tokens(&gateway), sealed::siv(&gateway)].concat();
    let refused = refused::tokens(&gateway);
    let vectors = json!({
        "about": ABOUT,
        "made": MADE,
        "edge_key": hex(&EDGE_KEY),
        "keys": KEYS.iter().map(key).collect::<Vec<_>>(),
        "symmetric_keys": SECRETS.iter().map(secret).collect::<Vec<_>>(),
        "signers": [{
            "name": "edge", "version": 1, "private_key": SIGNER, "public_key": SIGNER_PUBLIC,
        }],
        "classes": gateway::classes(),
        "tokens": tokens,
        "refused": refused,
        "fpe": local::fpe(&gateway),
        "hmac": local::hmac(&gateway),
        "date": local::date(&gateway),
        "records": vault::records(&gateway),
        "refused_records": vault::refused(&gateway),
        "views": views::tokens(&gateway),
        "heads": vault::heads(&gateway),
    });
    println!("{}", serde_json::to_string_pretty(&vectors).unwrap());
}

fn key(key: &KeyFile) -> Value {
    let format = key.format();
    json!({
        "name": key.name,
        "version": key.version,
        "kms_key": format!("test-{}", key.name),
        "format": if key.original { "original" } else { "veilgate" },
        "prefix": format.prefix(),
        "suffix": format.suffix(),
        "private_key": key.private,
    })
}

fn secret(secret: &Secret) -> Value {
    json!({
        "name": secret.name,
        "version": secret.version,
        "kms_key": format!("test-{}", secret.name),
        "context": {
            "veilgate-key": secret.name,
            "veilgate-version": secret.version.to_string(),
        },
        "plaintext": hex(secret.bytes),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

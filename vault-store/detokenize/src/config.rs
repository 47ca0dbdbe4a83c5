//! The service's configuration: `detokenize.yaml`. `docs/detokenize.md` is its reference.

mod compile;
mod raw;
#[cfg(test)]
mod tests;

use crate::policy::RevealPolicies;
use policies::{Diagnostic, Diagnostics, KeyRing};
use service::Tls;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use unseal::{CacheSettings, EdgeKey, TrustedIssuer};
use vault_config::VaultConfig;

/// A configuration that cannot be invalid.
pub struct Config {
    /// Where callers are answered.
    pub listen: SocketAddr,
    /// For HTTPS there; `None`: cleartext HTTP.
    pub tls: Option<Arc<Tls>>,
    /// Where `/healthz` and `/readyz` are, if anywhere.
    pub admin: Option<SocketAddr>,
    /// The key ring.
    pub ring: KeyRing,
    /// For tokens that do not describe themselves.
    pub policies: RevealPolicies,
    /// The vault, for tokens that do not carry what opens them.
    pub vault: Option<VaultConfig>,
    /// At least one.
    pub edge_keys: Vec<EdgeKey>,
    /// Whose bearer tokens are exchanged, and for which role. At least one.
    pub callers: Vec<TrustedIssuer>,
    /// How long things are remembered.
    pub cache: Cache,
    /// Where audit lines go.
    pub audit: AuditTarget,
    /// Limits and times.
    pub limits: Limits,
    /// What is likely a mistake but refuses nothing.
    pub warnings: Vec<Diagnostic>,
}

/// How long and how much is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cache {
    /// A caller's credentials, at most.
    pub credentials: Duration,
    /// Most callers.
    pub callers: u64,
    /// Each caller's data keys and refusals.
    pub of_caller: CacheSettings,
}

/// Where audit lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditTarget {
    /// Standard output.
    Stdout,
    /// The end of a file; with `sync`, each line is on the disk before the call goes on.
    File {
        /// The file; it is made if need be, readable for the owner only.
        path: PathBuf,
        /// Whether to wait for the disk.
        sync: bool,
    },
}

/// Limits and times of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Open connections.
    pub connections: usize,
    /// Concurrent requests.
    pub requests: usize,
    /// Largest document, in bytes.
    pub body: u64,
    /// Documents up to this many bytes are answered whole, with counts as headers.
    pub small_body: usize,
    /// Largest token, in bytes.
    pub token: usize,
    /// Largest body of a batch, in bytes.
    pub batch_body: usize,
    /// Most tokens of a batch.
    pub batch_tokens: usize,
    /// KMS calls that one request may cost.
    pub kms_calls: u64,
    /// For a whole request head, and between requests of a kept connection.
    pub header_timeout: Duration,
    /// Longest silence within a body, in either direction.
    pub body_idle_timeout: Duration,
    /// How long open requests may take after the stop signal.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            requests: 1024,
            body: 1 << 40,
            small_body: 64 << 10,
            token: record::DEFAULT_MAX_TOKEN_BYTES,
            batch_body: 8 << 20,
            batch_tokens: 10_000,
            kms_calls: 10_000,
            header_timeout: Duration::from_secs(30),
            body_idle_timeout: Duration::from_secs(30),
            drain: Duration::from_secs(10),
        }
    }
}

impl Config {
    /// Reads and checks a configuration and the files that it names.
    ///
    /// # Errors
    /// All that is wrong, each with a code, its place and what to write instead.
    pub fn read(path: &Path) -> Result<Self, Diagnostics> {
        compile::read(path)
    }
}

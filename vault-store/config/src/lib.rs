//! The `vault` section of a service's configuration, and the backend that it names, opened in one of
//! the three roles.
//!
//! Gateway, detokenize service and commands read the same section, so that one piece of YAML can stand
//! in the configurations of all of them. `docs/vault.md` is the reference.

mod compile;
mod open;
mod raw;
#[cfg(test)]
mod tests;

pub use compile::compile;
pub use open::{OpenError, open_keeper, open_reader, open_writer};
pub use raw::Vault as RawVault;

use std::path::PathBuf;
use std::time::Duration;

/// Which vault there is, and how it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultConfig {
    /// Where it is.
    pub backend: Backend,
    /// The backend that it takes over from, while a move goes on.
    pub previous: Option<Backend>,
    /// What a writer remembers of it.
    pub cache: Cache,
}

impl VaultConfig {
    /// The vault of one backend alone.
    #[must_use]
    pub fn of(&self, backend: Backend) -> Self {
        Self {
            backend,
            previous: None,
            cache: self.cache.clone(),
        }
    }
}

/// A vault's backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    /// A file on this machine.
    Sqlite {
        /// The file, joined to the folder of the configuration.
        file: PathBuf,
        /// How long a call may take.
        timeout: Duration,
    },
    /// Redis or Valkey.
    Redis(Box<RedisConfig>),
}

/// A vault in Redis or Valkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisConfig {
    /// The servers.
    pub servers: Servers,
    /// Who we are to them; `default` where only a password is given.
    pub user: Option<String>,
    /// A file with the password.
    pub password: Option<PathBuf>,
    /// TLS; `None` for plain TCP.
    pub tls: Option<TlsFiles>,
    /// What each write waits for.
    pub durability: store::redis::Durability,
    /// Risks taken.
    pub accept: Vec<store::redis::Accept>,
    /// How long a call may take.
    pub timeout: Duration,
    /// Connections to each server.
    pub connections: usize,
}

/// The files that TLS needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificates that may sign the servers'; `None` for the system's.
    pub roots: Option<PathBuf>,
    /// Who we are to servers that ask for a certificate.
    pub client: Option<ClientFiles>,
}

/// A client certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientFiles {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Which servers there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Servers {
    /// One.
    Single(store::redis::Address),
    /// A primary that sentinels name.
    Sentinel {
        /// The sentinels.
        sentinels: Vec<store::redis::Address>,
        /// What they call the primary.
        name: String,
        /// Who we are to the sentinels.
        user: Option<String>,
        /// A file with the password for the sentinels.
        password: Option<PathBuf>,
    },
    /// A cluster, by some of its nodes.
    Cluster(Vec<store::redis::Address>),
}

/// What a gateway remembers of deterministic classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    /// Most tokens.
    pub tokens: u64,
    /// For how long; within this time an erasure takes effect.
    pub longest: Duration,
}

impl Default for Cache {
    /// 100,000 tokens, one minute.
    fn default() -> Self {
        Self {
            tokens: 100_000,
            longest: Duration::from_secs(60),
        }
    }
}

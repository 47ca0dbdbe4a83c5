//! Opens the backend that a configuration names.

use crate::{Backend, RedisConfig, Servers, VaultConfig};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::redis::{self, Redis, Tls, Topology, User};
use store::sqlite::{self, Sqlite, SqliteReader};
use store::{CacheSettings, Cached, Keeper, Reader, StoreError, Writer};
use thiserror::Error;
use zeroize::Zeroizing;

/// Why a vault was not opened: the operator's fault, or the vault's.
#[derive(Debug, Error)]
pub enum OpenError {
    /// A file that the section names.
    #[error("cannot read `{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The backend.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens the vault for a gateway, with a cache in front.
///
/// # Errors
/// When it cannot be reached, or is not set up so that it keeps what it acknowledges.
pub async fn open_writer(config: &VaultConfig) -> Result<Arc<dyn Writer>, OpenError> {
    let settings = CacheSettings {
        tokens: config.cache.tokens,
        longest: config.cache.longest,
        ..CacheSettings::default()
    };
    Ok(match &config.backend {
        Backend::Sqlite { .. } => Arc::new(Cached::new(open_sqlite(config)?, &settings)),
        Backend::Redis(redis) => {
            let opened = Redis::open(&redis_settings(redis)?).await?;
            Arc::new(Cached::new(opened, &settings))
        }
    })
}

/// Opens the vault for a detokenize service. A file of SQLite must be there.
///
/// # Errors
/// As [`open_writer`]; Redis is connected to when it is first asked.
pub fn open_reader(config: &VaultConfig) -> Result<Arc<dyn Reader>, OpenError> {
    Ok(match &config.backend {
        Backend::Sqlite { file, timeout } => {
            let mut settings = sqlite::Settings::new(file);
            settings.timeout = *timeout;
            Arc::new(SqliteReader::open(&settings)?)
        }
        Backend::Redis(redis) => Arc::new(Redis::open_reader(&redis_settings(redis)?)),
    })
}

/// Opens the vault for its operator.
///
/// # Errors
/// As [`open_writer`].
pub async fn open_keeper(config: &VaultConfig) -> Result<Arc<dyn Keeper>, OpenError> {
    Ok(match &config.backend {
        Backend::Sqlite { .. } => Arc::new(open_sqlite(config)?),
        Backend::Redis(redis) => Arc::new(Redis::open(&redis_settings(redis)?).await?),
    })
}

fn open_sqlite(config: &VaultConfig) -> Result<Sqlite, OpenError> {
    let Backend::Sqlite { file, timeout } = &config.backend else {
        return Err(StoreError::Settings("not a vault in a file".into()).into());
    };
    let mut settings = sqlite::Settings::new(file);
    settings.timeout = *timeout;
    Ok(Sqlite::open(&settings)?)
}

fn redis_settings(config: &RedisConfig) -> Result<redis::Settings, OpenError> {
    let topology = match &config.servers {
        Servers::Single(address) => Topology::Single(address.clone()),
        Servers::Cluster(nodes) => Topology::Cluster(nodes.clone()),
        Servers::Sentinel {
            sentinels,
            name,
            user: of_sentinels,
            password,
        } => Topology::Sentinel {
            sentinels: sentinels.clone(),
            name: name.clone(),
            user: user(of_sentinels.as_deref(), password.as_deref())?,
        },
    };
    let tls = match &config.tls {
        None => None,
        Some(None) => Some(Tls::default()),
        Some(Some(path)) => Some(Tls {
            roots: Some(read(path)?.to_vec()),
        }),
    };
    Ok(redis::Settings {
        user: user(config.user.as_deref(), config.password.as_deref())?,
        tls,
        durability: config.durability,
        accept: config.accept.clone(),
        timeout: config.timeout,
        connections: config.connections,
        ..redis::Settings::new(topology)
    })
}

fn user(name: Option<&str>, password: Option<&Path>) -> Result<Option<User>, OpenError> {
    if name.is_none() && password.is_none() {
        return Ok(None);
    }
    let password = match password {
        None => Zeroizing::default(),
        Some(path) => read(path)?,
    };
    let password = String::from_utf8_lossy(password.trim_ascii_end()).into_owned();
    let name = name.unwrap_or("default").to_owned();
    Ok(Some(User { name, password }))
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let read = std::fs::read(path).map_err(|source| OpenError::File {
        path: path.to_owned(),
        source,
    });
    read.map(Zeroizing::new)
}

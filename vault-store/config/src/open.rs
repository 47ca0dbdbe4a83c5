//! Opens the backend that a configuration names.

use crate::{Backend, RedisConfig, Servers, TlsFiles, VaultConfig};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::redis::{self, ClientCertificate, Redis, Tls, Topology, User};
use store::sqlite::{self, Sqlite, SqliteReader};
use store::{Keeper, Layer, Layered, LayeredReader, Reader, StoreError, Writer};
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

/// Opens the vault for a gateway.
///
/// # Errors
/// When it cannot be reached, or is not set up so that it keeps what it acknowledges.
pub async fn open_writer(config: &VaultConfig) -> Result<Arc<dyn Writer>, OpenError> {
    Ok(match layers(config).await? {
        (Opened::Sqlite(sqlite), None) => Arc::new(sqlite),
        (Opened::Redis(redis), None) => Arc::new(*redis),
        (new, Some(previous)) => Arc::new(Layered::new(new.layer(), previous.layer())),
    })
}

/// Opens the vault for a detokenize service. A file of SQLite must be there.
///
/// # Errors
/// As [`open_writer`]; Redis is connected to when it is first asked.
pub fn open_reader(config: &VaultConfig) -> Result<Arc<dyn Reader>, OpenError> {
    let new = reader(&config.backend)?;
    Ok(match &config.previous {
        None => new,
        Some(previous) => Arc::new(LayeredReader::new(new, reader(previous)?)),
    })
}

fn reader(backend: &Backend) -> Result<Arc<dyn Reader>, OpenError> {
    Ok(match backend {
        Backend::Sqlite { file, timeout } => {
            Arc::new(SqliteReader::open(&sqlite_settings(file, *timeout))?)
        }
        Backend::Redis(redis) => Arc::new(Redis::open_reader(&redis_settings(redis)?)),
    })
}

/// Opens the vault for its operator.
///
/// # Errors
/// As [`open_writer`].
pub async fn open_keeper(config: &VaultConfig) -> Result<Arc<dyn Keeper>, OpenError> {
    Ok(match layers(config).await? {
        (Opened::Sqlite(sqlite), None) => Arc::new(sqlite),
        (Opened::Redis(redis), None) => Arc::new(*redis),
        (new, Some(previous)) => Arc::new(Layered::new(new.layer(), previous.layer())),
    })
}

/// An open backend.
enum Opened {
    Sqlite(Sqlite),
    Redis(Box<Redis>),
}

impl Opened {
    fn layer(self) -> Arc<dyn Layer> {
        match self {
            Self::Sqlite(sqlite) => Arc::new(sqlite),
            Self::Redis(redis) => Arc::new(*redis),
        }
    }
}

async fn layers(config: &VaultConfig) -> Result<(Opened, Option<Opened>), OpenError> {
    let previous = match &config.previous {
        None => None,
        Some(previous) => {
            must_be_there(previous)?;
            Some(open(previous).await?)
        }
    };
    Ok((open(&config.backend).await?, previous))
}

/// A file that is taken over from is not made: a mistyped name would hide all of its tokens.
fn must_be_there(previous: &Backend) -> Result<(), OpenError> {
    let Backend::Sqlite { file: path, .. } = previous else {
        return Ok(());
    };
    match std::fs::metadata(path) {
        Ok(_) => Ok(()),
        Err(source) => Err(OpenError::File {
            path: path.clone(),
            source,
        }),
    }
}

async fn open(backend: &Backend) -> Result<Opened, OpenError> {
    Ok(match backend {
        Backend::Sqlite { file, timeout } => {
            Opened::Sqlite(Sqlite::open(&sqlite_settings(file, *timeout))?)
        }
        Backend::Redis(redis) => {
            Opened::Redis(Box::new(Redis::open(&redis_settings(redis)?).await?))
        }
    })
}

fn sqlite_settings(file: &Path, timeout: Duration) -> sqlite::Settings {
    sqlite::Settings {
        timeout,
        ..sqlite::Settings::new(file)
    }
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
    Ok(redis::Settings {
        user: user(config.user.as_deref(), config.password.as_deref())?,
        tls: config.tls.as_ref().map(tls).transpose()?,
        durability: config.durability,
        accept: config.accept.clone(),
        timeout: config.timeout,
        connections: config.connections,
        ..redis::Settings::new(topology)
    })
}

fn tls(files: &TlsFiles) -> Result<Tls, OpenError> {
    let certificates = |path| read(path).map(|pem| pem.to_vec());
    Ok(Tls {
        roots: files.roots.as_deref().map(certificates).transpose()?,
        client: match &files.client {
            None => None,
            Some(client) => Some(ClientCertificate {
                certificate: certificates(&client.certificate)?,
                key: read(&client.key)?,
            }),
        },
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

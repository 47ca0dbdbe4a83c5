//! How each backend is opened for a test: empty, in a place of its own, as often as asked.

use crate::server::{self, Server};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::redis::{self, Address, Durability, Redis, Topology};
use store::sqlite::{Settings, Sqlite, SqliteReader};
use store::{Keeper, Layered, LayeredReader, Reader, Writer};
use tempfile::TempDir;

/// An empty vault. Each of two writers is an instance of its own, as in two gateways.
pub(crate) struct Vault {
    pub(crate) writers: [Arc<dyn Writer>; 2],
    pub(crate) reader: Arc<dyn Reader>,
    pub(crate) keeper: Arc<dyn Keeper>,
    /// What must live as long as the vault.
    _place: Box<dyn Send + Sync>,
}

impl Vault {
    pub(crate) fn writer(&self) -> &dyn Writer {
        &*self.writers[0]
    }
}

pub(crate) fn settings(folder: &Path) -> Settings {
    Settings {
        // test machines can be slow
        timeout: Duration::from_secs(60),
        ..Settings::new(folder.join("vault.sqlite"))
    }
}

pub(crate) async fn sqlite() -> Option<Vault> {
    let folder = TempDir::new().unwrap();
    let settings = settings(folder.path());
    let first = Arc::new(Sqlite::open(&settings).unwrap());
    let second = Arc::new(Sqlite::open(&settings).unwrap());
    Some(Vault {
        writers: [first, Arc::clone(&second) as _],
        reader: Arc::new(SqliteReader::open(&settings).unwrap()),
        keeper: second,
        _place: Box::new(folder),
    })
}

/// A new file in front of a previous one.
pub(crate) async fn layered() -> Option<Vault> {
    let places = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (new, previous) = (settings(places.0.path()), settings(places.1.path()));
    let file = |settings| Arc::new(Sqlite::open(settings).unwrap());
    let open = || Arc::new(Layered::new(file(&new), file(&previous)));
    let keeper = open();
    let reader = |settings| Arc::new(SqliteReader::open(settings).unwrap());
    Some(Vault {
        writers: [open(), open()],
        reader: Arc::new(LayeredReader::new(reader(&new), reader(&previous))),
        keeper,
        _place: Box::new(places),
    })
}

/// Redis in front of a file.
pub(crate) async fn layered_redis() -> Option<Vault> {
    let server = Server::start(&server::redis()?, &["--appendfsync", "always"]).await;
    let folder = TempDir::new().unwrap();
    let file = settings(folder.path());
    let redis = redis_settings(Topology::Single(server.address()));
    let layered = async || {
        let previous = Arc::new(Sqlite::open(&file).unwrap());
        let new = Arc::new(Redis::open(&redis).await.unwrap());
        Arc::new(Layered::new(new, previous))
    };
    let keeper = layered().await;
    let of_file = Arc::new(SqliteReader::open(&file).unwrap());
    let of_redis = Arc::new(Redis::open_reader(&redis));
    Some(Vault {
        writers: [layered().await, layered().await],
        reader: Arc::new(LayeredReader::new(of_redis, of_file)),
        keeper,
        _place: Box::new((server, folder)),
    })
}

pub(crate) async fn redis() -> Option<Vault> {
    single(server::redis()?).await
}

pub(crate) async fn valkey() -> Option<Vault> {
    single(server::valkey()?).await
}

async fn single(program: String) -> Option<Vault> {
    let server = Server::start(&program, &["--appendfsync", "always"]).await;
    let settings = redis_settings(Topology::Single(server.address()));
    Some(redis_vault(&settings, server).await)
}

/// A primary that syncs each second, and a replica that writes are waited for on.
pub(crate) async fn replicated() -> Option<Vault> {
    let program = server::redis()?;
    let primary = Server::start(&program, &["--repl-diskless-sync-delay", "0"]).await;
    let replica = Server::replica(&program, &primary).await;
    let settings = redis::Settings {
        durability: Durability {
            fsync: false,
            replicas: 1,
        },
        ..redis_settings(Topology::Single(primary.address()))
    };
    Some(redis_vault(&settings, (primary, replica)).await)
}

/// A server that does not tell how it syncs, so that each write waits for it by `WAITAOF`: Valkey,
/// or Redis from 7.2 on.
pub(crate) async fn waitaof() -> Option<Vault> {
    for program in [server::redis, server::valkey] {
        let server = Server::start(&program()?, &["--appendfsync", "always"]).await;
        if server.knows("WAITAOF").await {
            let mut settings = redis_settings(Topology::Single(server.address()));
            settings.user = Some(server.user("silent", "~* +@all -config").await);
            return Some(redis_vault(&settings, server).await);
        }
    }
    println!("skipped: no server here has WAITAOF");
    None
}

/// Three primaries, which share the slots.
pub(crate) async fn cluster() -> Option<Vault> {
    let nodes = Server::cluster(&server::redis()?).await;
    let settings = redis_settings(Topology::Cluster(vec![nodes[1].address()]));
    Some(redis_vault(&settings, nodes).await)
}

pub(crate) fn redis_settings(topology: Topology) -> redis::Settings {
    redis::Settings {
        timeout: Duration::from_secs(60),
        ..redis::Settings::new(topology)
    }
}

async fn redis_vault(settings: &redis::Settings, place: impl Send + Sync + 'static) -> Vault {
    let first = Arc::new(Redis::open(settings).await.unwrap());
    let second = Arc::new(Redis::open(settings).await.unwrap());
    Vault {
        writers: [first, Arc::clone(&second) as _],
        reader: Arc::new(Redis::open_reader(settings)),
        keeper: second,
        _place: Box::new(place),
    }
}

/// A vault on a server that a test has its own way with.
pub(crate) async fn on(address: Address, user: Option<redis::User>) -> Redis {
    let mut settings = redis_settings(Topology::Single(address));
    settings.user = user;
    Redis::open(&settings).await.unwrap()
}

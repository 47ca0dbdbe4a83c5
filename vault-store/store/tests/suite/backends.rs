//! How each backend is opened for a test: empty, in a place of its own, as often as asked.

use std::path::Path;
use std::sync::Arc;
use store::sqlite::{Settings, Sqlite, SqliteReader};
use store::{CacheSettings, Cached, Keeper, Reader, Writer};
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
        timeout: std::time::Duration::from_secs(60),
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

/// SQLite behind caches that forget so soon that the cases need not wait.
pub(crate) async fn cached() -> Option<Vault> {
    let folder = TempDir::new().unwrap();
    let settings = settings(folder.path());
    let longest = std::time::Duration::from_millis(1);
    let cached = || {
        let writer = Sqlite::open(&settings).unwrap();
        let settings = CacheSettings {
            longest,
            ..CacheSettings::default()
        };
        Arc::new(Cached::new(writer, &settings))
    };
    Some(Vault {
        writers: [cached(), cached()],
        reader: {
            drop(Sqlite::open(&settings).unwrap());
            Arc::new(SqliteReader::open(&settings).unwrap())
        },
        keeper: Arc::new(Sqlite::open(&settings).unwrap()),
        _place: Box::new(folder),
    })
}

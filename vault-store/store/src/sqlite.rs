//! SQLite: the default backend, a file on the gateway's disk.
//!
//! | module | what |
//! |---|---|
//! | `schema` | tables, versions, how a connection is set up |
//! | `queue` | one thread that writes: what waits together is committed together |
//! | `insert`, `keep` | what is written, inside a transaction |
//! | `reading` | read-only connections, of this process or another |
//! | `fault` | SQLite's errors as ours |
//!
//! The write-ahead log is synced at each commit (`journal_mode=WAL`, `synchronous=FULL`), so that a
//! commit survives a loss of power where the disk keeps what it says it synced. Several processes
//! may hold one file open on one machine; never over a network file system.

mod fault;
mod insert;
mod keep;
mod queue;
mod reading;
mod schema;

use crate::roles::{BoxFuture, Keeper, Reader, Result, Writer};
use crate::{
    Cursor, DataKeyId, Erasure, Found, Head, ImportReceipt, Insertion, Item, Layer, Mac, NewRecord,
    Page, Receipt, Record, RecordKey, Renewal, Space, SpaceStatistics,
};
use queue::Queue;
use reading::Pool;
use std::path::PathBuf;
use std::time::Duration;

/// How a vault in a file is opened.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The file. Beside it SQLite keeps `-wal` and `-shm`.
    pub path: PathBuf,
    /// How long a call may take before it fails; also how long to wait for another process's write.
    pub timeout: Duration,
    /// How many calls may wait for the disk; more wait at their caller, within the timeout.
    pub queue: usize,
    /// How many connections read at once.
    pub readers: usize,
    /// Most pages of 4096 bytes that the file may have; `None` for as many as the disk has.
    pub max_pages: Option<u32>,
}

impl Settings {
    /// The settings for a file: 5 s, 1024 waiting calls, 4 readers, no limit of pages.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            timeout: Duration::from_secs(5),
            queue: 1024,
            readers: 4,
            max_pages: None,
        }
    }
}

/// A vault in a file, to write: [`Writer`] and [`Keeper`].
pub struct Sqlite {
    queue: Queue,
    pool: Pool,
}

impl Sqlite {
    /// Opens the vault, and makes it where there is none. Blocks on the disk.
    pub fn open(settings: &Settings) -> Result<Self> {
        let queue = Queue::start(settings)?;
        let pool = Pool::open(settings)?;
        Ok(Self { queue, pool })
    }
}

impl Writer for Sqlite {
    fn put_data_key<'a>(&'a self, id: DataKeyId, head: &'a [u8]) -> BoxFuture<'a, Result<()>> {
        let head: Box<[u8]> = head.into();
        let put = self
            .queue
            .run(move |session| insert::data_key(session, id, &head));
        Box::pin(async move { put.await.map(|_added| ()) })
    }

    fn insert<'a>(&'a self, records: &'a [NewRecord]) -> BoxFuture<'a, Result<Vec<Insertion>>> {
        let records = records.to_vec();
        Box::pin(
            self.queue
                .run(move |session| insert::records(session, &records)),
        )
    }

    fn find<'a>(&'a self, values: &'a [(Space, Mac)]) -> BoxFuture<'a, Result<Vec<Option<Found>>>> {
        let values = values.to_vec();
        Box::pin(self.pool.run(move |connection| {
            let find = |(space, mac): &(Space, Mac)| insert::find(connection, space, mac);
            values.iter().map(find).collect()
        }))
    }
}

impl Keeper for Sqlite {
    fn erase<'a>(&'a self, what: &'a Erasure) -> BoxFuture<'a, Result<Receipt>> {
        let what = what.clone();
        Box::pin(self.queue.run(move |session| keep::erase(session, &what)))
    }

    fn statistics(&self) -> BoxFuture<'_, Result<Vec<SpaceStatistics>>> {
        Box::pin(self.pool.run(reading::statistics))
    }

    fn export<'a>(
        &'a self,
        cursor: Option<&'a Cursor>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Page>> {
        let cursor = cursor.cloned();
        Box::pin(
            self.pool
                .run(move |connection| reading::export(connection, cursor.as_ref(), limit)),
        )
    }

    fn import<'a>(&'a self, items: &'a [Item]) -> BoxFuture<'a, Result<ImportReceipt>> {
        let items = items.to_vec();
        Box::pin(self.queue.run(move |session| keep::import(session, &items)))
    }

    fn sweep(&self) -> BoxFuture<'_, Result<Receipt>> {
        Box::pin(keep::sweep(&self.queue))
    }
}

impl Layer for Sqlite {
    fn renew<'a>(&'a self, renewals: &'a [Renewal]) -> BoxFuture<'a, Result<Vec<Option<Found>>>> {
        let renewals = renewals.to_vec();
        Box::pin(
            self.queue
                .run(move |session| insert::renew(session, &renewals)),
        )
    }

    fn taken<'a>(&'a self, keys: &'a [RecordKey]) -> BoxFuture<'a, Result<Vec<bool>>> {
        let keys = keys.to_vec();
        Box::pin(self.pool.run(move |connection| {
            let taken = |key: &RecordKey| Ok(reading::record(connection, key)?.is_some());
            keys.iter().map(taken).collect()
        }))
    }
}

/// A vault in a file, read by a process that may not write it: [`Reader`].
pub struct SqliteReader {
    pool: Pool,
}

impl SqliteReader {
    /// Opens a vault that is there. Blocks on the disk.
    pub fn open(settings: &Settings) -> Result<Self> {
        let pool = Pool::open(settings)?;
        Ok(Self { pool })
    }
}

impl Reader for SqliteReader {
    fn data_keys<'a>(&'a self, ids: &'a [DataKeyId]) -> BoxFuture<'a, Result<Vec<Option<Head>>>> {
        let ids = ids.to_vec();
        Box::pin(self.pool.run(move |connection| {
            let head = |id: &DataKeyId| reading::data_key(connection, id);
            ids.iter().map(head).collect()
        }))
    }

    fn records<'a>(&'a self, keys: &'a [RecordKey]) -> BoxFuture<'a, Result<Vec<Option<Record>>>> {
        let keys = keys.to_vec();
        Box::pin(self.pool.run(move |connection| {
            let record = |key: &RecordKey| reading::record(connection, key);
            keys.iter().map(record).collect()
        }))
    }
}

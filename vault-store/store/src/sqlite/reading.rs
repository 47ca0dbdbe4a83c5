//! Read-only connections, and what is read over them.

use super::{Settings, insert::token_of, schema};
use crate::{
    Cursor, DataKeyId, Head, Index, Item, Mac, Page, Record, RecordKey, Space, SpaceStatistics,
    StoreError, Timestamp, roles::Result,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Connections that are not in use, and leave to use them.
pub(super) struct Pool {
    settings: Arc<Settings>,
    idle: Arc<Mutex<Vec<Connection>>>,
    leave: Arc<Semaphore>,
    timeout: Duration,
}

impl Pool {
    /// Opens the first connection, which checks that a vault is there.
    pub(super) fn open(settings: &Settings) -> Result<Self> {
        let first = schema::reading(settings)?;
        Ok(Self {
            settings: Arc::new(settings.clone()),
            idle: Arc::new(Mutex::new(vec![first])),
            leave: Arc::new(Semaphore::new(settings.readers.max(1))),
            timeout: settings.timeout,
        })
    }

    /// Reads in one snapshot, on a thread that may block.
    pub(super) fn run<T, F>(&self, read: F) -> impl Future<Output = Result<T>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let (settings, idle) = (Arc::clone(&self.settings), Arc::clone(&self.idle));
        let (leave, wait) = (Arc::clone(&self.leave), self.timeout);
        let reading = async move {
            // held by the thread, not by the caller: who stops waiting frees no connection
            let Ok(leave) = leave.acquire_owned().await else {
                return Err(StoreError::unavailable("the vault is closed"));
            };
            let blocking = tokio::task::spawn_blocking(move || {
                let pooled = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let mut connection = pooled.map_or_else(|| schema::reading(&settings), Ok)?;
                let snapshot = connection.transaction()?;
                let outcome = read(&snapshot);
                drop(snapshot);
                if outcome.is_ok() {
                    let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
                    idle.push(connection);
                }
                drop(leave);
                outcome
            });
            let ended = |_| StoreError::unavailable("a read was broken off");
            blocking.await.map_err(ended)?
        };
        async move {
            let late = |_| StoreError::unavailable("the disk did not answer a read in time");
            timeout(wait, reading).await.map_err(late)?
        }
    }
}

/// The head of a data key.
pub(super) fn data_key(connection: &Connection, id: &DataKeyId) -> Result<Option<Head>> {
    let read = "SELECT head FROM data_keys WHERE id = ?1";
    let mut read = connection.prepare_cached(read)?;
    let head = read.query_row([id.0], |row| row.get::<_, Vec<u8>>(0));
    Ok(head.optional()?.map(Vec::into_boxed_slice))
}

/// A record that has not expired.
pub(super) fn record(connection: &Connection, key: &RecordKey) -> Result<Option<Record>> {
    let read = "SELECT sealed, created, expires, kind, mac
        FROM records JOIN spaces ON spaces.id = records.space
        WHERE class = ?1 AND tenant = ?2 AND token = ?3 AND (expires IS NULL OR expires > ?4)";
    let mut read = connection.prepare_cached(read)?;
    let values = params![
        key.space.class(),
        key.space.tenant(),
        key.token.as_str(),
        millis(Timestamp::now())
    ];
    let mut rows = read.query(values)?;
    rows.next()?.map(|row| record_of(row, 0)).transpose()
}

/// What each space holds.
pub(super) fn statistics(connection: &Connection) -> Result<Vec<SpaceStatistics>> {
    let read = "SELECT class, tenant, count(*), sum(length(sealed))
        FROM records JOIN spaces ON spaces.id = records.space
        WHERE expires IS NULL OR expires > ?1
        GROUP BY records.space ORDER BY class, tenant";
    let mut read = connection.prepare_cached(read)?;
    let mut rows = read.query([millis(Timestamp::now())])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(SpaceStatistics {
            space: space_of(row, 0)?,
            records: row.get::<_, i64>(2)?.unsigned_abs(),
            sealed_bytes: row.get::<_, i64>(3)?.unsigned_abs(),
        });
    }
    Ok(all)
}

/// A page: first data keys by id, then records in order of their rows. The cursor is the last row
/// of either, as `k<hex of id>` or `r<row>`.
pub(super) fn export(
    connection: &Connection,
    cursor: Option<&Cursor>,
    limit: usize,
) -> Result<Page> {
    let limit = limit.clamp(1, 10_000);
    let text = cursor.map_or("k", |cursor| cursor.as_str());
    let bad = || StoreError::Conflict("this cursor is not one of this vault".into());
    if let Some(row) = text.strip_prefix('r') {
        return export_records(connection, row.parse().map_err(|_| bad())?, limit);
    }
    let after = text.strip_prefix('k').ok_or_else(bad)?;
    let read = "SELECT id, head, hex(id) FROM data_keys WHERE hex(id) > ?1 ORDER BY id LIMIT ?2";
    let mut read = connection.prepare_cached(read)?;
    let mut rows = read.query(params![after, limit as i64])?;
    let (mut items, mut last) = (Vec::new(), String::new());
    while let Some(row) = rows.next()? {
        items.push(Item::DataKey(
            DataKeyId(row.get(0)?),
            row.get::<_, Vec<u8>>(1)?.into(),
        ));
        last = row.get(2)?;
    }
    let next = match items.len() < limit {
        true => "r0".to_owned(),
        false => format!("k{last}"),
    };
    let next = Some(Cursor(next));
    Ok(Page { items, next })
}

fn export_records(connection: &Connection, after: i64, limit: usize) -> Result<Page> {
    let read = "SELECT records.id, class, tenant, token, sealed, created, expires, kind, mac
        FROM records JOIN spaces ON spaces.id = records.space
        WHERE records.id > ?1 AND (expires IS NULL OR expires > ?2)
        ORDER BY records.id LIMIT ?3";
    let mut read = connection.prepare_cached(read)?;
    let now = millis(Timestamp::now());
    let mut rows = read.query(params![after, now, limit as i64])?;
    let (mut items, mut last) = (Vec::new(), after);
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        let key = RecordKey {
            space: space_of(row, 1)?,
            token: token_of(&row.get::<_, String>(3)?)?,
        };
        items.push(Item::Record(key, record_of(row, 4)?));
    }
    let next = (items.len() == limit).then(|| Cursor(format!("r{last}")));
    Ok(Page { items, next })
}

fn space_of(row: &Row<'_>, at: usize) -> Result<Space> {
    let (class, tenant): (String, String) = (row.get(at)?, row.get(at + 1)?);
    Space::new(&class, &tenant).map_err(|_| StoreError::Corrupt("a name is too long".into()))
}

/// A record of the columns `sealed, created, expires, kind, mac`.
fn record_of(row: &Row<'_>, at: usize) -> Result<Record> {
    let corrupt = || StoreError::Corrupt("a record's columns contradict each other".into());
    Ok(Record {
        sealed: row.get::<_, Vec<u8>>(at)?.into(),
        created: timestamp(Some(row.get(at + 1)?))?.ok_or_else(corrupt)?,
        expires: timestamp(row.get(at + 2)?)?,
        index: match (row.get(at + 3)?, row.get::<_, Option<[u8; 32]>>(at + 4)?) {
            (0_i64, None) => Index::None,
            (1, Some(mac)) => Index::Unique(Mac(mac)),
            (2, Some(mac)) => Index::Many(Mac(mac)),
            _ => return Err(corrupt()),
        },
    })
}

/// An index as the columns `kind, mac`.
pub(super) fn index_parts(index: &Index) -> (i64, Option<&Mac>) {
    match index {
        Index::None => (0, None),
        Index::Unique(mac) => (1, Some(mac)),
        Index::Many(mac) => (2, Some(mac)),
    }
}

/// A time as a column: at most 2^53.
pub(super) fn millis(time: Timestamp) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// A column as a time.
pub(super) fn timestamp(column: Option<i64>) -> Result<Option<Timestamp>> {
    let parse = |millis: i64| {
        let millis = u64::try_from(millis);
        millis.map_err(|_| StoreError::Corrupt("a time lies before 1970".into()))
    };
    Ok(column.map(parse).transpose()?.map(Timestamp::from_millis))
}

//! The tables, and how a connection is set up.

use super::Settings;
use crate::{StoreError, roles::Result};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

/// `veil` in ASCII: what `PRAGMA application_id` says of a vault's file.
const APPLICATION: i64 = 0x7665_696c;
/// What `PRAGMA user_version` says of these tables.
const VERSION: i64 = 1;

/// `records` keeps its rows in order of insertion; what is looked up by is in indexes beside it.
/// Times are milliseconds since the epoch. `kind`: 0 found by token only, 1 one token for the MAC,
/// 2 many.
const TABLES: &str = "
    CREATE TABLE data_keys (id BLOB PRIMARY KEY, head BLOB NOT NULL) STRICT;
    CREATE TABLE spaces (
        id INTEGER PRIMARY KEY, class TEXT NOT NULL, tenant TEXT NOT NULL, UNIQUE (class, tenant)
    ) STRICT;
    CREATE TABLE records (
        id INTEGER PRIMARY KEY, space INTEGER NOT NULL, token TEXT NOT NULL, sealed BLOB NOT NULL,
        created INTEGER NOT NULL, expires INTEGER, kind INTEGER NOT NULL, mac BLOB
    ) STRICT;
    CREATE UNIQUE INDEX tokens ON records (space, token);
    CREATE UNIQUE INDEX one_token ON records (space, mac) WHERE kind = 1;
    CREATE INDEX many_tokens ON records (space, mac) WHERE kind = 2;
    CREATE INDEX expiries ON records (expires) WHERE expires IS NOT NULL;
";

/// A connection that writes. Makes the tables where there are none.
pub(super) fn writing(settings: &Settings) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(&settings.path, flags)?;
    connection.busy_timeout(settings.timeout)?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::Settings(
            "the file system has no shared memory for a write-ahead log: use a local disk".into(),
        ));
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    // what is erased is overwritten, not only unlinked
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "cache_size", -64 * 1024)?;
    connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
    if let Some(pages) = settings.max_pages {
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    connection.set_prepared_statement_cache_capacity(64);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    prepare(&transaction)?;
    transaction.commit()?;
    Ok(connection)
}

/// A connection that reads a vault that is there.
pub(super) fn reading(settings: &Settings) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&settings.path, flags)?;
    connection.busy_timeout(settings.timeout)?;
    connection.set_prepared_statement_cache_capacity(64);
    check(version(&connection)?)?;
    Ok(connection)
}

fn prepare(transaction: &Transaction<'_>) -> Result<()> {
    let (application, version) = version(transaction)?;
    let tables = "SELECT count(*) FROM sqlite_schema";
    let empty = transaction.query_row(tables, (), |row| row.get::<_, i64>(0))? == 0;
    if !empty {
        return check((application, version));
    }
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(())
}

fn version(connection: &Connection) -> Result<(i64, i64)> {
    let read = |name| connection.pragma_query_value(None, name, |row| row.get(0));
    Ok((read("application_id")?, read("user_version")?))
}

fn check(found: (i64, i64)) -> Result<()> {
    match found {
        (APPLICATION, VERSION) => Ok(()),
        (APPLICATION, version) => Err(StoreError::Settings(
            format!("the file has tables of version {version}, this veilgate knows {VERSION}: run the veilgate that made it, or export and import").into(),
        )),
        _ => Err(StoreError::Settings(
            "the file is not a vault: start the gateway first, or correct the path".into(),
        )),
    }
}

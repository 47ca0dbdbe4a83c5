//! What the gateway writes and finds.

use super::queue::Session;
use super::reading::{index_parts, millis};
use crate::{
    DataKeyId, Found, Index, Insertion, Mac, NewRecord, Record, RecordKey, Renewal, Space,
    StoreError, Timestamp, Token, roles::Result,
};
use rusqlite::{Connection, OptionalExtension as _, params};

/// Keeps a data key; whether it was new.
pub(super) fn data_key(session: &Session<'_>, id: DataKeyId, head: &[u8]) -> Result<bool> {
    let put = "INSERT INTO data_keys (id, head) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING";
    let mut put = session.transaction.prepare_cached(put)?;
    if put.execute(params![id.0, head])? == 1 {
        return Ok(true);
    }
    match super::reading::data_key(session.transaction, &id)? {
        Some(kept) if *kept == *head => Ok(false),
        _ => Err(StoreError::other_head()),
    }
}

/// Keeps records; what became of each.
pub(super) fn records(session: &mut Session<'_>, records: &[NewRecord]) -> Result<Vec<Insertion>> {
    let insert = |new| record(session, new);
    records.iter().map(insert).collect()
}

fn record(session: &mut Session<'_>, new: &NewRecord) -> Result<Insertion> {
    let space = space(session, &new.key.space)?;
    // most records are new: one statement does
    if add(session, space, &new.key, &new.record)? {
        return Ok(Insertion::Inserted);
    }
    if let Index::Unique(mac) = &new.record.index
        && let Some((id, found)) = find_row(session.transaction, space, mac, session.now)?
    {
        let found = match new.renew {
            true => extended(session, id, found, new.record.expires)?,
            false => found,
        };
        return Ok(Insertion::Existing(found));
    }
    let expired = bury(session, space, new)?;
    match expired > 0 && add(session, space, &new.key, &new.record)? {
        true => Ok(Insertion::Inserted),
        false => Ok(Insertion::Collision),
    }
}

/// The row of a space, made when there is none.
pub(super) fn space(session: &mut Session<'_>, space: &Space) -> Result<i64> {
    if let Some(id) = session.spaces.get(space) {
        return Ok(*id);
    }
    let names = [space.class(), space.tenant()];
    let add = "INSERT INTO spaces (class, tenant) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    session.transaction.prepare_cached(add)?.execute(names)?;
    let find = "SELECT id FROM spaces WHERE class = ?1 AND tenant = ?2";
    let mut find = session.transaction.prepare_cached(find)?;
    let id = find.query_row(names, |row| row.get(0))?;
    session.spaces.insert(space.clone(), id);
    Ok(id)
}

/// Adds a row, unless its token or its one MAC is taken, be it by an expired row.
pub(super) fn add(
    session: &Session<'_>,
    space: i64,
    key: &RecordKey,
    record: &Record,
) -> Result<bool> {
    let add = "INSERT INTO records (space, token, sealed, created, expires, kind, mac)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";
    let (kind, mac) = index_parts(&record.index);
    let values = params![
        space,
        key.token.as_str(),
        record.sealed,
        millis(record.created),
        record.expires.map(millis),
        kind,
        mac.map(|mac| mac.0),
    ];
    Ok(session.transaction.prepare_cached(add)?.execute(values)? == 1)
}

/// Deletes the expired rows that stand in a record's way.
fn bury(session: &Session<'_>, space: i64, new: &NewRecord) -> Result<usize> {
    let bury = "DELETE FROM records WHERE space = ?1 AND expires <= ?2
        AND (token = ?3 OR (kind = 1 AND mac = ?4))";
    let unique = match &new.record.index {
        Index::Unique(mac) => Some(mac.0),
        Index::None | Index::Many(_) => None,
    };
    let token = new.key.token.as_str();
    let mut bury = session.transaction.prepare_cached(bury)?;
    Ok(bury.execute(params![space, millis(session.now), token, unique])?)
}

/// Extends the lives of tokens that values have.
pub(super) fn renew(session: &Session<'_>, renewals: &[Renewal]) -> Result<Vec<Option<Found>>> {
    let renew = |renewal: &Renewal| {
        let Some(id) = space_id(session.transaction, &renewal.space)? else {
            return Ok(None);
        };
        let row = find_row(session.transaction, id, &renewal.mac, session.now)?;
        let extend = |(row, found)| extended(session, row, found, renewal.expires);
        row.map(extend).transpose()
    };
    renewals.iter().map(renew).collect()
}

/// Extends the life of a found record, when it would end sooner.
fn extended(
    session: &Session<'_>,
    id: i64,
    found: Found,
    expires: Option<Timestamp>,
) -> Result<Found> {
    let later = match (found.expires, expires) {
        (Some(ends), Some(wanted)) => wanted > ends,
        (Some(_), None) => true,
        (None, _) => false,
    };
    if !later {
        return Ok(found);
    }
    let extend = "UPDATE records SET expires = ?2 WHERE id = ?1";
    let mut extend = session.transaction.prepare_cached(extend)?;
    extend.execute(params![id, expires.map(millis)])?;
    Ok(Found { expires, ..found })
}

/// The token of a value that has one.
pub(super) fn find(connection: &Connection, space: &Space, mac: &Mac) -> Result<Option<Found>> {
    let Some(id) = space_id(connection, space)? else {
        return Ok(None);
    };
    let row = find_row(connection, id, mac, Timestamp::now())?;
    Ok(row.map(|(_, found)| found))
}

fn space_id(connection: &Connection, space: &Space) -> Result<Option<i64>> {
    let find = "SELECT id FROM spaces WHERE class = ?1 AND tenant = ?2";
    let mut find = connection.prepare_cached(find)?;
    let id = find.query_row([space.class(), space.tenant()], |row| row.get(0));
    Ok(id.optional()?)
}

fn find_row(
    connection: &Connection,
    space: i64,
    mac: &Mac,
    now: Timestamp,
) -> Result<Option<(i64, Found)>> {
    let find = "SELECT id, token, expires FROM records
        WHERE space = ?1 AND mac = ?2 AND kind = 1 AND (expires IS NULL OR expires > ?3)";
    let row = connection
        .prepare_cached(find)?
        .query_row(params![space, mac.0, millis(now)], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((id, token, expires)) = row else {
        return Ok(None);
    };
    let found = Found {
        token: token_of(&token)?,
        expires: super::reading::timestamp(expires)?,
    };
    Ok(Some((id, found)))
}

pub(super) fn token_of(text: &str) -> Result<Token> {
    Token::new(text).map_err(|_| StoreError::Corrupt("a token is too long".into()))
}

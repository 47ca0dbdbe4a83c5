//! What the operator's commands write.

use super::insert;
use super::queue::{Queue, Session};
use super::reading::{millis, record};
use crate::{
    Erasure, ImportReceipt, Insertion, Item, NewRecord, Receipt, Record, RecordKey, StoreError,
    Timestamp, roles::Result,
};
use rusqlite::params;

/// Rows that one transaction sweeps: writers wait no longer than that takes.
const SWEPT_AT_ONCE: usize = 10_000;

/// Erases, and counts what had not expired.
pub(super) fn erase(session: &mut Session<'_>, what: &Erasure) -> Result<Receipt> {
    let now = millis(session.now);
    session.erased = true;
    let erased = match what {
        Erasure::Token(key) => {
            let rows = "SELECT id FROM spaces WHERE class = ?2 AND tenant = ?3";
            let erase = erasing(rows, "token = ?4");
            let values = params![
                now,
                key.space.class(),
                key.space.tenant(),
                key.token.as_str()
            ];
            live(session, &erase, values)?
        }
        Erasure::Tenant(tenant) => {
            let rows = "SELECT id FROM spaces WHERE tenant = ?2";
            live(session, &erasing(rows, "1"), params![now, tenant])?
        }
        Erasure::Space(space) => {
            let rows = "SELECT id FROM spaces WHERE class = ?2 AND tenant = ?3";
            let values = params![now, space.class(), space.tenant()];
            live(session, &erasing(rows, "1"), values)?
        }
        Erasure::Value(space, mac) => {
            let rows = "SELECT id FROM spaces WHERE class = ?2 AND tenant = ?3";
            let values = params![now, space.class(), space.tenant(), mac.0];
            // each half is an index's own condition
            let one = live(session, &erasing(rows, "kind = 1 AND mac = ?4"), values)?;
            one + live(session, &erasing(rows, "kind = 2 AND mac = ?4"), values)?
        }
    };
    Ok(Receipt {
        records: erased,
        at: Timestamp::now(),
    })
}

fn erasing(spaces: &str, condition: &str) -> String {
    format!(
        "DELETE FROM records WHERE space IN ({spaces}) AND {condition}
         RETURNING expires IS NULL OR expires > ?1"
    )
}

/// Runs a statement that returns whether each deleted row had not expired; how many had not.
fn live(session: &Session<'_>, erase: &str, values: &[&dyn rusqlite::ToSql]) -> Result<u64> {
    let mut erase = session.transaction.prepare_cached(erase)?;
    let mut rows = erase.query(values)?;
    let mut erased = 0;
    while let Some(row) = rows.next()? {
        erased += u64::from(row.get::<_, bool>(0)?);
    }
    Ok(erased)
}

/// Keeps exported items.
pub(super) fn import(session: &mut Session<'_>, items: &[Item]) -> Result<ImportReceipt> {
    let mut receipt = ImportReceipt::default();
    for item in items {
        let new = match item {
            Item::DataKey(id, head) => insert::data_key(session, *id, head)?,
            Item::Record(_, record) if record.expires.is_some_and(|end| end <= session.now) => {
                receipt.expired += 1;
                continue;
            }
            Item::Record(key, record) => import_record(session, key, record)?,
        };
        match new {
            true => receipt.imported += 1,
            false => receipt.present += 1,
        }
    }
    Ok(receipt)
}

fn import_record(session: &mut Session<'_>, key: &RecordKey, imported: &Record) -> Result<bool> {
    if let Some(kept) = record(session.transaction, key)? {
        // its life may have been extended since
        let same = kept.sealed == imported.sealed && kept.index == imported.index;
        return match same {
            true => Ok(false),
            false => Err(StoreError::other_record()),
        };
    }
    let new = NewRecord {
        key: key.clone(),
        record: imported.clone(),
        renew: false,
    };
    match insert::records(session, &[new])?.as_slice() {
        [Insertion::Inserted] => Ok(true),
        _ => Err(StoreError::other_record()),
    }
}

/// Deletes expired rows, some at a time.
pub(super) async fn sweep(queue: &Queue) -> Result<Receipt> {
    let mut records = 0;
    loop {
        let swept = queue.run(|session| {
            let sweep = "DELETE FROM records WHERE id IN
                (SELECT id FROM records WHERE expires <= ?1 LIMIT ?2)";
            let mut sweep = session.transaction.prepare_cached(sweep)?;
            Ok(sweep.execute(params![millis(session.now), SWEPT_AT_ONCE as i64])?)
        });
        let swept = swept.await?;
        records += swept as u64;
        if swept < SWEPT_AT_ONCE {
            let at = Timestamp::now();
            return Ok(Receipt { records, at });
        }
    }
}

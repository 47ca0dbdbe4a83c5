//! Export and import. A cursor is a server's place among the primaries in order of slots, and its
//! own cursor: a cluster that moves slots during an export is exported anew.

use super::names::{self, EXPORTED, Named};
use super::scan;
use super::wire::Wire;
use super::{read, write};
use crate::{
    Cursor, ImportReceipt, Insertion, Item, NewRecord, Page, Record, RecordKey, StoreError,
    Timestamp, roles::Result,
};
use std::collections::HashMap;

/// A page of all servers' data keys and records.
pub(super) async fn export(wire: &Wire, cursor: Option<&Cursor>, limit: usize) -> Result<Page> {
    let (place, position) = match cursor {
        None => (0, 0),
        Some(cursor) => parse(cursor)
            .ok_or_else(|| StoreError::Conflict("this cursor is not one of this vault".into()))?,
    };
    let layout = wire.layout().await?;
    let count = limit.clamp(1, 10_000);
    let scanned = scan::page(layout.node(place)?, EXPORTED, position, count).await?;
    let (mut ids, mut keys) = (Vec::new(), Vec::new());
    for name in &scanned.keys {
        match names::parse(name) {
            Some(Named::DataKey(id)) => ids.push(id),
            Some(Named::Record(key)) => keys.push(key),
            None => {}
        }
    }
    let heads = read::data_keys(wire, &ids).await?;
    let heads = ids.into_iter().zip(heads);
    let heads = heads.filter_map(|(id, head)| Some(Item::DataKey(id, head?)));
    let records = read::records(wire, &keys).await?;
    let records = keys.into_iter().zip(records);
    let records = records.filter_map(|(key, record)| Some(Item::Record(key, record?)));
    let items = heads.chain(records).collect();
    let next = match scanned.next {
        0 if place + 1 < layout.nodes().count() => Some((place + 1, 0)),
        0 => None,
        position => Some((place, position)),
    };
    let next = next.map(|(place, position)| Cursor(format!("{place}:{position}")));
    Ok(Page { items, next })
}

fn parse(cursor: &Cursor) -> Option<(usize, u64)> {
    let (place, position) = cursor.as_str().split_once(':')?;
    Some((place.parse().ok()?, position.parse().ok()?))
}

/// Keeps exported items.
pub(super) async fn import(wire: &Wire, items: &[Item]) -> Result<ImportReceipt> {
    let mut receipt = ImportReceipt::default();
    let mut records: HashMap<&RecordKey, &Record> = HashMap::new();
    let now = Timestamp::now();
    for item in items {
        match item {
            Item::DataKey(id, head) => match write::data_key(wire, *id, head).await? {
                true => receipt.imported += 1,
                false => receipt.present += 1,
            },
            Item::Record(_, record) if record.expires.is_some_and(|end| end <= now) => {
                receipt.expired += 1;
            }
            Item::Record(key, record) => match records.insert(key, record) {
                Some(other) if !same(other, record) => return Err(StoreError::other_record()),
                Some(_) => receipt.present += 1,
                None => {}
            },
        }
    }
    let records: Vec<_> = records.into_iter().collect();
    for some in records.chunks(1000) {
        import_records(wire, some, &mut receipt).await?;
    }
    Ok(receipt)
}

/// One thing, though its life may have been extended since.
fn same(one: &Record, other: &Record) -> bool {
    one.sealed == other.sealed && one.index == other.index
}

async fn import_records(
    wire: &Wire,
    records: &[(&RecordKey, &Record)],
    receipt: &mut ImportReceipt,
) -> Result<()> {
    let keys: Vec<_> = records.iter().map(|(key, _)| (*key).clone()).collect();
    let kept = read::records(wire, &keys).await?;
    let mut new = Vec::new();
    for ((key, record), kept) in records.iter().zip(kept) {
        match kept {
            Some(kept) if same(&kept, record) => receipt.present += 1,
            Some(_) => return Err(StoreError::other_record()),
            None => new.push(NewRecord {
                key: (*key).clone(),
                record: (*record).clone(),
                renew: false,
            }),
        }
    }
    let inserted = write::insert(wire, &new).await?;
    receipt.imported += inserted.len() as u64;
    match inserted.iter().all(|each| *each == Insertion::Inserted) {
        true => Ok(()),
        false => Err(StoreError::other_record()),
    }
}

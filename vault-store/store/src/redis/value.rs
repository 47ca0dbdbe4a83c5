//! A record as the bytes of a key: version, when it was made, how it is indexed, then the sealed
//! value. When it expires is the key's own business.
//!
//! ```text
//! version 1 | created, ms, 8 bytes big-endian | index: 0 none, 1 unique, 2 many | MAC, 32 bytes, unless 0 | sealed
//! ```

use crate::{Index, Mac, Record, StoreError, Timestamp, roles::Result};

const VERSION: u8 = 1;
/// Bytes before the MAC.
pub(super) const HEAD: usize = 10;
const MAC: usize = 32;

pub(super) fn encode(record: &Record) -> Vec<u8> {
    let mut value = Vec::with_capacity(HEAD + MAC + record.sealed.len());
    value.push(VERSION);
    value.extend(record.created.as_millis().to_be_bytes());
    value.push(match record.index {
        Index::None => 0,
        Index::Unique(_) => 1,
        Index::Many(_) => 2,
    });
    value.extend(record.index.mac().map_or(&[][..], |mac| &mac.0));
    value.extend(&record.sealed);
    value
}

pub(super) fn decode(value: &[u8], expires: Option<Timestamp>) -> Result<Record> {
    let corrupt = || StoreError::Corrupt("a record is not of the form that veilgate writes".into());
    let (head, rest) = value.split_first_chunk::<HEAD>().ok_or_else(corrupt)?;
    let [VERSION, created @ .., kind] = *head else {
        return Err(corrupt());
    };
    let (index, sealed) = match (kind, rest.split_first_chunk::<MAC>()) {
        (0, _) => (Index::None, rest),
        (1, Some((mac, sealed))) => (Index::Unique(Mac(*mac)), sealed),
        (2, Some((mac, sealed))) => (Index::Many(Mac(*mac)), sealed),
        _ => return Err(corrupt()),
    };
    Ok(Record {
        sealed: sealed.into(),
        created: Timestamp::from_millis(u64::from_be_bytes(created)),
        expires,
        index,
    })
}

/// How many bytes are sealed, of a whole value's length and its first [`HEAD`] bytes.
pub(super) fn sealed_bytes(length: u64, head: &[u8]) -> u64 {
    let indexed = head.last().is_some_and(|kind| *kind != 0);
    let around = HEAD + if indexed { MAC } else { 0 };
    length.saturating_sub(around as u64)
}

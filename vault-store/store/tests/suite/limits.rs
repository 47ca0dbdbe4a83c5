//! SQLite when the disk is full, taken by another, or not to be written; files that are no vaults.

use crate::backends::settings;
use crate::support::{mac, record, space};
use rusqlite::Connection;
use std::fs;
use std::time::Duration;
use store::sqlite::{Settings, Sqlite, SqliteReader};
use store::{Index, Insertion, StoreError, Writer as _};
use tempfile::TempDir;

fn open(settings: &Settings) -> Result<Sqlite, StoreError> {
    Sqlite::open(settings)
}

#[tokio::test]
async fn a_full_file_takes_no_more_and_keeps_what_it_has() {
    let folder = TempDir::new().unwrap();
    let mut settings = settings(folder.path());
    settings.max_pages = Some(64);
    let vault = open(&settings).unwrap();
    let space = space("pan", "acme");
    let mut kept = Vec::new();
    let full = loop {
        let number = kept.len() as u64;
        let new = record(&space, &number.to_string(), Index::Unique(mac(number)));
        match vault.insert(std::slice::from_ref(&new)).await {
            Ok(inserted) => assert_eq!(inserted, [Insertion::Inserted]),
            Err(full) => break full,
        }
        kept.push((new.key, new.record));
    };
    assert!(matches!(full, StoreError::Full(_)), "{full:?}");
    assert_eq!(full.retry_after(), None);
    let (keys, records): (Vec<_>, Vec<_>) = kept.into_iter().unzip();
    let reader = SqliteReader::open(&settings).unwrap();
    let read = store::Reader::records(&reader, &keys).await.unwrap();
    assert!(read.into_iter().map(Option::unwrap).eq(records));

    // once there is room, it goes on
    let erase = store::Erasure::Token(keys[0].clone());
    store::Keeper::erase(&vault, &erase).await.unwrap();
    let next = record(&space, "0", Index::None);
    assert_eq!(vault.insert(&[next]).await.unwrap(), [Insertion::Inserted]);
}

#[tokio::test]
async fn a_locked_file_is_unavailable_in_time_and_then_again_available() {
    let folder = TempDir::new().unwrap();
    let mut settings = settings(folder.path());
    settings.timeout = Duration::from_millis(200);
    let vault = open(&settings).unwrap();
    let other = Connection::open(&settings.path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let put = vault.put_data_key(store::DataKeyId([1; 16]), b"head").await;
    assert!(
        matches!(put, Err(StoreError::Unavailable { .. })),
        "{put:?}"
    );
    other.execute_batch("ROLLBACK").unwrap();
    while vault
        .put_data_key(store::DataKeyId([1; 16]), b"head")
        .await
        .is_err()
    {}
}

#[test]
fn what_is_no_vault_is_refused_at_start() {
    let folder = TempDir::new().unwrap();
    let settings = settings(folder.path());
    let refused = |result: Result<Sqlite, StoreError>| result.err().unwrap();

    let missing = SqliteReader::open(&settings).err().unwrap();
    assert!(matches!(missing, StoreError::Settings(_)), "{missing:?}");

    fs::write(&settings.path, "not a database, but some text".repeat(100)).unwrap();
    let text = refused(open(&settings));
    assert!(matches!(text, StoreError::Corrupt(_)), "{text:?}");

    fs::remove_file(&settings.path).unwrap();
    let other = Connection::open(&settings.path).unwrap();
    other.execute_batch("CREATE TABLE theirs (a)").unwrap();
    let theirs = refused(open(&settings));
    assert!(matches!(theirs, StoreError::Settings(_)), "{theirs:?}");
    drop(other);

    fs::remove_file(&settings.path).unwrap();
    drop(open(&settings).unwrap());
    let newer = Connection::open(&settings.path).unwrap();
    newer.pragma_update(None, "user_version", 2).unwrap();
    drop(newer);
    let newer = refused(open(&settings)).to_string();
    assert!(newer.contains("version 2"), "{newer}");
}

#[test]
fn a_folder_that_is_missing_is_refused_at_start() {
    let folder = TempDir::new().unwrap();
    let settings = settings(&folder.path().join("missing"));
    let missing = open(&settings).err().unwrap();
    assert!(matches!(missing, StoreError::Settings(_)), "{missing:?}");
}

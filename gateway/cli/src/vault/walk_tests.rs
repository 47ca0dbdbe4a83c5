#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use record::{RecordView, ValueType, vault};
use store::sqlite::{Settings, Sqlite};
use store::{DataKeyId, Index, NewRecord, Record, RecordKey, Timestamp, Token, Writer};

/// Records under a head, each with a view under another where there is one.
async fn insert(vault: &Sqlite, head: u8, view: Option<u8>, numbers: std::ops::Range<u32>) {
    let view_head = view.map(|head| [head; 16]);
    let views = view_head.iter().map(|head_id| RecordView {
        name: "last4",
        head_id,
        ciphertext: &[0; 16],
    });
    let views: Vec<_> = views.collect();
    let start = vault::build_start(ValueType::Text, &[head; 16], &[0; 12], &views);
    let mut sealed = start.unwrap();
    sealed.extend_from_slice(&[0; 16]);
    let record = |number: u32| NewRecord {
        key: RecordKey {
            space: Space::new("pan", "").unwrap(),
            token: Token::new(&number.to_string()).unwrap(),
        },
        record: Record {
            sealed: sealed.clone().into(),
            created: Timestamp::from_millis(0),
            expires: None,
            index: Index::None,
        },
        renew: false,
    };
    let records: Vec<_> = numbers.map(record).collect();
    vault.insert(&records).await.unwrap();
}

#[tokio::test]
async fn heads_that_come_meanwhile_are_not_missed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::new(folder.path().join("vault.db"));
    let vault = Arc::new(Sqlite::open(&settings).unwrap());
    vault
        .put_data_key(DataKeyId([1; 16]), b"one")
        .await
        .unwrap();
    insert(&vault, 1, None, 0..600).await;
    let mut walk = Walk::new(vault.clone());
    let first = walk.next().await.unwrap().unwrap();
    assert_eq!(
        first,
        [Item::DataKey(DataKeyId([1; 16]), b"one"[..].into())]
    );
    // an epoch begins, behind the place where the walk is
    vault
        .put_data_key(DataKeyId([2; 16]), b"two")
        .await
        .unwrap();
    insert(&vault, 2, None, 600..601).await;
    insert(&vault, 3, Some(4), 601..604).await;
    let (mut records, mut heads) = (0, Vec::new());
    while let Some(items) = walk.next().await.unwrap() {
        for item in items {
            match item {
                Item::DataKey(id, _) => heads.push(id),
                Item::Record(..) => records += 1,
            }
        }
    }
    assert_eq!((records, heads), (604, vec![DataKeyId([2; 16])]));
    // the values' head, and that of their views
    let missing: Vec<_> = walk.missing().collect();
    assert_eq!(missing, [&(Space::new("pan", "").unwrap(), 3); 2]);
}

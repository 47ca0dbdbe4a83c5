//! A vault that takes over from another one: what is in the previous vault, in the new one, or in both.

use crate::backends::settings;
use crate::support::{
    existing, expiring, export, found, in_an_hour, key, mac, record, space, token, until,
};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::sqlite::{Sqlite, SqliteReader};
use store::{
    DataKeyId, Erasure, Index, Insertion, Item, Keeper, Layered, LayeredReader, NewRecord, Reader,
    StoreError, Timestamp, Writer,
};
use tempfile::TempDir;
use tokio::task::JoinSet;

struct Move {
    new: Arc<Sqlite>,
    previous: Arc<Sqlite>,
    both: Layered,
    reader: LayeredReader,
    folders: [TempDir; 2],
}

fn moving() -> Move {
    let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let [new, previous] =
        [0, 1].map(|at: usize| Arc::new(Sqlite::open(&settings(folders[at].path())).unwrap()));
    let [of_new, of_previous] = [0, 1]
        .map(|at: usize| Arc::new(SqliteReader::open(&settings(folders[at].path())).unwrap()));
    Move {
        both: Layered::new(Arc::clone(&new) as _, Arc::clone(&previous) as _),
        reader: LayeredReader::new(of_new, of_previous),
        new,
        previous,
        folders,
    }
}

async fn one(writer: &dyn Writer, new: NewRecord) -> Insertion {
    writer.insert(&[new]).await.unwrap().pop().unwrap()
}

/// What `veilgate vault copy` does.
async fn copy(from: &dyn Keeper, to: &dyn Keeper) {
    let mut cursor = None;
    loop {
        let page = from.export(cursor.as_ref(), 7).await.unwrap();
        to.import(&page.items).await.unwrap();
        cursor = page.next;
        if cursor.is_none() {
            return;
        }
    }
}

#[tokio::test]
async fn a_value_keeps_the_token_of_the_previous_vault() {
    let vault = moving();
    let space = space("pan", "acme");
    let old = record(&space, "old", Index::Unique(mac(1)));
    one(&*vault.previous, old.clone()).await;
    let again = record(&space, "drawn", Index::Unique(mac(1)));
    assert_eq!(one(&vault.both, again.clone()).await, existing("old"));
    let fresh = record(&space, "fresh", Index::Unique(mac(2)));
    assert_eq!(one(&vault.both, fresh).await, Insertion::Inserted);
    let values = [(space.clone(), mac(1)), (space.clone(), mac(2))];
    let both = vault.both.find(&values).await.unwrap();
    assert_eq!(both, [Some(found("old", None)), Some(found("fresh", None))]);
    // what is new is in the new vault only
    let previous = vault.previous.find(&values).await.unwrap();
    assert_eq!(previous, [Some(found("old", None)), None]);
    assert_eq!(vault.new.find(&values[..1]).await.unwrap(), [None]);
    let keys = [key(&space, "old"), key(&space, "fresh"), key(&space, "no")];
    let read = vault.reader.records(&keys).await.unwrap();
    assert_eq!(read[0], Some(old.record));
    assert!(read[1].is_some() && read[2].is_none());

    copy(&*vault.previous, &*vault.new).await;
    assert_eq!(one(&vault.both, again).await, existing("old"));
    assert_eq!(
        one(&*vault.new, record(&space, "x", Index::Unique(mac(1)))).await,
        existing("old")
    );
}

#[tokio::test]
async fn a_token_of_the_previous_vault_is_not_drawn_again() {
    let vault = moving();
    let space = space("pan", "acme");
    let old = record(&space, "t", Index::None);
    one(&*vault.previous, old.clone()).await;
    let ended = expiring(
        record(&space, "ended", Index::None),
        Timestamp::from_millis(1),
    );
    one(&*vault.previous, ended).await;
    let batch = [
        record(&space, "t", Index::Unique(mac(1))),
        record(&space, "u", Index::Unique(mac(2))),
        record(&space, "t", Index::None),
        record(&space, "ended", Index::Many(mac(3))),
    ];
    let inserted = vault.both.insert(&batch).await.unwrap();
    use Insertion::{Collision, Inserted};
    assert_eq!(inserted, [Collision, Inserted, Collision, Inserted]);
    let read = vault.reader.records(&[key(&space, "t")]).await.unwrap();
    assert_eq!(read, [Some(old.record)]);
}

#[tokio::test]
async fn heads_are_found_in_both() {
    let vault = moving();
    let (old, new) = (DataKeyId([1; 16]), DataKeyId([2; 16]));
    vault.previous.put_data_key(old, b"old").await.unwrap();
    vault.both.put_data_key(new, b"new").await.unwrap();
    let heads = vault
        .reader
        .data_keys(&[new, old, DataKeyId([3; 16])])
        .await;
    assert_eq!(
        heads.unwrap(),
        [Some(b"new"[..].into()), Some(b"old"[..].into()), None]
    );
}

#[tokio::test]
async fn lives_are_extended_in_both() {
    let vault = moving();
    let space = space("pan", "acme");
    let (soon, later) = (in_an_hour(), in_an_hour().plus(Duration::from_secs(60)));
    for (number, name) in [(1, "previous"), (2, "both")] {
        let new = record(&space, name, Index::Unique(mac(number)));
        one(&*vault.previous, expiring(new, soon)).await;
        if name == "previous" {
            continue;
        }
        copy(&*vault.previous, &*vault.new).await;
        let only = Erasure::Token(key(&space, "previous"));
        assert_eq!(vault.new.erase(&only).await.unwrap().records, 1);
    }
    for number in [1, 2] {
        let mut hit = expiring(record(&space, "u", Index::Unique(mac(number))), later);
        let name = ["previous", "both"][number as usize - 1];
        let is = |expires| Insertion::Existing(found(name, Some(expires)));
        assert_eq!(one(&vault.both, hit.clone()).await, is(soon));
        hit.renew = true;
        assert_eq!(one(&vault.both, hit).await, is(later));
    }
    let value = [(space, mac(2))];
    let lives = [Some(found("both", Some(later)))];
    assert_eq!(vault.new.find(&value).await.unwrap(), lives);
    assert_eq!(vault.previous.find(&value).await.unwrap(), lives);
}

#[tokio::test]
async fn what_expired_in_the_previous_vault_is_absent() {
    let vault = moving();
    let space = space("pan", "acme");
    let end = Timestamp::now().plus(Duration::from_millis(50));
    let old = expiring(record(&space, "t", Index::Unique(mac(1))), end);
    one(&*vault.previous, old).await;
    until(end).await;
    let mut next = expiring(record(&space, "u", Index::Unique(mac(1))), in_an_hour());
    next.renew = true;
    assert_eq!(one(&vault.both, next).await, Insertion::Inserted);
    let read = vault.reader.records(&[key(&space, "t")]).await.unwrap();
    assert_eq!(read, [None]);
    copy(&*vault.previous, &*vault.new).await;
    let token = vault.both.find(&[(space, mac(1))]).await.unwrap();
    assert_eq!(token[0].as_ref().unwrap().token.as_str(), "u");
}

/// In the previous vault, in both, and in the new one: 3 records each, of two spaces and one value.
async fn spread() -> Move {
    let vault = moving();
    let batch = |prefix: &str| {
        let name = |number: u64| format!("{prefix}{number}");
        let many = |number| record(&space("pan", "acme"), &name(number), Index::Many(mac(1)));
        let other = record(&space("ssn", "acme"), &name(2), Index::Many(mac(1)));
        [many(0), many(1), other]
    };
    vault.previous.insert(&batch("both")).await.unwrap();
    copy(&*vault.previous, &*vault.new).await;
    vault.previous.insert(&batch("previous")).await.unwrap();
    vault.both.insert(&batch("new")).await.unwrap();
    vault
}

#[tokio::test]
async fn receipts_count_what_was_copied_once() {
    let pan = space("pan", "acme");
    for (what, erased) in [
        (Erasure::Token(key(&pan, "both0")), 1),
        (Erasure::Token(key(&pan, "previous0")), 1),
        (Erasure::Token(key(&pan, "new0")), 1),
        (Erasure::Value(pan.clone(), mac(1)), 6),
        (Erasure::Space(pan.clone()), 6),
        (Erasure::Tenant("acme".into()), 9),
    ] {
        let vault = spread().await;
        assert_eq!(
            vault.both.erase(&what).await.unwrap().records,
            erased,
            "{what:?}"
        );
        assert_eq!(vault.both.erase(&what).await.unwrap().records, 0);
        copy(&*vault.previous, &*vault.new).await;
        assert_eq!(vault.both.erase(&what).await.unwrap().records, 0);
        let counted = vault.both.statistics().await.unwrap();
        let left: u64 = counted.iter().map(|each| each.records).sum();
        assert_eq!(left, 9 - erased);
    }
}

#[tokio::test]
async fn an_export_has_both_and_an_import_agrees_with_both() {
    let vault = spread().await;
    let mut names: Vec<_> = export(&vault.both)
        .await
        .into_iter()
        .filter_map(|item| match item {
            Item::Record(key, _) => Some(key.token.as_str().to_owned()),
            Item::DataKey(..) => None,
        })
        .collect();
    names.sort();
    assert_eq!(names.len(), 9);
    let space = space("pan", "acme");
    one(
        &*vault.previous,
        record(&space, "old", Index::Unique(mac(7))),
    )
    .await;
    let item = |name| {
        let new = record(&space, name, Index::Unique(mac(7)));
        [Item::Record(new.key, new.record)]
    };
    let other = vault.both.import(&item("other")).await;
    assert!(matches!(other, Err(StoreError::Conflict(_))), "{other:?}");
    assert_eq!(vault.both.import(&item("old")).await.unwrap().imported, 1);
}

const VALUES: u64 = 400;

/// Two gateways write without a pause while everything is copied; then the previous vault goes away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vault_moves_under_load() {
    let vault = moving();
    let space = space("pan", "acme");
    let seed: Vec<_> = (0..VALUES / 2)
        .map(|n| record(&space, &format!("old.{n}"), Index::Unique(mac(n))))
        .collect();
    vault.previous.insert(&seed).await.unwrap();
    let copied = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for task in 0..8_u64 {
        let [new, previous] = [0, 1]
            .map(|at: usize| Arc::new(Sqlite::open(&settings(vault.folders[at].path())).unwrap()));
        let gateway = Layered::new(new, previous);
        let (space, copied) = (space.clone(), Arc::clone(&copied));
        tasks.spawn(async move {
            let (mut given, mut round) = (Vec::new(), 0);
            // each value at least once while the copy runs, and once more after it
            let mut last = false;
            loop {
                for start in (0..VALUES).step_by(20) {
                    let values: Vec<_> = (start..start + 20)
                        .map(|n| (n + task * 53) % VALUES)
                        .collect();
                    let name = |n: u64| format!("{task}.{round}.{n}");
                    let batch: Vec<_> = values
                        .iter()
                        .map(|n| record(&space, &name(*n), Index::Unique(mac(*n))))
                        .collect();
                    for (n, insertion) in values.iter().zip(gateway.insert(&batch).await.unwrap()) {
                        given.push((
                            *n,
                            match insertion {
                                Insertion::Inserted => token(&name(*n)),
                                Insertion::Existing(found) => found.token,
                                Insertion::Collision => panic!("each token is drawn once"),
                            },
                        ));
                    }
                }
                round += 1;
                if last {
                    return given;
                }
                last = copied.load(Ordering::SeqCst);
            }
        });
    }
    copy(&*vault.previous, &*vault.new).await;
    copied.store(true, Ordering::SeqCst);
    let mut tokens = HashMap::new();
    for (value, given) in tasks.join_all().await.into_iter().flatten() {
        let first = tokens.entry(value).or_insert_with(|| given.clone());
        assert_eq!(*first, given, "value {value} has two tokens");
    }
    assert_eq!(tokens.len() as u64, VALUES);
    // the new vault alone has all of it
    let reader = SqliteReader::open(&settings(vault.folders[0].path())).unwrap();
    for (value, token) in tokens {
        if value < VALUES / 2 {
            assert_eq!(token.as_str(), format!("old.{value}"));
        }
        let found = vault
            .new
            .find(&[(space.clone(), mac(value))])
            .await
            .unwrap();
        assert_eq!(found[0].as_ref().unwrap().token, token);
        let read = reader
            .records(&[key(&space, token.as_str())])
            .await
            .unwrap();
        assert_eq!(read[0].as_ref().unwrap().index, Index::Unique(mac(value)));
    }
    assert_eq!(vault.new.statistics().await.unwrap()[0].records, VALUES);
}

//! Records are kept as given, each under a token of its own.

use crate::backends::Vault;
use crate::support::{existing, found, key, mac, record, space};
use store::{Index, Insertion};

pub(crate) async fn kept_as_given(vault: &Vault) {
    let space = space("pan", "acme");
    let long = "x".repeat(store::MAX_TOKEN_BYTES);
    let records = [
        record(&space, "none", Index::None),
        record(&space, "one", Index::Unique(mac(1))),
        record(&space, "many", Index::Many(mac(1))),
        record(&space, &long, Index::None),
        record(&space, "żółć 🦀 a{b}*?[x]\\:%20", Index::None),
        record(&space, "", Index::None),
    ];
    let inserted = vault.writer().insert(&records).await.unwrap();
    assert!(inserted.iter().all(|each| *each == Insertion::Inserted));
    let keys: Vec<_> = records.iter().map(|each| each.key.clone()).collect();
    let kept = vault.reader.records(&keys).await.unwrap();
    let wanted: Vec<_> = records.into_iter().map(|each| Some(each.record)).collect();
    assert_eq!(kept, wanted);
    assert_eq!(vault.find(&space, mac(1)).await, Some(found("one", None)));
    assert_eq!(vault.read(&space, "other").await, None);
    assert_eq!(vault.count(&space).await, 6);
    assert!(vault.writer().insert(&[]).await.unwrap().is_empty());
}

pub(crate) async fn a_taken_token_is_a_collision(vault: &Vault) {
    let space = space("pan", "");
    let first = record(&space, "t", Index::Unique(mac(1)));
    assert_eq!(vault.insert(first.clone()).await, Insertion::Inserted);
    for index in [Index::None, Index::Unique(mac(2)), Index::Many(mac(2))] {
        let mut taken = record(&space, "t", index);
        taken.record.sealed = b"other".as_slice().into();
        assert_eq!(vault.insert(taken).await, Insertion::Collision);
    }
    assert_eq!(vault.read(&space, "t").await, Some(first.record));
    assert_eq!(vault.find(&space, mac(2)).await, None);
    // the value's own token, drawn again, is no collision
    let again = record(&space, "t", Index::Unique(mac(1)));
    assert_eq!(vault.insert(again).await, existing("t"));
}

pub(crate) async fn one_batch_agrees_with_itself(vault: &Vault) {
    let space = space("email", "acme");
    let batch = [
        record(&space, "a", Index::Unique(mac(1))),
        record(&space, "b", Index::Unique(mac(1))),
        record(&space, "a", Index::Unique(mac(2))),
        record(&space, "c", Index::Many(mac(1))),
        record(&space, "d", Index::Many(mac(1))),
        record(&space, "c", Index::None),
    ];
    let inserted = vault.writer().insert(&batch).await.unwrap();
    let wanted = [
        Insertion::Inserted,
        existing("a"),
        Insertion::Collision,
        Insertion::Inserted,
        Insertion::Inserted,
        Insertion::Collision,
    ];
    assert_eq!(inserted, wanted);
    assert_eq!(vault.read(&space, "b").await, None);
    assert_eq!(vault.count(&space).await, 3);
}

pub(crate) async fn odd_names_stay_apart(vault: &Vault) {
    // joined without care, some of these would meet
    let names = ["", ":", "a", "a:b", "b", "%3A", "*", "[a]", "{a}", "ä"];
    let spaces = names.iter().flat_map(|class| {
        let tenants = names.iter();
        tenants.map(|tenant| space(class, tenant))
    });
    let spaces: Vec<_> = spaces.collect();
    let records = spaces.iter().enumerate().map(|(number, space)| {
        let mut new = record(space, "a:b", Index::Unique(mac(1)));
        new.record.sealed = number.to_string().into_bytes().into();
        new
    });
    let records: Vec<_> = records.collect();
    let inserted = vault.writer().insert(&records).await.unwrap();
    assert!(inserted.iter().all(|each| *each == Insertion::Inserted));
    let keys: Vec<_> = spaces.iter().map(|space| key(space, "a:b")).collect();
    let kept = vault.reader.records(&keys).await.unwrap();
    let wanted: Vec<_> = records.into_iter().map(|each| Some(each.record)).collect();
    assert_eq!(kept, wanted);
    let counted = vault.keeper.statistics().await.unwrap();
    assert_eq!(counted.len(), spaces.len());
    assert!(counted.is_sorted_by(|a, b| a.space < b.space));
}

pub(crate) async fn again_is_no_fault(vault: &Vault) {
    let space = space("ssn", "acme");
    let batch: Vec<_> = (0..100)
        .map(|number| record(&space, &format!("t{number}"), Index::Unique(mac(number))))
        .collect();
    vault.writer().insert(&batch).await.unwrap();
    let again = vault.writers[1].insert(&batch).await.unwrap();
    let wanted: Vec<_> = (0..100).map(|n| existing(&format!("t{n}"))).collect();
    assert_eq!(again, wanted);
    assert_eq!(vault.count(&space).await, 100);
}

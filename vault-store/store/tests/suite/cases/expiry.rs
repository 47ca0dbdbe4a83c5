//! Expired records are as if absent.

use crate::backends::Vault;
use crate::support::{expiring, export, found, in_an_hour, mac, record, space, until};
use std::time::Duration;
use store::{Index, Insertion, Timestamp};

pub(crate) async fn expired_is_absent(vault: &Vault) {
    let space = space("pan", "acme");
    let end = Timestamp::now().plus(Duration::from_millis(300));
    for (token, index) in [
        ("one", Index::Unique(mac(1))),
        ("many", Index::Many(mac(1))),
    ] {
        let new = expiring(record(&space, token, index), end);
        assert_eq!(vault.insert(new).await, Insertion::Inserted);
    }
    until(end.plus(Duration::from_millis(5))).await;
    assert_eq!(vault.read(&space, "one").await, None);
    assert_eq!(vault.read(&space, "many").await, None);
    assert_eq!(vault.find(&space, mac(1)).await, None);
    assert_eq!(vault.count(&space).await, 0);
    assert!(export(&*vault.keeper).await.is_empty());
    // token and value are free again
    let next = record(&space, "many", Index::Unique(mac(1)));
    assert_eq!(vault.insert(next.clone()).await, Insertion::Inserted);
    assert_eq!(vault.read(&space, "many").await, Some(next.record));
}

/// Whoever finds a token just as it ends is told that it ends: told of none, a gateway would remember
/// it for longer.
pub(crate) async fn an_end_is_always_told(vault: &Vault) {
    let space = space("pan", "acme");
    for value in 0..20 {
        let index = Index::Unique(mac(value));
        let end = Timestamp::now().plus(Duration::from_millis(10));
        let first = expiring(record(&space, &format!("{value}"), index), end);
        assert_eq!(vault.insert(first).await, Insertion::Inserted);
        for again in 0.. {
            let second = record(&space, &format!("{value}.{again}"), index);
            match vault.insert(second).await {
                Insertion::Existing(found) => assert!(found.expires.is_some(), "{value}"),
                Insertion::Inserted => break,
                Insertion::Collision => {}
            }
        }
    }
}

pub(crate) async fn a_hit_extends_by_choice(vault: &Vault) {
    let space = space("pan", "acme");
    let soon = in_an_hour();
    let later = soon.plus(Duration::from_secs(60));
    let first = expiring(record(&space, "t", Index::Unique(mac(1))), soon);
    assert_eq!(vault.insert(first).await, Insertion::Inserted);
    let hit = |expires, renew| {
        let mut new = record(&space, "u", Index::Unique(mac(1)));
        new.record.expires = expires;
        new.renew = renew;
        new
    };
    let is = |expires| Insertion::Existing(found("t", expires));
    assert_eq!(vault.insert(hit(Some(later), false)).await, is(Some(soon)));
    assert_eq!(vault.insert(hit(Some(later), true)).await, is(Some(later)));
    assert_eq!(vault.insert(hit(Some(soon), true)).await, is(Some(later)));
    assert_eq!(vault.read(&space, "t").await.unwrap().expires, Some(later));
    assert_eq!(vault.insert(hit(None, true)).await, is(None));
    assert_eq!(vault.insert(hit(Some(later), true)).await, is(None));
    assert_eq!(vault.read(&space, "t").await.unwrap().expires, None);
    assert_eq!(vault.read(&space, "u").await, None);
}

pub(crate) async fn sweep_leaves_the_living(vault: &Vault) {
    let space = space("pan", "acme");
    let end = Timestamp::now().plus(Duration::from_millis(100));
    for number in 0..10 {
        let index = [Index::None, Index::Unique(mac(number)), Index::Many(mac(0))];
        let mut new = record(&space, &number.to_string(), index[(number % 3) as usize]);
        new.record.expires = [None, Some(end), Some(in_an_hour())][(number / 4) as usize];
        assert_eq!(vault.insert(new).await, Insertion::Inserted);
    }
    until(end.plus(Duration::from_millis(5))).await;
    vault.keeper.sweep().await.unwrap();
    assert_eq!(vault.count(&space).await, 6);
    // nothing is left to sweep
    assert_eq!(vault.keeper.sweep().await.unwrap().records, 0);
}

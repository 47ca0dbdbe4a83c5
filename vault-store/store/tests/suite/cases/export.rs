//! What is exported can be imported: into an empty vault, the same one, or not at all.

use crate::backends::{self, Vault};
use crate::support::{expiring, export, in_an_hour, mac, record, space};
use store::{DataKeyId, ImportReceipt, Index, Item, StoreError, Timestamp};

fn sorted(mut items: Vec<Item>) -> Vec<Item> {
    items.sort_by_key(|item| match item {
        Item::DataKey(id, _) => (Some(*id), None),
        Item::Record(key, _) => (None, Some(key.clone())),
    });
    items
}

pub(crate) async fn comes_back_whole(vault: &Vault) {
    for id in 0..7 {
        let id = DataKeyId([id * 31; 16]);
        vault.writer().put_data_key(id, &id.0).await.unwrap();
    }
    let mut batch = Vec::new();
    for number in 0..30 {
        let space = space(["pan", "a:b{*}"][(number % 2) as usize], "acme");
        let index = [Index::None, Index::Unique(mac(number)), Index::Many(mac(1))];
        let mut new = record(&space, &format!("{number}:ż"), index[(number % 3) as usize]);
        new.record.expires = (number % 5 == 0).then(in_an_hour);
        batch.push(new);
    }
    vault.writer().insert(&batch).await.unwrap();
    let exported = sorted(export(&*vault.keeper).await);
    assert_eq!(exported.len(), 37);

    let other = backends::sqlite().await.unwrap();
    for keeper in [&other.keeper, &vault.keeper] {
        for present in [false, true] {
            let receipt = keeper.import(&exported).await.unwrap();
            assert_eq!(receipt.imported + receipt.present, 37);
            assert!(!present || receipt.present == 37);
        }
        assert_eq!(sorted(export(&**keeper).await), exported);
    }
    // an import makes the indexes too
    let found = other.find(&space("a:b{*}", "acme"), mac(1)).await;
    assert_eq!(found, vault.find(&space("a:b{*}", "acme"), mac(1)).await);
    assert!(found.is_some());

    let everything = store::Erasure::Tenant("acme".into());
    assert_eq!(vault.keeper.erase(&everything).await.unwrap().records, 30);
    let receipt = vault.keeper.import(&exported).await.unwrap();
    assert_eq!((receipt.imported, receipt.present), (30, 7));
    assert_eq!(sorted(export(&*vault.keeper).await), exported);
}

pub(crate) async fn contradictions_are_conflicts(vault: &Vault) {
    let space = space("pan", "acme");
    let item = |token, index| {
        let new = record(&space, token, index);
        Item::Record(new.key, new.record)
    };
    let first = item("t", Index::Unique(mac(1)));
    vault
        .keeper
        .import(std::slice::from_ref(&first))
        .await
        .unwrap();
    let mut other = record(&space, "t", Index::Unique(mac(1)));
    other.record.sealed = b"other".as_slice().into();
    for conflict in [
        Item::Record(other.key, other.record),
        item("u", Index::Unique(mac(1))),
        item("t", Index::None),
    ] {
        let import = vault.keeper.import(&[conflict]).await;
        assert!(matches!(import, Err(StoreError::Conflict(_))), "{import:?}");
    }
    assert_eq!(export(&*vault.keeper).await, [first]);

    let expired = expiring(record(&space, "v", Index::None), Timestamp::from_millis(1));
    let receipt = vault
        .keeper
        .import(&[Item::Record(expired.key, expired.record)])
        .await;
    let wanted = ImportReceipt {
        expired: 1,
        ..ImportReceipt::default()
    };
    assert_eq!(receipt.unwrap(), wanted);
}

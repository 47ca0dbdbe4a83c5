//! Erasure: of a token, a tenant, a value; no more and no less.

use crate::backends::Vault;
use crate::support::{existing, key, mac, record, space};
use store::{Erasure, Index, Insertion};

impl Vault {
    async fn erase(&self, what: Erasure) -> u64 {
        self.keeper.erase(&what).await.unwrap().records
    }
}

pub(crate) async fn one_token(vault: &Vault) {
    let space = space("pan", "acme");
    for (token, index) in [
        ("none", Index::None),
        ("one", Index::Unique(mac(1))),
        ("many", Index::Many(mac(1))),
        ("stays", Index::Many(mac(1))),
    ] {
        vault.insert(record(&space, token, index)).await;
    }
    for token in ["none", "one", "many"] {
        assert_eq!(vault.erase(Erasure::Token(key(&space, token))).await, 1);
        assert_eq!(vault.erase(Erasure::Token(key(&space, token))).await, 0);
        assert_eq!(vault.read(&space, token).await, None);
    }
    assert_eq!(vault.find(&space, mac(1)).await, None);
    assert_eq!(vault.count(&space).await, 1);
    // the value and the token are free again
    let next = record(&space, "none", Index::Unique(mac(1)));
    assert_eq!(vault.insert(next).await, Insertion::Inserted);
}

pub(crate) async fn a_tenant(vault: &Vault) {
    // among them what a pattern could take for the tenant
    let tenants = ["a*", "ab", "a", "", "A*", "a*b", "a\\*"];
    for tenant in tenants {
        for class in ["pan", "ssn", "a*"] {
            let space = space(class, tenant);
            let batch: Vec<_> = (0..5)
                .map(|number| {
                    let index = [Index::None, Index::Unique(mac(number)), Index::Many(mac(1))];
                    record(&space, &number.to_string(), index[(number % 3) as usize])
                })
                .collect();
            vault.writer().insert(&batch).await.unwrap();
        }
    }
    assert_eq!(vault.erase(Erasure::Tenant("a*".into())).await, 15);
    assert_eq!(vault.erase(Erasure::Tenant("a*".into())).await, 0);
    let left = vault.keeper.statistics().await.unwrap();
    assert_eq!(left.len(), 18);
    assert!(
        left.iter()
            .all(|each| each.records == 5 && each.space.tenant() != "a*")
    );
    assert_eq!(vault.find(&space("ssn", "a*"), mac(1)).await, None);
    assert!(vault.find(&space("ssn", "ab"), mac(1)).await.is_some());

    let one = space("a*", "ab");
    assert_eq!(vault.erase(Erasure::Space(one.clone())).await, 5);
    assert_eq!(vault.erase(Erasure::Space(one.clone())).await, 0);
    assert_eq!(vault.find(&one, mac(1)).await, None);
    assert_eq!(vault.keeper.statistics().await.unwrap().len(), 17);
}

pub(crate) async fn a_value(vault: &Vault) {
    let space = space("email", "acme");
    let batch: Vec<_> = (0..20)
        .map(|number| record(&space, &number.to_string(), Index::Many(mac(number % 2))))
        .chain([record(&space, "one", Index::Unique(mac(0)))])
        .collect();
    vault.writer().insert(&batch).await.unwrap();
    assert_eq!(vault.erase(Erasure::Value(space.clone(), mac(0))).await, 11);
    assert_eq!(vault.erase(Erasure::Value(space.clone(), mac(0))).await, 0);
    assert_eq!(vault.find(&space, mac(0)).await, None);
    assert_eq!(vault.read(&space, "2").await, None);
    assert!(vault.read(&space, "3").await.is_some());
    assert_eq!(vault.count(&space).await, 10);
}

pub(crate) async fn in_one_space_only(vault: &Vault) {
    let (here, there) = (space("pan", "acme"), space("pan", "other"));
    for space in [&here, &there] {
        vault
            .insert(record(space, "t", Index::Unique(mac(1))))
            .await;
        vault.insert(record(space, "u", Index::Many(mac(2)))).await;
    }
    assert_eq!(vault.erase(Erasure::Value(here.clone(), mac(2))).await, 1);
    assert_eq!(vault.erase(Erasure::Token(key(&here, "t"))).await, 1);
    assert_eq!(vault.count(&there).await, 2);
    let again = record(&there, "v", Index::Unique(mac(1)));
    assert_eq!(vault.insert(again).await, existing("t"));
}

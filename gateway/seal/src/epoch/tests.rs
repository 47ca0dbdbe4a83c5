#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::signer::LocalSigner;
use policies::TokenFormat;

async fn epoch() -> Epoch {
    let pem = include_bytes!("../../tests/keys/payments.1.pem");
    let format = TokenFormat::Veilgate {
        prefix: "~vg1.".into(),
        suffix: "~".into(),
    };
    let key = PublicKey::from_pem(KeyId::new("payments", 1), &format, pem).unwrap();
    let signer = include_bytes!("../../tests/keys/signer.1.key");
    let provenance = Provenance {
        signer: Arc::new(LocalSigner::from_pem(signer).unwrap()),
        signer_id: KeyId::new("edge", 1),
        edge_key: Arc::new(EdgeKey::new(&[7; KEY_BYTES])),
    };
    Epoch::begin(&key, &provenance, 1, 2).await.unwrap()
}

#[tokio::test]
async fn value_keys_are_derived_once_for_each_class_and_tenant() {
    let epoch = epoch().await;
    let (none, acme) = (epoch.value_keys(""), epoch.value_keys("acme"));
    assert!(!Arc::ptr_eq(&none, &acme));
    assert!(Arc::ptr_eq(&acme, &epoch.value_keys("acme")));
    let key = epoch.value_key(&acme, 0, b"\x03pan\x04acme").unwrap();
    assert!(std::ptr::eq(
        key,
        epoch.value_key(&acme, 0, b"\x03pan\x04acme").unwrap()
    ));
    assert!(!std::ptr::eq(
        key,
        epoch.value_key(&acme, 1, b"\x03ssn\x04acme").unwrap()
    ));
    assert!(epoch.value_key(&acme, 2, b"\x03ssn\x04acme").is_err());
}

#[tokio::test]
async fn any_number_of_tenants_takes_bounded_memory() {
    let epoch = epoch().await;
    for tenant in 0..3 * MAX_TENANTS {
        epoch.value_keys(&tenant.to_string());
        assert!(epoch.tenants.read().unwrap().len() <= MAX_TENANTS);
    }
}

#[tokio::test]
async fn two_epochs_share_nothing() {
    assert_ne!(epoch().await.head_text(), epoch().await.head_text());
}

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
async fn value_keys_are_derived_once_for_each_class_tenant_and_type() {
    let epoch = epoch().await;
    let (none, acme) = (epoch.value_keys(""), epoch.value_keys("acme"));
    assert!(!Arc::ptr_eq(&none, &acme));
    assert!(Arc::ptr_eq(&acme, &epoch.value_keys("acme")));
    let (pan, ssn) = (b"\x03pan\x04acme", b"\x03ssn\x04acme");
    let key = |class, binding: &[u8], value_type| {
        let key = epoch.value_key(&acme, class, binding, value_type);
        key.map(std::ptr::from_ref)
    };
    let first = key(0, pan, ValueType::Text).unwrap();
    assert_eq!(key(0, pan, ValueType::Text).unwrap(), first);
    assert_ne!(key(0, pan, ValueType::Number).unwrap(), first);
    assert_ne!(key(1, ssn, ValueType::Text).unwrap(), first);
    assert!(key(2, ssn, ValueType::Text).is_err());
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

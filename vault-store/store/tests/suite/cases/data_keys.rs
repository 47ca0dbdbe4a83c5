//! Data keys are kept once and never changed.

use crate::backends::Vault;
use store::{DataKeyId, StoreError};

const ID: DataKeyId = DataKeyId([7; 16]);

pub(crate) async fn kept_once(vault: &Vault) {
    let head: Vec<u8> = (0..810).map(|byte| byte as u8).collect();
    for writer in &vault.writers {
        writer.put_data_key(ID, &head).await.unwrap();
        writer.put_data_key(ID, &head).await.unwrap();
    }
    let kept = vault.reader.data_keys(&[DataKeyId([8; 16]), ID]).await;
    assert_eq!(kept.unwrap(), [None, Some(head.into())]);
}

pub(crate) async fn another_head_is_a_conflict(vault: &Vault) {
    vault.writer().put_data_key(ID, b"head").await.unwrap();
    for writer in &vault.writers {
        let put = writer.put_data_key(ID, b"other").await;
        assert!(matches!(put, Err(StoreError::Conflict(_))), "{put:?}");
        writer.put_data_key(ID, b"head").await.unwrap();
    }
    let kept = vault.reader.data_keys(&[ID]).await.unwrap();
    assert_eq!(kept, [Some(b"head".as_slice().into())]);
}

//! The state folder.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use super::{Alias, Key, KeyPolicy, Store, StoreError, now};
use crate::kms::algorithm::{EncryptionAlgorithm, KeySpec, KeyUsage};
use crate::kms::material::Material;

const ACCOUNT: &str = "000000000000";
const REGION: &str = "us-east-1";
const POLICY: &str =
    r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;

fn key(id: &str, spec: KeySpec) -> Key {
    Key {
        id: id.to_owned(),
        spec,
        usage: KeyUsage::EncryptDecrypt,
        description: String::new(),
        created: now(),
        enabled: true,
        delete_at: None,
        policy: KeyPolicy::try_from(POLICY.to_owned()).unwrap(),
        tags: BTreeMap::new(),
        grants: Vec::new(),
        external: None,
        material: Arc::new(Material::generate(spec).unwrap()),
    }
}

fn put(store: &Store, key: Key) {
    store
        .change(|state| {
            state.insert(key);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn keys_work_after_they_were_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), ACCOUNT, REGION).unwrap();
    put(&store, key("sym", KeySpec::Symmetric));
    put(&store, key("rsa", KeySpec::Rsa2048));
    let sealed = store
        .read()
        .key("sym")
        .unwrap()
        .material
        .seal(b"context", b"value")
        .unwrap();
    let algorithm = EncryptionAlgorithm::OaepSha256;
    let wrapped = store
        .read()
        .key("rsa")
        .unwrap()
        .material
        .encrypt_oaep(algorithm, b"v")
        .unwrap();
    let secret = store.read().session_secret.0.clone();
    drop(store);

    let store = Store::open(folder.path(), ACCOUNT, REGION).unwrap();
    let state = store.read();
    assert_eq!(
        *state
            .key("sym")
            .unwrap()
            .material
            .open(b"context", &sealed)
            .unwrap(),
        b"value"
    );
    assert!(
        state
            .key("sym")
            .unwrap()
            .material
            .open(b"another", &sealed)
            .is_err()
    );
    assert_eq!(
        *state
            .key("rsa")
            .unwrap()
            .material
            .decrypt_oaep(algorithm, &wrapped)
            .unwrap(),
        b"v"
    );
    assert_eq!(state.session_secret.0, secret);
}

#[test]
fn only_the_owner_reads_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let _store = Store::open(&folder.path().join("state"), ACCOUNT, REGION).unwrap();
    let mode = |name: &str| {
        folder
            .path()
            .join(name)
            .metadata()
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("state"), 0o700);
    assert_eq!(mode("state/state.json"), 0o600);
}

#[test]
fn a_change_that_fails_leaves_all_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), ACCOUNT, REGION).unwrap();
    let outcome = store.change(|state| {
        state.insert(key("a", KeySpec::Symmetric));
        Err::<(), _>(StoreError::Random)
    });
    assert!(outcome.is_err());
    assert!(store.read().key("a").is_none());
    // A state that cannot be written does not become visible either.
    std::fs::create_dir(folder.path().join("state.json.new")).unwrap();
    let outcome = store.change(|state| {
        state.insert(key("b", KeySpec::Symmetric));
        Ok::<_, StoreError>(())
    });
    assert!(matches!(outcome, Err(StoreError::Io { .. })));
    assert!(store.read().key("b").is_none());
}

#[test]
fn a_key_past_its_date_is_gone_with_its_aliases() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), ACCOUNT, REGION).unwrap();
    let mut gone = key("gone", KeySpec::Symmetric);
    gone.delete_at = Some(now() - 1);
    put(&store, gone);
    store
        .change(|state| {
            let alias = Alias {
                key_id: "gone".to_owned(),
                created: 0,
                updated: 0,
            };
            state.aliases.insert("alias/gone".to_owned(), alias);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert!(store.read().key("gone").is_none());
    put(&store, key("new", KeySpec::Symmetric));
    assert!(store.read().aliases.is_empty());
    let text = std::fs::read_to_string(folder.path().join("state.json")).unwrap();
    assert!(!text.contains("gone"), "its material leaves the disk");
}

#[test]
fn a_folder_is_refused_when_it_cannot_be_right() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), ACCOUNT, REGION).unwrap();
    let again = Store::open(folder.path(), ACCOUNT, REGION);
    assert!(matches!(again, Err(StoreError::InUse(_))));
    drop(store);
    let elsewhere = Store::open(folder.path(), ACCOUNT, "eu-west-1");
    assert!(matches!(elsewhere, Err(StoreError::Elsewhere { .. })));
    std::fs::write(folder.path().join("state.json"), "{\"version\":1,").unwrap();
    let damaged = Store::open(folder.path(), ACCOUNT, REGION);
    assert!(matches!(damaged, Err(StoreError::Unreadable { .. })));
}

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use crate::caller::Caller;
use crate::error::{OpenError, SetupError};
use crate::opener::{Opener, OpenerSettings};
use crate::support::{JOINS, KEYS, Mood, World, caller, joins, wrap_secret};
use crate::{EdgeKey, Usage};
use policies::{KeyName, encryption_context};
use std::sync::Arc;
use std::time::Duration;

async fn secret(world: &World, caller: &Caller, key: &str, version: u16) -> Option<[u8; 32]> {
    let usage = Usage::new(1);
    let asked = world.opener.secret(caller, &usage, key, version).await;
    let secret = asked.unwrap().map(|secret| *secret.bytes());
    assert!(usage.kms_calls() <= 1);
    secret
}

#[tokio::test]
async fn each_version_is_asked_for_once() {
    let world = World::new();
    let ann = world.reader("ann");
    for _ in 0..3 {
        for version in [1, 2] {
            assert_eq!(
                secret(&world, &ann, "joins", version).await,
                Some(joins(version))
            );
        }
    }
    let call = ("ann".to_owned(), JOINS.to_owned());
    assert_eq!(world.kms.take_calls(), [call.clone(), call]);
}

#[tokio::test(start_paused = true)]
async fn it_ends_as_data_keys_do_however_much_it_was_used() {
    let world = World::new();
    let ann = world.reader("ann");
    assert!(secret(&world, &ann, "joins", 1).await.is_some());
    world.kms.deny("ann", JOINS);
    for _ in 0..59 {
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(secret(&world, &ann, "joins", 1).await.is_some());
    }
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(secret(&world, &ann, "joins", 1).await, None);
    assert_eq!(world.kms.take_calls().len(), 2);

    world.kms.allow("ann", JOINS);
    tokio::time::advance(Duration::from_secs(4)).await;
    assert_eq!(secret(&world, &ann, "joins", 1).await, None);
    assert!(world.kms.take_calls().is_empty(), "a refusal is remembered");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(secret(&world, &ann, "joins", 1).await.is_some());
}

#[tokio::test]
async fn what_is_not_in_the_ring_costs_what_a_denial_costs() {
    let world = World::new();
    let (ann, ben) = (world.reader("ann"), caller("ben"));
    for who in [&ann, &ben] {
        for (key, version) in [("joins", 3), ("join", 1), ("payments", 1), ("legacy", 1)] {
            for calls in [1, 0] {
                assert_eq!(secret(&world, who, key, version).await, None);
                assert_eq!(world.kms.take_calls().len(), calls, "{key} {version}");
            }
        }
    }
    assert_eq!(secret(&world, &ben, "joins", 1).await, None);
    assert_eq!(world.kms.take_calls(), [("ben".into(), JOINS.into())]);
}

#[tokio::test]
async fn nobody_gets_what_another_caller_has_cached() {
    let world = World::new();
    let (ann, ben) = (world.reader("ann"), caller("ben"));
    assert!(secret(&world, &ann, "joins", 1).await.is_some());
    assert_eq!(secret(&world, &ben, "joins", 1).await, None);
    assert!(secret(&world, &ann, "joins", 1).await.is_some());
}

#[tokio::test]
async fn concurrent_requests_of_one_caller_share_a_call() {
    let world = World::new();
    let ann = world.reader("ann");
    let all = (0..20).map(|_| secret(&world, &ann, "joins", 2));
    let all = futures_util::future::join_all(all).await;
    assert!(all.iter().all(|secret| *secret == Some(joins(2))));
    assert_eq!(world.kms.take_calls().len(), 1);
}

#[tokio::test]
async fn a_fault_of_kms_is_not_remembered_and_the_limit_holds() {
    let world = World::new();
    let ann = world.reader("ann");
    let retry_after = Duration::from_secs(2);
    for (mood, expected) in [
        (Mood::Unavailable, OpenError::Unavailable { retry_after }),
        (Mood::ExpiredCredentials, OpenError::Credentials),
    ] {
        world.kms.set(mood);
        for key in ["joins", "unknown"] {
            let asked = world.opener.secret(&ann, &Usage::new(1), key, 1).await;
            assert_eq!(asked.err(), Some(expected.clone()));
        }
    }
    world.kms.set(Mood::Works);
    let none_left = Usage::new(0);
    let asked = world.opener.secret(&ann, &none_left, "joins", 1).await;
    assert_eq!(asked.err(), Some(OpenError::TooManyCalls { limit: 0 }));
    assert!(secret(&world, &ann, "joins", 1).await.is_some());
}

/// A world with other files in the place of the ring's wrapped keys.
fn opener(world: &World, content: &[u8]) -> Result<Opener, SetupError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("joins-1.wrapped");
    std::fs::write(&path, content).unwrap();
    let yaml = format!(
        "version: 1\nkeys: {{ joins: {{ versions: [ {{ version: 1, kms_key: {JOINS}, wrapped_key: {path:?} }} ] }} }}"
    );
    let ring = policies::compile_key_ring("keys.yaml", &yaml).unwrap();
    let edge_keys = vec![EdgeKey::new(&[9; 32])];
    let service = Arc::clone(&world.kms) as Arc<dyn crate::KeyService>;
    Opener::new(&ring, edge_keys, service, OpenerSettings::default())
}

#[tokio::test]
async fn a_file_of_another_version_name_kms_key_or_length_does_not_unwrap() {
    let world = World::new();
    let of = |name: &str, version| encryption_context(&KeyName::new(name).unwrap(), version);
    for (opens, wrapped) in [
        (true, wrap_secret(JOINS, &of("joins", 1), &[7; 32])),
        (false, wrap_secret(JOINS, &of("joins", 2), &[7; 32])),
        (false, wrap_secret(JOINS, &of("other", 1), &[7; 32])),
        (false, wrap_secret(KEYS[0], &of("joins", 1), &[7; 32])),
        (false, wrap_secret(JOINS, &of("joins", 1), &[7; 16])),
    ] {
        let ann = world.reader("ann");
        let file = record::key_file::write(&wrapped);
        let opener = opener(&world, file.as_bytes()).unwrap();
        let asked = opener.secret(&ann, &Usage::new(1), "joins", 1).await;
        assert_eq!(asked.unwrap().is_some(), opens);
    }
}

#[test]
fn a_ring_with_bad_files_is_refused_with_the_file() {
    let world = World::new();
    let refused = opener(&world, b"no base64!").err().unwrap().to_string();
    for part in ["joins", "joins-1.wrapped", "base64", "veilgate keys create"] {
        assert!(refused.contains(part), "{refused}");
    }
    let ring = "version: 1\nkeys: { a: { versions: [ { version: 1, kms_key: a, wrapped_key: nowhere/a.wrapped } ] } }";
    let ring = policies::compile_key_ring("keys.yaml", ring).unwrap();
    let refused = Opener::check(&ring).unwrap_err().to_string();
    assert!(refused.contains("nowhere/a.wrapped"), "{refused}");
}

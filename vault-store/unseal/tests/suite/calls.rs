//! How often KMS is asked, for whom, and what is remembered.

use crate::opening::open;
use crate::support::{Mood, World, caller, rsa};
use record::ValueType;
use std::time::Duration;
use unseal::{OpenError, Usage};

#[tokio::test]
async fn a_million_values_of_ten_epochs_cost_ten_calls() {
    let world = World::new();
    let ann = world.reader("ann");
    let epochs: Vec<_> = (0..10).map(|_| world.epoch()).collect();
    let usage = Usage::new(12);
    let mut revealed = 0;
    for part in 0..100 {
        // Each token is made once and opened in ten places: sealing is not what is tested here.
        let tokens: Vec<_> = (0..1000)
            .map(|at| epochs[at % 10].text(&format!("{part}-{at}")))
            .collect();
        let candidates: Vec<_> = (0..10)
            .flat_map(|_| tokens.iter().map(|token| world.opener.candidate(token)))
            .collect();
        let opened = world
            .opener
            .open_batch(&ann, &usage, &candidates)
            .await
            .unwrap();
        revealed += opened.iter().filter(|opened| opened.is_ok()).count();
    }
    assert_eq!(revealed, 1_000_000);
    assert_eq!(usage.kms_calls(), 10);
    assert_eq!(world.kms.take_calls().len(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_right_taken_away_takes_effect_when_the_data_key_ends_however_much_it_was_used() {
    let world = World::new();
    let ann = world.reader("ann");
    let token = [world.epoch().text("v")];
    assert!(open(&world, &ann, &token).await[0].is_ok());
    world.kms.deny("ann", "kms-pay-1");
    for _ in 0..59 {
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(open(&world, &ann, &token).await[0].is_ok());
    }
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(open(&world, &ann, &token).await[0].is_err());
    assert_eq!(world.kms.take_calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_right_given_takes_effect_when_the_refusal_ends() {
    let world = World::new();
    let ben = caller("ben");
    let tokens = [world.epoch().text("v"), rsa(ValueType::Text, b"v")];
    assert!(open(&world, &ben, &tokens).await.iter().all(Result::is_err));
    for key in ["kms-pay-1", "kms-id-1"] {
        world.kms.allow("ben", key);
    }
    tokio::time::advance(Duration::from_secs(4)).await;
    assert!(open(&world, &ben, &tokens).await.iter().all(Result::is_err));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(open(&world, &ben, &tokens).await.iter().all(Result::is_ok));
    assert_eq!(world.kms.take_calls().len(), 4);
}

#[tokio::test]
async fn nobody_gets_what_another_caller_has_cached() {
    let world = World::new();
    let (ann, ben) = (world.reader("ann"), caller("ben"));
    let tokens = [world.epoch().text("v"), rsa(ValueType::Text, b"v")];
    assert!(open(&world, &ann, &tokens).await.iter().all(Result::is_ok));
    world.kms.take_calls();
    assert!(open(&world, &ben, &tokens).await.iter().all(Result::is_err));
    let calls = world.kms.take_calls();
    assert!(calls.len() == 2 && calls.iter().all(|(who, _)| who == "ben"));
    // Nor does a refusal reach over.
    assert!(open(&world, &ann, &tokens).await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn concurrent_batches_of_one_caller_share_one_call_for_a_data_key() {
    let world = World::new();
    let ann = world.reader("ann");
    let epoch = world.epoch();
    let batches: Vec<_> = (0..20).map(|at| [epoch.text(&format!("{at}"))]).collect();
    let all = batches.iter().map(|tokens| open(&world, &ann, tokens));
    let all = futures_util::future::join_all(all).await;
    assert!(all.iter().flatten().all(Result::is_ok));
    assert_eq!(world.kms.take_calls().len(), 1);
}

#[tokio::test]
async fn one_rsa_token_many_times_in_a_batch_is_one_call() {
    let world = World::new();
    let ann = world.reader("ann");
    let tokens = vec![rsa(ValueType::Text, b"v"); 50];
    assert!(open(&world, &ann, &tokens).await.iter().all(Result::is_ok));
    assert_eq!(world.kms.take_calls().len(), 1);
}

#[tokio::test]
async fn a_fault_of_kms_ends_the_call_and_is_not_remembered() {
    let world = World::new();
    let ann = world.reader("ann");
    let tokens = [
        world.epoch().text("v"),
        rsa(ValueType::Text, b"v"),
        b"junk".to_vec(),
    ];
    let retry_after = Duration::from_secs(2);
    for (mood, expected) in [
        (Mood::Unavailable, OpenError::Unavailable { retry_after }),
        (Mood::ExpiredCredentials, OpenError::Credentials),
    ] {
        world.kms.set(mood);
        for token in &tokens {
            let usage = Usage::new(10);
            let candidate = [world.opener.candidate(token)];
            let outcome = world.opener.open_batch(&ann, &usage, &candidate).await;
            assert_eq!(outcome.err(), Some(expected.clone()));
        }
    }
    world.kms.set(Mood::Works);
    assert!(
        open(&world, &ann, &tokens[..2])
            .await
            .iter()
            .all(Result::is_ok)
    );
}

#[tokio::test]
async fn a_request_that_asks_for_too_many_keys_is_stopped() {
    let world = World::new();
    let ann = world.reader("ann");
    let tokens: Vec<_> = (0..4).map(|_| world.epoch().text("v")).collect();
    let candidates: Vec<_> = tokens
        .iter()
        .map(|token| world.opener.candidate(token))
        .collect();
    let usage = Usage::new(3);
    let outcome = world.opener.open_batch(&ann, &usage, &candidates).await;
    assert_eq!(outcome.err(), Some(OpenError::TooManyCalls { limit: 3 }));
    assert_eq!(world.kms.take_calls().len(), 3);
    // What is cached by now does not count.
    let usage = Usage::new(1);
    assert!(
        world
            .opener
            .open_batch(&ann, &usage, &candidates)
            .await
            .is_ok()
    );
}

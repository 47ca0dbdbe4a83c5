//! What only Redis can show: ACL users, refused settings, servers that stop, fill, die or change.

use crate::backends::{on, redis_settings};
use crate::crash::rounds;
use crate::server::Server;
use crate::support::{mac, record, space};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::redis::{Accept, Durability, Redis, Topology, User};
use store::{Index, Insertion, Reader as _, StoreError, Writer as _};
use tokio::task::JoinSet;

const ALWAYS: &[&str] = &["--appendfsync", "always"];

on_each!(
    a_wrong_password_is_a_setting,
    a_server_that_could_lose_tokens_is_refused_at_start,
    a_stopped_server_is_unavailable_in_time_and_then_again_available,
    a_full_server_takes_no_more_and_keeps_what_it_has,
    every_acknowledged_token_outlives_the_server,
    every_acknowledged_token_outlives_the_primary,
);

async fn a_wrong_password_is_a_setting(program: &str) {
    let server = Server::start(program, ALWAYS).await;
    let mut settings = redis_settings(Topology::Single(server.address()));
    settings.user = Some(User {
        name: "gateway".to_owned(),
        password: "wrong".to_owned(),
    });
    let refused = Redis::open(&settings).await.err().unwrap();
    assert!(matches!(refused, StoreError::Settings(_)), "{refused:?}");
    assert!(!format!("{refused:?} {refused} {settings:?}").contains("wrong"));
}

async fn a_server_that_could_lose_tokens_is_refused_at_start(program: &str) {
    let durability = Durability::ACKNOWLEDGED;
    for (arguments, accept) in [
        (["--maxmemory-policy", "allkeys-lru"], Accept::Eviction),
        (["--appendonly", "no"], Accept::NoAppendOnly),
        (["--appendfsync", "everysec"], Accept::LateFsync),
    ] {
        let arguments = [ALWAYS, &arguments[..]].concat();
        let server = Server::start(program, &arguments).await;
        let mut settings = redis_settings(Topology::Single(server.address()));
        settings.durability = durability;
        let refused = Redis::open(&settings).await.err().unwrap();
        assert!(matches!(refused, StoreError::Settings(_)), "{refused:?}");
        settings.accept = vec![accept];
        Redis::open(&settings).await.unwrap();
    }
}

async fn a_stopped_server_is_unavailable_in_time_and_then_again_available(program: &str) {
    let server = Server::start(program, ALWAYS).await;
    let mut settings = redis_settings(Topology::Single(server.address()));
    settings.timeout = Duration::from_millis(200);
    let vault = Redis::open(&settings).await.unwrap();
    let batch = [record(&space("pan", "acme"), "t", Index::Unique(mac(1)))];
    server.signal("-STOP");
    for _ in 0..3 {
        let stopped = vault.insert(&batch).await;
        assert!(
            matches!(stopped, Err(StoreError::Unavailable { .. })),
            "{stopped:?}"
        );
    }
    server.signal("-CONT");
    // what was on its way may have been written after all: each try draws another token
    let space = space("pan", "acme");
    for number in 0.. {
        let new = record(&space, &number.to_string(), Index::Unique(mac(1)));
        match vault.insert(&[new]).await.as_deref() {
            Ok([Insertion::Inserted | Insertion::Existing(_)]) => break,
            Ok(_) => {}
            Err(error) => assert!(error.retry_after().is_some(), "{error}"),
        }
    }
    let found = vault.find(&[(space, mac(1))]).await.unwrap();
    assert!(found[0].is_some());
}

async fn a_full_server_takes_no_more_and_keeps_what_it_has(program: &str) {
    let server = Server::start(program, &[ALWAYS, &["--maxmemory", "4mb"]].concat()).await;
    let vault = on(server.address(), None).await;
    let space = space("pan", "acme");
    let mut kept = Vec::new();
    let full = loop {
        let token = |number| format!("{}.{number}", kept.len());
        let batch: Vec<_> = (0..100)
            .map(|n| record(&space, &token(n), Index::None))
            .collect();
        match vault.insert(&batch).await {
            Ok(_) => kept.extend(batch),
            Err(full) => break full,
        }
    };
    assert!(matches!(full, StoreError::Full(_)), "{full:?}");
    let keys: Vec<_> = kept.iter().map(|new| new.key.clone()).collect();
    let read = vault.records(&keys).await.unwrap();
    assert!(read.iter().all(Option::is_some));
}

/// Writes from eight tasks; `died` is called in the midst of it; every token that was acknowledged
/// is then read.
async fn acknowledged_tokens_outlive(vault: Arc<Redis>, round: u64, died: impl AsyncFnOnce()) {
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = JoinSet::new();
    for task in 0..8_u64 {
        let (vault, acknowledged) = (Arc::clone(&vault), Arc::clone(&acknowledged));
        tasks.spawn(async move {
            for batch in 0_u64.. {
                let space = space("pan", "crash");
                let token = |n| format!("{round}.{task}.{batch}.{n}");
                let value = |n| mac(((round * 8 + task) << 32) + (batch << 8) + n);
                let batch = (0..20).map(|n| record(&space, &token(n), Index::Unique(value(n))));
                let batch: Vec<_> = batch.collect();
                if let Ok(inserted) = vault.insert(&batch).await {
                    assert!(inserted.iter().all(|each| *each == Insertion::Inserted));
                    let keys = batch.into_iter().map(|new| new.key);
                    acknowledged.lock().unwrap().extend(keys);
                }
            }
        });
    }
    let wanted = 200 + round as usize * 137 % 1000;
    while acknowledged.lock().unwrap().len() < wanted {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    died().await;
    tasks.shutdown().await;
    let keys = std::mem::take(&mut *acknowledged.lock().unwrap());
    let kept = loop {
        match vault.records(&keys).await {
            Ok(kept) => break kept,
            Err(error) => assert!(error.retry_after().is_some(), "{error}"),
        }
    };
    let lost = kept.iter().filter(|record| record.is_none()).count();
    assert_eq!(lost, 0, "round {round}: of {} tokens", keys.len());
}

async fn every_acknowledged_token_outlives_the_server(program: &str) {
    let mut server = Server::start(program, ALWAYS).await;
    let vault = Arc::new(on(server.address(), None).await);
    for round in 0..rounds() {
        acknowledged_tokens_outlive(Arc::clone(&vault), round, async || server.crash().await).await;
    }
}

async fn every_acknowledged_token_outlives_the_primary(program: &str) {
    let primary = Server::start(program, &["--repl-diskless-sync-delay", "0"]).await;
    let replica = Server::replica(program, &primary).await;
    let sentinel = Server::sentinel(program, &primary).await;
    let mut settings = redis_settings(Topology::Sentinel {
        sentinels: vec![sentinel.address()],
        name: "vault".to_owned(),
        user: None,
    });
    settings.timeout = Duration::from_secs(2);
    settings.durability = Durability {
        fsync: false,
        replicas: 1,
    };
    let vault = Arc::new(Redis::open(&settings).await.unwrap());
    // its one replica is gone then: reads alone go on
    acknowledged_tokens_outlive(vault, 0, async || {
        drop(primary);
        replica.until_info("role:master").await;
    })
    .await;
}

//! A server that could lose tokens keeps none, whenever it came to be so: it was promoted, started
//! anew, or set otherwise while it ran. What it lacks is said, and once that is mended it is taken.

use crate::backends::redis_settings;
use crate::server::Server;
use crate::support::{mac, record, space};
use redis::cmd;
use std::time::Duration;
use store::redis::{Accept, Durability, Redis, Settings, Topology};
use store::{Index, StoreError, Writer as _};

on_each!(
    a_server_that_sentinel_promotes_is_checked,
    a_primary_that_is_new_in_a_cluster_is_checked,
    a_server_that_starts_anew_is_checked,
    a_setting_that_is_changed_is_noticed,
    what_was_found_is_relied_on_for_a_while,
    how_long_a_write_waits_follows_the_server,
);

const ALWAYS: &[&str] = &["--appendfsync", "always"];
const EVICTS: &[&str] = &["--maxmemory-policy", "allkeys-lru"];

/// Settings that accept a failover, since what these tests lose is of no interest.
fn settings(topology: Topology) -> Settings {
    Settings {
        accept: vec![Accept::Failover],
        timeout: Duration::from_secs(5),
        connections: 2,
        ..redis_settings(topology)
    }
}

async fn open(settings: Settings) -> Redis {
    Redis::open(&settings).await.unwrap()
}

/// Inserts records enough to meet all servers of a cluster.
async fn insert(vault: &Redis) -> store::Result<()> {
    static DRAWN: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let batch = (0..50).map(|_| {
        let number = DRAWN.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let index = Index::Unique(mac(number));
        record(&space("pan", "acme"), &number.to_string(), index)
    });
    vault.insert(&batch.collect::<Vec<_>>()).await.map(drop)
}

/// Inserts until a server is refused for a setting; nothing is acknowledged before.
async fn until_refused(vault: &Redis, server: &Server, setting: &str) {
    loop {
        let error = insert(vault)
            .await
            .expect_err("an unsound server keeps tokens");
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
        let said = error.to_string();
        if said.contains(setting) {
            assert!(said.contains(&server.address().to_string()), "{said}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Inserts until it is taken again.
async fn until_taken(vault: &Redis) {
    while let Err(error) = insert(vault).await {
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn a_server_that_sentinel_promotes_is_checked(program: &str) {
    let primary = [ALWAYS, &["--repl-diskless-sync-delay", "0"]].concat();
    let primary = Server::start(program, &primary).await;
    let of = primary.port.to_string();
    let replica = [ALWAYS, EVICTS, &["--replicaof", "127.0.0.1", &of]].concat();
    let replica = Server::start(program, &replica).await;
    replica.until_info("master_link_status:up").await;
    let sentinel = Server::sentinel(program, &primary).await;
    let vault = open(settings(Topology::Sentinel {
        sentinels: vec![sentinel.address()],
        name: "vault".to_owned(),
        user: None,
    }));
    let vault = vault.await;
    insert(&vault).await.unwrap();
    drop(primary);
    until_refused(&vault, &replica, "maxmemory-policy").await;
    replica.set("maxmemory-policy", "noeviction").await;
    until_taken(&vault).await;
}

async fn a_primary_that_is_new_in_a_cluster_is_checked(program: &str) {
    let nodes = Server::cluster(program).await;
    let replica = Server::cluster_replica(&nodes, &[ALWAYS, EVICTS].concat()).await;
    let vault = open(settings(Topology::Cluster(vec![nodes[1].address()]))).await;
    insert(&vault).await.unwrap();
    replica.take_over(&nodes[0]).await;
    until_refused(&vault, &replica, "maxmemory-policy").await;
    replica.set("maxmemory-policy", "noeviction").await;
    until_taken(&vault).await;

    // back at the first, whose connections were kept, and which is another by now
    nodes[0].until_info("master_link_status:up").await;
    nodes[0].set("maxmemory-policy", "allkeys-lfu").await;
    nodes[0].take_over(&replica).await;
    until_refused(&vault, &nodes[0], "maxmemory-policy").await;
}

async fn a_server_that_starts_anew_is_checked(program: &str) {
    let mut server = Server::start(program, ALWAYS).await;
    let vault = open(settings(Topology::Single(server.address()))).await;
    insert(&vault).await.unwrap();
    server.crash_and_start(&["--appendonly", "no"]).await;
    until_refused(&vault, &server, "appendonly").await;
    server.set("appendonly", "yes").await;
    until_taken(&vault).await;
}

async fn a_setting_that_is_changed_is_noticed(program: &str) {
    let server = Server::start(program, ALWAYS).await;
    let vault = open(Settings {
        recheck: Duration::ZERO,
        durability: Durability::ACKNOWLEDGED,
        ..settings(Topology::Single(server.address()))
    });
    let vault = vault.await;
    let known = record(&space("pan", "acme"), "known", Index::Unique(mac(u64::MAX)));
    vault.insert(&[known]).await.unwrap();
    for (setting, sound, unsound) in [
        ("maxmemory-policy", "noeviction", "volatile-lru"),
        ("appendonly", "yes", "no"),
        ("appendfsync", "always", "everysec"),
    ] {
        server.set(setting, unsound).await;
        until_refused(&vault, &server, setting).await;
        // a token that was there is not given out either
        let found = vault.find(&[(space("pan", "acme"), mac(u64::MAX))]).await;
        assert!(
            matches!(found, Err(StoreError::Unavailable { .. })),
            "{found:?}"
        );
        server.set(setting, sound).await;
        until_taken(&vault).await;
        let found = vault.find(&[(space("pan", "acme"), mac(u64::MAX))]).await;
        assert!(found.unwrap()[0].is_some());
    }
}

/// How often a server was asked for a command.
async fn calls(server: &Server, command: &str) -> u64 {
    let statistics: String = server.ask(cmd("INFO").arg("commandstats")).await;
    let line = format!("cmdstat_{command}:calls=");
    let of = statistics.lines().find_map(|each| each.strip_prefix(&line));
    of.map_or(0, |line| line.split(',').next().unwrap().parse().unwrap())
}

async fn what_was_found_is_relied_on_for_a_while(program: &str) {
    let server = Server::start(program, ALWAYS).await;
    let vault = open(Settings {
        recheck: Duration::from_secs(3600),
        ..settings(Topology::Single(server.address()))
    });
    let vault = vault.await;
    // both connections
    for _ in 0..2 {
        insert(&vault).await.unwrap();
    }
    let before = calls(&server, "config|get").await;
    assert!(before > 0);
    for _ in 0..20 {
        insert(&vault).await.unwrap();
    }
    assert_eq!(calls(&server, "config|get").await, before);
}

async fn how_long_a_write_waits_follows_the_server(program: &str) {
    let server = Server::start(program, ALWAYS).await;
    let vault = open(Settings {
        recheck: Duration::ZERO,
        ..settings(Topology::Single(server.address()))
    });
    let vault = vault.await;
    insert(&vault).await.unwrap();
    assert_eq!(calls(&server, "waitaof").await, 0);
    server.set("appendfsync", "everysec").await;
    if server.knows("WAITAOF").await {
        insert(&vault).await.unwrap();
        assert!(calls(&server, "waitaof").await > 0);
    } else {
        until_refused(&vault, &server, "appendfsync").await;
    }
}

//! Which servers are refused, and what accepts them.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::{Told, judge, told};
use crate::redis::{Accept, Address, Durability, Settings, Topology};
use std::sync::atomic::AtomicBool;

fn settings(durability: Durability, accept: &[Accept]) -> Settings {
    Settings {
        durability,
        accept: accept.to_vec(),
        ..Settings::new(Topology::Single(Address::new("localhost", 6379)))
    }
}

fn sound() -> Told {
    Told {
        version: Some((7, 0)),
        policy: Some("noeviction".to_owned()),
        append_only: Some(true),
        rewriting: false,
        append_fsync: Some("always".to_owned()),
        replicas: Some(0),
        primary: Some(true),
    }
}

/// A server, what each durability thinks of it, and what accepts it.
fn refused_unless(told: &Told, durability: Durability, accept: Accept) {
    judge(told, &settings(durability, &[])).unwrap_err();
    judge(told, &settings(durability, &[accept])).unwrap();
}

#[test]
fn a_sound_server_is_taken() {
    for durability in [Durability::ACKNOWLEDGED, Durability::FSYNC] {
        judge(&sound(), &settings(durability, &[])).unwrap();
    }
}

#[test]
fn each_risk_is_taken_by_name() {
    let evicts = Told {
        policy: Some("volatile-ttl".to_owned()),
        ..sound()
    };
    refused_unless(&evicts, Durability::FSYNC, Accept::Eviction);
    let forgets = Told {
        append_only: Some(false),
        ..sound()
    };
    refused_unless(&forgets, Durability::ACKNOWLEDGED, Accept::NoAppendOnly);
    let late = Told {
        append_fsync: Some("everysec".to_owned()),
        ..sound()
    };
    refused_unless(&late, Durability::ACKNOWLEDGED, Accept::LateFsync);
    let silent = Told {
        append_fsync: None,
        ..sound()
    };
    refused_unless(&silent, Durability::ACKNOWLEDGED, Accept::UnknownSettings);
    refused_unless(&silent, Durability::ACKNOWLEDGED, Accept::LateFsync);
    refused_unless(&Told::default(), Durability::FSYNC, Accept::UnknownSettings);
}

#[test]
fn fsync_needs_always_or_waitaof() {
    let everysec = |version| Told {
        version: Some(version),
        append_fsync: Some("everysec".to_owned()),
        ..sound()
    };
    let every_risk = [Accept::LateFsync, Accept::NoAppendOnly, Accept::Eviction];
    judge(&everysec((7, 0)), &settings(Durability::FSYNC, &every_risk)).unwrap_err();
    judge(&everysec((7, 2)), &settings(Durability::FSYNC, &[])).unwrap();
    let without = Told {
        append_only: Some(false),
        ..everysec((7, 2))
    };
    judge(&without, &settings(Durability::FSYNC, &every_risk)).unwrap_err();
}

#[test]
fn replicas_must_be_there() {
    let durability = Durability {
        fsync: false,
        replicas: 2,
    };
    let with = |replicas| Told {
        replicas: Some(replicas),
        append_fsync: Some("everysec".to_owned()),
        ..sound()
    };
    judge(&with(1), &settings(durability, &[])).unwrap_err();
    judge(&with(2), &settings(durability, &[])).unwrap();
}

#[test]
fn old_servers_and_replicas_are_refused() {
    let old = Told {
        version: Some((6, 2)),
        ..sound()
    };
    judge(&old, &settings(Durability::FSYNC, &[])).unwrap_err();
    let replica = Told {
        primary: Some(false),
        ..sound()
    };
    let replica = judge(&replica, &settings(Durability::FSYNC, &[])).unwrap_err();
    assert!(replica.retry_after().is_some());
}

#[test]
fn info_is_read_where_config_is_forbidden() {
    let info = "# Server\r\nredis_version:7.2.4\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\n\
                role:master\r\nconnected_slaves:3\r\n";
    let read = told(info, [].into());
    let wanted = Told {
        version: Some((7, 2)),
        append_fsync: None,
        replicas: Some(3),
        ..sound()
    };
    assert_eq!(read, wanted);
    let config = [
        ("appendonly", "no"),
        ("appendfsync", "everysec"),
        ("maxmemory-policy", "allkeys-lru"),
    ];
    let config = config.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let read = told(info, config.into());
    assert_eq!(read.append_only, Some(false));
    assert_eq!(read.append_fsync.as_deref(), Some("everysec"));
    assert_eq!(read.policy.as_deref(), Some("allkeys-lru"));
}

#[test]
fn replicas_that_nobody_waits_for_are_a_risk_where_they_may_be_promoted() {
    let durability = |replicas| Durability {
        fsync: true,
        replicas,
    };
    let told = Told {
        replicas: Some(2),
        ..sound()
    };
    let sentinel = Topology::Sentinel {
        sentinels: vec![Address::new("localhost", 26379)],
        name: "vault".to_owned(),
        user: None,
    };
    for topology in [sentinel, Topology::Cluster(Vec::new())] {
        let of = |replicas, accept: &[Accept]| Settings {
            topology: topology.clone(),
            ..settings(durability(replicas), accept)
        };
        judge(&told, &of(0, &[])).unwrap_err();
        judge(&told, &of(1, &[])).unwrap_err();
        judge(&told, &of(2, &[])).unwrap();
        judge(&told, &of(1, &[Accept::Failover])).unwrap();
    }
    judge(&told, &settings(durability(1), &[])).unwrap();
}

#[test]
fn a_replica_that_came_back_is_counted_once() {
    let info = "connected_slaves:3\r\n\
                slave0:ip=10.0.0.1,port=6379,state=online,offset=1,lag=70\r\n\
                slave1:ip=10.0.0.1,port=6379,state=online,offset=9,lag=0\r\n\
                slave2:ip=10.0.0.1,port=6380,state=online,offset=9,lag=0\r\n";
    assert_eq!(told(info, [].into()).replicas, Some(2));
    assert_eq!(told("connected_slaves:2\r\n", [].into()).replicas, Some(2));
    assert_eq!(told("role:master\r\n", [].into()).replicas, None);
}

#[test]
fn an_append_only_file_that_was_off_counts_once_it_is_rewritten() {
    let was_off = AtomicBool::new(false);
    let append_only = |on, rewriting| {
        let told = Told {
            append_only: Some(on),
            rewriting,
            ..sound()
        };
        told.remembering(&was_off).append_only
    };
    assert_eq!(
        append_only(true, true),
        Some(true),
        "it rewrites now and then"
    );
    assert_eq!(append_only(false, false), Some(false));
    assert_eq!(append_only(true, true), Some(false));
    assert_eq!(append_only(true, false), Some(true));
    assert_eq!(append_only(true, true), Some(true));
    for info in [
        "aof_rewrite_in_progress:1",
        "aof_rewrite_scheduled:1",
        "aof_last_bgrewrite_status:err",
    ] {
        assert!(told(info, [].into()).rewriting, "{info}");
    }
    let done =
        "aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0\r\naof_last_bgrewrite_status:ok\r\n";
    assert!(!told(done, [].into()).rewriting);
}

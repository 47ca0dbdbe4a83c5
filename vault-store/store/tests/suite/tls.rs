//! TLS to real servers: who is taken, and what is said of those who are not.

use crate::backends::redis_settings;
use crate::rights;
use crate::server::{Server, free_port};
use crate::support::{mac, record, space};
use authority::{Authority, Issued, text};
use redis::cmd;
use std::time::Duration;
use store::redis::{Accept, Address, ClientCertificate, Redis, Settings, Tls, Topology, User};
use store::{Index, Insertion, Reader as _, StoreError, Writer as _};

on_each!(
    a_user_over_tls_keeps_tokens,
    a_client_certificate_is_shown_where_it_is_asked_for,
    who_is_refused_is_told_what_to_do,
    files_that_cannot_be_used_are_told,
    a_cluster_is_reached_over_tls,
    sentinels_and_their_primaries_are_reached_over_tls,
);

/// A server with a port for TLS beside the plain one, by which the tests have their way with it.
struct Secured {
    authority: Authority,
    server: Server,
    port: u16,
}

fn arguments(authority: &Authority, issued: &Issued, port: u16, more: &[&str]) -> Vec<String> {
    let port = port.to_string();
    let root = authority.root();
    let all = [
        "--tls-port",
        &port,
        "--tls-ca-cert-file",
        text(&root),
        "--tls-cert-file",
        text(&issued.certificate),
        "--tls-key-file",
        text(&issued.key),
        "--appendfsync",
        "always",
    ];
    all.iter()
        .chain(more)
        .map(|each| (*each).to_owned())
        .collect()
}

fn of_client(issued: &Issued) -> ClientCertificate {
    ClientCertificate {
        certificate: std::fs::read(&issued.certificate).unwrap(),
        key: std::fs::read(&issued.key).unwrap().into(),
    }
}

async fn start(program: &str, names: &str, more: &[&str]) -> Option<Secured> {
    let authority = Authority::new();
    let issued = authority.issue("server", names);
    let port = free_port();
    let arguments = arguments(&authority, &issued, port, more);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let server = Server::with_tls(program, &arguments).await?;
    Some(Secured {
        authority,
        server,
        port,
    })
}

impl Secured {
    fn address(&self) -> Address {
        Address::new("127.0.0.1", self.port)
    }

    fn settings(&self) -> Settings {
        let topology = Topology::Single(self.address());
        Settings {
            tls: Some(self.tls()),
            timeout: Duration::from_secs(20),
            ..redis_settings(topology)
        }
    }

    fn tls(&self) -> Tls {
        Tls {
            roots: Some(self.authority.roots()),
            client: None,
        }
    }
}

const ANYBODY: &[&str] = &["--tls-auth-clients", "no"];
const LOOPBACK: &str = "IP:127.0.0.1,DNS:localhost";

async fn keeps_tokens(settings: &Settings) {
    let vault = Redis::open(settings).await.unwrap();
    let new = record(&space("pan", "acme"), "t", Index::Unique(mac(1)));
    let inserted = vault.insert(std::slice::from_ref(&new)).await.unwrap();
    assert_eq!(inserted, [Insertion::Inserted]);
}

async fn a_user_over_tls_keeps_tokens(program: &str) {
    let Some(secured) = start(program, LOOPBACK, ANYBODY).await else {
        return;
    };
    let server = &secured.server;
    for host in ["127.0.0.1", "localhost"] {
        let user = Some(rights::user(server, "gateway").await);
        let topology = Topology::Single(Address::new(host, secured.port));
        keeps_tokens(&Settings {
            user,
            topology,
            ..secured.settings()
        })
        .await;
        let user = Some(rights::user(server, "detokenize").await);
        let reader = Redis::open_reader(&Settings {
            user,
            ..secured.settings()
        });
        let key = record(&space("pan", "acme"), "t", Index::None).key;
        assert!(reader.records(&[key]).await.unwrap()[0].is_some());
        server.ask::<()>(&mut cmd("FLUSHALL")).await;
    }
}

async fn a_client_certificate_is_shown_where_it_is_asked_for(program: &str) {
    let Some(secured) = start(program, LOOPBACK, &["--tls-auth-clients", "yes"]).await else {
        return;
    };
    let refused = Redis::open(&secured.settings()).await.err().unwrap();
    assert!(
        refused.to_string().contains("`certificate` and `key`"),
        "{refused}"
    );
    let with = |authority: &Authority| {
        let client = Some(of_client(&authority.issue("gateway", "DNS:gateway")));
        let tls = Some(Tls {
            client,
            ..secured.tls()
        });
        Settings {
            tls,
            ..secured.settings()
        }
    };
    let refused = Redis::open(&with(&Authority::new())).await.err().unwrap();
    assert!(
        refused.to_string().contains("`certificate` and `key`"),
        "{refused}"
    );
    let taken = with(&secured.authority);
    keeps_tokens(&taken).await;
    assert!(!format!("{taken:?}").contains("PRIVATE"));
}

async fn who_is_refused_is_told_what_to_do(program: &str) {
    let Some(secured) = start(program, LOOPBACK, ANYBODY).await else {
        return;
    };
    let Some(misnamed) = start(program, "DNS:redis.internal", ANYBODY).await else {
        return;
    };
    let user = rights::user(&secured.server, "gateway").await;
    let of = |tls, topology, password: &str| Settings {
        tls,
        topology: Topology::Single(topology),
        user: Some(User {
            password: password.to_owned(),
            ..user.clone()
        }),
        ..secured.settings()
    };
    let foreign = Tls {
        roots: Some(Authority::new().roots()),
        client: None,
    };
    let plain = secured.server.address();
    for (settings, what_to_do) in [
        (
            of(Some(secured.tls()), secured.address(), "opensesame"),
            "correct it",
        ),
        (
            of(Some(foreign), secured.address(), "secret"),
            "as `roots` of `tls`",
        ),
        (
            of(Some(misnamed.tls()), misnamed.address(), "secret"),
            "certificate is for other names",
        ),
        (of(None, secured.address(), "secret"), "set `tls`"),
        (
            // it waits for the end of a line, and so do we
            Settings {
                timeout: Duration::from_secs(1),
                ..of(Some(secured.tls()), plain, "secret")
            },
            "remove `tls`",
        ),
    ] {
        let refused = Redis::open(&settings).await.err().unwrap();
        let said = format!("{refused} {refused:?} {settings:?}");
        assert!(said.contains(what_to_do), "{said}");
        let Topology::Single(address) = &settings.topology else {
            panic!()
        };
        assert!(
            refused.to_string().contains(&address.to_string()),
            "{refused}"
        );
        assert!(
            !said.contains("secret") && !said.contains("opensesame"),
            "{said}"
        );
    }
}

async fn files_that_cannot_be_used_are_told(program: &str) {
    let Some(secured) = start(program, LOOPBACK, ANYBODY).await else {
        return;
    };
    let one = of_client(&secured.authority.issue("one", "DNS:one"));
    let other = of_client(&secured.authority.issue("other", "DNS:other"));
    let tls = |roots: &[u8], certificate: &[u8], key: &[u8]| Tls {
        roots: Some(roots.to_owned()),
        client: Some(store::redis::ClientCertificate {
            certificate: certificate.to_owned(),
            key: key.to_owned().into(),
        }),
    };
    let roots = secured.authority.roots();
    for (tls, what) in [
        (
            tls(b"", &one.certificate, &one.key),
            "`tls: roots` holds no certificate",
        ),
        (
            tls(&roots, &one.key, &one.key),
            "`tls: certificate` holds no certificate",
        ),
        (
            tls(&roots, &one.certificate, &one.certificate),
            "`key` the private key",
        ),
        (
            tls(&roots, &one.certificate, &other.key),
            "TLS certificates cannot be used",
        ),
    ] {
        let settings = Settings {
            tls: Some(tls),
            ..secured.settings()
        };
        let refused = Redis::open(&settings).await.err().unwrap();
        assert!(matches!(refused, StoreError::Settings(_)), "{refused}");
        assert!(refused.to_string().contains(what), "{refused}");
    }
}

/// A cluster of one node, which tells its TLS port to those who ask over TLS.
async fn a_cluster_is_reached_over_tls(program: &str) {
    let cluster = [
        ANYBODY,
        &["--cluster-enabled", "yes", "--tls-cluster", "yes"],
    ]
    .concat();
    let Some(secured) = start(program, LOOPBACK, &cluster).await else {
        return;
    };
    let mut add = cmd("CLUSTER");
    add.arg("ADDSLOTSRANGE").arg(0).arg(16383);
    secured.server.ask::<()>(&mut add).await;
    loop {
        let info: String = secured.server.ask(cmd("CLUSTER").arg("INFO")).await;
        if info.contains("cluster_state:ok") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let user = Some(rights::user(&secured.server, "gateway").await);
    let topology = Topology::Cluster(vec![secured.address()]);
    keeps_tokens(&Settings {
        user,
        topology,
        ..secured.settings()
    })
    .await;
}

/// A primary and a replica that is promoted, with a sentinel that knows them by their TLS ports, and
/// us by a user of its own.
async fn sentinels_and_their_primaries_are_reached_over_tls(program: &str) {
    let replication = [
        ANYBODY,
        &[
            "--tls-replication",
            "yes",
            "--repl-diskless-sync-delay",
            "0",
        ],
    ];
    let Some(primary) = start(program, LOOPBACK, &replication.concat()).await else {
        return;
    };
    let issued = primary.authority.issue("replica", LOOPBACK);
    let of = primary.port.to_string();
    let more = [
        &replication.concat()[..],
        &["--replicaof", "127.0.0.1", &of],
    ]
    .concat();
    let replica = arguments(&primary.authority, &issued, free_port(), &more);
    let replica: Vec<_> = replica.iter().map(String::as_str).collect();
    let replica = Server::start(program, &replica).await;
    replica.until_info("master_link_status:up").await;

    let issued = primary.authority.issue("sentinel", LOOPBACK);
    let port = free_port();
    let rules = rights::documented(&replica, "sentinel").await.join(" ");
    let root = primary.authority.root();
    let lines = format!(
        "tls-port {port}\ntls-replication yes\ntls-auth-clients no\ntls-ca-cert-file {}\n\
         tls-cert-file {}\ntls-key-file {}\nuser veilgate on >of-sentinels {rules}",
        text(&root),
        text(&issued.certificate),
        text(&issued.key),
    );
    let sentinel = Server::sentinel_of(program, primary.port, &lines).await;
    sentinel.until_info("slaves=1").await;
    let user = |password: &str| User {
        name: "veilgate".to_owned(),
        password: password.to_owned(),
    };
    let base = primary.settings();
    let settings = |password| Settings {
        topology: Topology::Sentinel {
            sentinels: vec![Address::new("localhost", port)],
            name: "vault".to_owned(),
            user: Some(user(password)),
        },
        accept: vec![Accept::Failover],
        ..base.clone()
    };
    let refused = Redis::open(&settings("wrong")).await.err().unwrap();
    assert!(
        refused.to_string().contains(&format!("localhost:{port}")),
        "{refused}"
    );
    assert!(!refused.to_string().contains("wrong"), "{refused}");
    let vault = Redis::open(&settings("of-sentinels")).await.unwrap();
    let new = |token: &str| [record(&space("pan", "acme"), token, Index::None)];
    vault.insert(&new("before")).await.unwrap();

    drop(primary);
    for number in 0.. {
        let number = number.to_string();
        match vault.insert(&new(&number)).await {
            Ok(_) => break,
            Err(error) => assert!(error.retry_after().is_some(), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    replica.until_info("role:master").await;
}

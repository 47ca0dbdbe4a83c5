//! The ACL users that docs/vault.md lists: each may do all that its role does, and no right is one too
//! many.

use crate::backends::{on, redis_settings};
use crate::server::Server;
use crate::support::{expiring, in_an_hour, key, mac, record, space};
use redis::cmd;
use std::time::Duration;
use store::redis::{Durability, Redis, Settings, Topology, User};
use store::{
    DataKeyId, Erasure, Index, Insertion, Keeper as _, Layer as _, Reader as _, Renewal, Result,
    StoreError, Writer as _,
};

on_each!(
    the_gateway_s_user_writes_records_and_cannot_read_them,
    the_gateway_s_user_has_no_right_too_many,
    the_detokenize_service_s_user_reads_and_has_no_right_too_many,
    the_operator_s_user_has_no_right_too_many,
);

const ALWAYS: &[&str] = &["--appendfsync", "always"];

/// The rules of a user that the documentation lists, without the placeholder of its password. Redis
/// before 7.2 is to be spared `+waitaof`.
pub(crate) async fn documented(server: &Server, name: &str) -> Vec<String> {
    let page = include_str!("../../../../docs/vault.md");
    let head = format!("user {name} on #HASH ");
    let rules = page.lines().find_map(|line| line.strip_prefix(&head));
    let rules = rules.expect("docs/vault.md lists this user").split(' ');
    let waitaof = server.knows("WAITAOF").await;
    let rules = rules.filter(|rule| waitaof || *rule != "+waitaof");
    rules.map(str::to_owned).collect()
}

pub(crate) async fn user(server: &Server, name: &str) -> User {
    let rules = documented(server, name).await;
    server.user(name, &rules.join(" ")).await
}

/// Sees that a user's work is done with all of its rights, and not once one of them is left out, but
/// for those that only other servers need.
async fn each_is_needed(
    server: &Server,
    name: &str,
    elsewhere: &[&str],
    work: impl AsyncFn(User) -> Result<()>,
) {
    let rules = documented(server, name).await;
    work(server.user(name, &rules.join(" ")).await)
        .await
        .unwrap();
    for left_out in rules.iter().filter(|rule| !elsewhere.contains(&&***rule)) {
        let others = rules.iter().filter(|rule| *rule != left_out);
        let others: Vec<_> = others.cloned().collect();
        let user = server.user(name, &others.join(" ")).await;
        let refused = work(user).await.expect_err(left_out);
        let said = refused.to_string();
        assert!(!said.contains("secret"), "{said}");
        server.ask::<()>(&mut cmd("FLUSHALL")).await;
    }
}

/// All that a gateway does.
async fn gateway(vault: &Redis) -> Result<()> {
    let space = space("pan", "acme");
    for _again in 0..2 {
        vault.put_data_key(DataKeyId([1; 16]), b"head").await?;
    }
    let many = expiring(record(&space, "many", Index::Many(mac(1))), in_an_hour());
    let one = expiring(record(&space, "one", Index::Unique(mac(1))), in_an_hour());
    vault
        .insert(&[record(&space, "none", Index::None), many, one])
        .await?;
    let mut hit = expiring(record(&space, "two", Index::Unique(mac(1))), in_an_hour());
    hit.renew = true;
    vault.insert(&[hit]).await?;
    let forever = Renewal {
        space: space.clone(),
        mac: mac(1),
        expires: None,
    };
    let renewed = vault.renew(&[forever]).await?;
    assert!(
        renewed[0]
            .as_ref()
            .is_some_and(|found| found.expires.is_none())
    );
    let taken = vault
        .taken(&[key(&space, "one"), key(&space, "two")])
        .await?;
    assert_eq!(taken, [true, false]);
    Ok(())
}

async fn the_gateway_s_user_writes_records_and_cannot_read_them(program: &str) {
    let server = Server::start(program, ALWAYS).await;
    let vault = on(server.address(), Some(user(&server, "gateway").await)).await;
    gateway(&vault).await.unwrap();
    let space = space("pan", "acme");
    let again = vault
        .insert(&[record(&space, "none", Index::None)])
        .await
        .unwrap();
    assert_eq!(again, [Insertion::Collision]);
    assert!(vault.find(&[(space.clone(), mac(1))]).await.unwrap()[0].is_some());
    let refused = vault.records(&[key(&space, "one")]).await;
    assert!(
        matches!(refused, Err(StoreError::Settings(_))),
        "{refused:?}"
    );
}

/// A primary and a replica, so that `WAIT` is used, and `WAITAOF` where there is one.
async fn the_gateway_s_user_has_no_right_too_many(program: &str) {
    let primary = [ALWAYS, &["--repl-diskless-sync-delay", "0"]].concat();
    let primary = Server::start(program, &primary).await;
    let waitaof = primary.knows("WAITAOF").await;
    if waitaof {
        primary.set("appendfsync", "everysec").await;
    }
    let replica = Server::replica(program, &primary).await;
    let settings = Settings {
        durability: Durability {
            fsync: true,
            replicas: 1,
        },
        connections: 1,
        timeout: Duration::from_secs(10),
        ..redis_settings(Topology::Single(primary.address()))
    };
    // with WAITAOF it need not be known when the server syncs
    let elsewhere: &[&str] = match waitaof {
        true => &["+cluster|slots", "+config|get"],
        false => &["+cluster|slots"],
    };
    let work = async |user| {
        let user = Some(user);
        gateway(
            &Redis::open(&Settings {
                user,
                ..settings.clone()
            })
            .await?,
        )
        .await
    };
    each_is_needed(&primary, "gateway", elsewhere, work).await;
    drop(replica);
}

async fn the_detokenize_service_s_user_reads_and_has_no_right_too_many(program: &str) {
    let server = Server::start(program, ALWAYS).await;
    let settings = redis_settings(Topology::Single(server.address()));
    let space = space("pan", "acme");
    let work = async |user| {
        gateway(&on(server.address(), None).await).await?;
        let user = Some(user);
        let reader = Redis::open_reader(&Settings {
            user,
            ..settings.clone()
        });
        let read = reader
            .records(&[key(&space, "one"), key(&space, "two")])
            .await?;
        assert!(read[0].is_some() && read[1].is_none());
        let heads = reader.data_keys(&[DataKeyId([1; 16])]).await?;
        assert!(heads[0].is_some());
        let refused = reader.find(&[(space.clone(), mac(1))]).await;
        assert!(
            matches!(refused, Err(StoreError::Settings(_))),
            "{refused:?}"
        );
        Ok(())
    };
    each_is_needed(&server, "detokenize", &["+cluster|slots"], work).await;
}

async fn the_operator_s_user_has_no_right_too_many(program: &str) {
    let server = Server::start(program, ALWAYS).await;
    let mut elsewhere = vec!["+cluster|slots", "+wait", "+waitaof"];
    if server.knows("WAITAOF").await {
        elsewhere.push("+config|get");
    }
    let work = async |user| {
        let vault = on_or_refused(&server, user).await?;
        gateway(&vault).await?;
        let mut cursor = None;
        loop {
            let page = vault.export(cursor.as_ref(), 100).await?;
            vault.import(&page.items).await?;
            let Some(next) = page.next else { break };
            cursor = Some(next);
        }
        assert_eq!(vault.statistics().await?[0].records, 3);
        let space = space("pan", "acme");
        let erased = vault.erase(&Erasure::Value(space.clone(), mac(1))).await?;
        assert_eq!(erased.records, 2);
        vault.erase(&Erasure::Token(key(&space, "none"))).await?;
        vault
            .insert(&[record(&space, "many", Index::Many(mac(1)))])
            .await?;
        vault.sweep().await?;
        vault.erase(&Erasure::Tenant("acme".into())).await?;
        assert!(vault.statistics().await?.is_empty());
        Ok(())
    };
    each_is_needed(&server, "operator", &elsewhere, work).await;
}

async fn on_or_refused(server: &Server, user: User) -> Result<Redis> {
    let settings = redis_settings(Topology::Single(server.address()));
    let user = Some(user);
    Redis::open(&Settings { user, ..settings }).await
}

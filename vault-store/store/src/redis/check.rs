//! What is read of a server before it is trusted: whether it could lose what it acknowledged.

use super::node::Node;
use super::settings::{Accept, Durability, Settings, Topology};
use crate::{StoreError, roles::Result};
use ::redis::{FromRedisValue as _, Value, cmd};
use std::collections::HashMap;

/// What a server says of itself; `None` for what it does not tell.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Told {
    version: Option<(u32, u32)>,
    policy: Option<String>,
    append_only: Option<bool>,
    append_fsync: Option<String>,
    replicas: Option<u32>,
    primary: Option<bool>,
}

/// Asks a server, and refuses it where it could lose tokens that it acknowledged and nobody accepted
/// that. Returns whether it syncs each write before it answers.
pub(super) async fn check(node: &Node, settings: &Settings) -> Result<bool> {
    let told = ask(node).await?;
    judge(&told, settings)?;
    Ok(told.append_only == Some(true) && told.append_fsync.as_deref() == Some("always"))
}

async fn ask(node: &Node) -> Result<Told> {
    let mut config = cmd("CONFIG");
    config.arg("GET").arg("append*").arg("maxmemory-policy");
    let answers = node.send(vec![cmd("INFO"), config]).await?;
    let mut answers = answers.into_iter();
    let info = answers
        .next()
        .and_then(|info| String::from_redis_value(info).ok());
    let config = answers
        .next()
        .filter(|answer| !matches!(answer, Value::ServerError(_)));
    let config = config.and_then(|map| HashMap::from_redis_value(map).ok());
    Ok(told(&info.unwrap_or_default(), config.unwrap_or_default()))
}

/// Reads `INFO` and, where the server answers it, `CONFIG GET`, which knows more.
fn told(info: &str, mut config: HashMap<String, String>) -> Told {
    let info: HashMap<_, _> = info
        .lines()
        .filter_map(|line| line.split_once(':'))
        .collect();
    let of_info = |name| info.get(name).map(|value| value.trim().to_owned());
    let version = of_info("redis_version").and_then(|version| {
        let mut parts = version.split('.').map(str::parse);
        Some((parts.next()?.ok()?, parts.next()?.ok()?))
    });
    let append_only = config.remove("appendonly").map(|value| value == "yes");
    Told {
        version,
        policy: config
            .remove("maxmemory-policy")
            .or_else(|| of_info("maxmemory_policy")),
        append_only: append_only.or_else(|| of_info("aof_enabled").map(|value| value == "1")),
        append_fsync: config.remove("appendfsync"),
        replicas: of_info("connected_slaves").and_then(|count| count.parse().ok()),
        primary: of_info("role").map(|role| role == "master"),
    }
}

fn judge(told: &Told, settings: &Settings) -> Result<()> {
    let accepts = |risk| settings.accept.contains(&risk);
    let refuse = |why: &'static str| Err(StoreError::Settings(why.into()));
    let unknown = [
        told.version.is_none(),
        told.policy.is_none(),
        told.append_only.is_none(),
        told.primary.is_none(),
    ];
    if unknown.contains(&true) && !accepts(Accept::UnknownSettings) {
        return refuse(
            "Redis does not tell its settings: grant its user INFO, or accept unknown-settings",
        );
    }
    if told.version.is_some_and(|version| version < (7, 0)) {
        return refuse("Redis is older than 7.0: update it");
    }
    if told.primary == Some(false) {
        // sentinels and clusters may be about to say otherwise
        return Err(StoreError::unavailable("this Redis server is a replica"));
    }
    let evicts = told
        .policy
        .as_deref()
        .is_some_and(|policy| policy != "noeviction");
    if evicts && !accepts(Accept::Eviction) {
        return refuse(
            "Redis may evict records: set `maxmemory-policy noeviction`, or accept eviction",
        );
    }
    if told.append_only == Some(false) && !accepts(Accept::NoAppendOnly) {
        return refuse(
            "Redis has no append-only file: set `appendonly yes`, or accept no-append-only",
        );
    }
    judge_sync(told, settings)?;
    let wanted = settings.durability.replicas;
    if told.replicas.is_some_and(|connected| connected < wanted) {
        return refuse("Redis has fewer replicas connected than durability asks for: connect more");
    }
    // any of them may be promoted, also the one that was not waited for
    let fails_over = !matches!(settings.topology, Topology::Single(_));
    let beyond = told.replicas.is_some_and(|connected| connected > wanted);
    if fails_over && beyond && !accepts(Accept::Failover) {
        return refuse(
            "a replica that writes do not wait for may be promoted: set durability's `replicas` to how many there are, or accept failover",
        );
    }
    Ok(())
}

fn judge_sync(told: &Told, settings: &Settings) -> Result<()> {
    let refuse = |why: &'static str| Err(StoreError::Settings(why.into()));
    let Durability { fsync, replicas } = settings.durability;
    let always = told.append_fsync.as_deref() == Some("always");
    if fsync && told.append_only == Some(false) {
        return refuse(
            "durability is fsync, and Redis has no append-only file: set `appendonly yes`",
        );
    }
    if fsync && !always && told.version.is_some_and(|version| version < (7, 2)) {
        return refuse(
            "durability is fsync, which Redis before 7.2 offers with `appendfsync always` only: set that, and let us read it by CONFIG GET, or update Redis",
        );
    }
    let late = !always && !fsync && replicas == 0 && told.append_only != Some(false);
    if !late || settings.accept.contains(&Accept::LateFsync) {
        return Ok(());
    }
    match &told.append_fsync {
        None if settings.accept.contains(&Accept::UnknownSettings) => Ok(()),
        None => refuse(
            "Redis does not tell `appendfsync`: grant its user CONFIG GET, or accept late-fsync",
        ),
        Some(_) => refuse(
            "Redis syncs after it acknowledges: set `appendfsync always`, ask durability fsync or replicas, or accept late-fsync",
        ),
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;

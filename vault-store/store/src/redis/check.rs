//! What is read of a server before it is trusted: whether it could lose what it acknowledged.

use super::fault;
use super::settings::{Accept, Durability, Settings, Topology};
use crate::{StoreError, roles::Result};
use ::redis::{Cmd, FromRedisValue as _, Value, cmd};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};

/// What a server says of itself; `None` for what it does not tell.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Told {
    version: Option<(u32, u32)>,
    policy: Option<String>,
    append_only: Option<bool>,
    /// Whether the append-only file is being written anew, or could not be.
    rewriting: bool,
    append_fsync: Option<String>,
    replicas: Option<u32>,
    primary: Option<bool>,
}

/// A server that may keep tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sound {
    /// Whether it syncs each write before it answers: no command need wait for that.
    pub(super) synced: bool,
}

/// What a server is asked of itself.
pub(super) fn questions() -> Vec<Cmd> {
    let mut config = cmd("CONFIG");
    config.arg("GET").arg("append*").arg("maxmemory-policy");
    vec![cmd("INFO"), config]
}

/// What it answered.
pub(super) fn answered(answers: Vec<Value>) -> Result<Told> {
    let mut answers = answers.into_iter();
    let info = match answers.next() {
        Some(Value::ServerError(error)) if error.code() != "NOPERM" => {
            return Err(fault::server(&error));
        }
        info => info.and_then(|info| String::from_redis_value(info).ok()),
    };
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
        rewriting: ["aof_rewrite_in_progress", "aof_rewrite_scheduled"]
            .iter()
            .any(|name| of_info(name).is_some_and(|value| value == "1"))
            || of_info("aof_last_bgrewrite_status").is_some_and(|value| value != "ok"),
        append_fsync: config.remove("appendfsync"),
        replicas: replicas(&info),
        primary: of_info("role").map(|role| role == "master"),
    }
}

impl Told {
    /// A server whose append-only file was off has none that outlives it before that was rewritten:
    /// `CONFIG SET appendonly yes` only begins to. `was_off` remembers it from one check to the next.
    pub(super) fn remembering(mut self, was_off: &AtomicBool) -> Self {
        match self.append_only {
            Some(false) => was_off.store(true, Ordering::Relaxed),
            _ if !self.rewriting => was_off.store(false, Ordering::Relaxed),
            _ if was_off.load(Ordering::Relaxed) => self.append_only = Some(false),
            _ => {}
        }
        self
    }
}

/// How many replicas are connected: one that came back before its old connection was given up is
/// listed twice.
fn replicas(info: &HashMap<&str, &str>) -> Option<u32> {
    let count: u32 = info.get("connected_slaves")?.trim().parse().ok()?;
    let listed = (0..count).filter_map(|number| info.get(&*format!("slave{number}")));
    let listed: Vec<_> = listed.collect();
    let address = |line: &&str| -> Option<(String, String)> {
        let mut parts = line.split(',');
        Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
    };
    let twice = listed.len()
        - listed
            .iter()
            .map(|line| address(line))
            .collect::<HashSet<_>>()
            .len();
    Some(count - u32::try_from(twice).unwrap_or(0))
}

/// Refuses a server where it could lose tokens that it acknowledged and nobody accepted that.
pub(super) fn judge(told: &Told, settings: &Settings) -> Result<Sound> {
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
            "Redis has no append-only file, or still writes its first: set `appendonly yes`, or accept no-append-only",
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
    let synced = told.append_only == Some(true) && told.append_fsync.as_deref() == Some("always");
    Ok(Sound { synced })
}

fn judge_sync(told: &Told, settings: &Settings) -> Result<()> {
    let refuse = |why: &'static str| Err(StoreError::Settings(why.into()));
    let Durability { fsync, replicas } = settings.durability;
    let always = told.append_fsync.as_deref() == Some("always");
    if fsync && told.append_only == Some(false) {
        return refuse(
            "durability is fsync, and Redis has no append-only file, or still writes its first: set `appendonly yes`",
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

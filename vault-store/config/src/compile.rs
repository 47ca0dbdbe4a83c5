//! From YAML to a [`VaultConfig`].

use crate::{Backend, Cache, ClientFiles, RedisConfig, Servers, TlsFiles, VaultConfig, raw};
use policies::units::Span;
use policies::yaml::{Report, Spanned};
use policies::{Code, Place};
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::redis::{Accept, Address, Durability};

const TIMEOUT: Duration = Duration::from_secs(5);
const ACCEPTED: [(&str, Accept); 5] = [
    ("eviction", Accept::Eviction),
    ("no-append-only", Accept::NoAppendOnly),
    ("late-fsync", Accept::LateFsync),
    ("failover", Accept::Failover),
    ("unknown-settings", Accept::UnknownSettings),
];

/// Compiles the section; paths in it are joined to `folder`. `None` when something is wrong, which is
/// then in the report.
pub fn compile(
    report: &mut Report<'_>,
    folder: &Path,
    raw: &Spanned<raw::Vault>,
) -> Option<VaultConfig> {
    let cache = cache(report, &raw.value.cache);
    let given = (raw.value.sqlite.as_ref(), raw.value.redis.as_ref());
    let new = backend(report, folder, raw.into(), given);
    let previous = raw.value.previous.as_ref().map(|previous| {
        let given = (
            previous.value.sqlite.as_ref(),
            previous.value.redis.as_ref(),
        );
        let compiled = backend(report, folder, previous.into(), given);
        if compiled.is_some() && compiled == new {
            let message = "the vault takes over from itself";
            let help = "name the backend that was there before, or remove `previous`";
            report.error(Code::Conflict, previous, message, help);
        }
        compiled
    });
    Some(VaultConfig {
        backend: new?,
        previous: match previous {
            Some(previous) => Some(previous?),
            None => None,
        },
        cache: cache?,
    })
}

type Given<'a> = (
    Option<&'a Spanned<raw::Sqlite>>,
    Option<&'a Spanned<raw::Redis>>,
);

fn backend(
    report: &mut Report<'_>,
    folder: &Path,
    place: Place,
    given: Given<'_>,
) -> Option<Backend> {
    match given {
        (Some(sqlite), None) => Some(Backend::Sqlite {
            file: folder.join(&sqlite.value.file.value),
            timeout: timeout(report, sqlite.value.timeout.as_ref())?,
        }),
        (None, Some(redis)) => {
            redis_config(report, folder, redis).map(|redis| Backend::Redis(Box::new(redis)))
        }
        (None, None) => {
            let help = "write `sqlite: { file: vault.db }`, or `redis:` with a server";
            report.error(Code::MissingField, place, "the vault has no backend", help);
            None
        }
        (Some(_), Some(redis)) => {
            let message = "a vault has one backend, and here are two";
            let help = "remove one of them; one that it takes over from stands under `previous`";
            report.error(Code::Conflict, redis, message, help);
            None
        }
    }
}

fn cache(report: &mut Report<'_>, raw: &raw::Cache) -> Option<Cache> {
    let default = Cache::default();
    let longest = match &raw.longest {
        None => Some(default.longest),
        Some(span) => within(report, span, Duration::ZERO, Duration::from_secs(3600)),
    };
    Some(Cache {
        tokens: raw
            .tokens
            .as_ref()
            .map_or(default.tokens, |each| each.value),
        longest: longest?,
    })
}

fn timeout(report: &mut Report<'_>, raw: Option<&Spanned<Span>>) -> Option<Duration> {
    let Some(raw) = raw else { return Some(TIMEOUT) };
    within(
        report,
        raw,
        Duration::from_millis(10),
        Duration::from_secs(60),
    )
}

fn within(
    report: &mut Report<'_>,
    raw: &Spanned<Span>,
    least: Duration,
    most: Duration,
) -> Option<Duration> {
    let span = Duration::from(raw.value);
    if (least..=most).contains(&span) {
        return Some(span);
    }
    let help = format!("write {} to {}", Span(least), Span(most));
    report.error(Code::OutOfRange, raw, "outside its range", help);
    None
}

fn redis_config(
    report: &mut Report<'_>,
    folder: &Path,
    raw: &Spanned<raw::Redis>,
) -> Option<RedisConfig> {
    let redis = &raw.value;
    let servers = servers(report, folder, raw);
    let accept: Vec<_> = redis
        .accept
        .iter()
        .map(|risk| accepted(report, risk))
        .collect();
    let timeout = timeout(report, redis.timeout.as_ref());
    let connections = number(report, redis.connections.as_ref(), 1, 256, 8);
    let replicas = number(report, redis.durability.replicas.as_ref(), 0, 16, 0);
    let tls = redis.tls.as_ref().map(|raw| tls(report, folder, raw));
    Some(RedisConfig {
        servers: servers?,
        user: redis.user.clone(),
        password: path(folder, redis.password_file.as_ref()),
        tls: match tls {
            Some(tls) => Some(tls?),
            None => None,
        },
        durability: Durability {
            fsync: redis.durability.fsync.unwrap_or(true),
            replicas: u32::try_from(replicas?).unwrap_or(u32::MAX),
        },
        accept: accept.into_iter().collect::<Option<_>>()?,
        timeout: timeout?,
        connections: usize::try_from(connections?).unwrap_or(1),
    })
}

fn tls(report: &mut Report<'_>, folder: &Path, raw: &Spanned<raw::Tls>) -> Option<TlsFiles> {
    let tls = &raw.value;
    let certificate = path(folder, tls.certificate.as_ref());
    let key = path(folder, tls.key.as_ref());
    let client = match (certificate, key) {
        (Some(certificate), Some(key)) => Some(ClientFiles { certificate, key }),
        (None, None) => None,
        _ => {
            let message = "`certificate` and `key` need each other";
            let help = "name the files of both, or remove the one: `tls: { certificate: gateway.pem, key: gateway.key }`";
            report.error(Code::MissingField, raw, message, help);
            return None;
        }
    };
    Some(TlsFiles {
        roots: path(folder, tls.roots.as_ref()),
        client,
    })
}

fn servers(report: &mut Report<'_>, folder: &Path, raw: &Spanned<raw::Redis>) -> Option<Servers> {
    let redis = &raw.value;
    match (&redis.server, &redis.sentinel, &redis.cluster) {
        (Some(server), None, None) => address(report, server).map(Servers::Single),
        (None, Some(sentinel), None) => Some(Servers::Sentinel {
            sentinels: addresses(report, &sentinel.value.sentinels)?,
            name: sentinel.value.name.clone(),
            user: sentinel.value.user.clone(),
            password: path(folder, sentinel.value.password_file.as_ref()),
        }),
        (None, None, Some(nodes)) => addresses(report, nodes).map(Servers::Cluster),
        _ => {
            let message = "one of `server`, `sentinel` and `cluster` says where Redis is";
            let help = "write `server: host:6379`, `cluster: [host:6379]`, or `sentinel: { name: vault, sentinels: [host:26379] }`";
            report.error(Code::Conflict, raw, message, help);
            None
        }
    }
}

fn addresses(report: &mut Report<'_>, raw: &Spanned<Vec<Spanned<String>>>) -> Option<Vec<Address>> {
    if raw.value.is_empty() {
        let help = "write at least one: `[host:6379]`";
        report.error(Code::Setting, raw, "there is no address", help);
        return None;
    }
    let addresses: Vec<_> = raw.value.iter().map(|each| address(report, each)).collect();
    addresses.into_iter().collect()
}

fn address(report: &mut Report<'_>, raw: &Spanned<String>) -> Option<Address> {
    let parts = raw.value.rsplit_once(':');
    let found = parts.and_then(|(host, port)| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = port.parse().ok().filter(|port| *port > 0)?;
        (!host.is_empty()).then(|| Address::new(host, port))
    });
    if found.is_none() {
        let help = "write a host and a port: `redis.internal:6379`, `[::1]:6379`";
        report.error(Code::Setting, raw, "not an address", help);
    }
    found
}

fn accepted(report: &mut Report<'_>, raw: &Spanned<String>) -> Option<Accept> {
    let found = ACCEPTED.iter().find(|(name, _)| *name == raw.value);
    if found.is_none() {
        let names: Vec<_> = ACCEPTED
            .iter()
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        let message = format!("`{}` is no risk that can be accepted", raw.value);
        let help = format!("write {}", names.join(", "));
        report.error(Code::WrongValue, raw, message, help);
    }
    found.map(|(_, accept)| *accept)
}

fn number(
    report: &mut Report<'_>,
    raw: Option<&Spanned<u64>>,
    least: u64,
    most: u64,
    default: u64,
) -> Option<u64> {
    let Some(raw) = raw else { return Some(default) };
    if (least..=most).contains(&raw.value) {
        return Some(raw.value);
    }
    let help = format!("write {least} to {most}");
    report.error(Code::OutOfRange, raw, "outside its range", help);
    None
}

fn path(folder: &Path, raw: Option<&Spanned<String>>) -> Option<PathBuf> {
    raw.map(|path| folder.join(&path.value))
}

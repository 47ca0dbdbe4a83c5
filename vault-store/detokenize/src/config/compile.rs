//! From YAML to a [`Config`].

mod policies;

use super::{AuditTarget, Cache, Config, Limits, raw};
use ::policies::units::{Size, Span};
use ::policies::yaml::{Report, Source, Spanned, check_version};
use ::policies::{Code, Diagnostics, KeyRing, Place, Severity};
use service::{Tls, TlsFiles};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use unseal::{CacheSettings, ChooseRole, ClaimRole, EdgeKey, TrustedIssuer};
use zeroize::Zeroizing;

const FILE_HELP: &str =
    "name a file that is there and can be read; paths are relative to this file";
const COUNT: RangeInclusive<u64> = 1..=10_000_000;

pub(super) fn read(path: &Path) -> Result<Config, Diagnostics> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|cause| {
        let message = format!("the file cannot be read: {cause}");
        let help = "name a file that is there and can be read";
        let source = Source::new(&file, "");
        source.diagnostic(Severity::Error, Code::File, Place::START, message, help)
    })?;
    compile(&file, &text)
}

pub(super) fn compile(file: &str, text: &str) -> Result<Config, Diagnostics> {
    let source = Source::new(file, text);
    let raw: raw::Detokenize = source.parse()?;
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let mut report = source.report();
    check_version(&mut report, &raw.version);
    let listen = address(&mut report, &raw.listen);
    let tls = raw
        .tls
        .as_ref()
        .and_then(|named| tls(&mut report, folder, named));
    let admin = raw
        .admin
        .as_ref()
        .and_then(|admin| address(&mut report, admin));
    let ring = key_ring(&mut report, folder, &raw.keys)?;
    let edge_keys = edge_keys(&mut report, folder, &raw.edge_keys);
    let vault = raw.vault.as_ref();
    let vault = vault.and_then(|vault| vault_config::compile(&mut report, folder, vault));
    let callers = callers(&mut report, &raw.callers);
    let cache = cache(&mut report, &raw.cache);
    let audit = audit(&mut report, folder, &raw);
    let limits = limits(&mut report, &raw.limits);
    let policies = policies::read(&mut report, folder, ring.as_ref(), limits.token, &raw)?;
    let ((), mut warnings) = report.finish(())?;
    // With the report empty of errors, both are there; the places where they could be missing
    // have reported it.
    let (Some(listen), Some(ring)) = (listen, ring) else {
        let message = "the configuration is not complete";
        let place = Place::from(&raw.listen);
        return Err(source
            .diagnostic(
                Severity::Error,
                Code::Setting,
                place,
                message,
                "see the reference",
            )
            .into());
    };
    warnings.extend(ring.warnings().iter().cloned());
    warnings.extend(policies.warnings);
    Ok(Config {
        listen,
        tls,
        admin,
        ring,
        policies: policies.read,
        vault,
        edge_keys,
        callers,
        cache,
        audit,
        limits,
        warnings,
    })
}

fn address(report: &mut Report<'_>, given: &Spanned<String>) -> Option<SocketAddr> {
    let address = given.value.parse().ok();
    if address.is_none() {
        let help =
            "write an IP address and a port, such as `127.0.0.1:8090`; port 0 takes a free one";
        report.error(Code::Setting, given, "not an address to listen on", help);
    }
    address
}

fn tls(report: &mut Report<'_>, folder: &Path, named: &Spanned<TlsFiles>) -> Option<Arc<Tls>> {
    match Tls::read(named.value.in_folder(folder)) {
        Ok(tls) => Some(Arc::new(tls)),
        Err(error) => {
            let help = "name PEM files: the certificate with those between it and a root, and its private key";
            report.error(Code::File, named, error.to_string(), help);
            None
        }
    }
}

fn key_ring(
    report: &mut Report<'_>,
    folder: &Path,
    named: &Spanned<String>,
) -> Result<Option<KeyRing>, Diagnostics> {
    let path = folder.join(&named.value);
    match std::fs::read_to_string(&path) {
        Ok(text) => ::policies::compile_key_ring(&path.display().to_string(), &text).map(Some),
        Err(cause) => {
            unreadable(report, named, &path, &cause);
            Ok(None)
        }
    }
}

fn unreadable(
    report: &mut Report<'_>,
    named: &Spanned<String>,
    path: &Path,
    cause: &std::io::Error,
) {
    let message = format!("`{}` cannot be read: {cause}", path.display());
    report.error(Code::File, named, message, FILE_HELP);
}

fn edge_keys(
    report: &mut Report<'_>,
    folder: &Path,
    files: &Spanned<Vec<Spanned<String>>>,
) -> Vec<EdgeKey> {
    if files.value.is_empty() {
        let help = "write `edge_keys: [edge.key]`, the gateways' files of 64 hexadecimal digits";
        report.error(Code::Setting, files, "there is no edge key", help);
    }
    let mut keys = Vec::new();
    for named in &files.value {
        let path = folder.join(&named.value);
        match std::fs::read_to_string(&path).map(Zeroizing::new) {
            Ok(text) => match EdgeKey::from_hex(&text) {
                Ok(key) => keys.push(key),
                Err(_) => {
                    let message = format!("`{}` is not an edge key", path.display());
                    let help = "the file must hold 32 bytes as 64 hexadecimal digits";
                    report.error(Code::File, named, message, help);
                }
            },
            Err(cause) => unreadable(report, named, &path, &cause),
        }
    }
    keys
}

fn callers(report: &mut Report<'_>, given: &Spanned<Vec<raw::Caller>>) -> Vec<TrustedIssuer> {
    if given.value.is_empty() {
        let help = "name at least one issuer and the role that its callers are to have";
        report.error(Code::Setting, given, "there is no caller", help);
    }
    let compiled = given.value.iter().filter_map(|caller| {
        let role = choose_role(report, caller)?;
        let audience = caller
            .audience
            .as_ref()
            .map(|audience| audience.value.clone());
        Some(TrustedIssuer {
            issuer: caller.issuer.value.clone(),
            audience,
            role,
        })
    });
    compiled.collect()
}

fn choose_role(report: &mut Report<'_>, caller: &raw::Caller) -> Option<ChooseRole> {
    match (&caller.role, &caller.roles) {
        (Some(role), None) => {
            check_role(report, role);
            Some(ChooseRole::Always(role.value.clone()))
        }
        (None, Some(roles)) if !roles.value.is_empty() => {
            let by_claim = roles.value.iter().map(|each| {
                check_role(report, &each.role);
                ClaimRole {
                    claim: each.claim.value.clone(),
                    value: each.value.value.clone(),
                    role: each.role.value.clone(),
                }
            });
            Some(ChooseRole::ByClaim(by_claim.collect()))
        }
        (role, _) => {
            let message = if role.is_some() {
                "both `role` and `roles`"
            } else {
                "no role"
            };
            let help = "write `role: arn:…` for all of the issuer's callers, or `roles: [{ claim: groups, value: support, role: arn:… }]`";
            report.error(Code::Conflict, &caller.issuer, message, help);
            None
        }
    }
}

fn check_role(report: &mut Report<'_>, role: &Spanned<String>) {
    let parts: Vec<_> = role.value.splitn(6, ':').collect();
    let role_arn =
        matches!(parts.as_slice(), ["arn", _, "iam", _, _, name] if name.starts_with("role/"));
    if !role_arn {
        let help = "write the ARN of an IAM role, such as `arn:aws:iam::123456789012:role/analyst`";
        report.error(Code::Setting, role, "not a role", help);
    }
}

fn audit(report: &mut Report<'_>, folder: &Path, raw: &raw::Detokenize) -> AuditTarget {
    let sync = raw.audit_sync.as_ref();
    let file: Option<PathBuf> = raw
        .audit
        .as_ref()
        .filter(|audit| audit.value != "stdout")
        .map(|audit| folder.join(&audit.value));
    match file {
        Some(path) => AuditTarget::File {
            path,
            sync: sync.is_some_and(|sync| sync.value),
        },
        None => {
            if let Some(sync) = sync.filter(|sync| sync.value) {
                let help = "name a file as `audit`, or leave `audit_sync` out";
                report.error(
                    Code::Conflict,
                    sync,
                    "standard output cannot be synced",
                    help,
                );
            }
            AuditTarget::Stdout
        }
    }
}

fn cache(report: &mut Report<'_>, raw: &raw::Cache) -> Cache {
    let mut ranges = Ranges(report);
    let default = CacheSettings::default();
    let (second, hour) = (Duration::from_secs(1), Duration::from_secs(3600));
    Cache {
        credentials: ranges.span(&raw.credentials, Duration::from_secs(300), second..=hour),
        callers: ranges.count(&raw.callers, 10_000, COUNT),
        of_caller: CacheSettings {
            data_keys: ranges.span(&raw.data_keys, default.data_keys, second..=hour),
            refusals: ranges.span(&raw.refusals, default.refusals, second..=hour),
            entries: ranges.count(&raw.entries, default.entries, COUNT),
        },
    }
}

fn limits(report: &mut Report<'_>, raw: &raw::Limits) -> Limits {
    let mut ranges = Ranges(report);
    let default = Limits::default();
    let times = Duration::from_millis(10)..=Duration::from_secs(86_400);
    let sizes = 1024..=1 << 30;
    let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Limits {
        connections: whole(ranges.count(&raw.connections, default.connections as u64, COUNT)),
        requests: whole(ranges.count(&raw.requests, default.requests as u64, COUNT)),
        body: ranges.size(&raw.body, default.body, 1..=u64::MAX),
        small_body: whole(ranges.size(&raw.small_body, default.small_body as u64, 0..=16 << 20)),
        token: whole(ranges.size(&raw.token, default.token as u64, 512..=256 << 20)),
        batch_body: whole(ranges.size(&raw.batch_body, default.batch_body as u64, sizes)),
        batch_tokens: whole(ranges.count(&raw.batch_tokens, default.batch_tokens as u64, COUNT)),
        kms_calls: ranges.count(&raw.kms_calls, default.kms_calls, COUNT),
        header_timeout: ranges.span(&raw.header_timeout, default.header_timeout, times.clone()),
        body_idle_timeout: ranges.span(
            &raw.body_idle_timeout,
            default.body_idle_timeout,
            times.clone(),
        ),
        drain: ranges.span(&raw.drain, default.drain, times),
    }
}

/// Numbers, sizes and times within their ranges.
struct Ranges<'r, 's>(&'r mut Report<'s>);

impl Ranges<'_, '_> {
    fn within<T: PartialOrd + Copy, S>(
        &mut self,
        given: &Spanned<S>,
        value: T,
        range: RangeInclusive<T>,
        shown: impl Fn(T) -> String,
    ) -> T {
        if !range.contains(&value) {
            let help = format!("write {} to {}", shown(*range.start()), shown(*range.end()));
            self.0
                .error(Code::OutOfRange, given, "outside its range", help);
        }
        value
    }

    fn count(
        &mut self,
        given: &Option<Spanned<u64>>,
        default: u64,
        range: RangeInclusive<u64>,
    ) -> u64 {
        given.as_ref().map_or(default, |given| {
            self.within(given, given.value, range, |count| count.to_string())
        })
    }

    fn size(
        &mut self,
        given: &Option<Spanned<Size>>,
        default: u64,
        range: RangeInclusive<u64>,
    ) -> u64 {
        given.as_ref().map_or(default, |given| {
            self.within(given, given.value.0, range, |size| Size(size).to_string())
        })
    }

    fn span(
        &mut self,
        given: &Option<Spanned<Span>>,
        default: Duration,
        range: RangeInclusive<Duration>,
    ) -> Duration {
        given.as_ref().map_or(default, |given| {
            self.within(given, given.value.0, range, |span| Span(span).to_string())
        })
    }
}

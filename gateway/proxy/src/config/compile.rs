//! From YAML to a [`Config`].

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use policies::yaml::{Report, Source, Spanned, check_version};
use policies::{Code, Diagnostics, KeyRing};
use seal::EpochLimits;
use service::{Tls, TlsFiles};

use super::claims::Claims;
use super::files::Folder;
use super::routes::Routes;
use super::upstreams::Upstreams;
use super::{Config, Limits, Sealing, SignerChoice, SignerKeySource, raw};

pub(super) fn compile(file: &str, text: &str) -> Result<Config, Diagnostics> {
    let source = Source::new(file, text);
    let raw: raw::Gateway = source.parse()?;
    let folder = Folder(Path::new(file).parent().unwrap_or(Path::new("")));
    let mut report = source.report();
    check_version(&mut report, &raw.version);
    let listen = address(&mut report, &raw.listen);
    let tls = raw
        .tls
        .as_ref()
        .and_then(|named| tls(&mut report, &folder, named));
    let admin = raw
        .admin
        .as_ref()
        .and_then(|admin| address(&mut report, admin));
    let limits = Limits::compile(&mut report, &raw.limits);
    let Upstreams {
        upstreams,
        files: upstream_files,
    } = Upstreams::compile(&mut report, &folder, &raw.upstreams);
    let ring = key_ring(&mut report, &folder, &raw)?;
    let mut routes = Routes::new(
        &folder,
        &raw.upstreams.value,
        ring.as_ref(),
        raw.trusted_hops.as_ref().is_some_and(|hops| hops.value > 0),
    );
    routes.compile(&mut report, &raw.routes)?;
    let Routes {
        routes,
        policies,
        claims:
            Claims {
                sources: claims,
                files: key_sets,
                ..
            },
        warnings: policy_warnings,
        mut files,
        ..
    } = routes;
    files.extend(key_sets);
    files.extend(upstream_files);
    // a reload in the middle of their renewal is refused, and has to be tried again after it
    let tls_files = raw
        .tls
        .as_ref()
        .map(|named| named.value.in_folder(folder.0));
    files.extend(tls_files.iter().flat_map(TlsFiles::all).cloned());
    files.push(file.into());
    files.extend(raw.keys.as_ref().map(|named| folder.path(named)));
    let sealing = if policies.is_empty() {
        None
    } else {
        sealing(&mut report, &folder, &raw, ring)
    };
    let trusted_hops = raw.trusted_hops.as_ref().map_or(0, |hops| hops.value);
    let (config, warnings) = report.finish(Config {
        // A missing address is an error in the report, so the stand-in is never returned.
        listen: listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0))),
        tls,
        admin,
        trusted_hops: usize::try_from(trusted_hops).unwrap_or(usize::MAX),
        limits,
        upstreams,
        routes,
        claims,
        policies,
        sealing,
        files,
        warnings: policy_warnings,
    })?;
    let warnings = config.warnings.iter().cloned().chain(warnings).collect();
    Ok(Config { warnings, ..config })
}

fn address(report: &mut Report<'_>, given: &Spanned<String>) -> Option<SocketAddr> {
    let address = given.value.parse().ok();
    if address.is_none() {
        let help = "write an IP address and a port, such as `127.0.0.1:8080` or `[::1]:8080`; port 0 takes a free one";
        report.error(Code::Setting, given, "not an address to listen on", help);
    }
    address
}

fn tls(
    report: &mut Report<'_>,
    folder: &Folder<'_>,
    named: &Spanned<TlsFiles>,
) -> Option<Arc<Tls>> {
    match Tls::read(named.value.in_folder(folder.0)) {
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
    folder: &Folder<'_>,
    raw: &raw::Gateway,
) -> Result<Option<KeyRing>, Diagnostics> {
    let Some(named) = &raw.keys else {
        return Ok(None);
    };
    let Some(text) = folder.read(report, named) else {
        return Ok(None);
    };
    let file = folder.path(named).display().to_string();
    policies::compile_key_ring(&file, &text).map(Some)
}

/// What a route with a policy needs.
fn sealing(
    report: &mut Report<'_>,
    folder: &Folder<'_>,
    raw: &raw::Gateway,
    ring: Option<KeyRing>,
) -> Option<Sealing> {
    let missing = |field: &str| format!("a route has a policy, but `{field}` is not given");
    if raw.keys.is_none() {
        report.error(
            Code::Conflict,
            &raw.routes,
            missing("keys"),
            "write `keys: keys.yaml`",
        );
    }
    let edge_keys = match &raw.edge_keys {
        Some(files) if !files.value.is_empty() => files
            .value
            .iter()
            .map(|file| folder.check(report, file))
            .collect(),
        _ => {
            let help = "write `edge_keys: [edge.key]`, a file of 64 hexadecimal digits";
            report.error(Code::Conflict, &raw.routes, missing("edge_keys"), help);
            Vec::new()
        }
    };
    let epochs = epochs(report, &raw.epochs);
    let vault = match &raw.vault {
        None => None,
        Some(vault) => Some(vault_config::compile(report, folder.0, vault)?),
    };
    let Some(signer) = &raw.signer else {
        let help = "write `signer: { name: edge, version: 1, private_key: signer.1.key }`";
        report.error(Code::Conflict, &raw.routes, missing("signer"), help);
        return None;
    };
    let ring = ring?;
    let signer = signer_choice(report, folder, &signer.value, &ring)?;
    Some(Sealing {
        ring,
        edge_keys,
        signer,
        epochs: epochs?,
        vault,
    })
}

fn signer_choice(
    report: &mut Report<'_>,
    folder: &Folder<'_>,
    raw: &raw::Signer,
    ring: &KeyRing,
) -> Option<SignerChoice> {
    let Some(signer) = ring.signer(&raw.name.value) else {
        let names: Vec<_> = ring
            .signers()
            .iter()
            .map(|signer| signer.name.as_str())
            .collect();
        let help = format!("write one of the key ring's signers: {}", names.join(", "));
        report.error(
            Code::Reference,
            &raw.name,
            "the key ring has no such signer",
            help,
        );
        return None;
    };
    let number = u16::try_from(raw.version.value).ok();
    let Some(version) = number.and_then(|number| signer.version(number)) else {
        let known: Vec<_> = signer
            .versions
            .iter()
            .map(|v| v.version.to_string())
            .collect();
        let help = format!("write one of its versions: {}", known.join(", "));
        report.error(
            Code::Reference,
            &raw.version,
            "the signer has no such version",
            help,
        );
        return None;
    };
    let key = match (&raw.private_key, &version.kms_key) {
        (Some(file), _) => SignerKeySource::File(folder.check(report, file)),
        (None, Some(kms_key)) => SignerKeySource::Kms(kms_key.clone()),
        (None, None) => {
            let help =
                "write `private_key:` here, or `kms_key:` at the signer's version in the key ring";
            report.error(
                Code::Conflict,
                &raw.name,
                "nothing says where the signer's key is",
                help,
            );
            return None;
        }
    };
    Some(SignerChoice {
        name: raw.name.value.clone(),
        version: version.version,
        key,
    })
}

fn epochs(report: &mut Report<'_>, raw: &raw::Epochs) -> Option<EpochLimits> {
    let default = EpochLimits::default();
    let age = raw.age.as_ref().map_or(default.age(), |age| age.value.0);
    let count = raw
        .count
        .as_ref()
        .map_or(default.count(), |count| count.value);
    let limits = EpochLimits::new(age, count);
    if limits.is_none() {
        let place = if age.is_zero() {
            raw.age.as_ref().map(policies::Place::from)
        } else {
            raw.count.as_ref().map(policies::Place::from)
        };
        let help = format!(
            "write an age above 0, and a count from 1 to {}",
            EpochLimits::MAX_COUNT
        );
        let place = place.unwrap_or(policies::Place::START);
        report.error(
            Code::OutOfRange,
            place,
            "no epoch can have these limits",
            help,
        );
    }
    limits
}

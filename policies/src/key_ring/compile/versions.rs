//! The versions of keys and signers.

use super::raw;
use crate::diagnostic::{Code, Place};
use crate::key_ring::{AliasPattern, KeySort, KeySource, KeyVersion, SignerVersion};
use crate::yaml::{Report, Spanned};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

const PEM_HELP: &str = "write the path of a PEM file";
const WRAPPED_HELP: &str = "write the path of a file that `veilgate keys create` wrote";
const NONE_HELP: &str = "write at least one: `- { version: 1, … }`";

/// Ascending; empty only where `versions_by_alias` says how they are found. Faulty versions are left
/// out: the report refuses the ring anyway.
pub(super) fn of_key(
    report: &mut Report<'_>,
    name: &Spanned<String>,
    key: &raw::Key,
    folder: &Path,
) -> Vec<KeyVersion> {
    let list = key.versions();
    if list.is_empty() && key.versions_by_alias.is_none() {
        let message = "there are no versions here";
        match &key.versions {
            Some(empty) => report.error(Code::NoVersions, empty, message, NONE_HELP),
            None => {
                let message = format!("`{}` has no `versions`", name.value);
                report.error(Code::NoVersions, name, message, NONE_HELP);
            }
        }
    }
    let numbers = numbers(report, list.iter().map(|each| &each.version));
    check_sorts(report, list);
    let versions = list.iter().zip(numbers).map(|(raw, version)| {
        let source = source(report, raw, folder);
        let named = raw.kms_key.as_ref().or(raw.mac_key.as_ref());
        let kms_key = kms_key(report, named);
        if named.is_none() {
            let help = "add `kms_key:` with the id, ARN or alias of the key that opens its tokens";
            let message = "this version has no `kms_key`";
            report.error(Code::MissingKeyMaterial, &raw.version, message, help);
        }
        Some(KeyVersion {
            version: version?,
            kms_key: kms_key?,
            source: source?,
        })
    });
    let mut versions: Vec<_> = versions.collect::<Vec<_>>().into_iter().flatten().collect();
    versions.sort_by_key(|version| version.version);
    versions
}

/// `versions_by_alias`, which stands for KMS keys whose aliases say all there is to know.
pub(super) fn by_alias(
    report: &mut Report<'_>,
    name: &Spanned<String>,
    key: &raw::Key,
) -> Option<AliasPattern> {
    let raw = key.versions_by_alias.as_ref()?;
    if key.versions().iter().any(|each| each.wrapped_key.is_some()) {
        let message = format!(
            "`{}` is a wrapped symmetric key, whose versions no alias gives: each has a file",
            name.value
        );
        let help = "leave `versions_by_alias` out: `veilgate keys create` makes the next version";
        report.error(Code::AliasesOfWrapped, raw, message, help);
    }
    let pattern = AliasPattern::new(&raw.value);
    if pattern.is_none() {
        let message = format!(
            "`{}` does not say where a version's number stands",
            raw.value
        );
        let help = "write the name of the aliases with one `*` at its end for the number, \
                    and no digit before it: `alias/veilgate-payments-*`";
        report.error(Code::AliasPattern, raw, message, help);
    }
    pattern
}

fn source(report: &mut Report<'_>, raw: &raw::KeyVersion, folder: &Path) -> Option<KeySource> {
    let public_key = path(report, raw.public_key.as_ref(), folder, PEM_HELP);
    let wrapped_key = path(report, raw.wrapped_key.as_ref(), folder, WRAPPED_HELP);
    let Some(sort) = sort(raw) else {
        let (message, help) = if raw.mac_key.is_some() {
            (
                "this version has a `mac_key` beside another",
                "keep `mac_key` alone for an HMAC key in KMS, and leave `kms_key`, `public_key` and `wrapped_key` out",
            )
        } else {
            (
                "this version has both `public_key` and `wrapped_key`",
                "keep `public_key` for an RSA key, `wrapped_key` for a symmetric one",
            )
        };
        report.error(Code::MixedKey, &raw.version, message, help);
        return None;
    };
    match sort {
        KeySort::Public => Some(KeySource::Public(public_key)),
        KeySort::Wrapped => wrapped_key.map(KeySource::Wrapped),
        KeySort::Mac => Some(KeySource::Mac),
    }
}

/// What a version is; `None` when it says two things.
fn sort(raw: &raw::KeyVersion) -> Option<KeySort> {
    let others = raw.kms_key.is_some() || raw.public_key.is_some();
    match (&raw.mac_key, &raw.wrapped_key, &raw.public_key) {
        (Some(_), None, _) if !others => Some(KeySort::Mac),
        (None, Some(_), None) => Some(KeySort::Wrapped),
        (None, None, _) => Some(KeySort::Public),
        _ => None,
    }
}

/// All versions are of one sort: a class's kind wants one or the other.
fn check_sorts(report: &mut Report<'_>, raw: &[raw::KeyVersion]) {
    let mut clear = raw.iter().filter_map(|each| Some((each, sort(each)?)));
    let Some((first, sort)) = clear.next() else {
        return;
    };
    let Some((other, its)) = clear.find(|(_, other)| *other != sort) else {
        return;
    };
    let field = match (its, sort) {
        (KeySort::Mac, _) | (_, KeySort::Mac) => "mac_key",
        _ => "wrapped_key",
    };
    let (has, lacks) = if its == KeySort::Mac || its == KeySort::Wrapped && field == "wrapped_key" {
        ("has a", "has none")
    } else {
        ("has no", "has one")
    };
    let message = format!(
        "this version {has} `{field}`, and version {} {lacks}",
        first.version.value
    );
    let help = "a key is an RSA key, a symmetric one or a MAC key, in all its versions: \
                make a key of another name";
    report.error(Code::MixedKey, &other.version, message, help);
}

/// Ascending.
pub(super) fn of_signer(
    report: &mut Report<'_>,
    raw: &Spanned<Vec<raw::SignerVersion>>,
    folder: &Path,
) -> Vec<SignerVersion> {
    if raw.value.is_empty() {
        report.error(
            Code::NoVersions,
            raw,
            "there are no versions here",
            NONE_HELP,
        );
    }
    let numbers = numbers(report, raw.value.iter().map(|each| &each.version));
    let versions = raw.value.iter().zip(numbers).map(|(raw, version)| {
        let public_key = path(report, raw.public_key.as_ref(), folder, PEM_HELP);
        let kms_key = kms_key(report, raw.kms_key.as_ref());
        if raw.public_key.is_none() && raw.kms_key.is_none() {
            let help = "add `public_key:` with the path of a PEM file, or `kms_key:` if KMS signs";
            let message = "this version has neither `public_key` nor `kms_key`";
            report.error(Code::MissingKeyMaterial, &raw.version, message, help);
        }
        Some(SignerVersion {
            version: version?,
            public_key,
            kms_key,
        })
    });
    let mut versions: Vec<_> = versions.collect::<Vec<_>>().into_iter().flatten().collect();
    versions.sort_by_key(|version| version.version);
    versions
}

/// Each version's number, where it is one and stands for the first time.
fn numbers<'r>(
    report: &mut Report<'_>,
    raw: impl Iterator<Item = &'r Spanned<u64>>,
) -> Vec<Option<u16>> {
    let mut seen = HashSet::new();
    let numbers = raw.map(|raw| {
        let number = u16::try_from(raw.value).ok().filter(|number| *number > 0);
        let Some(number) = number else {
            let message = format!("{} is not a key version", raw.value);
            let help = "write a number from 1 to 65535";
            report.error(Code::OutOfRange, raw, message, help);
            return None;
        };
        if !seen.insert(number) {
            let message = format!("version {number} is listed already");
            let help = "give each version a number of its own; a number is never used again";
            report.error(Code::DuplicateVersion, raw, message, help);
        }
        Some(number)
    });
    numbers.collect()
}

fn kms_key(report: &mut Report<'_>, raw: Option<&Spanned<String>>) -> Option<String> {
    let raw = raw?;
    if raw.value.is_empty()
        || raw
            .value
            .chars()
            .any(|c| c.is_whitespace() || c.is_control())
    {
        let help = "write the id, the ARN or the alias (`alias/…`) of a KMS key";
        report.error(Code::MissingKeyMaterial, raw, "this names no KMS key", help);
        return None;
    }
    Some(raw.value.clone())
}

fn path(
    report: &mut Report<'_>,
    raw: Option<&Spanned<String>>,
    folder: &Path,
    help: &str,
) -> Option<PathBuf> {
    let raw = raw?;
    if raw.value.is_empty() || raw.value.contains('\0') {
        let place = Place::from(raw);
        report.error(Code::MissingKeyMaterial, place, "this names no file", help);
        return None;
    }
    Some(folder.join(&raw.value))
}

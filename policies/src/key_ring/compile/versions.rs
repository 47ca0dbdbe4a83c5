//! The versions of keys and signers.

use super::raw;
use crate::diagnostic::{Code, Place};
use crate::key_ring::{KeyVersion, SignerVersion};
use crate::yaml::{Report, Spanned};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

type Raw = Spanned<Vec<raw::Version>>;

/// Ascending. Faulty versions are left out: the report refuses the ring anyway.
pub(super) fn of_key(report: &mut Report<'_>, raw: &Raw, folder: &Path) -> Vec<KeyVersion> {
    let numbers = numbers(report, raw);
    let versions = raw.value.iter().zip(numbers).map(|(raw, version)| {
        let public_key = path(report, raw.public_key.as_ref(), folder);
        let kms_key = kms_key(report, raw.kms_key.as_ref());
        if raw.kms_key.is_none() {
            let help = "add `kms_key:` with the id, ARN or alias of the key that opens its tokens";
            let message = "this version has no `kms_key`";
            report.error(Code::MissingKeyMaterial, &raw.version, message, help);
        }
        Some(KeyVersion {
            version: version?,
            kms_key: kms_key?,
            public_key,
        })
    });
    let mut versions: Vec<_> = versions.collect::<Vec<_>>().into_iter().flatten().collect();
    versions.sort_by_key(|version| version.version);
    versions
}

/// Ascending.
pub(super) fn of_signer(report: &mut Report<'_>, raw: &Raw, folder: &Path) -> Vec<SignerVersion> {
    let numbers = numbers(report, raw);
    let versions = raw.value.iter().zip(numbers).map(|(raw, version)| {
        let public_key = path(report, raw.public_key.as_ref(), folder);
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
fn numbers(report: &mut Report<'_>, raw: &Raw) -> Vec<Option<u16>> {
    if raw.value.is_empty() {
        let help = "write at least one: `- { version: 1, … }`";
        report.error(Code::NoVersions, raw, "there are no versions here", help);
    }
    let mut seen = HashSet::new();
    let numbers = raw.value.iter().map(|each| {
        let number = u16::try_from(each.version.value)
            .ok()
            .filter(|number| *number > 0);
        let Some(number) = number else {
            let message = format!("{} is not a key version", each.version.value);
            report.error(
                Code::OutOfRange,
                &each.version,
                message,
                "write a number from 1 to 65535",
            );
            return None;
        };
        if !seen.insert(number) {
            let message = format!("version {number} is listed already");
            let help = "give each version a number of its own; a number is never used again";
            report.error(Code::DuplicateVersion, &each.version, message, help);
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

fn path(report: &mut Report<'_>, raw: Option<&Spanned<String>>, folder: &Path) -> Option<PathBuf> {
    let raw = raw?;
    if raw.value.is_empty() || raw.value.contains('\0') {
        let place = Place::from(raw);
        report.error(
            Code::MissingKeyMaterial,
            place,
            "this names no file",
            "write the path of a PEM file",
        );
        return None;
    }
    Some(folder.join(&raw.value))
}

//! From YAML to a key ring.

mod format;
mod versions;

use super::{Key, KeyDraft, KeyRing, KeyRingDraft, SignerKey, raw};
use crate::diagnostic::{Code, Diagnostics};
use crate::name::{KeyName, NAME_RULE};
use crate::yaml::{Report, Source, Spanned, check_version};
use std::path::Path;

/// Compiles a key ring from its YAML. Paths in it are joined to the folder that `file` is in;
/// nothing is opened.
///
/// # Errors
/// The first fault of the file's shape, or else all faults of its content. A key that waits for
/// versions, which [`draft_key_ring`] takes, is one.
pub fn compile_key_ring(file: &str, yaml: &str) -> Result<KeyRing, Diagnostics> {
    let source = Source::new(file, yaml);
    let raw: raw::KeyRing = source.parse()?;
    let mut report = source.report();
    let (drafts, signers) = parts(&mut report, file, &raw);
    for (name, key) in &raw.keys.value.0 {
        if let (true, Some(pattern)) = (key.versions().is_empty(), &key.versions_by_alias) {
            let message = format!("`{}` has no version yet", name.value);
            let help = format!(
                "run `veilgate keys sync --ring {file}`, which adds those that KMS has aliases for"
            );
            report.error(Code::VersionsToSync, pattern, message, help);
        }
    }
    let keys = drafts.into_iter().map(|draft| Key {
        name: draft.name,
        format: draft.format,
        versions: draft.versions,
    });
    let (ring, warnings) = report.finish(KeyRing {
        keys: keys.collect(),
        signers,
        warnings: Vec::new(),
    })?;
    Ok(KeyRing { warnings, ..ring })
}

/// Compiles a key ring as [`compile_key_ring`] does, except that a key with `versions_by_alias` may
/// have no versions yet: what `veilgate keys sync` begins with.
///
/// # Errors
/// As those of [`compile_key_ring`].
pub fn draft_key_ring(file: &str, yaml: &str) -> Result<KeyRingDraft, Diagnostics> {
    let source = Source::new(file, yaml);
    let raw: raw::KeyRing = source.parse()?;
    let mut report = source.report();
    let (keys, signers) = parts(&mut report, file, &raw);
    let (draft, _warnings) = report.finish(KeyRingDraft { keys, signers })?;
    Ok(draft)
}

fn parts(
    report: &mut Report<'_>,
    file: &str,
    raw: &raw::KeyRing,
) -> (Vec<KeyDraft>, Vec<SignerKey>) {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    check_version(report, &raw.version);
    if raw.keys.value.0.is_empty() {
        let help = "name at least one key, with one version";
        report.error(
            Code::EmptyKeyRing,
            &raw.keys,
            "the key ring has no keys",
            help,
        );
    }
    let keys = raw.keys.value.0.iter().filter_map(|(name, key)| {
        let format = format::compile(report, name, key);
        let versions = versions::of_key(report, name, key, folder);
        let versions_by_alias = versions::by_alias(report, name, key);
        Some(KeyDraft {
            name: self::name(report, name, "key")?,
            format: format?,
            versions_by_alias,
            versions,
        })
    });
    let keys = keys.collect();
    format::check_shared(report, &raw.keys.value);
    let signers = raw.signers.0.iter().filter_map(|(name, signer)| {
        let versions = versions::of_signer(report, &signer.versions, folder);
        Some(SignerKey {
            name: self::name(report, name, "signer")?,
            versions,
        })
    });
    (keys, signers.collect())
}

fn name(report: &mut Report<'_>, raw: &Spanned<String>, of: &str) -> Option<KeyName> {
    let name = KeyName::new(&raw.value);
    if name.is_none() {
        let message = format!("`{}` cannot name a {of}", raw.value);
        report.error(Code::Name, raw, message, format!("write {NAME_RULE}"));
    }
    name
}

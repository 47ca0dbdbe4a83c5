//! The policies that a configuration names.

use super::{raw, unreadable};
use crate::policy::{RevealPolicies, RevealPolicy};
use policies::yaml::{Report, Spanned};
use policies::{Class, Code, Diagnostic, Diagnostics, KeyName, KeyRing, KeyVersion, Kind, Policy};
use std::path::Path;

/// Policies as they were read.
#[derive(Default)]
pub(super) struct Policies {
    pub(super) read: RevealPolicies,
    /// What their files warn of.
    pub(super) warnings: Vec<Diagnostic>,
}

/// Reads all policies, for tokens of up to `longest` bytes. Without a ring, which has been reported,
/// there are none.
pub(super) fn read(
    report: &mut Report<'_>,
    folder: &Path,
    ring: Option<&KeyRing>,
    longest: usize,
    raw: &raw::Detokenize,
) -> Result<Policies, Diagnostics> {
    let Some(ring) = ring else {
        return Ok(Policies::default());
    };
    let mut warnings = Vec::new();
    let mut read = Vec::new();
    for (name, file) in &raw.policies.0 {
        if KeyName::new(&name.value).is_none() {
            let message = format!("`{}` cannot name a policy", name.value);
            let help = "write 1 to 64 ASCII letters, digits, `-`, `_` or `.`, beginning with a letter or a digit";
            report.error(Code::Name, name, message, help);
        }
        let path = folder.join(&file.value);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(cause) => {
                unreadable(report, file, &path, &cause);
                continue;
            }
        };
        let policy = policies::compile_policy(&path.display().to_string(), &text)?;
        policy.check_keys(ring)?;
        warnings.extend_from_slice(policy.warnings());
        check_vault(report, file, raw, &policy, ring);
        match RevealPolicy::new(&name.value, policy, ring, longest) {
            Ok(policy) => read.push(policy),
            Err(cause) => unusable(report, file, &path, &cause.to_string()),
        }
    }
    let read = read.into_iter().collect();
    Ok(Policies { read, warnings })
}

/// Classes of kind `vault` need the vault, and the public key of theirs on file: before the vault is
/// looked into, KMS has to say that the caller may open what is sealed under it.
fn check_vault(
    report: &mut Report<'_>,
    file: &Spanned<String>,
    raw: &raw::Detokenize,
    policy: &Policy,
    ring: &KeyRing,
) {
    for class in policy.classes() {
        let Kind::Vault(vault) = &class.kind else {
            continue;
        };
        if raw.vault.is_none() {
            let message = format!(
                "its class `{}` is of kind `vault`, and there is no `vault` section",
                class.name
            );
            let help = "write the `vault:` section of the gateway's configuration here too";
            report.error(Code::Conflict, file, message, help);
        }
        let views = class.views.iter().map(|view| &view.key);
        for name in std::iter::once(&vault.key).chain(views) {
            check_public_keys(report, file, class, ring, name);
        }
    }
}

/// Each version of the key must have its public key on file.
fn check_public_keys(
    report: &mut Report<'_>,
    file: &Spanned<String>,
    class: &Class,
    ring: &KeyRing,
    name: &KeyName,
) {
    let on_file = |version: &KeyVersion| version.public_key().is_some_and(Path::is_file);
    let key = ring.key(name.as_str());
    if key.is_some_and(|key| !key.versions.iter().all(on_file)) {
        let message = format!(
            "the key `{name}` of its class `{}` has a version without a public key on file",
            class.name
        );
        let help = "add `public_key:` with a PEM file to each version of the key in the key ring; `veilgate keys export` writes one";
        report.error(Code::File, file, message, help);
    }
}

fn unusable(report: &mut Report<'_>, file: &Spanned<String>, path: &Path, cause: &str) {
    let message = format!("`{}` cannot be used: {cause}", path.display());
    report.error(Code::Setting, file, message, "simplify its patterns");
}

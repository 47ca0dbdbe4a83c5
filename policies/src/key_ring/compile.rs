//! From YAML to a key ring.

mod format;
mod versions;

use super::{Key, KeyRing, SignerKey, raw};
use crate::diagnostic::{Code, Diagnostics};
use crate::name::{KeyName, NAME_RULE};
use crate::yaml::{Report, Source, Spanned, check_version};
use std::path::Path;

/// Compiles a key ring from its YAML. Paths in it are joined to the folder that `file` is in;
/// nothing is opened.
///
/// # Errors
/// The first fault of the file's shape, or else all faults of its content.
pub fn compile_key_ring(file: &str, yaml: &str) -> Result<KeyRing, Diagnostics> {
    let source = Source::new(file, yaml);
    let raw: raw::KeyRing = source.parse()?;
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let mut report = source.report();
    check_version(&mut report, &raw.version);
    if raw.keys.value.0.is_empty() {
        let help = "name at least one key, with one version";
        report.error(
            Code::EmptyKeyRing,
            &raw.keys,
            "the key ring has no keys",
            help,
        );
    }
    let keys = raw.keys.value.0.iter().map(|(name, key)| {
        let format = format::compile(&mut report, name, key);
        let versions = versions::of_key(&mut report, &key.versions, folder);
        Some(Key {
            name: self::name(&mut report, name, "key")?,
            format: format?,
            versions,
        })
    });
    let keys = keys.collect::<Vec<_>>().into_iter().flatten().collect();
    format::check_shared(&mut report, &raw.keys.value);
    let signers = raw.signers.0.iter().map(|(name, signer)| {
        let versions = versions::of_signer(&mut report, &signer.versions, folder);
        Some(SignerKey {
            name: self::name(&mut report, name, "signer")?,
            versions,
        })
    });
    let signers = signers.collect::<Vec<_>>().into_iter().flatten().collect();
    let (ring, warnings) = report.finish(KeyRing {
        keys,
        signers,
        warnings: Vec::new(),
    })?;
    Ok(KeyRing { warnings, ..ring })
}

fn name(report: &mut Report<'_>, raw: &Spanned<String>, of: &str) -> Option<KeyName> {
    let name = KeyName::new(&raw.value);
    if name.is_none() {
        let message = format!("`{}` cannot name a {of}", raw.value);
        report.error(Code::Name, raw, message, format!("write {NAME_RULE}"));
    }
    name
}

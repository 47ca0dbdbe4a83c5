//! `veilgate keys create`: a symmetric key that nobody has seen, wrapped by KMS.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use policies::{Key, KeyName, encryption_context};
use proxy::Kms;
use record::key_file;

use super::yaml::scalar;
use super::{read_ring, write_new};
use crate::{AnyError, say};

/// Arguments of `veilgate keys create`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The key ring: the wrapped key is written beside it, as `KEY-VERSION.wrapped`.
    #[arg(long)]
    ring: PathBuf,
    /// The key's name in the key ring.
    #[arg(long, value_name = "NAME")]
    key: String,
    /// The symmetric KMS key that wraps it: id, ARN or alias.
    #[arg(long, value_name = "ID")]
    kms_key: String,
    /// Its version; by default the first, or the one after the ring's newest.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    version: Option<u16>,
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    let key = KeyName::new(&arguments.key).ok_or_else(|| {
        let name = &arguments.key;
        format!(
            "`{name}` cannot name a key: write 1 to 64 ASCII letters, digits, `-`, `_` or `.`, beginning with a letter or a digit"
        )
    })?;
    let ring = read_ring(&arguments.ring)?;
    let known = ring.as_ref().and_then(|ring| ring.key(key.as_str()));
    let version = number(known, arguments.version)?;
    let name = format!("{key}-{version}.wrapped");
    let file = arguments.ring.with_file_name(&name);
    if file.exists() {
        let file = file.display();
        return Err(format!(
            "`{file}` is there already, and is not replaced: tokens may depend on it; add it to the key ring, or give another `--version`"
        )
        .into());
    }
    let kms_key = &arguments.kms_key;
    let wrapped = wrap(kms_key, &key, version).await?;
    write_new(&file, &key_file::write(&wrapped))?;

    let ring_file = arguments.ring.display();
    let place = match (&ring, known) {
        (None, _) => format!("write `{ring_file}`"),
        (Some(_), None) => format!("add to `{ring_file}`, under `keys`"),
        (Some(_), Some(_)) => format!("add to `{ring_file}`, under `keys.{key}.versions`"),
    };
    say(&format_args!("wrote `{}`; {place}:", file.display()));
    let mut lines = String::new();
    if ring.is_none() {
        lines.push_str("version: 1\nkeys:\n");
    }
    if known.is_none() {
        lines.push_str(&format!("  {}:\n    versions:\n", scalar(key.as_str())));
    }
    let (kms_key, name) = (scalar(kms_key), scalar(&name));
    lines.push_str(&format!(
        "      - {{ version: {version}, kms_key: {kms_key}, wrapped_key: {name} }}\n"
    ));
    io::stdout().write_all(lines.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

async fn wrap(kms_key: &str, key: &KeyName, version: u16) -> Result<Vec<u8>, AnyError> {
    let context = encryption_context(key, version);
    let wrapped = Kms::default().new_wrapped_key(kms_key, &context).await;
    wrapped.map_err(|fault| {
        format!(
            "KMS made no key under `{kms_key}`: {fault}; it must be a symmetric key (SYMMETRIC_DEFAULT) on which you may `kms:GenerateDataKeyWithoutPlaintext`"
        )
        .into()
    })
}

/// The new version's number: what the user asked for, or the next.
fn number(known: Option<&Key>, asked: Option<u16>) -> Result<u16, AnyError> {
    let Some(key) = known else {
        return Ok(asked.unwrap_or(1));
    };
    let name = &key.name;
    if !key.is_symmetric() {
        return Err(format!(
            "key {name} is an RSA key in the key ring, in all its versions: give another `--key`"
        )
        .into());
    }
    match asked {
        Some(number) if key.version(number).is_some() => Err(format!(
            "key {name} has version {number} in the key ring already: leave `--version` out for the next"
        )
        .into()),
        Some(number) => Ok(number),
        None => key.newest().version.checked_add(1).ok_or_else(|| {
            format!("key {name} has no version left: give `--version` a number that was never used")
                .into()
        }),
    }
}

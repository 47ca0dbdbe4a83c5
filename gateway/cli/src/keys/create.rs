//! `veilgate keys create`: a symmetric key that nobody has seen, wrapped by KMS.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use policies::{KeyName, encryption_context};
use proxy::Kms;
use record::key_file;

use super::addition::{self, Addition, Section};
use super::write_new;
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
    let key = addition::name(&arguments.key)?;
    let ring = &arguments.ring;
    let addition = Addition::new(
        ring,
        Section::WrappedKeys,
        &arguments.key,
        arguments.version,
    )?;
    let version = addition.version;
    let name = format!("{key}-{version}.wrapped");
    let file = ring.with_file_name(&name);
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
    say(&format_args!(
        "wrote `{}`; {}:",
        file.display(),
        addition.place()
    ));
    let lines = addition.lines(&[("kms_key", kms_key), ("wrapped_key", &name)]);
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

//! `veilgate keys`: keys in KMS and in the key ring.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;
use policies::{KeyRing, KeyRingDraft};

use crate::AnyError;

mod addition;
mod check;
mod create;
mod export;
mod kms_key;
mod list;
mod operator;
mod source;
mod sync;
#[cfg(test)]
mod tests;
mod yaml;

#[cfg(test)]
pub(crate) use export::pem;

/// Arguments of `veilgate keys`. Credentials, region and endpoint are those of AWS's standard
/// variables and files.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Have KMS make a symmetric key, write it wrapped beside the key ring, and print the ring's lines.
    Create(create::Arguments),
    #[command(flatten)]
    KmsKey(kms_key::Command),
    /// Write the public key of a KMS key as PEM.
    Export(export::Arguments),
    /// Add the versions to a key ring that KMS has aliases for (`versions_by_alias`).
    Sync(sync::Arguments),
    /// Show the versions of a key ring: what KMS says of each, and which classes use it.
    List(list::Arguments),
    /// Check that every key and signer of a key ring works, and say what is missing.
    Check(check::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match &arguments.command {
            Command::Create(arguments) => create::run(arguments).await,
            Command::KmsKey(command) => kms_key::run(command).await,
            Command::Export(arguments) => export::run(arguments).await,
            Command::Sync(arguments) => sync::run(arguments).await,
            Command::List(arguments) => list::run(arguments).await,
            Command::Check(arguments) => check::run(arguments).await,
        }
    })
}

/// `None` when the file is not there.
fn read_ring(file: &Path) -> Result<Option<KeyRing>, AnyError> {
    let Some(text) = read_text(file)? else {
        return Ok(None);
    };
    let name = file.display().to_string();
    Ok(Some(policies::compile_key_ring(&name, &text)?))
}

/// A ring whose keys may wait for versions; `None` when the file is not there.
fn read_draft(file: &Path) -> Result<Option<(String, KeyRingDraft)>, AnyError> {
    let Some(text) = read_text(file)? else {
        return Ok(None);
    };
    let draft = policies::draft_key_ring(&file.display().to_string(), &text)?;
    Ok(Some((text, draft)))
}

fn read_text(file: &Path) -> Result<Option<String>, AnyError> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("`{}` cannot be read: {error}", file.display()).into()),
    }
}

/// Writes a file that is not there yet, down to the disk. What is there is never replaced: it may be
/// the only copy of a key.
pub(crate) fn write_new(file: &Path, content: &str) -> Result<(), AnyError> {
    let created = OpenOptions::new().write(true).create_new(true).open(file);
    let mut created = created.map_err(|error| not_written(file, &error))?;
    let written = created
        .write_all(content.as_bytes())
        .and_then(|()| created.sync_all());
    written.map_err(|error| {
        // half of it is no use, and would be in the way
        let _removed = fs::remove_file(file);
        not_written(file, &error)
    })
}

fn not_written(file: &Path, error: &io::Error) -> AnyError {
    let name = file.display();
    if error.kind() == io::ErrorKind::AlreadyExists {
        format!("`{name}` is there already, and is not replaced").into()
    } else {
        format!("`{name}` cannot be written: {error}").into()
    }
}

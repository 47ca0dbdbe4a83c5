//! `veilgate vault export`: everything that a vault keeps, in one file.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ArgGroup;
use serde_json::json;
use store::{Item, Timestamp};

use super::archive::Writer;
use super::walk::Walk;
use super::{Named, items};
use crate::tokenize::Partial;
use crate::{AnyError, say};

/// Bytes of items from which on a chunk is written.
const CHUNK: usize = 1 << 20;

/// Arguments of `veilgate vault export`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("for").required(true).args(["to", "plain"]))]
pub(super) struct Arguments {
    #[command(flatten)]
    vault: Named,
    /// The file, which is not there yet.
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// Encrypt it to this RSA public key, a PEM file.
    #[arg(long, value_name = "PUBLIC_KEY")]
    to: Option<PathBuf>,
    /// Do not encrypt it: values are sealed all the same, tokens and MACs are not.
    #[arg(long)]
    plain: bool,
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    let output = &arguments.output;
    let name = output.display();
    absent(output)?;
    let public = arguments.to.as_deref().map(|file| (file, fs::read(file)));
    let public = match public {
        Some((_, Ok(pem))) => Some(pem),
        Some((file, Err(error))) => {
            return Err(format!("`{}` cannot be read: {error}", file.display()).into());
        }
        None => None,
    };
    let mut walk = Walk::new(arguments.vault.keeper().await?);
    let unwritten = |error: &dyn std::fmt::Display| format!("`{name}` is not written: {error}");
    let mut partial = Partial::create(output).map_err(|error| unwritten(&error))?;
    private(&mut partial).map_err(|error| unwritten(&error))?;
    let writer = Writer::new(BufWriter::new(partial.file()), public.as_deref());
    let counts = write(&mut walk, writer.map_err(|error| unwritten(&error))?).await;
    let counts = counts.map_err(|error| unwritten(&error))?;
    absent(output)?;
    let bytes = partial.finish().map_err(|error| unwritten(&error))?;
    for (space, records) in walk.missing() {
        let (class, tenant) = (space.class(), space.tenant());
        say(&format_args!(
            "warning: {records} tokens of class {class}, tenant `{tenant}`, name a data key that the vault does not have"
        ));
    }
    let receipt = json!({
        "tokens": counts.tokens,
        "data_keys": counts.data_keys,
        "bytes": bytes,
        "at": super::text(Timestamp::now()),
    });
    writeln!(io::stdout(), "{receipt}")?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Default)]
struct Counts {
    tokens: u64,
    data_keys: u64,
}

async fn write<W: Write>(walk: &mut Walk, mut writer: Writer<W>) -> Result<Counts, AnyError> {
    let (mut counts, mut chunk) = (Counts::default(), Vec::new());
    while let Some(items) = walk.next().await? {
        for item in &items {
            match item {
                Item::DataKey(..) => counts.data_keys += 1,
                Item::Record(..) => counts.tokens += 1,
            }
            items::append(&mut chunk, item);
            if chunk.len() >= CHUNK {
                writer.chunk(&mut chunk)?;
            }
        }
    }
    if !chunk.is_empty() {
        writer.chunk(&mut chunk)?;
    }
    writer.finish()?;
    Ok(counts)
}

/// A backup is never replaced.
fn absent(file: &Path) -> Result<(), AnyError> {
    if file.exists() {
        let name = file.display();
        return Err(format!("`{name}` is there already, and is not replaced").into());
    }
    Ok(())
}

/// For its owner only.
#[cfg(unix)]
fn private(partial: &mut Partial) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let file = partial.file();
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn private(_: &mut Partial) -> io::Result<()> {
    Ok(())
}

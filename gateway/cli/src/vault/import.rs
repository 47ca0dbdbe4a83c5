//! `veilgate vault import`: what `veilgate vault export` wrote.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ArgGroup;
use store::Keeper;
use zeroize::Zeroizing;

use super::archive::Reader;
use super::bring::Brought;
use super::{Named, items};
use crate::{AnyError, exit_code};

/// Arguments of `veilgate vault import`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("from").required(true).args(["private_key", "plain"]))]
pub(super) struct Arguments {
    #[command(flatten)]
    vault: Named,
    /// The file of an export.
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// The private key of the public one that it is encrypted to, a PEM file.
    #[arg(long, value_name = "PRIVATE_KEY")]
    private_key: Option<PathBuf>,
    /// It is not encrypted.
    #[arg(long)]
    plain: bool,
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    let name = arguments.input.display();
    let private = match &arguments.private_key {
        None => None,
        Some(file) => {
            let pem = fs::read(file);
            let pem =
                pem.map_err(|error| format!("`{}` cannot be read: {error}", file.display()))?;
            Some(Zeroizing::new(pem))
        }
    };
    let file = File::open(&arguments.input);
    let file = file.map_err(|error| format!("`{name}` cannot be read: {error}"))?;
    let reader = Reader::new(BufReader::new(file), private.as_ref().map(|pem| &***pem));
    let reader = reader.map_err(|error| format!("`{name}`: {error}"))?;
    let keeper = arguments.vault.load()?.new_keeper().await?;
    let mut brought = Brought::default();
    let done = bring(reader, &*keeper, &mut brought).await;
    done.map_err(|error| {
        let kept = brought.kept();
        format!("`{name}`: {error}; {kept} items before it are in the vault, and importing again does them no harm")
    })?;
    brought.print()?;
    Ok(exit_code(brought.conflicts == 0))
}

async fn bring(
    mut reader: Reader<BufReader<File>>,
    keeper: &dyn Keeper,
    brought: &mut Brought,
) -> Result<(), AnyError> {
    while let Some(chunk) = reader.chunk()? {
        brought.bring(keeper, &items::parse(&chunk)?).await?;
    }
    Ok(())
}

//! `veilgate vault copy`: from one vault into another, while a gateway writes.

use std::path::PathBuf;
use std::process::ExitCode;

use super::bring::Brought;
use super::walk::Walk;
use super::{Loaded, Named};
use crate::{AnyError, exit_code};

/// Arguments of `veilgate vault copy`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    vault: Named,
    /// The configuration of the vault that everything is copied into. Without it, the vault of
    /// `--config` is copied into, from the one that it names as `previous`.
    #[arg(long, value_name = "GATEWAY")]
    to_config: Option<PathBuf>,
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    let (from, to) = match &arguments.to_config {
        Some(other) => (arguments.vault.load()?, Loaded::new(other)?),
        None => layers(arguments)?,
    };
    if from.vault.backend == to.vault.backend {
        return Err("both configurations name the same vault: there is nothing to copy".into());
    }
    let mut walk = Walk::new(from.keeper().await?);
    let keeper = to.new_keeper().await?;
    let mut brought = Brought::default();
    while let Some(items) = walk.next().await? {
        let done = brought.bring(&*keeper, &items).await;
        done.map_err(|error| {
            let kept = brought.kept();
            format!("{error}; {kept} are in the other vault: run this again for the rest")
        })?;
    }
    brought.print()?;
    Ok(exit_code(brought.conflicts == 0))
}

/// The previous vault, and the new one without it.
fn layers(arguments: &Arguments) -> Result<(Loaded, Loaded), AnyError> {
    let (mut from, mut to) = (arguments.vault.load()?, arguments.vault.load()?);
    let previous = from.vault.previous.clone().ok_or(
        "the vault has no `previous` to copy from: write it, or name another vault with `--to-config`",
    )?;
    from.vault = from.vault.of(previous);
    to.vault = to.vault.of(to.vault.backend.clone());
    Ok((from, to))
}

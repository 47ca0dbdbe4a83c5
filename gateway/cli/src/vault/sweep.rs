//! `veilgate vault sweep`: frees the room of expired tokens.

use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::json;

use super::Named;
use crate::AnyError;

/// Arguments of `veilgate vault sweep`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    vault: Named,
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    let keeper = arguments.vault.keeper().await?;
    let receipt = super::patiently(|| keeper.sweep()).await?;
    let receipt = json!({ "swept": receipt.records, "at": super::text(receipt.at) });
    writeln!(io::stdout(), "{receipt}")?;
    Ok(ExitCode::SUCCESS)
}

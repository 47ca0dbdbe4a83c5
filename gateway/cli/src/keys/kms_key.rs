//! KMS keys with the key policy that their purpose asks for: `veilgate keys create-kms-key` and
//! `import-kms-key`.

mod create;
mod import;
mod plan;
mod policy;
mod principal;
mod purpose;
#[cfg(test)]
mod tests;
mod wrap;

use std::process::ExitCode;

use clap::Subcommand;

use crate::AnyError;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Have KMS make a key, with the key policy that its purpose asks for, and an alias.
    CreateKmsKey(create::Arguments),
    /// Import a key that was made outside into a new KMS key, with the same key policy.
    ImportKmsKey(import::Arguments),
}

pub(super) async fn run(command: &Command) -> Result<ExitCode, AnyError> {
    match command {
        Command::CreateKmsKey(arguments) => create::run(arguments).await,
        Command::ImportKmsKey(arguments) => import::run(arguments).await,
    }
}

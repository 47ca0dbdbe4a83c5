//! `veilgate vault`: what the operator of a vault does with it. Nothing here opens a token.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Subcommand;
use proxy::config::{self, Config, Sealing};
use store::{Keeper, StoreError, Timestamp};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use vault_config::{Backend, VaultConfig, open_keeper};

use crate::AnyError;

mod archive;
mod bring;
mod copy;
mod erase;
mod export;
mod import;
mod items;
mod statistics;
mod sweep;
mod verify;
mod walk;

/// A command may go through everything, which takes as long as it takes.
const PATIENCE: Duration = Duration::from_secs(3600);
/// How often a call is made before the vault counts as unavailable.
const TRIES: u32 = 5;

/// Arguments of `veilgate vault`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show how many tokens each class and tenant has, and how many bytes.
    Statistics(statistics::Arguments),
    /// Erase a token, all tokens of a value, or all of a class or tenant, for good.
    Erase(erase::Arguments),
    /// Free the room of expired tokens.
    Sweep(sweep::Arguments),
    /// Write everything that the vault keeps to one file.
    Export(export::Arguments),
    /// Read such a file into the vault.
    Import(import::Arguments),
    /// Read everything, and say what could not be opened.
    Verify(verify::Arguments),
    /// Copy everything to the vault of another configuration.
    Copy(copy::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match &arguments.command {
            Command::Statistics(arguments) => statistics::run(arguments).await,
            Command::Erase(arguments) => erase::run(arguments).await,
            Command::Sweep(arguments) => sweep::run(arguments).await,
            Command::Export(arguments) => export::run(arguments).await,
            Command::Import(arguments) => import::run(arguments).await,
            Command::Verify(arguments) => verify::run(arguments).await,
            Command::Copy(arguments) => copy::run(arguments).await,
        }
    })
}

/// Which gateway's vault.
#[derive(Debug, clap::Args)]
struct Named {
    /// A gateway's configuration: its `vault:` section names the vault.
    #[arg(long, value_name = "GATEWAY")]
    config: PathBuf,
}

impl Named {
    fn load(&self) -> Result<Loaded, AnyError> {
        Loaded::new(&self.config)
    }

    /// The keeper of a vault that must be there.
    async fn keeper(&self) -> Result<Arc<dyn Keeper>, AnyError> {
        self.load()?.keeper().await
    }
}

/// A configuration that has a vault.
struct Loaded {
    config: Config,
    vault: VaultConfig,
}

impl Loaded {
    fn new(file: &Path) -> Result<Self, AnyError> {
        let config = config::load(file)?;
        let name = file.display();
        let sealing = config.sealing.as_ref().ok_or_else(|| {
            format!("no route of `{name}` has a policy, so that its vault is not read: give a route a policy")
        })?;
        let vault = sealing.vault.clone().ok_or_else(|| {
            format!("`{name}` has no vault: write `vault: {{ sqlite: {{ file: vault.db }} }}`")
        })?;
        Ok(Self { config, vault })
    }

    fn sealing(&self) -> Result<&Sealing, AnyError> {
        let sealing = self.config.sealing.as_ref();
        sealing.ok_or_else(|| "the configuration has no key ring".into())
    }

    /// The keeper of a vault that must be there.
    async fn keeper(&self) -> Result<Arc<dyn Keeper>, AnyError> {
        if let Backend::Sqlite { file, .. } = &self.vault.backend
            && !file.exists()
        {
            let file = file.display();
            return Err(format!(
                "there is no vault in `{file}`: correct the path, or start the gateway first"
            )
            .into());
        }
        self.new_keeper().await
    }

    /// The keeper of a vault that is made where there is none.
    async fn new_keeper(&self) -> Result<Arc<dyn Keeper>, AnyError> {
        let mut vault = self.vault.clone();
        for backend in [Some(&mut vault.backend), vault.previous.as_mut()] {
            if let Some(Backend::Sqlite { timeout, .. }) = backend {
                *timeout = PATIENCE;
            }
        }
        Ok(open_keeper(&vault).await?)
    }
}

/// Asks again while the vault is unavailable, a few times. Only for what may be done twice.
async fn patiently<T>(call: impl AsyncFn() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let mut tries = 1;
    loop {
        match call().await {
            Err(error) if tries < TRIES && error.retry_after().is_some() => {
                tries += 1;
                tokio::time::sleep(error.retry_after().unwrap_or_default()).await;
            }
            other => return other,
        }
    }
}

/// A time as receipts have it.
fn text(time: Timestamp) -> String {
    let nanoseconds = i128::from(time.as_millis()) * 1_000_000;
    let time = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok();
    time.and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_default()
}

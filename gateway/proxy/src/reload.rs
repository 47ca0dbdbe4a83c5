//! Reads the configuration again when a file of it changes, or on SIGHUP: all of it or nothing.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use zeroize::Zeroizing;

use crate::config::{self, Config};
use crate::keys::Kms;
use crate::live::Live;
use crate::shared::Shared;
use crate::vaults::Vaults;

/// How often files are looked at. Content is compared: neither editors nor mounted volumes change
/// times and inodes reliably.
const TURN: Duration = Duration::from_secs(2);

/// Keeps the running configuration that of its files.
#[derive(Debug)]
pub struct Reload {
    file: PathBuf,
    kms: Kms,
    vaults: Vaults,
    seen: Seen,
}

/// Files with their content when they were last read; `None` when they could not be.
type Seen = Vec<(PathBuf, Option<Zeroizing<Vec<u8>>>)>;

impl Reload {
    /// For the configuration that was read from `file`.
    #[must_use]
    pub fn new(file: PathBuf, config: &Config, kms: Kms, vaults: Vaults) -> Self {
        let seen = read(config.files.clone());
        Self {
            file,
            kms,
            vaults,
            seen,
        }
    }

    /// Runs until it is dropped.
    pub(crate) async fn watch(mut self, shared: Arc<Shared>) {
        let mut hangup = signal(SignalKind::hangup()).ok();
        loop {
            let asked = tokio::select! {
                () = heard(&mut hangup) => true,
                () = tokio::time::sleep(TURN) => false,
            };
            let now = read(self.seen.iter().map(|(path, _)| path.clone()).collect());
            if !asked && now == self.seen {
                continue;
            }
            self.seen = now;
            self.reload(&shared).await;
        }
    }

    async fn reload(&mut self, shared: &Shared) {
        let file = self.file.display().to_string();
        match self.read_again(shared).await {
            Ok(live) => {
                shared.replace(live);
                shared.metrics.count_reload(true);
                tracing::info!(file, "the configuration was read again and is in force");
            }
            Err(error) => {
                shared.metrics.count_reload(false);
                tracing::error!(
                    file,
                    "the configuration was read again and is refused; the old one stays in force:\n{error}"
                );
            }
        }
    }

    async fn read_again(&mut self, shared: &Shared) -> Result<Live, String> {
        let mut config = config::load(&self.file).map_err(|error| error.to_string())?;
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        self.seen = read(config.files.clone());
        let current = shared.live();
        let (verifiers, metrics) = (&current.verifiers, &shared.metrics);
        let live = Live::new(&mut config, &self.kms, &self.vaults, verifiers, metrics).await;
        let live = live.map_err(|error| error.to_string())?;
        if !live.renew_epochs().await {
            return Err("a key's epoch could not be begun; the log says which".to_owned());
        }
        Ok(live)
    }
}

async fn heard(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

fn read(paths: Vec<PathBuf>) -> Seen {
    let files = paths.into_iter().map(|path| {
        let content = fs::read(&path).ok().map(Zeroizing::new);
        (path, content)
    });
    files.collect()
}

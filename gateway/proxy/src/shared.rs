//! What all of the gateway's workers share.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::Semaphore;

use crate::config::{Config, Limits};
use crate::keys::{KeysError, Kms};
use crate::live::Live;
use crate::metrics::Metrics;
use crate::vaults::Vaults;

/// The compiled configuration: what stays the same while the gateway runs, and what a reload
/// replaces.
#[derive(Debug)]
pub struct Shared {
    pub(crate) limits: Limits,
    pub(crate) trusted_hops: usize,
    pub(crate) requests: Arc<Semaphore>,
    pub(crate) metrics: Arc<Metrics>,
    live: ArcSwap<Live>,
}

impl Shared {
    /// Reads the keys and makes a sealer for each policy.
    ///
    /// # Errors
    /// A key that is missing or wrong.
    pub async fn new(
        mut config: Config,
        kms: &Kms,
        vaults: &Vaults,
    ) -> Result<Arc<Self>, KeysError> {
        let metrics = Arc::default();
        let live = Live::new(&mut config, kms, vaults, &[], &metrics).await?;
        Ok(Arc::new(Self {
            requests: Arc::new(Semaphore::new(config.limits.requests)),
            limits: config.limits,
            trusted_hops: config.trusted_hops,
            metrics,
            live: ArcSwap::from_pointee(live),
        }))
    }

    /// What is in force now. A request keeps what it began with.
    pub(crate) fn live(&self) -> Arc<Live> {
        self.live.load_full()
    }

    pub(crate) fn replace(&self, live: Live) {
        self.live.store(Arc::new(live));
    }

    /// One turn of the background task: begins epochs before they are needed. Whether all could.
    pub async fn renew_epochs(&self) -> bool {
        self.live().renew_epochs().await
    }
}

//! What all of the gateway's workers share.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::config::Limits;
use crate::config::{Config, Route, Upstream};
use crate::keys::{Keys, KeysError, Kms};
use crate::rewrite::Rewriter;

/// The compiled configuration, and what stays the same while it runs.
#[derive(Debug)]
pub struct Shared {
    pub(crate) limits: Limits,
    pub(crate) trusted_hops: usize,
    pub(crate) routes: Vec<Arc<Route>>,
    pub(crate) upstreams: Vec<Upstream>,
    /// By [`Route::policy`].
    pub(crate) rewriters: Vec<Arc<Rewriter>>,
    pub(crate) requests: Arc<Semaphore>,
}

impl Shared {
    /// Reads the keys and makes a sealer for each policy.
    ///
    /// # Errors
    /// A key that is missing or wrong.
    pub async fn new(config: Config, kms: &Kms) -> Result<Arc<Self>, KeysError> {
        let mut rewriters = Vec::new();
        if let Some(sealing) = &config.sealing {
            let keys = Keys::load(sealing, &config.policies, kms).await?;
            for policy in &config.policies {
                let sealer = keys.sealer(policy)?;
                rewriters.push(Arc::new(Rewriter::new(policy.clone(), sealer)));
            }
        }
        Ok(Arc::new(Self {
            requests: Arc::new(Semaphore::new(config.limits.requests)),
            limits: config.limits,
            trusted_hops: config.trusted_hops,
            routes: config.routes.into_iter().map(Arc::new).collect(),
            upstreams: config.upstreams,
            rewriters,
        }))
    }

    /// One turn of the background task: begins epochs before they are needed. Whether all could.
    pub async fn renew_epochs(&self) -> bool {
        let mut renewed = true;
        for rewriter in &self.rewriters {
            if let Err(error) = rewriter.sealer().renew_epochs().await {
                tracing::warn!(%error, source = ?std::error::Error::source(&error).map(ToString::to_string), "an epoch could not be begun");
                renewed = false;
            }
        }
        renewed
    }
}

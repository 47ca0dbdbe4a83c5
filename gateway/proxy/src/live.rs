//! What a reload replaces, all at once: routes, upstreams, policies and keys.

use std::sync::Arc;

use rewrite::Rewriter;
use scan::Plan;

use crate::config::{Config, Route, Upstream};
use crate::keys::{Keys, KeysError, Kms};
use crate::metrics::Metrics;
use crate::tenant::Verifier;
use crate::vaults::Vaults;

/// The part of the configuration that can change while the gateway runs.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) routes: Vec<Arc<Route>>,
    pub(crate) upstreams: Vec<Upstream>,
    /// By [`Route::policy`].
    pub(crate) rewriters: Vec<Arc<Rewriter>>,
    /// By [`crate::tenant::TenantSource::Claim`].
    pub(crate) verifiers: Vec<Verifier>,
}

impl Live {
    /// Reads the keys, makes a sealer for each policy, and has issuers' keys fetched. What `previous`
    /// verifiers have fetched they go on with.
    pub(crate) async fn new(
        config: &mut Config,
        kms: &Kms,
        vaults: &Vaults,
        previous: &[Verifier],
        metrics: &Arc<Metrics>,
    ) -> Result<Self, KeysError> {
        let mut rewriters = Vec::new();
        if let Some(sealing) = &config.sealing {
            let keys = Keys::load(sealing, &config.policies, kms, vaults).await?;
            for policy in &config.policies {
                let sealer = keys.sealer(policy)?;
                let plan = Plan::compile(policy.clone()).map_err(KeysError::Detection)?;
                rewriters.push(Arc::new(Rewriter::new(Arc::new(plan), sealer)));
            }
        }
        let verifiers = Verifier::all(std::mem::take(&mut config.claims), previous, metrics)?;
        let routes = std::mem::take(&mut config.routes);
        Ok(Self {
            routes: routes.into_iter().map(Arc::new).collect(),
            upstreams: std::mem::take(&mut config.upstreams),
            rewriters,
            verifiers,
        })
    }

    /// One turn of the background task: begins epochs before they are needed. Whether all could.
    pub(crate) async fn renew_epochs(&self) -> bool {
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

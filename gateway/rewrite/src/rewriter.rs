//! A policy with what it needs to run.

use std::fmt;
use std::sync::Arc;

use policies::Policy;
use scan::Plan;
use seal::Sealer;

/// A policy with its compiled plan and its sealer.
pub struct Rewriter {
    plan: Arc<Plan>,
    sealer: Sealer,
}

impl Rewriter {
    /// Joins a plan with the sealer that was made for its policy.
    #[must_use]
    pub fn new(plan: Arc<Plan>, sealer: Sealer) -> Self {
        Self { plan, sealer }
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Arc<Policy> {
        self.plan.policy()
    }

    /// The sealer, for its epochs.
    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }
}

impl fmt::Debug for Rewriter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Rewriter").finish_non_exhaustive()
    }
}

//! Where scanning and sealing meet: the body of a request becomes the body of the upstream's.
//!
//! - `plan`: headers leave before the body, so what happens to it is settled first;
//! - `draft`: what the scanner told of a piece, until its tokens are there;
//! - `piece`: scan, prepare, seal, splice: the four steps of every piece;
//! - `small`: a body that ends within the small-body limit goes whole, with a `Content-Length`;
//! - `stream`: a longer one as it comes; when it fails, the upstream's request is aborted;
//! - `digest`: digests of the client's body are checked, and not passed on for another body.

use std::fmt;
use std::sync::Arc;

use policies::Policy;
use scan::Selectors;
use seal::Sealer;

mod digest;
mod draft;
mod piece;
mod plan;
mod small;
mod stream;

pub(crate) use plan::{BodyPlan, plan};
pub(crate) use small::rewrite;
pub(crate) use stream::RewrittenStream;

/// A policy with its compiled selectors and its sealer.
pub(crate) struct Rewriter {
    policy: Arc<Policy>,
    selectors: Arc<Selectors>,
    sealer: Sealer,
}

impl Rewriter {
    /// Joins a policy with the sealer that was made for it.
    pub(crate) fn new(policy: Arc<Policy>, sealer: Sealer) -> Self {
        let selectors = Arc::new(Selectors::compile(&policy));
        Self {
            policy,
            selectors,
            sealer,
        }
    }

    /// The sealer, for its epochs.
    pub(crate) fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// The names of the policy's classes, in its order.
    pub(crate) fn class_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.policy
            .classes()
            .iter()
            .map(|class| class.name.as_str())
    }
}

impl fmt::Debug for Rewriter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Rewriter").finish_non_exhaustive()
    }
}

//! The four steps of every piece: scan, prepare, seal, splice.

use std::sync::Arc;

use bytes::Bytes;
use scan::{Documents, JsonScanner};
use seal::{SealError, Tokens};

use super::Rewriter;
use super::digest::Digests;
use super::draft::Draft;
use crate::access::Access;
use crate::error::GatewayError;

/// From this many RSA encryptions (some 20 µs each) on, a batch leaves the async worker.
const HEAVY: usize = 8;

/// A body that is being rewritten.
#[derive(Debug)]
pub(super) struct Rewriting {
    rewriter: Arc<Rewriter>,
    scanner: JsonScanner,
    draft: Draft,
    tokens: Tokens,
    pub(super) digests: Digests,
    access: Arc<Access>,
    changed: bool,
}

impl Rewriting {
    pub(super) fn new(
        rewriter: Arc<Rewriter>,
        documents: Documents,
        digests: Digests,
        capacity: usize,
        access: Arc<Access>,
    ) -> Self {
        let policy = rewriter.policy.clone();
        let scanner = JsonScanner::new(rewriter.selectors.clone(), policy.json(), documents);
        access.set_rewriter(rewriter.clone());
        Self {
            rewriter,
            scanner,
            draft: Draft::new(policy, capacity),
            tokens: Tokens::new(),
            digests,
            access,
            changed: false,
        }
    }

    /// Scans more of the body into the draft.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), GatewayError> {
        self.digests.update(bytes);
        let scanned = self.scanner.push(bytes, &mut self.draft);
        scanned.map_err(|error| self.refused(error))
    }

    /// The body has ended: is it whole, and what its digests say?
    pub(super) fn finish(&mut self) -> Result<(), GatewayError> {
        let finished = self.scanner.finish(&mut self.draft);
        finished.map_err(|error| self.refused(error))?;
        self.digests.verify()
    }

    fn refused(&self, error: scan::ScanError) -> GatewayError {
        GatewayError::Scan {
            error,
            status: self.rewriter.policy.malformed_status(),
        }
    }

    /// Bytes that wait in the draft.
    pub(super) fn waiting(&self) -> usize {
        self.draft.len()
    }

    /// Whether any byte is not as it came.
    pub(super) fn is_changed(&self) -> bool {
        self.changed
    }

    /// What the draft holds, with tokens.
    pub(super) async fn seal(&mut self) -> Result<Bytes, GatewayError> {
        if self.draft.batch.is_empty() {
            return Ok(self.draft.take_untouched());
        }
        self.rewriter.sealer.prepare(&mut self.draft.batch).await?;
        if self.draft.batch.heavy() < HEAVY {
            self.rewriter
                .sealer
                .seal_batch(&mut self.draft.batch, &mut self.tokens)?;
        } else {
            self.seal_elsewhere().await?;
        }
        self.changed = true;
        Ok(self.draft.splice(&self.tokens, &self.access))
    }

    async fn seal_elsewhere(&mut self) -> Result<(), GatewayError> {
        let rewriter = self.rewriter.clone();
        let mut batch = std::mem::take(&mut self.draft.batch);
        let mut tokens = std::mem::take(&mut self.tokens);
        let sealing = tokio::task::spawn_blocking(move || {
            let sealed = rewriter.sealer.seal_batch(&mut batch, &mut tokens);
            sealed.map(|()| (batch, tokens))
        });
        let sealed = sealing.await.unwrap_or(Err(SealError::Cryptography));
        (self.draft.batch, self.tokens) = sealed?;
        Ok(())
    }
}

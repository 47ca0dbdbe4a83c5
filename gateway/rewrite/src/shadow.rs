//! A body that is only looked at.

use std::sync::Arc;

use coding::DecodeLimits;
use scan::Plan;

use crate::coverage::Coverage;
use crate::draft::Draft;
use crate::error::RewriteError;
use crate::kind::BodyKind;
use crate::reader::Reader;

/// Counts what a [`crate::Rewriting`] would do with a body that goes on unchanged.
#[derive(Debug)]
pub struct Shadow {
    reader: Reader,
    draft: Draft,
    coverage: Arc<Coverage>,
}

impl Shadow {
    /// Begins with a body of this kind.
    ///
    /// # Errors
    /// A multipart boundary that cannot be.
    pub fn new(
        plan: Arc<Plan>,
        kind: &BodyKind,
        limits: DecodeLimits,
        coverage: Arc<Coverage>,
    ) -> Result<Self, RewriteError> {
        let draft = Draft::new(plan.policy().clone(), 0);
        Ok(Self {
            reader: Reader::new(plan, kind, limits)?,
            draft,
            coverage,
        })
    }

    /// Looks at some more of the body.
    ///
    /// # Errors
    /// That a [`crate::Rewriting`] would refuse the body.
    pub fn push(&mut self, mut input: &[u8]) -> Result<(), RewriteError> {
        while !input.is_empty() || !self.reader.wants_input() {
            let pushed = self
                .reader
                .push(&mut input, &mut self.draft, &self.coverage);
            let whose = self.draft.is_waiting();
            self.draft.discard(&self.coverage);
            pushed.and(whose)?;
        }
        Ok(())
    }

    /// The body has ended.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn finish(&mut self) -> Result<(), RewriteError> {
        loop {
            let ended = self.reader.finish(&mut self.draft, &self.coverage);
            self.draft.discard(&self.coverage);
            if ended? {
                return self.draft.finish();
            }
        }
    }
}

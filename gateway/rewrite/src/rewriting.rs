//! A body that is being rewritten.

use std::sync::Arc;

use bytes::Bytes;
use coding::DecodeLimits;

use crate::coverage::Coverage;
use crate::draft::Draft;
use crate::error::RewriteError;
use crate::kind::BodyKind;
use crate::reader::Reader;
use crate::rewriter::Rewriter;
use crate::writer::Writer;

/// A body that is being rewritten.
#[derive(Debug)]
pub struct Rewriting {
    rewriter: Arc<Rewriter>,
    reader: Reader,
    draft: Draft,
    writer: Writer,
    coverage: Arc<Coverage>,
    changed: bool,
    ended: bool,
    /// A value waits for more of the body, which says whose it is.
    waits: bool,
}

impl Rewriting {
    /// Begins with a body of this kind; `capacity` in bytes is only a guess. Content codings are
    /// written again unless `plain`.
    ///
    /// # Errors
    /// A multipart boundary that cannot be.
    pub fn new(
        rewriter: Arc<Rewriter>,
        kind: &BodyKind,
        plain: bool,
        limits: DecodeLimits,
        capacity: usize,
        coverage: Arc<Coverage>,
    ) -> Result<Self, RewriteError> {
        let reader = Reader::new(rewriter.plan().clone(), kind, limits)?;
        let draft = Draft::new(rewriter.policy().clone(), capacity).of_format(&kind.format);
        let writer = if plain {
            let codings = Vec::new();
            Writer::new(&BodyKind {
                codings,
                ..kind.clone()
            })
        } else {
            Writer::new(kind)
        };
        Ok(Self {
            rewriter,
            reader,
            draft,
            writer,
            coverage,
            changed: false,
            ended: false,
            waits: false,
        })
    }

    /// The same for a body of this tenant.
    #[must_use]
    pub fn for_tenant(self, tenant: &str) -> Self {
        Self {
            draft: self.draft.for_tenant(tenant),
            ..self
        }
    }

    /// Scans one piece of the body into the draft, and takes it off the front of `input`. To be
    /// called until [`Self::wants_input`] and `input` is empty.
    ///
    /// # Errors
    /// The body is refused.
    pub fn push(&mut self, input: &mut &[u8]) -> Result<(), RewriteError> {
        self.reader.push(input, &mut self.draft, &self.coverage)?;
        self.waits = self.draft.is_waiting()?;
        Ok(())
    }

    /// Whether nothing is left to scan of the input that it has.
    #[must_use]
    pub fn wants_input(&self) -> bool {
        self.reader.wants_input()
    }

    /// The body has ended. `false` when it is to be called again, after what waits has been sealed.
    ///
    /// # Errors
    /// The body is not whole.
    pub fn finish(&mut self) -> Result<bool, RewriteError> {
        if !self.ended {
            self.ended = self.reader.finish(&mut self.draft, &self.coverage)?;
            if self.ended {
                self.draft.finish()?;
            }
            self.waits = self.draft.is_waiting()?;
        }
        Ok(self.ended)
    }

    /// Bytes that can be sealed.
    #[must_use]
    pub fn waiting(&self) -> usize {
        if self.waits { 0 } else { self.draft.len() }
    }

    /// Whether any byte that was sealed is not as it came.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.changed
    }

    /// What the draft holds, with tokens, and nothing while a value in it waits for what says whose
    /// it is; after [`Self::finish`] also the codings' ends.
    ///
    /// # Errors
    /// When a value cannot become a token.
    pub async fn seal(&mut self) -> Result<Bytes, RewriteError> {
        if self.waits {
            return Ok(Bytes::new());
        }
        self.changed |= self.draft.has_values();
        let text = self.draft.seal(&self.rewriter, &self.coverage).await?;
        self.writer.write(text, self.reader.mark(), self.ended)
    }

    /// What waits in the encoders of content codings, so that a receiver can decode all that was
    /// sealed. It costs some bytes each time: for when nothing follows at once.
    ///
    /// # Errors
    /// The library refuses.
    pub fn flush(&mut self) -> Result<Bytes, RewriteError> {
        self.writer.flush()
    }
}

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
        self.reader.push(input, &mut self.draft, &self.coverage)
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
        }
        Ok(self.ended)
    }

    /// Bytes that wait in the draft.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.draft.len()
    }

    /// Whether any byte that was sealed is not as it came.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.changed
    }

    /// What the draft holds, with tokens; after [`Self::finish`] also the codings' ends.
    ///
    /// # Errors
    /// When a value cannot become a token.
    pub async fn seal(&mut self) -> Result<Bytes, RewriteError> {
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

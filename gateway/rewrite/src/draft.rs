//! What the scanner told of a piece, until its tokens are there.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use policies::Policy;
use record::ValueType;
use scan::{Format, Matched, MatchedType, Sink, Syntax, Unfit};
use seal::{Batch, Replacement, SealError, Tokens};
use zeroize::Zeroize;

use crate::boundary::Boundary;
use crate::coverage::{Became, Coverage, Tally};
use crate::error::RewriteError;
use crate::replacement::write_replacement;
use crate::rewriter::Rewriter;

/// From this many RSA encryptions (some 20 µs each) on, a batch leaves the async worker.
const HEAVY: usize = 8;

/// The bytes of a piece as they came, with the places of the values in it.
pub struct Draft {
    policy: Arc<Policy>,
    text: Vec<u8>,
    values: Vec<Value>,
    batch: Batch,
    tokens: Tokens,
    tally: Tally,
    /// What a multipart body is divided by.
    boundary: Option<Boundary>,
}

/// Where a value is in the text, which rule took it, and how it is spelled.
struct Value {
    place: Range<usize>,
    rule: usize,
    syntax: Syntax,
}

impl Draft {
    /// An empty one; `capacity` in bytes is only a guess.
    #[must_use]
    pub fn new(policy: Arc<Policy>, capacity: usize) -> Self {
        Self {
            tally: Tally::new(policy.rules().len()),
            policy,
            text: Vec::with_capacity(capacity),
            values: Vec::new(),
            batch: Batch::new(),
            tokens: Tokens::new(),
            boundary: None,
        }
    }

    /// For pieces of a body of this format, one after the other. Those of a multipart body must
    /// not come from several drafts.
    #[must_use]
    pub fn of_format(mut self, format: &Format) -> Self {
        self.boundary = match format {
            Format::Multipart(boundary) => Some(Boundary::new(boundary)),
            _ => None,
        };
        self
    }

    /// For values of this tenant; without it they are nobody's.
    #[must_use]
    pub fn for_tenant(mut self, tenant: &str) -> Self {
        self.batch = std::mem::take(&mut self.batch).of_tenant(tenant);
        self
    }

    /// Bytes that wait here.
    #[must_use]
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether nothing waits here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether a value waits here.
    #[must_use]
    pub fn has_values(&self) -> bool {
        !self.values.is_empty()
    }

    /// What waits here with tokens in the values' places; the draft is empty afterwards. Many `rsa`
    /// values at once are sealed on a blocking thread.
    ///
    /// # Errors
    /// When a value cannot become a token, or what it became cannot stand in its place.
    pub async fn seal(
        &mut self,
        rewriter: &Arc<Rewriter>,
        coverage: &Coverage,
    ) -> Result<Vec<u8>, RewriteError> {
        if self.values.is_empty() {
            self.pass_boundary();
            let text = std::mem::take(&mut self.text);
            return Ok(text);
        }
        rewriter.sealer().prepare(&mut self.batch).await?;
        if self.batch.heavy() < HEAVY {
            let sealer = rewriter.sealer();
            sealer.seal_batch(&mut self.batch, &mut self.tokens)?;
        } else {
            self.seal_elsewhere(rewriter.clone()).await?;
        }
        self.splice(coverage)
    }

    async fn seal_elsewhere(&mut self, rewriter: Arc<Rewriter>) -> Result<(), SealError> {
        let mut batch = std::mem::take(&mut self.batch);
        let mut tokens = std::mem::take(&mut self.tokens);
        let sealing = tokio::task::spawn_blocking(move || {
            let sealed = rewriter.sealer().seal_batch(&mut batch, &mut tokens);
            sealed.map(|()| (batch, tokens))
        });
        let sealed = sealing.await.unwrap_or(Err(SealError::Cryptography));
        (self.batch, self.tokens) = sealed?;
        Ok(())
    }

    fn splice(&mut self, coverage: &Coverage) -> Result<Vec<u8>, RewriteError> {
        // a value without a token of its own would leave as it came
        if self.tokens.len() != self.values.len() {
            return Err(SealError::NotPrepared.into());
        }
        let length = self.tokens.iter().map(|token| match token {
            Replacement::Made(token) => token.len() + 2,
            Replacement::Text(text) | Replacement::Number(text) => text.len() + 2,
            Replacement::Null => "null".len(),
            Replacement::Kept => 0,
        });
        let mut spliced = Vec::with_capacity(self.text.len() + length.sum::<usize>());
        let mut from = 0;
        for (value, token) in self.values.iter().zip(self.tokens.iter()) {
            let became = match token {
                Replacement::Kept => Became::Kept,
                token => {
                    let before = self.text.get(from..value.place.start);
                    spliced.extend_from_slice(before.unwrap_or_default());
                    let raw = self.text.get(value.place.clone()).unwrap_or_default();
                    let start = spliced.len();
                    write_replacement(token, value.syntax, raw, &mut spliced)
                        .map_err(|reason| self.unfit(value.rule, reason))?;
                    if let Some(boundary) = &mut self.boundary {
                        boundary.replaced(start..spliced.len(), value.rule);
                    }
                    from = value.place.end;
                    Became::Token
                }
            };
            self.tally.count(value.rule, became);
        }
        spliced.extend_from_slice(self.text.get(from..).unwrap_or_default());
        if let Some(rule) = self.boundary.as_ref().and_then(|own| own.made_by(&spliced)) {
            return Err(self.unfit(rule, Unfit::Structure));
        }
        coverage.add(&mut self.tally);
        self.clear();
        Ok(spliced)
    }

    fn unfit(&self, rule: usize, reason: Unfit) -> RewriteError {
        let class = self.policy.rules().get(rule).map(|rule| rule.class);
        let class = class.map_or("", |class| self.policy.class(class).name.as_str());
        RewriteError::Unfit {
            class: class.into(),
            reason,
        }
    }

    fn pass_boundary(&mut self) {
        if let Some(boundary) = &mut self.boundary {
            boundary.pass(&self.text);
        }
    }

    /// Forgets what waits here, and counts what was found.
    pub fn discard(&mut self, coverage: &Coverage) {
        for value in &self.values {
            self.tally.count(value.rule, Became::Nothing);
        }
        coverage.add(&mut self.tally);
        self.clear();
    }

    fn clear(&mut self) {
        self.pass_boundary();
        // Values stood in it in plain. What is behind its end has been zeroized before.
        self.text.as_mut_slice().zeroize();
        self.text.clear();
        self.values.clear();
        self.batch.clear();
    }
}

impl Sink for Draft {
    fn pass(&mut self, bytes: &[u8]) {
        self.text.extend_from_slice(bytes);
    }

    fn value(&mut self, value: Matched<'_>) {
        let start = self.text.len();
        self.text.extend_from_slice(value.raw);
        // The scanner numbers the rules of the very policy that it was compiled from.
        let Some(rule) = self.policy.rules().get(value.rule) else {
            return;
        };
        self.values.push(Value {
            place: start..self.text.len(),
            rule: value.rule,
            syntax: value.syntax,
        });
        self.batch
            .push(rule.class, value_type(value.value_type), &value.content());
    }
}

fn value_type(matched: MatchedType) -> ValueType {
    match matched {
        MatchedType::String => ValueType::Text,
        MatchedType::Number => ValueType::Number,
        MatchedType::Boolean => ValueType::Boolean,
        MatchedType::Null => ValueType::Null,
        MatchedType::Object => ValueType::Object,
        MatchedType::Array => ValueType::Array,
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Draft")
            .field("length", &self.text.len())
            .finish_non_exhaustive()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

#[cfg(test)]
mod tests;

//! What the scanner told of a piece, until its tokens are there.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use policies::Policy;
use record::ValueType;
use scan::{Matched, MatchedType, Sink, Syntax};
use seal::{Batch, Replacement, SealError, Tokens};
use zeroize::Zeroize;

use crate::coverage::{Became, Coverage, Tally};
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
        }
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
    /// When a value cannot become a token.
    pub async fn seal(
        &mut self,
        rewriter: &Arc<Rewriter>,
        coverage: &Coverage,
    ) -> Result<Vec<u8>, SealError> {
        if self.values.is_empty() {
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
        Ok(self.splice(coverage))
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

    fn splice(&mut self, coverage: &Coverage) -> Vec<u8> {
        let length = self.tokens.iter().map(|token| match token {
            Replacement::Made(token) => token.len() + 2,
            Replacement::Kept => 0,
        });
        let mut spliced = Vec::with_capacity(self.text.len() + length.sum::<usize>());
        let mut from = 0;
        for (value, token) in self.values.iter().zip(self.tokens.iter()) {
            let became = match token {
                Replacement::Made(token) => {
                    let before = self.text.get(from..value.place.start);
                    spliced.extend_from_slice(before.unwrap_or_default());
                    let raw = self.text.get(value.place.clone()).unwrap_or_default();
                    value.syntax.write_token(token, raw, &mut spliced);
                    from = value.place.end;
                    Became::Token
                }
                Replacement::Kept => Became::Kept,
            };
            self.tally.count(value.rule, became);
        }
        coverage.add(&mut self.tally);
        spliced.extend_from_slice(self.text.get(from..).unwrap_or_default());
        self.clear();
        spliced
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

//! What the scanner told of a piece, until its tokens are there.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use policies::Policy;
use record::ValueType;
use scan::{Format, Matched, MatchedType, RecordEdge, RecordId, Records, Sink, Syntax, Unfit};
use seal::{Replacement, SealError};
use zeroize::Zeroize;

use crate::batches::Batches;
use crate::boundary::Boundary;
use crate::coverage::{Became, Coverage, Tally};
use crate::error::RewriteError;
use crate::replacement::write_replacement;
use crate::rewriter::Rewriter;

/// The bytes of a piece as they came, with the places of the values in it.
pub struct Draft {
    policy: Arc<Policy>,
    text: Vec<u8>,
    values: Vec<Value>,
    batches: Batches,
    /// Where the policy has values that wait for others.
    records: Option<Records>,
    /// Bytes of the body that have come.
    seen: u64,
    tally: Tally,
    /// What a multipart body is divided by.
    boundary: Option<Boundary>,
}

/// Where a value is in the text, which rule took it, and how it is spelled.
struct Value {
    place: Range<usize>,
    rule: usize,
    value_type: ValueType,
    syntax: Syntax,
    record: RecordId,
}

impl Draft {
    /// An empty one; `capacity` in bytes is only a guess.
    #[must_use]
    pub fn new(policy: Arc<Policy>, capacity: usize) -> Self {
        Self {
            tally: Tally::new(policy.rules().len()),
            records: Records::new(&policy),
            seen: 0,
            policy,
            text: Vec::with_capacity(capacity),
            values: Vec::new(),
            batches: Batches::of(""),
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

    /// For values of this tenant; without it they are nobody's. Where the policy has a rule for
    /// the tenant, the body says it instead.
    #[must_use]
    pub fn for_tenant(mut self, tenant: &str) -> Self {
        self.batches = Batches::of(tenant);
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

    /// Whether a value here cannot be sealed before more of the body has come, which says whose it
    /// is. To be asked after each piece.
    ///
    /// # Errors
    /// The body does not say whose its values are, contradicts itself, or says it too late.
    pub fn is_waiting(&mut self) -> Result<bool, RewriteError> {
        let Some(records) = &mut self.records else {
            return Ok(false);
        };
        Ok(records.is_waiting(self.seen)?)
    }

    /// The body has ended.
    ///
    /// # Errors
    /// As [`Draft::is_waiting`].
    pub fn finish(&mut self) -> Result<(), RewriteError> {
        if let Some(records) = &mut self.records {
            records.end(self.seen);
        }
        self.is_waiting().map(|_| ())
    }

    /// The body goes on in another draft, which is empty.
    pub fn hand_on(&self, to: &mut Self) {
        to.seen = self.seen;
        if let (Some(records), Some(to)) = (&self.records, &mut to.records) {
            records.hand_on(to);
        }
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
        if self.is_waiting()? {
            return Err(SealError::NotPrepared.into());
        }
        if self.values.is_empty() {
            self.pass_boundary();
            let text = std::mem::take(&mut self.text);
            return Ok(text);
        }
        self.fill_batches()?;
        self.batches.seal(rewriter).await?;
        self.splice(coverage)
    }

    fn fill_batches(&mut self) -> Result<(), RewriteError> {
        for value in &self.values {
            // The scanner numbers the rules of the very policy that it was compiled from.
            let Some(rule) = self.policy.rules().get(value.rule) else {
                continue;
            };
            let raw = self.text.get(value.place.clone()).unwrap_or_default();
            let content = value.syntax.content(raw);
            let records = self.records.as_ref();
            let owners = records.map(|records| (records, value.record));
            self.batches
                .push(owners, rule, value.value_type, &content)?;
        }
        Ok(())
    }

    fn splice(&mut self, coverage: &Coverage) -> Result<Vec<u8>, RewriteError> {
        let tokens = self.batches.tokens(self.values.len())?;
        let mut spliced = Vec::with_capacity(self.text.len() + self.batches.length());
        let mut from = 0;
        let mut unfit = None;
        for (value, token) in self.values.iter().zip(tokens) {
            let became = match token {
                Replacement::Kept => Became::Kept,
                token => {
                    let before = self.text.get(from..value.place.start);
                    spliced.extend_from_slice(before.unwrap_or_default());
                    let raw = self.text.get(value.place.clone()).unwrap_or_default();
                    let start = spliced.len();
                    let written = write_replacement(token, value.syntax, raw, &mut spliced);
                    if let Err(reason) = written {
                        unfit = Some((value.rule, reason));
                        break;
                    }
                    if let Some(boundary) = &mut self.boundary {
                        boundary.replaced(start..spliced.len(), value.rule);
                    }
                    from = value.place.end;
                    Became::Token
                }
            };
            self.tally.count(value.rule, became);
        }
        if let Some((rule, reason)) = unfit {
            return Err(self.unfit(rule, reason));
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
        self.batches.clear();
        if let Some(records) = &mut self.records {
            records.forget();
        }
    }
}

impl Sink for Draft {
    fn pass(&mut self, bytes: &[u8]) {
        self.text.extend_from_slice(bytes);
        self.seen += bytes.len() as u64;
    }

    fn value(&mut self, value: Matched<'_>) {
        let start = self.text.len();
        self.text.extend_from_slice(value.raw);
        self.seen += value.raw.len() as u64;
        let record = match &mut self.records {
            None => 0,
            Some(records) => records.add(&value),
        };
        self.values.push(Value {
            place: start..self.text.len(),
            rule: value.rule,
            value_type: value_type(value.value_type),
            syntax: value.syntax,
            record,
        });
    }

    fn record(&mut self, edge: RecordEdge, offset: u64) {
        if let Some(records) = &mut self.records {
            records.edge(edge, offset);
        }
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

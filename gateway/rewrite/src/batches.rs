//! Values of several tenants as batches, one for each tenant.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use policies::Rule;
use record::ValueType;
use scan::{RecordId, Records};
use seal::{Batch, Replacement, SealError, Sealer, Subject, Tokens};

use crate::rewriter::Rewriter;

/// From this many RSA encryptions (some 20 µs each) on, batches leave the async worker.
const HEAVY: usize = 8;

/// Values as batches, one for each tenant, and their tokens in the values' own order.
pub struct Batches {
    /// The first is of those that do not say their tenant themselves.
    all: Vec<TenantBatch>,
    /// The places of the others, by tenant.
    tenants: HashMap<Box<str>, usize>,
    /// Which batch each value is in, in order.
    places: Vec<usize>,
}

struct TenantBatch {
    batch: Batch,
    tokens: Tokens,
}

impl TenantBatch {
    fn of(tenant: &str) -> Self {
        Self {
            batch: Batch::for_tenant(tenant),
            tokens: Tokens::new(),
        }
    }
}

impl Batches {
    /// Values that do not say their tenant themselves are of this one.
    #[must_use]
    pub fn of(tenant: &str) -> Self {
        Self {
            all: vec![TenantBatch::of(tenant)],
            tenants: HashMap::new(),
            places: Vec::new(),
        }
    }

    /// So many values in one batch that has been sealed.
    #[cfg(test)]
    pub(crate) fn sealed(tokens: Tokens, values: usize) -> Self {
        let batch = Batch::new();
        Self {
            all: vec![TenantBatch { batch, tokens }],
            tenants: HashMap::new(),
            places: vec![0; values],
        }
    }

    /// Adds a value that a rule took, with the record that says its tenant and subject.
    ///
    /// # Errors
    /// The record has not said its tenant.
    pub fn push(
        &mut self,
        owners: Option<(&Records, RecordId)>,
        rule: &Rule,
        value_type: ValueType,
        content: &[u8],
    ) -> Result<(), SealError> {
        let (mut place, mut subject) = (0, Subject::Any);
        if let Some((records, record)) = owners {
            if records.has_tenants() {
                let tenant = records.tenant(record).ok_or(SealError::NotPrepared)?;
                place = self.place(tenant);
            }
            if let Some(owner) = rule.subject {
                let said = records.said(record, owner);
                subject = said.map_or(Subject::Unknown, Subject::Known);
            }
        }
        let each = self.all.get_mut(place).ok_or(SealError::NotPrepared)?;
        each.batch.push_of(subject, rule.class, value_type, content);
        self.places.push(place);
        Ok(())
    }

    fn place(&mut self, tenant: &str) -> usize {
        if let Some(place) = self.tenants.get(tenant) {
            return *place;
        }
        let place = self.all.len();
        self.all.push(TenantBatch::of(tenant));
        self.tenants.insert(tenant.into(), place);
        place
    }

    /// Makes all tokens. Many `rsa` values at once are sealed on a blocking thread.
    ///
    /// # Errors
    /// A value cannot become a token.
    pub async fn seal(&mut self, rewriter: &Arc<Rewriter>) -> Result<(), SealError> {
        let used = self.all.iter_mut().filter(|each| !each.batch.is_empty());
        for each in used {
            rewriter.sealer().prepare(&mut each.batch).await?;
        }
        let heavy: usize = self.all.iter().map(|each| each.batch.heavy()).sum();
        if heavy < HEAVY {
            return self.seal_prepared(rewriter.sealer());
        }
        let mut elsewhere = std::mem::replace(self, Self::of(""));
        let rewriter = rewriter.clone();
        let sealing = tokio::task::spawn_blocking(move || {
            let sealed = elsewhere.seal_prepared(rewriter.sealer());
            sealed.map(|()| elsewhere)
        });
        *self = sealing.await.unwrap_or(Err(SealError::Cryptography))?;
        Ok(())
    }

    fn seal_prepared(&mut self, sealer: &Sealer) -> Result<(), SealError> {
        let mut used = self.all.iter_mut().filter(|each| !each.batch.is_empty());
        used.try_for_each(|each| sealer.seal_batch(&mut each.batch, &mut each.tokens))
    }

    /// What takes each value's place, in order.
    ///
    /// # Errors
    /// There is not one for each of `values`: one would leave as it came.
    pub fn tokens(
        &self,
        values: usize,
    ) -> Result<impl Iterator<Item = Replacement<'_>>, SealError> {
        if !self.is_complete(values) {
            return Err(SealError::NotPrepared);
        }
        let mut tokens: Vec<_> = self.all.iter().map(|each| each.tokens.iter()).collect();
        let places = self.places.iter();
        Ok(places.filter_map(move |place| tokens.get_mut(*place)?.next()))
    }

    /// Whether each of so many values has a token, and each token a value.
    fn is_complete(&self, values: usize) -> bool {
        let mut counts = vec![0; self.all.len()];
        for place in &self.places {
            if let Some(count) = counts.get_mut(*place) {
                *count += 1;
            }
        }
        let made = self.all.iter().map(|each| each.tokens.len());
        self.places.len() == values && made.eq(counts)
    }

    /// About how many bytes all that takes values' places has.
    pub(crate) fn length(&self) -> usize {
        let tokens = self.all.iter().flat_map(|each| each.tokens.iter());
        let length = tokens.map(|token| match token {
            Replacement::Made(token) => token.len() + 2,
            Replacement::Text(text) | Replacement::Number(text) => text.len() + 2,
            Replacement::Null => "null".len(),
            Replacement::Kept => 0,
        });
        length.sum()
    }

    /// Forgets all values; the tenant of those that do not say one stays.
    pub fn clear(&mut self) {
        self.places.clear();
        // a body of many tenants would gather a batch of each
        self.tenants.clear();
        self.all.truncate(1);
        for each in &mut self.all {
            each.batch.clear();
            each.tokens.clear();
        }
    }
}

impl fmt::Debug for Batches {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Batches")
            .field("values", &self.places.len())
            .finish_non_exhaustive()
    }
}

//! Vault tokens of one batch: found or drawn, sealed, and kept before they leave.

use super::viewed::take_parts;
use super::{KeyShare, Sealer};
use crate::batch::{Batch, ValueRef};
use crate::epoch::Epoch;
use crate::error::SealError;
use crate::remembered::Fingerprint;
use crate::vault::VaultMaker;
use crate::views::Parts;
use std::collections::HashMap;
use std::sync::Arc;
use store::{Found, Index, Insertion, Mac, NewRecord, RecordKey, Space, Token, Writer};

/// How often another token is drawn when one is taken. When half of all tokens are, one value in a
/// million is refused.
const DRAWS: usize = 20;

/// A value of a batch that the vault is to keep.
pub(crate) struct Vaulted {
    /// Its place in the batch.
    pub(crate) value: usize,
    /// Its class's place in the policy.
    pub(crate) class: usize,
    pub(crate) fingerprint: Option<Fingerprint>,
}

/// A value that no token is known of yet.
struct Pending<'a> {
    /// Its place among the vaulted.
    place: usize,
    class: usize,
    maker: &'a VaultMaker,
    value: ValueRef<'a>,
    space: Space,
    index: Index,
    fingerprint: Option<Fingerprint>,
    parts: Parts,
}

impl Sealer {
    /// The tokens of what the vault is to keep, in order, each durable there.
    pub(super) async fn keep(
        &self,
        batch: &Batch,
        vaulted: Vec<Vaulted>,
        shares: &mut [KeyShare],
    ) -> Result<Vec<Token>, SealError> {
        if vaulted.is_empty() {
            return Ok(Vec::new());
        }
        let vault = self.vault.as_ref().ok_or(SealError::UnknownClass)?;
        let writer = vault.writer();
        let mut tokens: Vec<Option<Token>> = vaulted.iter().map(|_| None).collect();
        let mut pending = self.pending(batch, vaulted, shares)?;
        find(writer, &mut pending, &mut tokens).await?;
        // of equal values of a deterministic class in one batch, the first goes to the vault
        let twins = part_twins(&mut pending);
        for epoch in distinct_epochs(&pending) {
            epoch.keep_head(writer).await?;
        }
        let mut draws = 0;
        while !pending.is_empty() {
            draws += 1;
            if draws > DRAWS {
                let class = pending.first().map_or(0, |first| first.class);
                return Err(self.exhausted(class));
            }
            let records = self.records(batch.tenant(), &pending)?;
            let insertions = writer.insert(&records).await?;
            pending = settle(pending, records, insertions, &mut tokens)?;
        }
        for (place, first) in twins {
            let token = tokens.get(first).cloned().flatten();
            if let Some(slot) = tokens.get_mut(place) {
                *slot = token;
            }
        }
        let tokens: Option<Vec<_>> = tokens.into_iter().collect();
        tokens.ok_or(SealError::NotPrepared)
    }

    fn pending<'a>(
        &'a self,
        batch: &'a Batch,
        vaulted: Vec<Vaulted>,
        shares: &mut [KeyShare],
    ) -> Result<Vec<Pending<'a>>, SealError> {
        let values: Vec<ValueRef<'a>> = batch.values().collect();
        let mut spaces = Spaces::new(batch.tenant());
        let pending = vaulted.into_iter().enumerate().map(|(place, vaulted)| {
            let class = self
                .classes
                .get(vaulted.class)
                .ok_or(SealError::UnknownClass)?;
            let maker = class.vault().ok_or(SealError::UnknownClass)?;
            let value = *values.get(vaulted.value).ok_or(SealError::NotPrepared)?;
            Ok(Pending {
                place,
                class: vaulted.class,
                maker,
                value,
                space: spaces.of(vaulted.class, &class.name)?,
                index: maker.index(value, batch.tenant())?,
                fingerprint: vaulted.fingerprint,
                parts: take_parts(shares, self.keepers_of(vaulted.class))?,
            })
        });
        pending.collect()
    }

    /// A record for each, under a token that is drawn for it.
    fn records(&self, tenant: &str, pending: &[Pending<'_>]) -> Result<Vec<NewRecord>, SealError> {
        let bindings = self.bindings_for(tenant)?;
        let records = pending.iter().map(|each| {
            let binding = bindings.get(each.class).ok_or(SealError::UnknownClass)?;
            let drawn = each.maker.draw(each.value)?;
            let token = Token::new(&drawn).map_err(|_| SealError::Cryptography)?;
            let bound = (each.class, binding.as_slice());
            let record = each
                .maker
                .record(bound, each.value, &each.parts, &drawn, each.index)?;
            Ok(NewRecord {
                key: RecordKey {
                    space: each.space.clone(),
                    token,
                },
                record,
                renew: each.maker.renew,
            })
        });
        records.collect()
    }

    fn exhausted(&self, class: usize) -> SealError {
        SealError::Exhausted {
            class: self
                .classes
                .get(class)
                .map_or_else(Default::default, |class| class.name.clone()),
        }
    }
}

/// The spaces of one tenant, by the class's place in the policy.
struct Spaces<'a> {
    tenant: &'a str,
    known: HashMap<usize, Space>,
}

impl<'a> Spaces<'a> {
    fn new(tenant: &'a str) -> Self {
        Self {
            tenant,
            known: HashMap::new(),
        }
    }

    fn of(&mut self, class: usize, name: &str) -> Result<Space, SealError> {
        if let Some(known) = self.known.get(&class) {
            return Ok(known.clone());
        }
        let space = Space::new(name, self.tenant).map_err(|_| SealError::UnknownClass)?;
        self.known.insert(class, space.clone());
        Ok(space)
    }
}

impl Pending<'_> {
    /// By what a token that the value has is looked for.
    fn sought(&self) -> Option<(Space, Mac)> {
        match self.index {
            Index::Unique(mac) if !self.maker.renew => Some((self.space.clone(), mac)),
            _ => None,
        }
    }
}

/// Takes those out whose value has a token already. A token that is to live anew goes to the vault in
/// any case.
async fn find(
    writer: &dyn Writer,
    pending: &mut Vec<Pending<'_>>,
    tokens: &mut [Option<Token>],
) -> Result<(), SealError> {
    let wanted: Vec<(Space, Mac)> = pending.iter().filter_map(Pending::sought).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let mut found = writer.find(&wanted).await?.into_iter();
    pending.retain(|each| {
        let known = each.sought().and_then(|_| found.next().flatten());
        match (known, tokens.get_mut(each.place)) {
            (Some(known), Some(slot)) => {
                *slot = Some(known.token.clone());
                each.maker.learn(each.fingerprint, known);
                false
            }
            _ => true,
        }
    });
    Ok(())
}

/// Takes out values that come again in the batch; for each its place, and that of the first.
fn part_twins(pending: &mut Vec<Pending<'_>>) -> Vec<(usize, usize)> {
    let mut firsts: HashMap<(Space, Mac), usize> = HashMap::new();
    let mut twins = Vec::new();
    pending.retain(|each| {
        let Index::Unique(mac) = each.index else {
            return true;
        };
        let first = *firsts
            .entry((each.space.clone(), mac))
            .or_insert(each.place);
        if first != each.place {
            twins.push((each.place, first));
        }
        first == each.place
    });
    twins
}

fn distinct_epochs(pending: &[Pending<'_>]) -> Vec<Arc<Epoch>> {
    let mut epochs: Vec<Arc<Epoch>> = Vec::new();
    for each in pending.iter().flat_map(|each| each.parts.epochs()) {
        if !epochs.iter().any(|epoch| Arc::ptr_eq(epoch, each)) {
            epochs.push(Arc::clone(each));
        }
    }
    epochs
}

/// Notes the tokens that are kept; those whose token was taken come again.
fn settle<'a>(
    pending: Vec<Pending<'a>>,
    records: Vec<NewRecord>,
    insertions: Vec<Insertion>,
    tokens: &mut [Option<Token>],
) -> Result<Vec<Pending<'a>>, SealError> {
    if insertions.len() != pending.len() {
        return Err(SealError::NotPrepared);
    }
    let mut again = Vec::new();
    for ((each, record), insertion) in pending.into_iter().zip(records).zip(insertions) {
        let found = match insertion {
            Insertion::Inserted => Found {
                token: record.key.token,
                expires: record.record.expires,
            },
            Insertion::Existing(found) => found,
            Insertion::Collision => {
                again.push(each);
                continue;
            }
        };
        if let Some(slot) = tokens.get_mut(each.place) {
            *slot = Some(found.token.clone());
        }
        each.maker.learn(each.fingerprint, found);
    }
    Ok(again)
}

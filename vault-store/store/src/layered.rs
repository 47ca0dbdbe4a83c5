//! A vault in front of the one that it takes over from, so that a move needs no stop.
//!
//! All that is new goes to the new vault, and the previous one gets no more records. So what the
//! previous one says of a value or a token stays true, but for erasures and expiry: a value that has a
//! token there keeps it, and a token that is taken there is not drawn again. Meanwhile everything may
//! be copied from one to the other, in any order and more than once.

mod keeping;
mod reading;

pub use reading::LayeredReader;

use crate::roles::{BoxFuture, Keeper, Result, Writer};
use crate::{DataKeyId, Found, Index, Insertion, Mac, NewRecord, RecordKey, Renewal, Space};
use std::sync::Arc;

/// A backend that can be one of two: besides the roles, what the two have to be asked and told.
pub trait Layer: Writer + Keeper {
    /// Extends the lives of the tokens that values have, in order, durable when it returns. `None`
    /// where a value has none; nothing is inserted.
    fn renew<'a>(&'a self, renewals: &'a [Renewal]) -> BoxFuture<'a, Result<Vec<Option<Found>>>>;

    /// Whether tokens name records, in order. Says nothing of what is in them.
    fn taken<'a>(&'a self, keys: &'a [RecordKey]) -> BoxFuture<'a, Result<Vec<bool>>>;
}

/// Two vaults as one: [`Writer`] and [`Keeper`].
#[derive(Clone)]
pub struct Layered {
    new: Arc<dyn Layer>,
    previous: Arc<dyn Layer>,
}

impl Layered {
    /// `new` in front of `previous`. Nobody may go on inserting into `previous` alone.
    pub fn new(new: Arc<dyn Layer>, previous: Arc<dyn Layer>) -> Self {
        Self { new, previous }
    }

    /// The tokens that values have in either vault, with their lives extended in both where that is
    /// asked for.
    async fn known(&self, records: &[NewRecord]) -> Result<Vec<Option<Found>>> {
        let (mut renewals, mut values) = (Vec::new(), Vec::new());
        for new in records {
            let space = new.key.space.clone();
            match new.record.index {
                Index::Unique(mac) if new.renew => renewals.push(Renewal {
                    space,
                    mac,
                    expires: new.record.expires,
                }),
                Index::Unique(mac) => values.push((space, mac)),
                Index::None | Index::Many(_) => {}
            }
        }
        let mut renewed = self.renewed(&renewals).await?.into_iter();
        let mut found = self.found(&values).await?.into_iter();
        let known = records.iter().map(|new| match new.record.index {
            Index::Unique(_) if new.renew => renewed.next().flatten(),
            Index::Unique(_) => found.next().flatten(),
            Index::None | Index::Many(_) => None,
        });
        Ok(known.collect())
    }

    async fn renewed(&self, renewals: &[Renewal]) -> Result<Vec<Option<Found>>> {
        if renewals.is_empty() {
            return Ok(Vec::new());
        }
        // the previous vault first: what is copied from now on lives as long already
        let previous = self.previous.renew(renewals).await?;
        let new = self.new.renew(renewals).await?;
        let either = new.into_iter().zip(previous);
        Ok(either.map(|(new, previous)| new.or(previous)).collect())
    }

    async fn found(&self, values: &[(Space, Mac)]) -> Result<Vec<Option<Found>>> {
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let mut all = self.new.find(values).await?;
        let open = values.iter().zip(&all).filter(|(_, found)| found.is_none());
        let open: Vec<_> = open.map(|(value, _)| value.clone()).collect();
        if !open.is_empty() {
            let previous = self.previous.find(&open).await?;
            let places = all.iter_mut().filter(|found| found.is_none());
            places
                .zip(previous)
                .for_each(|(place, found)| *place = found);
        }
        Ok(all)
    }

    /// Inserts into the new vault what values have no token for and whose own token is free in the
    /// previous one.
    async fn insert_new(&self, records: &[NewRecord]) -> Result<Vec<Insertion>> {
        let known = self.known(records).await?;
        let of_unknown = |taken: Vec<bool>| {
            let mut taken = taken.into_iter();
            let insertions = known.iter().map(|known| match known {
                Some(found) => Some(Insertion::Existing(found.clone())),
                None => taken
                    .next()
                    .unwrap_or(false)
                    .then_some(Insertion::Collision),
            });
            insertions.collect::<Vec<_>>()
        };
        let unknown = records
            .iter()
            .zip(&known)
            .filter(|(_, known)| known.is_none());
        let keys: Vec<_> = unknown.map(|(new, _)| new.key.clone()).collect();
        let taken = match keys.is_empty() {
            true => Vec::new(),
            false => self.previous.taken(&keys).await?,
        };
        let mut all = of_unknown(taken);
        let free = records
            .iter()
            .zip(&all)
            .filter(|(_, insertion)| insertion.is_none());
        let free: Vec<_> = free.map(|(new, _)| new.clone()).collect();
        if !free.is_empty() {
            let inserted = self.new.insert(&free).await?;
            let places = all.iter_mut().filter(|insertion| insertion.is_none());
            places
                .zip(inserted)
                .for_each(|(place, insertion)| *place = Some(insertion));
        }
        Ok(all.into_iter().flatten().collect())
    }
}

impl Writer for Layered {
    fn put_data_key<'a>(&'a self, id: DataKeyId, head: &'a [u8]) -> BoxFuture<'a, Result<()>> {
        self.new.put_data_key(id, head)
    }

    fn insert<'a>(&'a self, records: &'a [NewRecord]) -> BoxFuture<'a, Result<Vec<Insertion>>> {
        Box::pin(self.insert_new(records))
    }

    fn find<'a>(&'a self, values: &'a [(Space, Mac)]) -> BoxFuture<'a, Result<Vec<Option<Found>>>> {
        Box::pin(self.found(values))
    }
}

//! Everything that a vault keeps, piece by piece.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use record::{HEAD_ID_BYTES, VaultRecord};
use store::{Cursor, Item, Keeper, Space, StoreError};

/// Items of the first page.
const FIRST: usize = 256;
/// Most items of a page.
const MOST: usize = 4096;
/// A page of fewer bytes is followed by a longer one.
const SMALL: usize = 1 << 20;
/// A page of more is followed by a shorter one.
const LARGE: usize = 8 << 20;

/// What names a head.
type HeadId = [u8; HEAD_ID_BYTES];

/// Goes through a vault's export, in pages whose length follows the size of what is kept. A gateway may
/// write meanwhile: heads that records name, and that were not there yet when their place was passed,
/// come at the end.
pub(super) struct Walk {
    keeper: Arc<dyn Keeper>,
    place: Place,
    limit: usize,
    heads: HashSet<HeadId>,
    /// The heads that records name and that did not come yet, with the first record's space, and how
    /// many records.
    missing: HashMap<HeadId, (Space, u64)>,
}

enum Place {
    /// Everything, from a cursor on.
    All(Option<Cursor>),
    /// Again, for missing heads only.
    Heads(Option<Cursor>),
    Done,
}

impl Walk {
    pub(super) fn new(keeper: Arc<dyn Keeper>) -> Self {
        Self {
            keeper,
            place: Place::All(None),
            limit: FIRST,
            heads: HashSet::new(),
            missing: HashMap::new(),
        }
    }

    /// Some items; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Item>>, StoreError> {
        loop {
            let (again, cursor) = match &self.place {
                Place::Done => return Ok(None),
                Place::Heads(_) if self.missing.is_empty() => return Ok(None),
                Place::All(cursor) => (false, cursor.clone()),
                Place::Heads(cursor) => (true, cursor.clone()),
            };
            let (keeper, limit) = (&self.keeper, self.limit);
            let page = super::patiently(|| keeper.export(cursor.as_ref(), limit)).await?;
            self.place = match (page.next, again) {
                (Some(next), false) => Place::All(Some(next)),
                (None, false) => Place::Heads(None),
                (Some(next), true) => Place::Heads(Some(next)),
                (None, true) => Place::Done,
            };
            let mut items = page.items;
            if again {
                items.retain(|item| self.is_missing(item));
            } else {
                self.measure(&items);
            }
            self.note(&items);
            if !items.is_empty() {
                return Ok(Some(items));
            }
        }
    }

    /// After the last item: the heads that records name and the vault does not have.
    pub(super) fn missing(&self) -> impl Iterator<Item = &(Space, u64)> {
        self.missing.values()
    }

    fn is_missing(&self, item: &Item) -> bool {
        matches!(item, Item::DataKey(id, _) if self.missing.contains_key(&id.0))
    }

    fn measure(&mut self, items: &[Item]) {
        let bytes: usize = items.iter().map(size).sum();
        if bytes > LARGE {
            self.limit = (self.limit / 2).max(1);
        } else if bytes < SMALL && items.len() >= self.limit {
            self.limit = (self.limit * 2).min(MOST);
        }
    }

    fn note(&mut self, items: &[Item]) {
        for item in items {
            match item {
                Item::DataKey(id, _) => {
                    self.heads.insert(id.0);
                    self.missing.remove(&id.0);
                }
                Item::Record(key, record) => {
                    let Ok(record) = VaultRecord::parse(&record.sealed) else {
                        continue;
                    };
                    for id in record.head_ids().filter(|id| !self.heads.contains(*id)) {
                        let first = || (key.space.clone(), 0);
                        self.missing.entry(*id).or_insert_with(first).1 += 1;
                    }
                }
            }
        }
    }
}

/// About how many bytes an item has.
pub(super) fn size(item: &Item) -> usize {
    match item {
        Item::DataKey(_, head) => 16 + head.len(),
        Item::Record(key, record) => 64 + key.token.as_str().len() + record.sealed.len(),
    }
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;

//! What the operator's commands do to two vaults. A record that was copied counts once.

use super::Layered;
use crate::roles::{BoxFuture, Keeper, Result};
use crate::{
    Cursor, Erasure, ImportReceipt, Index, Item, Page, Receipt, Record, RecordKey, Space,
    SpaceStatistics, StoreError,
};
use std::collections::BTreeMap;

/// Records that are looked at in one go.
const PAGE: usize = 1000;
/// Begins the cursors of each vault.
const PREVIOUS: &str = "previous:";
const NEW: &str = "new:";

impl Keeper for Layered {
    fn erase<'a>(&'a self, what: &'a Erasure) -> BoxFuture<'a, Result<Receipt>> {
        Box::pin(async move {
            let twice = self.in_both(what).await?;
            // the previous vault first: nothing can be copied out of it afterwards
            let previous = self.previous.erase(what).await?;
            let new = self.new.erase(what).await?;
            let records = (previous.records + new.records).saturating_sub(twice);
            Ok(Receipt { records, ..new })
        })
    }

    fn statistics(&self) -> BoxFuture<'_, Result<Vec<SpaceStatistics>>> {
        Box::pin(async move {
            let new = self.new.statistics().await?;
            let new = new.into_iter().map(|each| (each.space.clone(), each));
            let mut all: BTreeMap<Space, SpaceStatistics> = new.collect();
            let mut walk = Walk::default();
            while let Some(records) = walk.next(self).await? {
                for (key, record, _) in records.into_iter().filter(|(.., in_new)| !in_new) {
                    let of = all.entry(key.space.clone()).or_insert(SpaceStatistics {
                        space: key.space,
                        records: 0,
                        sealed_bytes: 0,
                    });
                    of.records += 1;
                    of.sealed_bytes += record.sealed.len() as u64;
                }
            }
            Ok(all.into_values().collect())
        })
    }

    /// The previous vault before the new one: what is copied meanwhile comes twice, and not never.
    fn export<'a>(
        &'a self,
        cursor: Option<&'a Cursor>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Page>> {
        Box::pin(async move {
            let text = cursor.map_or(PREVIOUS, Cursor::as_str);
            let (vault, prefix, rest) = match (text.strip_prefix(PREVIOUS), text.strip_prefix(NEW))
            {
                (Some(rest), _) => (&self.previous, PREVIOUS, rest),
                (None, Some(rest)) => (&self.new, NEW, rest),
                (None, None) => {
                    let message = "this is no place in an export of two vaults";
                    return Err(StoreError::Conflict(message.into()));
                }
            };
            let within = (!rest.is_empty()).then(|| Cursor::parse(rest));
            let page = vault.export(within.as_ref(), limit).await?;
            let next = match (page.next, prefix) {
                (Some(next), _) => Some(format!("{prefix}{}", next.as_str())),
                (None, PREVIOUS) => Some(NEW.to_owned()),
                (None, _) => None,
            };
            let next = next.as_deref().map(Cursor::parse);
            Ok(Page { next, ..page })
        })
    }

    fn import<'a>(&'a self, items: &'a [Item]) -> BoxFuture<'a, Result<ImportReceipt>> {
        Box::pin(async move {
            self.agree(items).await?;
            self.new.import(items).await
        })
    }

    fn sweep(&self) -> BoxFuture<'_, Result<Receipt>> {
        Box::pin(async move {
            let previous = self.previous.sweep().await?;
            let new = self.new.sweep().await?;
            let records = previous.records + new.records;
            Ok(Receipt { records, ..new })
        })
    }
}

impl Layered {
    /// How many of the records to be erased are in both vaults. Reads all of the previous one, but for
    /// a single token.
    async fn in_both(&self, what: &Erasure) -> Result<u64> {
        if let Erasure::Token(key) = what {
            let key = std::slice::from_ref(key);
            let both =
                self.previous.taken(key).await? == [true] && self.new.taken(key).await? == [true];
            return Ok(u64::from(both));
        }
        let (mut both, mut walk) = (0, Walk::default());
        while let Some(records) = walk.next(self).await? {
            let meant = |(key, record, in_new): &&(RecordKey, Record, bool)| {
                *in_new && is_meant(what, key, record)
            };
            both += records.iter().filter(meant).count() as u64;
        }
        Ok(both)
    }

    /// Refuses a value that has another token in the previous vault.
    async fn agree(&self, items: &[Item]) -> Result<()> {
        let unique = items.iter().filter_map(|item| match item {
            Item::Record(key, record) => match record.index {
                Index::Unique(mac) => Some(((key.space.clone(), mac), &key.token)),
                Index::None | Index::Many(_) => None,
            },
            Item::DataKey(..) => None,
        });
        let (values, tokens): (Vec<_>, Vec<_>) = unique.unzip();
        if values.is_empty() {
            return Ok(());
        }
        let found = self.previous.find(&values).await?;
        let other = |(found, token): (Option<crate::Found>, &crate::Token)| {
            found.is_some_and(|found| found.token != *token)
        };
        match found.into_iter().zip(tokens).any(other) {
            true => Err(StoreError::other_record()),
            false => Ok(()),
        }
    }
}

fn is_meant(what: &Erasure, key: &RecordKey, record: &Record) -> bool {
    match what {
        Erasure::Token(token) => key == token,
        Erasure::Tenant(tenant) => key.space.tenant() == &**tenant,
        Erasure::Space(space) => key.space == *space,
        Erasure::Value(space, mac) => key.space == *space && record.index.mac() == Some(mac),
    }
}

/// Goes through the records of the previous vault.
#[derive(Default)]
struct Walk {
    cursor: Option<Cursor>,
    done: bool,
}

impl Walk {
    /// Some records, each with whether the new vault has it too; `None` after the last.
    async fn next(&mut self, vaults: &Layered) -> Result<Option<Vec<(RecordKey, Record, bool)>>> {
        if self.done {
            return Ok(None);
        }
        let page = vaults.previous.export(self.cursor.as_ref(), PAGE).await?;
        self.done = page.next.is_none();
        self.cursor = page.next;
        let records = page.items.into_iter().filter_map(|item| match item {
            Item::Record(key, record) => Some((key, record)),
            Item::DataKey(..) => None,
        });
        let records: Vec<_> = records.collect();
        let keys: Vec<_> = records.iter().map(|(key, _)| key.clone()).collect();
        let in_new = match keys.is_empty() {
            true => Vec::new(),
            false => vaults.new.taken(&keys).await?,
        };
        let all = records.into_iter().zip(in_new);
        Ok(Some(
            all.map(|((key, record), in_new)| (key, record, in_new))
                .collect(),
        ))
    }
}

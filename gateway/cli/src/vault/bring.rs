//! Items on their way into a vault, where some may contradict what is there.

use std::io::{self, Write};

use serde_json::{Value, json};
use store::{ImportReceipt, Index, Item, Keeper, Record, StoreError};

/// What became of the items that were brought.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Brought {
    imported: u64,
    present: u64,
    expired: u64,
    /// Tokens of values that have another token there: both are kept, and the one that was there is
    /// given out.
    second: u64,
    /// Tokens or data keys that name something else there, which stays.
    pub(super) conflicts: u64,
}

impl Brought {
    /// Brings items into a vault. Where one of them conflicts, all others are brought one by one.
    pub(super) async fn bring(
        &mut self,
        keeper: &dyn Keeper,
        items: &[Item],
    ) -> Result<(), StoreError> {
        match super::patiently(|| keeper.import(items)).await {
            Ok(receipt) => self.add(receipt),
            Err(StoreError::Conflict(_)) => {
                for item in items {
                    self.bring_one(keeper, item).await?;
                }
            }
            Err(other) => return Err(other),
        }
        Ok(())
    }

    async fn bring_one(&mut self, keeper: &dyn Keeper, item: &Item) -> Result<(), StoreError> {
        let one = std::slice::from_ref(item);
        match super::patiently(|| keeper.import(one)).await {
            Err(StoreError::Conflict(_)) => {}
            done => return done.map(|receipt| self.add(receipt)),
        }
        // somebody has seen this token: it must open, though its value has another one there
        let Some(second) = as_second(item) else {
            self.conflicts += 1;
            return Ok(());
        };
        let one = std::slice::from_ref(&second);
        match super::patiently(|| keeper.import(one)).await {
            Ok(receipt) => {
                self.second += receipt.imported;
                self.present += receipt.present;
                self.expired += receipt.expired;
            }
            Err(StoreError::Conflict(_)) => self.conflicts += 1,
            Err(other) => return Err(other),
        }
        Ok(())
    }

    fn add(&mut self, receipt: ImportReceipt) {
        self.imported += receipt.imported;
        self.present += receipt.present;
        self.expired += receipt.expired;
    }

    /// How many items are there now that were brought.
    pub(super) fn kept(&self) -> u64 {
        self.imported + self.present + self.second
    }

    pub(super) fn print(&self) -> io::Result<()> {
        writeln!(io::stdout(), "{}", self.document())
    }

    fn document(&self) -> Value {
        json!({
            "imported": self.imported,
            "present": self.present,
            "expired": self.expired,
            "second_tokens": self.second,
            "conflicts": self.conflicts,
        })
    }
}

/// The one token of a value as one of many: found no more, revealed and erased with its value still.
fn as_second(item: &Item) -> Option<Item> {
    match item {
        Item::Record(key, record) => {
            let Index::Unique(mac) = record.index else {
                return None;
            };
            let index = Index::Many(mac);
            let record = Record {
                index,
                ..record.clone()
            };
            Some(Item::Record(key.clone(), record))
        }
        Item::DataKey(..) => None,
    }
}

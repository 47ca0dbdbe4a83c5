//! Items on their way into a vault, where some may contradict what is there.

use std::io::{self, Write};

use serde_json::{Value, json};
use store::{ImportReceipt, Item, Keeper, StoreError};

/// What became of the items that were brought.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Brought {
    imported: u64,
    present: u64,
    expired: u64,
    /// Tokens, values or data keys that have another record there; that one stays.
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
                    let one = std::slice::from_ref(item);
                    match super::patiently(|| keeper.import(one)).await {
                        Ok(receipt) => self.add(receipt),
                        Err(StoreError::Conflict(_)) => self.conflicts += 1,
                        Err(other) => return Err(other),
                    }
                }
            }
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
        self.imported + self.present
    }

    pub(super) fn print(&self) -> io::Result<()> {
        writeln!(io::stdout(), "{}", self.document())
    }

    fn document(&self) -> Value {
        json!({
            "imported": self.imported,
            "present": self.present,
            "expired": self.expired,
            "conflicts": self.conflicts,
        })
    }
}

//! What a [`Keeper`](crate::Keeper) is asked, and what it answers.

use crate::{DataKeyId, Head, Mac, Record, RecordKey, Space, Timestamp};

/// What is to be erased.
#[derive(Debug, Clone)]
pub enum Erasure {
    /// One record.
    Token(RecordKey),
    /// All records of a tenant, in every class.
    Tenant(Box<str>),
    /// All records of a space.
    Space(Space),
    /// All records of a value in one space.
    Value(Space, Mac),
}

/// What was erased or swept, and when it was durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// How many records are gone.
    pub records: u64,
    /// When they were.
    pub at: Timestamp,
}

/// What a space holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceStatistics {
    /// The space.
    pub space: Space,
    /// Its records that have not expired.
    pub records: u64,
    /// Their sealed bytes; what a backend needs around them is not counted.
    pub sealed_bytes: u64,
}

/// Where an export goes on: opaque, of one backend, good as long as its vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub(crate) String);

impl Cursor {
    /// Reads what [`Cursor::as_str`] gave.
    pub fn parse(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As text, to keep between two commands.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One thing that a vault keeps, as exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A data key's head.
    DataKey(DataKeyId, Head),
    /// A record.
    Record(RecordKey, Record),
}

/// A piece of an export.
#[derive(Debug, Clone)]
pub struct Page {
    /// Some items, in no order that means anything; one may come twice, in one page or in two.
    pub items: Vec<Item>,
    /// Where the next page starts; `None` after the last. A page may be empty and not the last.
    pub next: Option<Cursor>,
}

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportReceipt {
    /// Items that were not there.
    pub imported: u64,
    /// Items that were there already.
    pub present: u64,
    /// Records that had expired on the way.
    pub expired: u64,
}

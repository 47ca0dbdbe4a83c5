//! The three roles, as traits: what each trust zone may ask of a vault.

use crate::{
    Cursor, DataKeyId, Erasure, Found, Head, ImportReceipt, Insertion, Item, Mac, NewRecord, Page,
    Receipt, Record, RecordKey, Space, SpaceStatistics, StoreError,
};
use std::future::Future;
use std::pin::Pin;

/// What a role answers with.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
/// What a vault did, or why it did not.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The gateway's role. It adds, and finds tokens by MAC; it cannot read what it wrote.
pub trait Writer: Send + Sync {
    /// Keeps an epoch's data key: the whole head of its tokens. Durable when it returns. The same
    /// head again is no fault; another one is a [`StoreError::Conflict`].
    fn put_data_key<'a>(&'a self, id: DataKeyId, head: &'a [u8]) -> BoxFuture<'a, Result<()>>;

    /// Keeps records, durable when it returns: one [`Insertion`] for each, in order. An error says
    /// nothing of any of them; insert all of them again.
    fn insert<'a>(&'a self, records: &'a [NewRecord]) -> BoxFuture<'a, Result<Vec<Insertion>>>;

    /// The tokens of values inserted as [`Index::Unique`](crate::Index::Unique), in order. Extends
    /// no life, and waits for no one's write to be durable: a token that is not yet found may
    /// exist, one that is found is durable.
    fn find<'a>(&'a self, values: &'a [(Space, Mac)]) -> BoxFuture<'a, Result<Vec<Option<Found>>>>;
}

/// The detokenize service's role.
pub trait Reader: Send + Sync {
    /// The heads of data keys, in order; `None` for those that are not kept.
    fn data_keys<'a>(&'a self, ids: &'a [DataKeyId]) -> BoxFuture<'a, Result<Vec<Option<Head>>>>;

    /// Records, in order; `None` for those that are not kept, erased or expired.
    fn records<'a>(&'a self, keys: &'a [RecordKey]) -> BoxFuture<'a, Result<Vec<Option<Record>>>>;
}

/// The operator's role.
pub trait Keeper: Send + Sync {
    /// Erases, durable when it returns; the receipt counts what was there and had not expired.
    /// A record that is inserted meanwhile may stay.
    fn erase<'a>(&'a self, what: &'a Erasure) -> BoxFuture<'a, Result<Receipt>>;

    /// What each space holds that holds anything, in order of class and tenant. Reads everything.
    fn statistics(&self) -> BoxFuture<'_, Result<Vec<SpaceStatistics>>>;

    /// About `limit` items from `cursor` on. What is there throughout the export is exported.
    fn export<'a>(
        &'a self,
        cursor: Option<&'a Cursor>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Page>>;

    /// Keeps exported items, durable when it returns. The same items again are no fault. A token
    /// or a value that has another record is a [`StoreError::Conflict`]; what was imported before
    /// it may stay.
    fn import<'a>(&'a self, items: &'a [Item]) -> BoxFuture<'a, Result<ImportReceipt>>;

    /// Frees the room of expired records; they are absent without it.
    fn sweep(&self) -> BoxFuture<'_, Result<Receipt>>;
}

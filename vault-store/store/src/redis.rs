//! Redis 7 or Valkey: one server, a primary that sentinels name, or a cluster.
//!
//! | module | what |
//! |---|---|
//! | `settings` | servers, users, TLS, durability, risks taken |
//! | `check` | what is read of each server before it is trusted |
//! | `names`, `value` | what is kept, under which keys |
//! | `wire`, `topology`, `slot`, `node`, `client` | commands on their way to the servers, and what they wait for |
//! | `write`, `read`, `keep`, `scan`, `transfer` | what the roles do |
//! | `answer`, `fault` | what Redis says, as what it means |
//!
//! Each role gets by with an ACL user of its own, which `docs/vault.md` lists and `tests/suite/rights.rs`
//! takes from there.
//!
//! What is peculiar to Redis: an expired record is gone by the server's clock. A record whose writer
//! died before it wrote the index is found by nobody, since its token was never given out; it goes
//! with its expiry or its tenant. While a server resizes its table, an export or a statistic may see
//! a record twice.

mod answer;
mod check;
mod client;
mod fault;
mod keep;
mod names;
mod node;
mod read;
mod scan;
mod settings;
mod slot;
mod topology;
mod transfer;
mod value;
mod wire;
mod write;

pub use settings::{Accept, Address, ClientCertificate, Durability, Settings, Tls, Topology, User};

use crate::roles::{BoxFuture, Keeper, Reader, Result, Writer};
use crate::{
    Cursor, DataKeyId, Erasure, Found, Head, ImportReceipt, Insertion, Item, Layer, Mac, NewRecord,
    Page, Receipt, Record, RecordKey, Renewal, Space, SpaceStatistics,
};
use wire::Wire;

/// A vault in Redis: any role that its user may play.
pub struct Redis {
    wire: Wire,
}

impl Redis {
    /// Connects to every primary and checks its settings: for a [`Writer`] or [`Keeper`]. Each is
    /// checked again over every new connection, and after [`Settings::recheck`]; until one is mended
    /// that is then refused, it is [`StoreError::Unavailable`](crate::StoreError::Unavailable).
    pub async fn open(settings: &Settings) -> Result<Self> {
        let wire = Wire::new(settings);
        for node in wire.layout().await?.nodes() {
            node.check().await?;
        }
        Ok(Self { wire })
    }

    /// Connects when it is first asked: for a [`Reader`], which has nothing to lose.
    pub fn open_reader(settings: &Settings) -> Self {
        Self {
            wire: Wire::new(settings),
        }
    }
}

impl Writer for Redis {
    fn put_data_key<'a>(&'a self, id: DataKeyId, head: &'a [u8]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { write::data_key(&self.wire, id, head).await.map(|_new| ()) })
    }

    fn insert<'a>(&'a self, records: &'a [NewRecord]) -> BoxFuture<'a, Result<Vec<Insertion>>> {
        Box::pin(write::insert(&self.wire, records))
    }

    fn find<'a>(&'a self, values: &'a [(Space, Mac)]) -> BoxFuture<'a, Result<Vec<Option<Found>>>> {
        Box::pin(write::find(&self.wire, values))
    }
}

impl Layer for Redis {
    fn renew<'a>(&'a self, renewals: &'a [Renewal]) -> BoxFuture<'a, Result<Vec<Option<Found>>>> {
        Box::pin(write::renew(&self.wire, renewals))
    }

    fn taken<'a>(&'a self, keys: &'a [RecordKey]) -> BoxFuture<'a, Result<Vec<bool>>> {
        Box::pin(read::taken(&self.wire, keys))
    }
}

impl Reader for Redis {
    fn data_keys<'a>(&'a self, ids: &'a [DataKeyId]) -> BoxFuture<'a, Result<Vec<Option<Head>>>> {
        Box::pin(read::data_keys(&self.wire, ids))
    }

    fn records<'a>(&'a self, keys: &'a [RecordKey]) -> BoxFuture<'a, Result<Vec<Option<Record>>>> {
        Box::pin(read::records(&self.wire, keys))
    }
}

impl Keeper for Redis {
    fn erase<'a>(&'a self, what: &'a Erasure) -> BoxFuture<'a, Result<Receipt>> {
        Box::pin(keep::erase(&self.wire, what))
    }

    fn statistics(&self) -> BoxFuture<'_, Result<Vec<SpaceStatistics>>> {
        Box::pin(keep::statistics(&self.wire))
    }

    fn export<'a>(
        &'a self,
        cursor: Option<&'a Cursor>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Page>> {
        Box::pin(transfer::export(&self.wire, cursor, limit))
    }

    fn import<'a>(&'a self, items: &'a [Item]) -> BoxFuture<'a, Result<ImportReceipt>> {
        Box::pin(transfer::import(&self.wire, items))
    }

    fn sweep(&self) -> BoxFuture<'_, Result<Receipt>> {
        Box::pin(keep::sweep(&self.wire))
    }
}

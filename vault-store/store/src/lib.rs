//! The vault's backends behind one interface.
//!
//! A vault keeps what opens tokens whose value does not travel with them: sealed records by token,
//! and the heads of data keys. All of it is sealed or public; this crate holds no key and knows no
//! cipher. Three roles see a vault, each as a trait of its own, so that a trust zone is handed no
//! more than it needs:
//!
//! | role | who | may |
//! |---|---|---|
//! | [`Writer`] | the gateway | add data keys and records, find a token by its value's MAC; never read a record |
//! | [`Reader`] | the detokenize service | read data keys and records |
//! | [`Keeper`] | the operator's commands | erase, count, export, import, sweep |
//!
//! | backend | module | durable when |
//! |---|---|---|
//! | SQLite, the default | [`sqlite`] | the transaction's WAL frames are synced to disk |
//! | Redis or Valkey | [`redis`] | what [`redis::Durability`] asks for has happened |
//! | [`Layered`] | a vault in front of the one that it takes over from | as the new one |
//!
//! What every backend promises, and `tests/suite` checks over each:
//!
//! - **Durable before visible.** A write that returned is not lost by `kill -9`.
//! - **Idempotent.** A write whose answer was lost may be made again. An insert may then find its
//!   own token taken: draw another; nobody saw the first.
//! - **One token for one value.** Of all who insert one `(space, MAC)` as [`Index::Unique`], however
//!   many and wherever, one wins; the others are told its token.
//! - **Expired is absent**, by the clock of the machine that holds the data, whether swept or not.
//! - **Bounded.** Every call ends within the backend's timeout, with [`StoreError::Unavailable`]
//!   when it must.

mod error;
mod keeping;
mod layered;
pub mod redis;
mod roles;
pub mod sqlite;
mod types;

pub use error::StoreError;
pub use keeping::{Cursor, Erasure, ImportReceipt, Item, Page, Receipt, SpaceStatistics};
pub use layered::{Layer, Layered, LayeredReader};
pub use roles::{BoxFuture, Keeper, Reader, Result, Writer};
pub use types::{
    DataKeyId, Found, Head, Index, Insertion, LimitError, MAX_NAME_BYTES, MAX_TOKEN_BYTES, Mac,
    NewRecord, Record, RecordKey, Renewal, Space, Timestamp, Token,
};

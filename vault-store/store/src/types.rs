//! What a vault keeps, and what names it.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use thiserror::Error;

/// Longest token, in bytes.
pub const MAX_TOKEN_BYTES: usize = 1024;
/// Longest name of a class or a tenant, in bytes: what the token format takes.
pub const MAX_NAME_BYTES: usize = 255;

/// The caller's fault: a name or token longer than a vault takes. A retry does not help.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what} has {length} bytes; a vault takes up to {limit}")]
pub struct LimitError {
    what: &'static str,
    length: usize,
    limit: usize,
}

fn within(text: &str, what: &'static str, limit: usize) -> Result<Arc<str>, LimitError> {
    let length = text.len();
    if length > limit {
        return Err(LimitError {
            what,
            length,
            limit,
        });
    }
    Ok(text.into())
}

/// Names an epoch's data key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DataKeyId(pub [u8; 16]);

/// An envelope token's whole head: what its data key is opened from. Public.
pub type Head = Box<[u8]>;

/// HMAC-SHA-256 of a value, made by the caller under a key that no vault sees (RFC 2104).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mac(pub [u8; 32]);

/// A class and a tenant: tokens and MACs mean something within one space only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Space {
    class: Arc<str>,
    tenant: Arc<str>,
}

impl Space {
    /// A space of a class and a tenant, which may be empty, of up to [`MAX_NAME_BYTES`] each.
    pub fn new(class: &str, tenant: &str) -> Result<Self, LimitError> {
        Ok(Self {
            class: within(class, "a class's name", MAX_NAME_BYTES)?,
            tenant: within(tenant, "a tenant's name", MAX_NAME_BYTES)?,
        })
    }

    /// The class's name.
    pub fn class(&self) -> &str {
        &self.class
    }

    /// The tenant's name.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }
}

/// A token as an application sees it. Cheap to clone; its `Debug` shows no more than its length.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(Arc<str>);

impl Token {
    /// A token of up to [`MAX_TOKEN_BYTES`].
    pub fn new(text: &str) -> Result<Self, LimitError> {
        within(text, "a token", MAX_TOKEN_BYTES).map(Self)
    }

    /// The token's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({} bytes)", self.0.len())
    }
}

/// Milliseconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(u64);

impl Timestamp {
    /// Longest that the backends can all hold: 2^53 ms, some 285,000 years.
    const LAST: u64 = 1 << 53;

    /// A time; what lies beyond 2^53 ms counts as 2^53.
    pub fn from_millis(millis: u64) -> Self {
        Self(millis.min(Self::LAST))
    }

    /// This machine's time.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self::from_millis(since.map_or(0, |since| since.as_millis() as u64))
    }

    /// This time and so much more.
    pub fn plus(self, more: Duration) -> Self {
        let millis = u64::try_from(more.as_millis()).unwrap_or(u64::MAX);
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// How long it is from `earlier` to this time; nothing when it is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Milliseconds since the epoch, at most 2^53.
    pub fn as_millis(self) -> u64 {
        self.0
    }
}

/// Names a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordKey {
    /// Where the token means something.
    pub space: Space,
    /// The token.
    pub token: Token,
}

/// By what a record is found besides its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Index {
    /// Its token only.
    None,
    /// Deterministic classes: one record for the MAC in its space, found and erased by it.
    Unique(Mac),
    /// Any number of records for the MAC in their space, erased by it.
    Many(Mac),
}

impl Index {
    /// The MAC, where there is one.
    pub fn mac(&self) -> Option<&Mac> {
        match self {
            Self::None => None,
            Self::Unique(mac) | Self::Many(mac) => Some(mac),
        }
    }
}

/// What a vault keeps for a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// The sealed value; not a byte of it in the clear.
    pub sealed: Box<[u8]>,
    /// When its writer made it, by the writer's clock.
    pub created: Timestamp,
    /// When it becomes as if absent.
    pub expires: Option<Timestamp>,
    /// By what it is found.
    pub index: Index,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("sealed", &format_args!("{} bytes", self.sealed.len()))
            .field("created", &self.created)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// A record to be inserted.
#[derive(Debug, Clone)]
pub struct NewRecord {
    /// Its name.
    pub key: RecordKey,
    /// What is kept.
    pub record: Record,
    /// Whether a value that already has a token extends that token's life to this record's
    /// `expires`. It never shortens it.
    pub renew: bool,
}

/// A token that is to live longer.
#[derive(Debug, Clone)]
pub struct Renewal {
    /// Where its value was inserted.
    pub space: Space,
    /// Its value's MAC, inserted as [`Index::Unique`].
    pub mac: Mac,
    /// How long it is to live; one that lives longer is left alone.
    pub expires: Option<Timestamp>,
}

/// What became of a [`NewRecord`]. All three are durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Insertion {
    /// It is kept; its token may leave.
    Inserted,
    /// The value has this token already: use it.
    Existing(Found),
    /// The token names another record: draw another token.
    Collision,
}

/// A token found by its value's MAC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The token.
    pub token: Token,
    /// When it becomes as if absent.
    pub expires: Option<Timestamp>,
}

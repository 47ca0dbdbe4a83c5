//! A bounded cache in front of a writer: most values of a deterministic class come again and again.

use crate::roles::{BoxFuture, Result, Writer};
use crate::{DataKeyId, Found, Head, Index, Insertion, Mac, NewRecord, Space, Timestamp};
use moka::Expiry;
use moka::sync::Cache;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::time::{Duration, Instant};

/// How much is remembered, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct CacheSettings {
    /// Most tokens. One takes some 300 bytes, and its text.
    pub tokens: u64,
    /// Most data keys: as many as there are epochs at once.
    pub data_keys: u64,
    /// How long a token may be answered after it was last seen in the vault: the time within which
    /// an erasure takes effect.
    pub longest: Duration,
}

impl Default for CacheSettings {
    /// 100,000 tokens, 1,000 data keys, one minute.
    fn default() -> Self {
        Self {
            tokens: 100_000,
            data_keys: 1_000,
            longest: Duration::from_secs(60),
        }
    }
}

/// Remembers the tokens that `W` found or made, and the data keys that it keeps.
pub struct Cached<W> {
    writer: W,
    tokens: Cache<Value, Found, BuildHasherDefault<MacBytes>>,
    data_keys: Cache<DataKeyId, Head>,
}

impl<W: Writer> Cached<W> {
    /// An empty cache in front of `writer`.
    pub fn new(writer: W, settings: &CacheSettings) -> Self {
        let longest = settings.longest;
        Self {
            writer,
            tokens: Cache::builder()
                .max_capacity(settings.tokens)
                .expire_after(UntilExpiry { longest })
                .build_with_hasher(BuildHasherDefault::default()),
            data_keys: Cache::new(settings.data_keys),
        }
    }

    fn cached(&self, space: &Space, mac: &Mac) -> Option<Found> {
        let found = self.tokens.get(&Value(*mac, space.clone()))?;
        // by the wall clock too: the cache's own does not see it set
        let expired = found.expires.is_some_and(|end| end <= Timestamp::now());
        (!expired).then_some(found)
    }

    fn remember(&self, space: &Space, mac: &Mac, found: Found) {
        self.tokens.insert(Value(*mac, space.clone()), found);
    }

    /// What the cache knows of a record to be inserted. One that may extend a life is the vault's.
    fn known(&self, new: &NewRecord) -> Option<Found> {
        match &new.record.index {
            Index::Unique(mac) if !new.renew => self.cached(&new.key.space, mac),
            _ => None,
        }
    }

    fn learn(&self, new: &NewRecord, insertion: &Insertion) {
        let Index::Unique(mac) = &new.record.index else {
            return;
        };
        let found = match insertion {
            Insertion::Inserted => Found {
                token: new.key.token.clone(),
                expires: new.record.expires,
            },
            Insertion::Existing(found) => found.clone(),
            Insertion::Collision => return,
        };
        self.remember(&new.key.space, mac, found);
    }
}

impl<W: Writer> Writer for Cached<W> {
    fn put_data_key<'a>(&'a self, id: DataKeyId, head: &'a [u8]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if self.data_keys.get(&id).is_some_and(|kept| *kept == *head) {
                return Ok(());
            }
            self.writer.put_data_key(id, head).await?;
            self.data_keys.insert(id, head.into());
            Ok(())
        })
    }

    fn insert<'a>(&'a self, records: &'a [NewRecord]) -> BoxFuture<'a, Result<Vec<Insertion>>> {
        Box::pin(async move {
            let known: Vec<_> = records.iter().map(|new| self.known(new)).collect();
            let unknown = records.iter().zip(&known);
            let unknown = unknown.filter(|(_, known)| known.is_none());
            let unknown: Vec<_> = unknown.map(|(new, _)| new.clone()).collect();
            if unknown.is_empty() {
                let existing = known.into_iter().flatten().map(Insertion::Existing);
                return Ok(existing.collect());
            }
            let inserted = self.writer.insert(&unknown).await?;
            for (new, insertion) in unknown.iter().zip(&inserted) {
                self.learn(new, insertion);
            }
            let mut inserted = inserted.into_iter();
            let merge = |known: Option<Found>| match known {
                Some(found) => Some(Insertion::Existing(found)),
                None => inserted.next(),
            };
            Ok(known.into_iter().filter_map(merge).collect())
        })
    }

    fn find<'a>(&'a self, values: &'a [(Space, Mac)]) -> BoxFuture<'a, Result<Vec<Option<Found>>>> {
        Box::pin(async move {
            let cached = values.iter().map(|(space, mac)| self.cached(space, mac));
            let mut all: Vec<_> = cached.collect();
            let unknown = values.iter().zip(&all).filter(|(_, found)| found.is_none());
            let unknown: Vec<_> = unknown.map(|(value, _)| value.clone()).collect();
            if unknown.is_empty() {
                return Ok(all);
            }
            let found = self.writer.find(&unknown).await?;
            let open = all.iter_mut().filter(|found| found.is_none());
            for ((place, found), (space, mac)) in open.zip(found).zip(&unknown) {
                if let Some(found) = &found {
                    self.remember(space, mac, found.clone());
                }
                *place = found;
            }
            Ok(all)
        })
    }
}

/// A value as the cache's key.
#[derive(PartialEq, Eq)]
struct Value(Mac, Space);

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // the MAC alone spreads, and says nothing of where: equality compares the space too
        state.write(&self.0.0);
    }
}

/// Takes a MAC's first bytes for its hash: they are as good as random, and nobody without the key
/// can choose them.
#[derive(Default)]
struct MacBytes(u64);

impl Hasher for MacBytes {
    fn write(&mut self, bytes: &[u8]) {
        let first = bytes.first_chunk().copied().unwrap_or_default();
        self.0 = u64::from_le_bytes(first);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Ends an entry with its record, and at the latest after the settings' time.
struct UntilExpiry {
    longest: Duration,
}

impl UntilExpiry {
    fn left(&self, found: &Found) -> Option<Duration> {
        let left = found.expires.map(|end| end.since(Timestamp::now()));
        Some(left.map_or(self.longest, |left| left.min(self.longest)))
    }
}

impl Expiry<Value, Found> for UntilExpiry {
    fn expire_after_create(&self, _: &Value, found: &Found, _: Instant) -> Option<Duration> {
        self.left(found)
    }

    fn expire_after_update(
        &self,
        _: &Value,
        found: &Found,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        self.left(found)
    }
}

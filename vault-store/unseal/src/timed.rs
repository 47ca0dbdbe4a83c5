//! A bounded cache whose entries each live for a time that is set when they are made, and that
//! using them does not extend.

use crate::digest::Digest;
use moka::Expiry;
use moka::future::Cache;
use moka::policy::EvictionPolicy;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// An entry and its end.
#[derive(Clone)]
struct Timed<T> {
    value: T,
    until: Instant,
}

/// Tells moka when an entry ends, so that it is dropped (and with it, zeroized) soon after.
struct AtUntil;

impl<T> Expiry<Digest, Timed<T>> for AtUntil {
    fn expire_after_create(
        &self,
        _key: &Digest,
        entry: &Timed<T>,
        _created_at: std::time::Instant,
    ) -> Option<Duration> {
        Some(entry.until.saturating_duration_since(Instant::now()))
    }

    fn expire_after_update(
        &self,
        key: &Digest,
        entry: &Timed<T>,
        updated_at: std::time::Instant,
        _remaining: Option<Duration>,
    ) -> Option<Duration> {
        self.expire_after_create(key, entry, updated_at)
    }
}

/// See the module.
pub(crate) struct TimedCache<T> {
    entries: Cache<Digest, Timed<T>>,
}

impl<T: Clone + Send + Sync + 'static> TimedCache<T> {
    /// A cache of at most about `capacity` entries; the least recently used go first.
    pub(crate) fn new(capacity: u64) -> Self {
        let entries = Cache::builder()
            .max_capacity(capacity)
            .eviction_policy(EvictionPolicy::lru())
            .expire_after(AtUntil)
            .build();
        Self { entries }
    }

    /// What is remembered under `key` and has not ended.
    pub(crate) async fn get(&self, key: &Digest) -> Option<T> {
        let entry = self.entries.get(key).await?;
        if entry.until > Instant::now() {
            return Some(entry.value);
        }
        self.entries.invalidate(key).await;
        None
    }

    /// What is remembered under `key`; else what `make` gives, remembered for as long as it says.
    /// Of those who ask for the same key at once, one makes and the others wait. An error is
    /// remembered for nobody, but all who waited get it.
    pub(crate) async fn get_or_make<E>(
        &self,
        key: &Digest,
        make: impl Future<Output = Result<(T, Duration), E>>,
    ) -> Result<T, E>
    where
        E: Clone + Send + Sync + 'static,
    {
        if let Some(value) = self.get(key).await {
            return Ok(value);
        }
        let made = async {
            let (value, lifetime) = make.await?;
            Ok(Timed {
                value,
                until: Instant::now() + lifetime,
            })
        };
        match self.entries.try_get_with(*key, made).await {
            Ok(entry) => Ok(entry.value),
            Err(shared) => Err(Arc::unwrap_or_clone(shared)),
        }
    }

    /// Remembers `value` for `lifetime`.
    pub(crate) async fn insert(&self, key: Digest, value: T, lifetime: Duration) {
        self.entries
            .insert(
                key,
                Timed {
                    value,
                    until: Instant::now() + lifetime,
                },
            )
            .await;
    }

    /// Forgets `key`.
    pub(crate) async fn forget(&self, key: &Digest) {
        self.entries.invalidate(key).await;
    }

    /// Drops what has ended. moka drops entries in passing while a cache is used; this does it for
    /// one that nobody uses.
    pub(crate) async fn sweep(&self) {
        self.entries.run_pending_tasks().await;
    }

    /// What the cache holds now.
    pub(crate) fn values(&self) -> Vec<T> {
        self.entries.iter().map(|(_, entry)| entry.value).collect()
    }
}

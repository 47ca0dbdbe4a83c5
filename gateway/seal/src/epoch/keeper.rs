//! Begins, shares out and ends the epochs of one key.

use super::{Epoch, Provenance};
use crate::error::SealError;
use crate::material::{Clock, EpochLimits};
use crate::public_key::PublicKey;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The epochs of one key: the one that values are sealed under, and the one that comes next.
pub(crate) struct EpochKeeper {
    key: Arc<PublicKey>,
    provenance: Arc<Provenance>,
    limits: EpochLimits,
    clock: Arc<dyn Clock>,
    places: usize,
    state: Mutex<State>,
    /// One epoch is begun at a time: signing may be a slow KMS call, and whoever waits for it
    /// takes from what it brings.
    beginning: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    current: Option<Running>,
    next: Option<Running>,
    /// An epoch has been begun before, so that an idle gateway does not begin another.
    begun: bool,
}

struct Running {
    epoch: Arc<Epoch>,
    /// When it began, on the clock that never goes back.
    since: Duration,
    used: u64,
}

/// The right to seal up to `count` values under one epoch.
pub(crate) struct Share {
    pub(crate) epoch: Arc<Epoch>,
    pub(crate) count: u64,
}

impl EpochKeeper {
    pub(crate) fn new(
        key: Arc<PublicKey>,
        provenance: Arc<Provenance>,
        limits: EpochLimits,
        clock: Arc<dyn Clock>,
        places: usize,
    ) -> Self {
        Self {
            key,
            provenance,
            limits,
            clock,
            places,
            state: Mutex::default(),
            beginning: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Shares that together allow `count` values, from as few epochs as can be; begins epochs when
    /// those there are do not suffice. What was shared out counts as used, sealed or not.
    pub(crate) async fn reserve(&self, count: u64) -> Result<Vec<Share>, SealError> {
        let mut shares = Vec::new();
        let mut missing = self.take(count, &mut shares);
        while missing > 0 {
            let _turn = self.beginning.lock().await;
            missing = self.take(missing, &mut shares);
            if missing > 0 {
                // Taking the own share before others see the epoch makes sure of progress.
                let mut running = self.begin().await?;
                missing -= running.take(missing, self.limits.count(), &mut shares);
                self.state().current = Some(running);
            }
        }
        Ok(shares)
    }

    /// One turn of the background task: ends what is over its age, and begins the next epoch when
    /// the current one is in use and near its end, or when there has never been one.
    pub(crate) async fn renew(&self) -> Result<(), SealError> {
        if !self.wants_next() {
            return Ok(());
        }
        let _turn = self.beginning.lock().await;
        if self.wants_next() {
            let running = self.begin().await?;
            let mut state = self.state();
            if state.current.is_none() {
                state.current = Some(running);
            } else {
                state.next = Some(running);
            }
        }
        Ok(())
    }

    fn wants_next(&self) -> bool {
        let now = self.clock.elapsed();
        let mut state = self.state();
        state.end_old(now, &self.limits);
        match &state.current {
            None => !state.begun,
            Some(current) => {
                state.next.is_none() && current.used > 0 && current.is_near_end(now, &self.limits)
            }
        }
    }

    /// Takes from the epochs that there are; how many values are still without a share.
    fn take(&self, mut count: u64, shares: &mut Vec<Share>) -> u64 {
        let now = self.clock.elapsed();
        let mut state = self.state();
        while count > 0 {
            state.end_old(now, &self.limits);
            let Some(current) = &mut state.current else {
                break;
            };
            count -= current.take(count, self.limits.count(), shares);
        }
        count
    }

    async fn begin(&self) -> Result<Running, SealError> {
        let since = self.clock.elapsed();
        let made = self.clock.unix_seconds();
        let epoch = Epoch::begin(&self.key, &self.provenance, made, self.places).await?;
        self.state().begun = true;
        Ok(Running {
            epoch: Arc::new(epoch),
            since,
            used: 0,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Drops epochs that have ended and moves the next one up.
    fn end_old(&mut self, now: Duration, limits: &EpochLimits) {
        if self
            .next
            .as_ref()
            .is_some_and(|next| next.has_ended(now, limits))
        {
            self.next = None;
        }
        if self
            .current
            .as_ref()
            .is_none_or(|current| current.has_ended(now, limits))
        {
            self.current = self.next.take();
        }
    }
}

impl Running {
    fn has_ended(&self, now: Duration, limits: &EpochLimits) -> bool {
        now.saturating_sub(self.since) >= limits.age() || self.used >= limits.count()
    }

    /// Past three quarters of its age or count.
    fn is_near_end(&self, now: Duration, limits: &EpochLimits) -> bool {
        now.saturating_sub(self.since) >= limits.age() / 4 * 3
            || self.used >= limits.count() / 4 * 3
    }

    /// Takes up to `wanted` of what is left; how many.
    fn take(&mut self, wanted: u64, limit: u64, shares: &mut Vec<Share>) -> u64 {
        let count = wanted.min(limit.saturating_sub(self.used));
        if count > 0 {
            self.used += count;
            shares.push(Share {
                epoch: Arc::clone(&self.epoch),
                count,
            });
        }
        count
    }
}

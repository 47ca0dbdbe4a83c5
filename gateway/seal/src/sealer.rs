//! A policy's classes with their keys: where values become tokens.

mod class;
mod macs;
mod making;
mod setup;
mod vaulting;
mod viewed;

use crate::batch::{Batch, KeyShare, Prepared, Step, Tokens, ValueRef};
use crate::epoch::keeper::EpochKeeper;
use crate::error::{SealError, SetupError};
use crate::mac::Macs;
use crate::material::{Clock, Material, SystemClock};
use crate::recognize::{Recognizer, Scratch};
use crate::remembered::Vault;
use class::{Maker, Misfit, SealClass, Settled};
use policies::Policy;
use record::{ValueType, body};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use vaulting::Vaulted;

/// Makes the tokens of one policy. Share it; many threads seal at once.
pub struct Sealer {
    /// By the policy's [`policies::ClassId::index`].
    classes: Vec<SealClass>,
    /// For each class, what its bodies begin with when there is no tenant.
    bindings: Vec<Vec<u8>>,
    /// One for each key that has an envelope class.
    keepers: Vec<EpochKeeper>,
    recognizer: Recognizer,
    macs: Macs,
    vault: Option<Vault>,
}

impl Sealer {
    /// Joins a policy with its keys. Nothing is encrypted or signed yet.
    ///
    /// # Errors
    /// When a class has no key that fits it, or a name does not fit a token.
    pub fn new(policy: &Policy, material: Material) -> Result<Self, SetupError> {
        Self::with_clock(policy, material, Arc::new(SystemClock::new()))
    }

    /// As [`Sealer::new`], with another clock for the age of epochs.
    ///
    /// # Errors
    /// As [`Sealer::new`].
    pub fn with_clock(
        policy: &Policy,
        material: Material,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SetupError> {
        setup::join(policy, material, &clock)
    }

    /// Settles what becomes of each value, makes what can be made at once, reserves places in epochs
    /// for those that become envelopes, has KMS make MACs, and has the vault keep what it is to keep. Waits for a signer only when there is no epoch with room; many that wait at once
    /// wait for one signature.
    ///
    /// # Errors
    /// [`SealError::TooLong`], [`SealError::Unfit`] and [`SealError::TenantTooLong`], which are the
    /// request's fault; [`SealError::Vault`] when the vault did not keep what opens the tokens;
    /// [`SealError::Unavailable`] when the signer does not sign; [`SealError::MacUnavailable`] when KMS
    /// makes no MAC.
    pub async fn prepare(&self, batch: &mut Batch) -> Result<(), SealError> {
        let (steps, settled) = self.settle(batch)?;
        let mut shares = Vec::new();
        let counts = self.places_taken(&steps, &settled.vaulted);
        for (keeper_index, (keeper, count)) in self.keepers.iter().zip(counts).enumerate() {
            if count == 0 {
                continue;
            }
            for share in keeper.reserve(count).await? {
                shares.push(KeyShare {
                    keeper: keeper_index,
                    value_keys: share.epoch.value_keys(batch.tenant()),
                    epoch: share.epoch,
                    left: share.count,
                });
            }
        }
        let macs = self.ask_macs(batch, &settled.asked).await?;
        let kept = self.keep(batch, settled.vaulted, &mut shares).await?;
        self.keep_heads(&steps, &shares).await?;
        batch.prepared = Some(Prepared {
            steps,
            shares,
            local: settled.local,
            macs,
            kept,
        });
        Ok(())
    }

    /// Makes the tokens of a prepared batch; `tokens` is cleared first, and left empty on error.
    /// Each `rsa` value costs some 20 µs ([`Batch::heavy`]): many belong on a blocking thread. A
    /// batch is prepared anew before it is sealed again.
    ///
    /// # Errors
    /// [`SealError::NotPrepared`] when values came in after [`Sealer::prepare`] or it was not
    /// called; [`SealError::Cryptography`] when the library refuses.
    pub fn seal_batch(&self, batch: &mut Batch, tokens: &mut Tokens) -> Result<(), SealError> {
        tokens.clear();
        let prepared = batch.prepared.take().ok_or(SealError::NotPrepared)?;
        self.seal_prepared(batch, prepared, tokens)
            .inspect_err(|_| tokens.clear())
    }

    /// One turn of the background task, every few seconds: begins epochs before they are needed,
    /// and forgets the data keys of those that have ended. The first turn begins the first epochs,
    /// which shows at the start whether the signer signs.
    ///
    /// # Errors
    /// The first failure, after every key has had its turn; sealing goes on under the epochs that
    /// there are.
    pub async fn renew_epochs(&self) -> Result<(), SealError> {
        let mut outcome = Ok(());
        for keeper in &self.keepers {
            let renewed = keeper.renew().await;
            outcome = outcome.and(renewed);
        }
        outcome
    }

    fn settle(&self, batch: &Batch) -> Result<(Vec<Step>, Settled), SealError> {
        let length = batch.tenant().len();
        if length > record::MAX_NAME_BYTES {
            return Err(SealError::TenantTooLong { length });
        }
        let mut scratch = Scratch::default();
        let mut settled = Settled::default();
        let mut steps = Vec::with_capacity(batch.len());
        for (index, value) in batch.values().enumerate() {
            steps.push(self.step(index, value, batch.tenant(), &mut scratch, &mut settled)?);
        }
        Ok((steps, settled))
    }

    fn step(
        &self,
        index: usize,
        value: ValueRef<'_>,
        tenant: &str,
        scratch: &mut Scratch,
        settled: &mut Settled,
    ) -> Result<Step, SealError> {
        let place = value.class.index();
        let Some(class) = self.classes.get(place) else {
            return Err(SealError::UnknownClass);
        };
        let other = class.misfit.and_then(|other| self.classes.get(other));
        let names = [Some(&*class.name), other.map(|other| &*other.name)];
        if value.value_type == ValueType::Text
            && self
                .recognizer
                .recognizes(value.content, names, tenant, scratch)
        {
            return Ok(Step::Keep);
        }
        let unfit = match class.step(place, index, value, tenant, settled) {
            Ok(step) => return Ok(step),
            Err(Misfit::Refused(error)) => return Err(error),
            Err(unfit) => unfit,
        };
        let stand_in = class.misfit.zip(other);
        if let Some((place, other)) = stand_in
            && let Ok(step) = other.step(place, index, value, tenant, settled)
        {
            return Ok(step);
        }
        Err(unfit.into_error(class, index, value.content.len()))
    }

    /// How many places in epochs each key's tokens and views take.
    fn places_taken(&self, steps: &[Step], vaulted: &[Vaulted]) -> Vec<u64> {
        let mut counts = vec![0; self.keepers.len()];
        let mut take = |keeper: usize| {
            if let Some(count) = counts.get_mut(keeper) {
                *count += 1;
            }
        };
        for step in steps {
            match *step {
                Step::Envelope(class) | Step::Stored(class) => {
                    self.keeper_of(class).into_iter().for_each(&mut take);
                }
                Step::Viewed(class) => self.keepers_of(class).for_each(&mut take),
                Step::Keep | Step::Rsa(_) | Step::Local | Step::Mac | Step::Vault => {}
            }
        }
        let kept = vaulted.iter();
        kept.flat_map(|each| self.keepers_of(each.class))
            .for_each(take);
        counts
    }

    /// Has the vault keep the heads that tokens will name.
    async fn keep_heads(&self, steps: &[Step], shares: &[KeyShare]) -> Result<(), SealError> {
        let Some(vault) = &self.vault else {
            return Ok(());
        };
        let mut named = vec![false; self.keepers.len()];
        for class in steps.iter().filter_map(|step| self.stored(*step)) {
            for keeper in self.keepers_of(class) {
                if let Some(named) = named.get_mut(keeper) {
                    *named = true;
                }
            }
        }
        for share in shares {
            if named.get(share.keeper) == Some(&true) {
                share.epoch.keep_head(vault.writer()).await?;
            }
        }
        Ok(())
    }

    /// The class of a token that names heads which the vault keeps.
    fn stored(&self, step: Step) -> Option<usize> {
        let (Step::Stored(class) | Step::Viewed(class)) = step else {
            return None;
        };
        let maker = &self.classes.get(class)?.maker;
        matches!(maker, Maker::Envelope { stored: true, .. }).then_some(class)
    }

    fn bindings_for(&self, tenant: &str) -> Result<Cow<'_, [Vec<u8>]>, SealError> {
        if tenant.is_empty() {
            return Ok(Cow::Borrowed(&self.bindings));
        }
        let bindings = self
            .classes
            .iter()
            .map(|class| body::build_binding(&class.name, tenant));
        let bindings = bindings.collect::<Result<_, _>>();
        bindings
            .map(Cow::Owned)
            .map_err(|_| SealError::TenantTooLong {
                length: tenant.len(),
            })
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let classes: Vec<_> = self.classes.iter().map(|class| &class.name).collect();
        f.debug_struct("Sealer")
            .field("classes", &classes)
            .finish_non_exhaustive()
    }
}

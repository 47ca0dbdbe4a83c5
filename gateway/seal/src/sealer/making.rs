//! Tokens of a prepared batch, made without waiting.

use super::Sealer;
use super::class::Maker;
use crate::batch::{Batch, KeyShare, Prepared, Step, Tokens, ValueRef};
use crate::envelope::{self, Letter};
use crate::error::SealError;
use aws_lc_rs::rand;
use record::NONCE_BYTES;
use std::borrow::Cow;

/// Characters of an envelope's body besides the value: class, type, nonce and both tags as
/// base64url, and the suffix. Only for reserving room, so that buffers need not grow.
const TYPICAL_BODY: usize = 96;

impl Sealer {
    pub(super) fn seal_prepared(
        &self,
        batch: &Batch,
        prepared: Prepared,
        tokens: &mut Tokens,
    ) -> Result<(), SealError> {
        let Prepared {
            steps,
            shares,
            local,
            macs,
            kept,
        } = prepared;
        if let Some(share) = shares.first() {
            let each = share.epoch.head_text().len() + TYPICAL_BODY;
            let bytes = steps.len() * each + batch.value_bytes() * 4 / 3;
            tokens.reserve(steps.len(), bytes);
        }
        let mut making = Making {
            sealer: self,
            bindings: self.bindings_for(batch.tenant())?,
            nonces: Nonces::draw(&steps)?,
            shares,
            body: Vec::with_capacity(TYPICAL_BODY * 2),
        };
        let (mut local, mut macs, mut kept) = (local.iter(), macs.iter(), kept.iter());
        for (value, step) in batch.values().zip(&steps) {
            match *step {
                Step::Keep => tokens.keep(),
                Step::Local => tokens.push(next(&mut local)?),
                Step::Mac => tokens.push(next(&mut macs)?),
                Step::Vault => tokens.text(next(&mut kept)?.as_str()),
                Step::Rsa(class) => tokens.make(|out| making.rsa(class, value, out))?,
                Step::Viewed(class) => tokens.make(|out| making.viewed(class, value, out))?,
                Step::Envelope(class) => {
                    tokens.make(|out| making.envelope((class, false), value, out))?;
                }
                Step::Stored(class) => {
                    tokens.make(|out| making.envelope((class, true), value, out))?;
                }
            }
        }
        Ok(())
    }
}

/// What one batch's tokens are made of.
struct Making<'a> {
    sealer: &'a Sealer,
    bindings: Cow<'a, [Vec<u8>]>,
    shares: Vec<KeyShare>,
    nonces: Nonces,
    /// A buffer.
    body: Vec<u8>,
}

impl Making<'_> {
    fn rsa(
        &mut self,
        class: usize,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), SealError> {
        let maker = self.sealer.classes.get(class).map(|class| &class.maker);
        let Some(Maker::Rsa(rsa)) = maker else {
            return Err(SealError::UnknownClass);
        };
        let binding = binding(&self.bindings, class)?;
        let (value_type, content) = (value.value_type, value.content);
        rsa.seal(binding, value_type, content, &mut self.body, out)?;
        Ok(())
    }

    fn viewed(
        &mut self,
        class: usize,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), SealError> {
        let nonce = self.nonces.next()?;
        let bound = (class, binding(&self.bindings, class)?);
        let (shares, body) = (&mut self.shares, &mut self.body);
        self.sealer
            .seal_viewed(bound, value, &nonce, shares, body, out)
    }

    /// `stored`: the token only names its epoch's head.
    fn envelope(
        &mut self,
        (class, stored): (usize, bool),
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), SealError> {
        let Some(keeper) = self.sealer.keeper_of(class) else {
            return Err(SealError::UnknownClass);
        };
        let KeyShare {
            epoch, value_keys, ..
        } = take_share(&mut self.shares, keeper)?;
        let Some(form) = epoch.form(stored) else {
            return Err(SealError::NotPrepared);
        };
        let letter = Letter {
            binding: binding(&self.bindings, class)?,
            value_type: value.value_type,
            value: value.content,
            nonce: self.nonces.next()?,
        };
        let value_key = epoch.value_key(value_keys, class, letter.binding, letter.value_type)?;
        let framing = epoch.framing();
        envelope::seal(form, value_key, framing, &letter, &mut self.body, out)?;
        Ok(())
    }
}

/// What a class's bodies begin with.
fn binding(bindings: &[Vec<u8>], class: usize) -> Result<&[u8], SealError> {
    match bindings.get(class) {
        Some(binding) => Ok(binding),
        None => Err(SealError::UnknownClass),
    }
}

/// The next of what was made while the batch was prepared.
fn next<T>(made: &mut impl Iterator<Item = T>) -> Result<T, SealError> {
    match made.next() {
        Some(made) => Ok(made),
        None => Err(SealError::NotPrepared),
    }
}

/// A share of the key with something left, and one less of it.
pub(super) fn take_share(shares: &mut [KeyShare], keeper: usize) -> Result<&KeyShare, SealError> {
    let mut shares = shares.iter_mut();
    let share = shares.find(|share| share.keeper == keeper && share.left > 0);
    let Some(share) = share else {
        return Err(SealError::NotPrepared);
    };
    share.left -= 1;
    Ok(share)
}

/// Random nonces of one batch, drawn at once: the generator's cost for each call is many times
/// that for each byte.
struct Nonces {
    bytes: Vec<u8>,
    used: usize,
}

impl Nonces {
    fn draw(steps: &[Step]) -> Result<Self, SealError> {
        let count = steps
            .iter()
            .filter(|step| matches!(step, Step::Envelope(_) | Step::Stored(_) | Step::Viewed(_)))
            .count();
        let mut bytes = vec![0; count * NONCE_BYTES];
        if count > 0 {
            rand::fill(&mut bytes)?;
        }
        Ok(Self { bytes, used: 0 })
    }

    fn next(&mut self) -> Result<[u8; NONCE_BYTES], SealError> {
        let left = self.bytes.get(self.used..).unwrap_or_default();
        let Some(nonce) = left.first_chunk() else {
            return Err(SealError::NotPrepared);
        };
        self.used += NONCE_BYTES;
        Ok(*nonce)
    }
}

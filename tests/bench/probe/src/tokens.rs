//! Tokens beside what aws-lc-rs does bare, taking turns.

use crate::meter::{Failure, Meter, Rates, Workload};
use crate::raw;
use crate::setup::{self, KeyFiles};
use policies::{ClassId, Policy};
use record::ValueType;
use seal::{Batch, Sealer, Tokens};
use std::hint::black_box;
use std::path::Path;
use tokio::runtime::Runtime;

/// Values of one batch: the fields of the document that goes through the gateway.
const BATCH: usize = 24;
/// Batches between two looks at the clock.
const ENVELOPE_TURN: usize = 64;

/// Tokens and bare operations per CPU second, values of 16 bytes.
pub(crate) fn measure(
    meter: Meter,
    keys: &KeyFiles,
    rsa: &Path,
    envelope: &Path,
) -> Result<Rates, Failure> {
    let runtime = setup::runtime()?;
    let rsa = Making::new(keys, rsa, &runtime)?;
    let envelope = Making::new(keys, envelope, &runtime)?;
    meter.rates(vec![
        raw::rsa_oaep(&keys.first_public_key()?)?,
        rsa.workload("rsa_tokens", 1),
        raw::aes_256_gcm()?,
        envelope.workload("envelope_tokens", ENVELOPE_TURN),
    ])
}

/// A sealer with a batch and tokens that are used again and again, as the gateway does.
struct Making<'a> {
    sealer: Sealer,
    class: ClassId,
    runtime: &'a Runtime,
    batch: Batch,
    tokens: Tokens,
}

impl<'a> Making<'a> {
    fn new(keys: &KeyFiles, policy: &Path, runtime: &'a Runtime) -> Result<Self, Failure> {
        let policy: Policy = setup::policy(policy)?;
        let class = policy
            .rules()
            .first()
            .ok_or("the policy has no rule")?
            .class;
        let sealer = keys.sealer(&policy)?;
        Ok(Self {
            sealer,
            class,
            runtime,
            batch: Batch::new(),
            tokens: Tokens::new(),
        })
    }

    fn workload(mut self, name: &'static str, batches: usize) -> Workload<'a> {
        Workload::new(name, move || {
            for _ in 0..batches {
                self.one_batch()?;
            }
            Ok((batches * BATCH) as u64)
        })
    }

    fn one_batch(&mut self) -> Result<(), Failure> {
        self.batch.clear();
        for _ in 0..BATCH {
            self.batch
                .push(self.class, ValueType::Text, black_box(b"4111111111111111"));
        }
        self.runtime
            .block_on(self.sealer.prepare(&mut self.batch))?;
        self.sealer.seal_batch(&mut self.batch, &mut self.tokens)?;
        black_box(&self.tokens);
        Ok(())
    }
}

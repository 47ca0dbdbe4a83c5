//! Scanner and sealer together, as the gateway joins them.

use crate::input::{CHUNK_BYTES, Document};
use crate::meter::{Failure, Meter, Rates, Workload};
use crate::setup::{self, KeyFiles};
use coding::DecodeLimits;
use rewrite::{BodyKind, Coverage, Rewriter, Rewriting};
use scan::Plan;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

/// Of bodies without content codings nothing is decoded.
const DECODING: DecodeLimits = DecodeLimits {
    max_bytes: u64::MAX,
    max_ratio: u32::MAX,
};

/// Bytes of input per CPU second.
pub(crate) fn measure(
    meter: Meter,
    keys: &KeyFiles,
    policy: &Path,
    document: &Document,
) -> Result<Rates, Failure> {
    let policy = Arc::new(setup::policy(policy)?);
    let sealer = keys.sealer(&policy)?;
    let plan = Arc::new(Plan::compile(policy.clone())?);
    let rewriter = Arc::new(Rewriter::new(plan, sealer));
    let kind = BodyKind::plain(document.format());
    let runtime = setup::runtime()?;
    let bytes = document.read()?;
    let turn = || {
        let coverage = Coverage::new(policy.clone(), false);
        let rewriter = rewriter.clone();
        let mut rewriting =
            Rewriting::new(rewriter, &kind, false, DECODING, CHUNK_BYTES, coverage)?;
        for chunk in bytes.chunks(CHUNK_BYTES) {
            let mut input = chunk;
            while !input.is_empty() {
                rewriting.push(&mut input)?;
                black_box(runtime.block_on(rewriting.seal())?);
            }
        }
        rewriting.finish()?;
        black_box(runtime.block_on(rewriting.seal())?);
        Ok(bytes.len() as u64)
    };
    meter.rates(vec![Workload::new("bytes_per_second", turn)])
}

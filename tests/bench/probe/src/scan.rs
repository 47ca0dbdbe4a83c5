//! The scanner alone.

use crate::input::{CHUNK_BYTES, Document};
use crate::meter::{Failure, Meter, Rates, Workload};
use crate::setup;
use scan::{JsonScanner, Matched, Selectors, Sink};
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

/// Counts, so that the scanner's own work is all that is measured.
#[derive(Default)]
struct Count {
    bytes: u64,
    values: u64,
}

impl Sink for Count {
    fn pass(&mut self, bytes: &[u8]) {
        self.bytes += black_box(bytes).len() as u64;
    }

    fn value(&mut self, value: Matched<'_>) {
        self.values += 1;
        self.bytes += black_box(value).raw.len() as u64;
    }
}

/// Bytes scanned per CPU second.
pub(crate) fn measure(meter: Meter, policy: &Path, document: &Document) -> Result<Rates, Failure> {
    let policy = setup::policy(policy)?;
    let selectors = Arc::new(Selectors::compile(&policy));
    let bytes = document.read()?;
    let turn = || {
        let limits = policy.json();
        let mut scanner = JsonScanner::new(Arc::clone(&selectors), limits, document.documents());
        let mut count = Count::default();
        for chunk in bytes.chunks(CHUNK_BYTES) {
            scanner.push(chunk, &mut count)?;
        }
        scanner.finish(&mut count)?;
        if count.bytes != bytes.len() as u64 {
            return Err("the pieces do not add up to the document".into());
        }
        Ok(count.bytes)
    };
    meter.rates(vec![Workload::new("bytes_per_second", turn)])
}

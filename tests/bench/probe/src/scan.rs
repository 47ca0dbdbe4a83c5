//! The scanner alone, and the scanner with what puts tokens in the place of values.

use crate::input::{CHUNK_BYTES, Document};
use crate::jaq::Jaq;
use crate::meter::{Failure, Meter, Rates, Workload};
use crate::setup;
use scan::{Format, Matched, Plan, Scanner, Sink};
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

/// In each value's place: as long as an `fpe` token or a vault's, made of nothing.
const TOKEN: &[u8] = b"~vg1.AAAAAAAAAAAAAAAAAAAAAAAA~";

/// Counts, so that the scanner's own work is all that is measured.
#[derive(Default)]
struct Count {
    bytes: u64,
}

impl Sink for Count {
    fn pass(&mut self, bytes: &[u8]) {
        self.bytes += black_box(bytes).len() as u64;
    }

    fn value(&mut self, value: Matched<'_>) {
        self.bytes += black_box(value).raw.len() as u64;
    }
}

/// Writes what passes, and the token in each value's place: a chunk's output lies in one buffer.
#[derive(Default)]
struct Splice {
    out: Vec<u8>,
    values: u64,
}

impl Sink for Splice {
    fn pass(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    fn value(&mut self, value: Matched<'_>) {
        self.values += 1;
        // nothing that is measured has places that cannot take it
        let _ = value.syntax.write_token(TOKEN, value.raw, &mut self.out);
    }
}

/// Bytes scanned per CPU second.
pub(crate) fn measure(meter: Meter, policy: &Path, document: &Document) -> Result<Rates, Failure> {
    let plan = plan(policy)?;
    let (format, bytes) = (document.format(), document.read()?);
    let turn = || count(&plan, &format, &bytes);
    meter.rates(vec![Workload::new("bytes_per_second", turn)])
}

/// Bytes of input per CPU second, a constant token in each value's place; in turns with jaq when
/// there is a filter for it.
pub(crate) fn measure_splice(
    meter: Meter,
    policy: &Path,
    jaq: Option<&str>,
    document: &Document,
) -> Result<Rates, Failure> {
    let plan = plan(policy)?;
    let (format, bytes) = (document.format(), document.read()?);
    let jaq = jaq.map(Jaq::compile).transpose()?;
    let turn = || splice(&plan, &format, &bytes);
    let mut workloads = vec![Workload::new("bytes_per_second", turn)];
    if let Some(jaq) = &jaq {
        let turn = || jaq.rewrite(&bytes);
        workloads.push(Workload::new("jaq_bytes_per_second", turn));
    }
    meter.rates(workloads)
}

/// Scans a document, and gives its length.
pub(crate) fn count(plan: &Arc<Plan>, format: &Format, bytes: &[u8]) -> Result<u64, Failure> {
    let mut scanner = Scanner::new(plan.clone(), format)?;
    let mut count = Count::default();
    for chunk in bytes.chunks(CHUNK_BYTES) {
        scanner.push(chunk, &mut count)?;
    }
    scanner.finish(&mut count)?;
    if count.bytes != bytes.len() as u64 {
        return Err("the pieces do not add up to the document".into());
    }
    Ok(count.bytes)
}

fn splice(plan: &Arc<Plan>, format: &Format, bytes: &[u8]) -> Result<u64, Failure> {
    let mut scanner = Scanner::new(plan.clone(), format)?;
    let mut splice = Splice::default();
    for chunk in bytes.chunks(CHUNK_BYTES) {
        splice.out.clear();
        scanner.push(chunk, &mut splice)?;
        black_box(&splice.out);
    }
    splice.out.clear();
    scanner.finish(&mut splice)?;
    black_box(&splice.out);
    if splice.values == 0 {
        return Err("no value was taken".into());
    }
    Ok(bytes.len() as u64)
}

fn plan(policy: &Path) -> Result<Arc<Plan>, Failure> {
    let policy = setup::policy(policy)?;
    Ok(Arc::new(Plan::compile(Arc::new(policy))?))
}

//! Scanner and sealer together, chunk by chunk, as the gateway joins them.

use crate::input::{CHUNK_BYTES, Document};
use crate::meter::{Failure, Meter, Rates, Workload};
use crate::setup::{self, KeyFiles};
use policies::{ClassId, Policy};
use record::ValueType;
use scan::{JsonScanner, Matched, MatchedType, Selectors, Sink};
use seal::{Batch, Replacement, Sealer, Tokens};
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// What a chunk becomes: bytes that pass, with cuts where tokens go, and the values cut out.
struct Draft {
    classes: Vec<ClassId>,
    passed: Vec<u8>,
    cuts: Vec<Cut>,
    batch: Batch,
}

/// Where a value was: after so many passed bytes. Its own spelling waits beside, should it be kept.
struct Cut {
    at: usize,
}

impl Sink for Draft {
    fn pass(&mut self, bytes: &[u8]) {
        self.passed.extend_from_slice(bytes);
    }

    fn value(&mut self, value: Matched<'_>) {
        let Some(class) = self.classes.get(value.rule) else {
            return;
        };
        self.batch
            .push(*class, value_type(value.value_type), &value.content());
        self.cuts.push(Cut {
            at: self.passed.len(),
        });
    }
}

impl Draft {
    fn new(policy: &Policy) -> Self {
        let classes = policy.rules().iter().map(|rule| rule.class).collect();
        Self {
            classes,
            passed: Vec::new(),
            cuts: Vec::new(),
            batch: Batch::new(),
        }
    }

    fn clear(&mut self) {
        self.passed.clear();
        self.cuts.clear();
        self.batch.clear();
    }

    /// Puts the tokens in their places, each as a JSON string.
    fn splice(&self, tokens: &Tokens, out: &mut Vec<u8>) -> Result<(), Failure> {
        let mut start = 0;
        for (cut, token) in self.cuts.iter().zip(tokens.iter()) {
            let Replacement::Made(token) = token else {
                return Err("the input holds tokens already".into());
            };
            out.extend_from_slice(self.passed.get(start..cut.at).unwrap_or_default());
            out.push(b'"');
            out.extend_from_slice(token);
            out.push(b'"');
            start = cut.at;
        }
        out.extend_from_slice(self.passed.get(start..).unwrap_or_default());
        Ok(())
    }
}

/// Bytes of input per CPU second.
pub(crate) fn measure(
    meter: Meter,
    keys: &KeyFiles,
    policy: &Path,
    document: &Document,
) -> Result<Rates, Failure> {
    let policy = setup::policy(policy)?;
    let sealer = keys.sealer(&policy)?;
    let runtime = setup::runtime()?;
    let bytes = document.read()?;
    let selectors = Arc::new(Selectors::compile(&policy));
    let mut draft = Draft::new(&policy);
    let turn = || {
        let limits = policy.json();
        let mut scanner = JsonScanner::new(Arc::clone(&selectors), limits, document.documents());
        let (mut tokens, mut out) = (Tokens::new(), Vec::new());
        for chunk in bytes.chunks(CHUNK_BYTES) {
            draft.clear();
            scanner.push(chunk, &mut draft)?;
            seal(&sealer, &runtime, &mut draft, &mut tokens, &mut out)?;
        }
        draft.clear();
        scanner.finish(&mut draft)?;
        seal(&sealer, &runtime, &mut draft, &mut tokens, &mut out)?;
        Ok(bytes.len() as u64)
    };
    meter.rates(vec![Workload::new("bytes_per_second", turn)])
}

fn seal(
    sealer: &Sealer,
    runtime: &Runtime,
    draft: &mut Draft,
    tokens: &mut Tokens,
    out: &mut Vec<u8>,
) -> Result<(), Failure> {
    tokens.clear();
    out.clear();
    runtime.block_on(sealer.prepare(&mut draft.batch))?;
    sealer.seal_batch(&mut draft.batch, tokens)?;
    draft.splice(tokens, out)?;
    black_box(out);
    Ok(())
}

fn value_type(matched: MatchedType) -> ValueType {
    match matched {
        MatchedType::String => ValueType::Text,
        MatchedType::Number => ValueType::Number,
        MatchedType::Boolean => ValueType::Boolean,
        MatchedType::Null => ValueType::Null,
        MatchedType::Object => ValueType::Object,
        MatchedType::Array => ValueType::Array,
    }
}

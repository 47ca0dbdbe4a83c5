//! Scans for tests: any selectors, limits and chunking.

use crate::json::Limits;
use crate::output::{Output, RecordEdge, TextPart};
use crate::{
    Documents, ErrorCode, JsonErrorCode, JsonScanner, Matched, MatchedType, ScanError, Selectors,
    Sink,
};
use jsonpath_rust::parser::parse_json_path;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) const LIMITS: Limits = Limits {
    depth: 128,
    key: 64 << 10,
    value: 1 << 20,
    buffer: 1 << 20,
};

/// One rule for each selector; `null` is taken too.
pub(super) fn selectors(paths: &[&str]) -> Arc<Selectors> {
    let queries: Vec<_> = paths
        .iter()
        .map(|path| parse_json_path(path).unwrap())
        .collect();
    let nulls_pass = vec![false; paths.len()];
    Arc::new(Selectors::from_queries(
        queries.iter().enumerate(),
        nulls_pass,
    ))
}

/// A piece of a scan; neighbouring passes are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Pass(Vec<u8>),
    Value {
        rule: usize,
        value_type: MatchedType,
        raw: Vec<u8>,
        content: Vec<u8>,
        offset: u64,
    },
}

#[derive(Default)]
pub(super) struct Pieces(pub(super) Vec<Piece>);

impl Sink for Pieces {
    fn pass(&mut self, bytes: &[u8]) {
        match self.0.last_mut() {
            Some(Piece::Pass(before)) => before.extend_from_slice(bytes),
            _ => self.0.push(Piece::Pass(bytes.to_vec())),
        }
    }

    fn value(&mut self, value: Matched<'_>) {
        self.0.push(Piece::Value {
            rule: value.rule,
            value_type: value.value_type,
            raw: value.raw.to_vec(),
            content: value.content().into_owned(),
            offset: value.offset,
        });
    }
}

/// All the bytes of the pieces.
pub(super) fn together(pieces: &[Piece]) -> Vec<u8> {
    let bytes = pieces.iter().map(|piece| match piece {
        Piece::Pass(bytes) | Piece::Value { raw: bytes, .. } => bytes.as_slice(),
    });
    bytes.collect::<Vec<_>>().concat()
}

/// A scan of these chunks.
pub(super) fn scan<'c>(
    selectors: &Arc<Selectors>,
    limits: Limits,
    documents: Documents,
    chunks: impl IntoIterator<Item = &'c [u8]>,
) -> Result<Vec<Piece>, ScanError> {
    let mut scanner = JsonScanner::with_limits(Arc::clone(selectors), limits, documents);
    let mut pieces = Pieces::default();
    let pushed = chunks
        .into_iter()
        .try_for_each(|chunk| scanner.push(chunk, &mut pieces));
    let finished = pushed.and_then(|()| scanner.finish(&mut pieces));
    if let Err(error) = finished {
        assert_eq!(scanner.push(b" ", &mut pieces), Err(error), "stays refused");
        assert_eq!(scanner.finish(&mut pieces), Err(error), "stays refused");
    }
    finished.map(|()| pieces.0)
}

/// What is wrong with JSON.
pub(super) fn json_code(error: ScanError) -> JsonErrorCode {
    match error.code {
        ErrorCode::Json(code) => code,
        other => panic!("{other}"),
    }
}

/// The input in chunks of one size; 0 for one chunk.
pub(super) fn chunked(input: &[u8], size: usize) -> impl Iterator<Item = &[u8]> {
    input.chunks(if size == 0 { input.len().max(1) } else { size })
}

#[derive(Default)]
struct Nodes(Vec<(u32, u64)>);

impl Output for Nodes {
    const NESTED: bool = true;
    const TEXTS: bool = false;
    fn text(&mut self, _part: TextPart<'_>) {}
    fn pass(&mut self, _bytes: &[u8]) {}
    fn value(&mut self, _value: Matched<'_>) {
        panic!("nodes only");
    }
    fn node(&mut self, rule: u32, offset: u64) {
        self.0.push((rule, offset));
    }
    fn record(&mut self, _edge: RecordEdge, _offset: u64) {}
}

/// Every node that a rule takes, nested ones too: rule and offset, sorted.
pub(super) fn nodes<'c>(
    selectors: &Arc<Selectors>,
    chunks: impl IntoIterator<Item = &'c [u8]>,
) -> Result<Vec<(u32, u64)>, ScanError> {
    let mut scanner = JsonScanner::with_limits(Arc::clone(selectors), LIMITS, Documents::One);
    let mut nodes = Nodes::default();
    for chunk in chunks {
        scanner.push_to(chunk, &mut nodes)?;
    }
    scanner.finish_to(&mut nodes)?;
    nodes.0.sort_by_key(|&(_, offset)| offset);
    Ok(nodes.0)
}

/// A folder of the shared test vectors, or `None` (said on stderr) where there are none.
pub(super) fn vectors(folder: &str) -> Option<PathBuf> {
    let from = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let found = from
        .ancestors()
        .map(|ancestor| ancestor.join("shared/vectors").join(folder))
        .find(|path| path.is_dir());
    if found.is_none() {
        eprintln!("skipped: no shared/vectors/{folder} above this folder");
    }
    found
}

//! Scans of the same input in every chunking.

use crate::error::ScanError;
use crate::matched::{Matched, MatchedType};
use crate::output::{Output, RecordEdge, TextPart};
use crate::syntax::Syntax;
use crate::xml::{Paths, XmlScanner};
use policies::{XPath, XmlLimits};
use std::sync::Arc;

/// A piece of a scan; neighbouring passes are one, and so are the parts of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Pass(Vec<u8>),
    Text {
        raw: Vec<u8>,
        syntax: Syntax,
        offset: u64,
        ended: bool,
    },
    Value {
        rule: usize,
        raw: Vec<u8>,
        content: Vec<u8>,
        syntax: Syntax,
        offset: u64,
    },
}

impl Piece {
    pub(super) fn raw(&self) -> &[u8] {
        match self {
            Self::Pass(raw) | Self::Text { raw, .. } | Self::Value { raw, .. } => raw,
        }
    }
}

/// Checks as it collects: texts are not interrupted, offsets are where the bytes are.
#[derive(Default)]
struct Pieces<const TEXTS: bool> {
    pieces: Vec<Piece>,
    length: u64,
}

impl<const TEXTS: bool> Pieces<TEXTS> {
    fn in_text(&self) -> bool {
        matches!(self.pieces.last(), Some(Piece::Text { ended: false, .. }))
    }

    fn advance(&mut self, offset: u64, raw: &[u8]) {
        assert_eq!(offset, self.length, "the offset is where the bytes are");
        self.length += raw.len() as u64;
    }
}

impl<const TEXTS: bool> Output for Pieces<TEXTS> {
    const NESTED: bool = false;
    const TEXTS: bool = TEXTS;

    fn pass(&mut self, bytes: &[u8]) {
        assert!(!bytes.is_empty() && !self.in_text());
        self.advance(self.length, bytes);
        match self.pieces.last_mut() {
            Some(Piece::Pass(before)) => before.extend_from_slice(bytes),
            _ => self.pieces.push(Piece::Pass(bytes.to_vec())),
        }
    }

    fn text(&mut self, part: TextPart<'_>) {
        assert!(TEXTS, "texts pass");
        self.advance(part.offset, part.raw);
        if let Some(Piece::Text {
            raw,
            syntax,
            ended: ended @ false,
            ..
        }) = self.pieces.last_mut()
        {
            assert_eq!(*syntax, part.syntax);
            raw.extend_from_slice(part.raw);
            *ended = part.ends;
            return;
        }
        self.pieces.push(Piece::Text {
            raw: part.raw.to_vec(),
            syntax: part.syntax,
            offset: part.offset,
            ended: part.ends,
        });
    }

    fn value(&mut self, value: Matched<'_>) {
        assert!(!self.in_text() && !value.raw.is_empty());
        assert_eq!(value.value_type, MatchedType::String);
        self.advance(value.offset, value.raw);
        self.pieces.push(Piece::Value {
            rule: value.rule,
            raw: value.raw.to_vec(),
            content: value.content().into_owned(),
            syntax: value.syntax,
            offset: value.offset,
        });
    }

    fn node(&mut self, _rule: u32, _offset: u64) {
        panic!("values only");
    }

    fn record(&mut self, _edge: RecordEdge, _offset: u64) {}
}

/// One rule for each XPath.
pub(super) fn paths(xpaths: &[&str], namespaces: &[(&str, &str)]) -> Arc<Paths> {
    let owned = |(prefix, uri): &(&str, &str)| ((*prefix).to_owned(), (*uri).to_owned());
    let namespaces: Vec<_> = namespaces.iter().map(owned).collect();
    let parsed: Vec<_> = xpaths
        .iter()
        .map(|xpath| XPath::parse(xpath, &namespaces).unwrap())
        .collect();
    Arc::new(Paths::compile(parsed.iter().enumerate(), &[]))
}

/// A scan of these chunks.
pub(super) fn scan<'c, const TEXTS: bool>(
    paths: &Arc<Paths>,
    limits: XmlLimits,
    chunks: impl IntoIterator<Item = &'c [u8]>,
) -> Result<Vec<Piece>, ScanError> {
    let mut scanner = XmlScanner::new(Arc::clone(paths), limits);
    let mut pieces = Pieces::<TEXTS>::default();
    let mut chunks = chunks.into_iter();
    let pushed = chunks.try_for_each(|chunk| scanner.push(chunk, &mut pieces));
    let finished = pushed.and_then(|()| scanner.finish(&mut pieces));
    if let Err(error) = finished {
        assert_eq!(scanner.push(b" ", &mut pieces), Err(error), "stays refused");
        assert_eq!(scanner.finish(&mut pieces), Err(error), "stays refused");
    } else {
        assert!(!pieces.in_text(), "texts end");
    }
    finished.map(|()| pieces.pieces)
}

/// A scan in one chunk; and the same comes of every split in two and of single bytes, whether texts
/// are told or not.
pub(super) fn scan_all_ways(
    paths: &Arc<Paths>,
    limits: XmlLimits,
    input: &[u8],
) -> Result<Vec<Piece>, ScanError> {
    let whole = scan_both::<true>(paths, limits, input);
    let passing = scan_both::<false>(paths, limits, input);
    let without_texts = whole.clone().map(|pieces| {
        let mut merged: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (merged.last_mut(), piece) {
                (_, value @ Piece::Value { .. }) => merged.push(value),
                (Some(Piece::Pass(before)), piece) => before.extend_from_slice(piece.raw()),
                (_, piece) => merged.push(Piece::Pass(piece.raw().to_vec())),
            }
        }
        merged
    });
    assert_eq!(passing, without_texts, "the same without texts");
    if let Ok(pieces) = &whole {
        let together: Vec<_> = pieces.iter().map(Piece::raw).collect();
        assert_eq!(together.concat(), input, "the pieces are the input");
    }
    whole
}

fn scan_both<const TEXTS: bool>(
    paths: &Arc<Paths>,
    limits: XmlLimits,
    input: &[u8],
) -> Result<Vec<Piece>, ScanError> {
    let whole = scan::<TEXTS>(paths, limits, [input]);
    let shown = || String::from_utf8_lossy(input).into_owned();
    for at in 0..=input.len() {
        let (before, after) = input.split_at(at);
        let split = scan::<TEXTS>(paths, limits, [before, &[], after]);
        assert_eq!(split, whole, "split at {at}: {}", shown());
    }
    for size in [1, 2, 3, 7] {
        let split = scan::<TEXTS>(paths, limits, input.chunks(size));
        assert_eq!(split, whole, "chunks of {size}: {}", shown());
    }
    whole
}

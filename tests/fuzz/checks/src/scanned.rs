//! A scan of any format: its pieces, at every chunking, and with tokens in place.

use std::sync::Arc;

use policies::compile_policy;
use scan::{Format, Matched, MatchedType, Plan, RecordEdge, ScanError, Scanner, Sink, Syntax};

use crate::Case;

/// Stands in the place of every value.
pub(crate) const TOKEN: &str = "~vg1.QQ.QQ~";

/// A policy of these rules, each in YAML without its class, and these settings.
pub(crate) fn plan(rules: &[&str], settings: &str) -> Arc<Plan> {
    let rules: String = rules
        .iter()
        .map(|rule| format!("  - {{ class: a, {rule} }}\n"))
        .collect();
    let yaml = format!(
        "version: 1\nclasses: {{ a: {{ kind: envelope, key: k }} }}\nrules:\n{rules}{settings}\n"
    );
    let policy = compile_policy("fuzz", &yaml).unwrap_or_else(|refused| panic!("{refused}"));
    Arc::new(Plan::compile(Arc::new(policy)).unwrap())
}

/// A piece of a scan; neighbouring passes are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Pass(Vec<u8>),
    Value(Value),
}

/// A value that a rule takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) rule: usize,
    pub(crate) offset: u64,
    value_type: MatchedType,
    syntax: Syntax,
    raw: Vec<u8>,
    content: Vec<u8>,
}

#[derive(Default)]
struct Pieces {
    pieces: Vec<Piece>,
    length: u64,
    records: Vec<Edge>,
    /// Records that are open.
    depth: usize,
    values: usize,
}

/// An edge of a record: where, and how many values came before.
type Edge = (RecordEdge, u64, usize);

impl Sink for Pieces {
    fn pass(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        match self.pieces.last_mut() {
            Some(Piece::Pass(before)) => before.extend_from_slice(bytes),
            _ => self.pieces.push(Piece::Pass(bytes.to_vec())),
        }
    }

    fn value(&mut self, value: Matched<'_>) {
        assert_eq!(value.offset, self.length, "a value is not where it says");
        self.length += value.raw.len() as u64;
        self.values += 1;
        self.pieces.push(Piece::Value(Value {
            rule: value.rule,
            offset: value.offset,
            value_type: value.value_type,
            syntax: value.syntax,
            raw: value.raw.to_vec(),
            content: value.content().into_owned(),
        }));
    }

    fn record(&mut self, edge: RecordEdge, offset: u64) {
        let before = self.records.last().map_or(0, |(_, before, _)| *before);
        assert!(offset >= before, "a record's edge before the one before");
        self.depth = match edge {
            RecordEdge::Begins => self.depth + 1,
            RecordEdge::Ends => self
                .depth
                .checked_sub(1)
                .expect("more ends than beginnings"),
        };
        self.records.push((edge, offset, self.values));
    }
}

/// An accepted input's pieces, and the edges of its records.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Scanned(Vec<Piece>, Vec<Edge>);

impl Scanned {
    pub(crate) fn values(&self) -> impl Iterator<Item = &Value> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Value(value) => Some(value),
            Piece::Pass(_) => None,
        })
    }

    /// The input with [`TOKEN`] in the place of every value.
    pub(crate) fn with_tokens(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Pass(bytes) => out.extend_from_slice(bytes),
                Piece::Value(value) => {
                    value
                        .syntax
                        .write_token(TOKEN.as_bytes(), &value.raw, &mut out)
                        .unwrap();
                }
            }
        }
        out
    }
}

impl Value {
    /// Where it ends in the input.
    pub(crate) fn end(&self) -> u64 {
        self.offset + self.raw.len() as u64
    }
}

/// Scans chunks of `input`, and checks that nothing was lost or changed.
fn scan(mut scanner: Scanner, input: &[u8], chunks: &[&[u8]]) -> Result<Scanned, ScanError> {
    let mut pieces = Pieces::default();
    let pushed = chunks
        .iter()
        .try_for_each(|chunk| scanner.push(chunk, &mut pieces));
    let finished = pushed.and_then(|()| scanner.finish(&mut pieces));
    let told: Vec<u8> = pieces.pieces.iter().flat_map(bytes).copied().collect();
    match finished {
        Ok(()) => {
            assert_eq!(told, input, "the pieces are not the input");
            assert_eq!(pieces.depth, 0, "a record does not end");
        }
        Err(error) => {
            assert!(input.starts_with(&told), "the pieces are not its beginning");
            assert!(error.offset <= input.len() as u64, "an error behind it");
            for _ in 0..2 {
                assert_eq!(scanner.push(b" ", &mut pieces), Err(error));
                assert_eq!(scanner.finish(&mut pieces), Err(error));
            }
        }
    }
    finished.map(|()| Scanned(pieces.pieces, pieces.records))
}

fn bytes(piece: &Piece) -> &[u8] {
    match piece {
        Piece::Pass(bytes) | Piece::Value(Value { raw: bytes, .. }) => bytes,
    }
}

/// What any scanner makes of the case, the same at every chunking.
pub(crate) fn everywhere(
    case: &Case<'_>,
    scanner: impl Fn() -> Result<Scanner, ScanError>,
) -> Result<Scanned, ScanError> {
    everywhere_told(case, Some, scanner)
}

/// As [`everywhere`], where only this much of a refusal is the same at every chunking.
fn everywhere_told<T: PartialEq + std::fmt::Debug>(
    case: &Case<'_>,
    told: fn(ScanError) -> T,
    scanner: impl Fn() -> Result<Scanner, ScanError>,
) -> Result<Scanned, ScanError> {
    let whole = scan(scanner()?, case.input, &[case.input]);
    for chunks in case.cuttings() {
        let cut = scan(scanner()?, case.input, &chunks);
        let (cut, whole) = (
            cut.map_err(told),
            whole.as_ref().map_err(|error| told(*error)),
        );
        assert_eq!(
            cut.as_ref(),
            whole.as_ref().copied(),
            "another answer in chunks than as a whole"
        );
    }
    whole
}

/// As [`everywhere`], of a format.
pub(crate) fn of_format(
    case: &Case<'_>,
    plan: &Arc<Plan>,
    format: &Format,
) -> Result<Scanned, ScanError> {
    let scanner = || Scanner::new(plan.clone(), format);
    match format {
        // XML finds some faults of a start tag at its end only, and a part can break off before:
        // which of two faults is told depends on the chunks; that there is one does not
        Format::Multipart(_) => everywhere_told(case, |_| (), scanner),
        _ => everywhere(case, scanner),
    }
}

/// Whether an independent parser may find this text in a place that a rule names.
pub(crate) fn is_settled(text: &str) -> bool {
    text.is_empty() || text == TOKEN
}

//! What a scan of any format told, and that it is the same at every split.

use crate::ScanError;
use crate::matched::Matched;
use crate::output::{Output, RecordEdge, TextPart};

pub(crate) type Refusal = ScanError;

/// All bytes, the values, and the texts as they read.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) bytes: Vec<u8>,
    /// Rule, offset, content.
    pub(crate) values: Vec<(usize, u64, String)>,
    pub(crate) texts: Vec<String>,
    /// Edges of records: where, and how many values came before.
    pub(crate) records: Vec<(RecordEdge, u64, usize)>,
    open: Option<Vec<u8>>,
}

impl Told {
    /// Rules and contents.
    pub(crate) fn contents(&self) -> Vec<(usize, &str)> {
        let values = self.values.iter();
        values
            .map(|(rule, _, content)| (*rule, content.as_str()))
            .collect()
    }
}

impl Output for Told {
    const NESTED: bool = false;
    const TEXTS: bool = true;

    fn pass(&mut self, bytes: &[u8]) {
        assert!(
            bytes.is_empty() || self.open.is_none(),
            "bytes pass inside a text"
        );
        self.bytes.extend_from_slice(bytes);
    }

    fn text(&mut self, part: TextPart<'_>) {
        // where nothing is, it does not matter
        if !part.raw.is_empty() {
            assert_eq!(part.offset, self.bytes.len() as u64, "a text's offset");
        }
        self.bytes.extend_from_slice(part.raw);
        self.open
            .get_or_insert_default()
            .extend_from_slice(part.raw);
        if part.ends {
            let raw = self.open.take().unwrap();
            let read = part.syntax.content(&raw).into_owned();
            if !read.is_empty() {
                self.texts.push(String::from_utf8_lossy(&read).into_owned());
            }
        }
    }

    fn value(&mut self, value: Matched<'_>) {
        assert!(self.open.is_none(), "a value inside a text");
        assert_eq!(value.offset, self.bytes.len() as u64, "a value's offset");
        let content = String::from_utf8_lossy(&value.content()).into_owned();
        self.values.push((value.rule, value.offset, content));
        self.bytes.extend_from_slice(value.raw);
    }

    fn node(&mut self, _rule: u32, _offset: u64) {}

    fn record(&mut self, edge: RecordEdge, offset: u64) {
        assert!(self.open.is_none(), "a record's edge inside a text");
        self.records.push((edge, offset, self.values.len()));
    }
}

/// The same without telling texts apart: the fast path.
#[derive(Default)]
pub(crate) struct Plain(Told);

impl Output for Plain {
    const NESTED: bool = false;
    const TEXTS: bool = false;

    fn pass(&mut self, bytes: &[u8]) {
        self.0.pass(bytes);
    }

    fn text(&mut self, part: TextPart<'_>) {
        self.0.pass(part.raw);
    }

    fn value(&mut self, value: Matched<'_>) {
        self.0.value(value);
    }

    fn node(&mut self, _rule: u32, _offset: u64) {}

    fn record(&mut self, edge: RecordEdge, offset: u64) {
        self.0.record(edge, offset);
    }
}

/// A scan of chunks into any output.
pub(crate) trait Scan {
    fn scan<O: Output>(&self, chunks: &[&[u8]], output: &mut O) -> Result<(), ScanError>;
}

/// What `scan` tells of the input, which must be the same at every split, byte by byte, and without
/// telling texts apart.
pub(crate) fn everywhere_of(input: &[u8], scan: &impl Scan) -> Result<Told, ScanError> {
    let told = |chunks: &[&[u8]]| {
        let mut told = Told::default();
        scan.scan(chunks, &mut told).map(|()| {
            assert!(told.open.is_none(), "a text does not end");
            told
        })
    };
    let whole = told(&[input]);
    if let Ok(whole) = &whole {
        assert_eq!(
            String::from_utf8_lossy(&whole.bytes),
            String::from_utf8_lossy(input)
        );
    }
    for split in 0..=input.len() {
        let (left, right) = input.split_at(split);
        assert_eq!(told(&[left, right]), whole, "at {split}");
        let mut plain = Plain::default();
        let scanned = scan.scan(&[left, right], &mut plain);
        match &whole {
            Ok(whole) => {
                scanned.unwrap();
                assert_eq!(
                    (&plain.0.bytes, &plain.0.values, &plain.0.records),
                    (&whole.bytes, &whole.values, &whole.records)
                );
            }
            Err(error) => assert_eq!(scanned, Err(*error), "at {split}, plain"),
        }
    }
    let bytes: Vec<&[u8]> = input.chunks(1).collect();
    assert_eq!(told(&bytes), whole, "byte by byte");
    whole
}

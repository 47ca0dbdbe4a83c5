//! Cells that become tokens, or hold some.

use detect::{Detection, Found, Scratch};
use parquet::data_type::ByteArray;
use record::ValueType;
use rewrite::{Batches, RewriteError, write_replacement};
use scan::{Syntax, Unfit};
use seal::{Replacement, SealError};

use super::cell::{Cell, Meaning};
use super::fault::ParquetFault;
use super::owners::Rows;
use crate::tokenize::counts::Counts;
use crate::tokenize::engine::Engine;
use crate::tokenize::error::FileError;

/// The rows of a column's cells, and which cell it is.
type Place<'r> = (&'r Rows, usize);

/// Seals the cells of one file, batch by batch.
pub(super) struct CellSealer<'e> {
    engine: &'e Engine,
    batches: Batches,
    /// Which rule each value of the batch is of.
    rules: Vec<usize>,
    /// Which cells that were taken last are to be null, in order.
    nulls: Vec<usize>,
    scratch: Scratch,
    found: Vec<Found>,
    counts: Counts,
}

impl<'e> CellSealer<'e> {
    pub(super) fn new(engine: &'e Engine) -> Self {
        Self {
            engine,
            batches: Batches::of(engine.tenant()),
            rules: Vec::new(),
            nulls: Vec::new(),
            scratch: Scratch::default(),
            found: Vec::new(),
            counts: Counts::default(),
        }
    }

    pub(super) fn into_counts(self, read: u64) -> Counts {
        Counts {
            read,
            ..self.counts
        }
    }

    /// Which of the cells that were taken last are to be null, where their column can have nulls;
    /// they are empty.
    pub(super) fn take_nulls(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.nulls)
    }

    /// A token for each cell.
    pub(super) fn take<T: Cell>(
        &mut self,
        rule: usize,
        meaning: &Meaning,
        cells: &[T],
        rows: Option<&Rows>,
    ) -> Result<Vec<ByteArray>, FileError> {
        let texts = self.push_all(rule, meaning, cells, rows)?;
        self.seal()?;
        let tokens = self.batches.tokens(texts.len())?;
        let mut taken = Vec::with_capacity(texts.len());
        for (cell, (text, token)) in texts.into_iter().zip(tokens).enumerate() {
            if token == Replacement::Null {
                self.nulls.push(cell);
            }
            taken.push(whole(token, text));
        }
        self.clear();
        Ok(taken)
    }

    /// Counts cells that stay readable. Whose they are is asked as for any others.
    pub(super) fn keep<T: Cell>(
        &mut self,
        rule: usize,
        meaning: &Meaning,
        cells: &[T],
        rows: Option<&Rows>,
    ) -> Result<(), FileError> {
        self.push_all(rule, meaning, cells, rows)?;
        self.seal()?;
        let mut tokens = self.batches.tokens(self.rules.len())?;
        if tokens.any(|token| token != Replacement::Kept) {
            return Err(SealError::NotPrepared.into());
        }
        drop(tokens);
        self.clear();
        Ok(())
    }

    /// Gives the cells' texts.
    fn push_all<T: Cell>(
        &mut self,
        rule: usize,
        meaning: &Meaning,
        cells: &[T],
        rows: Option<&Rows>,
    ) -> Result<Vec<Vec<u8>>, FileError> {
        let mut texts = Vec::with_capacity(cells.len());
        for (index, cell) in cells.iter().enumerate() {
            let (value_type, text) = meaning.text(cell)?;
            self.push(rule, value_type, &text, rows.map(|rows| (rows, index)))?;
            texts.push(text);
        }
        Ok(texts)
    }

    /// The cells with tokens where the policy's detectors find something in their texts, which are
    /// of this syntax. What is no UTF-8 is no text, and passes.
    pub(super) fn search(
        &mut self,
        cells: &mut Vec<ByteArray>,
        syntax: Syntax,
        rows: Option<&Rows>,
    ) -> Result<Vec<ByteArray>, FileError> {
        let plan = self.engine.rewriter().plan().clone();
        let mut cells = std::mem::take(cells);
        let Some(detection) = plan.detection() else {
            return Ok(cells);
        };
        let mut places = Vec::new();
        for (index, cell) in cells.iter().enumerate() {
            let place = rows.map(|rows| (rows, index));
            self.find(detection, cell.data(), place, |span| {
                places.push((index, span));
            })?;
        }
        if places.is_empty() {
            return Ok(cells);
        }
        self.seal()?;
        let rules = self.rules.iter().copied();
        let mut made = places
            .into_iter()
            .zip(self.batches.tokens(self.rules.len())?)
            .zip(rules)
            .peekable();
        for (index, cell) in cells.iter_mut().enumerate() {
            let (mut text, mut from) = (Vec::new(), 0);
            while let Some(((place, token), rule)) = made.next_if(|(((at, _), _), _)| *at == index)
            {
                let span = place.1;
                if token != Replacement::Kept {
                    text.extend_from_slice(cell.data().get(from..span.start).unwrap_or_default());
                    let raw = cell.data().get(span.clone()).unwrap_or_default();
                    let written = write_replacement(token, syntax, raw, &mut text);
                    written.map_err(|reason| self.unfit(rule, reason))?;
                    from = span.end;
                }
            }
            if from > 0 {
                text.extend_from_slice(cell.data().get(from..).unwrap_or_default());
                *cell = ByteArray::from(text);
            }
        }
        drop(made);
        self.clear();
        Ok(cells)
    }

    fn find(
        &mut self,
        detection: &Detection,
        text: &[u8],
        place: Option<Place<'_>>,
        mut each: impl FnMut(std::ops::Range<usize>),
    ) -> Result<(), FileError> {
        if std::str::from_utf8(text).is_err() {
            return Ok(());
        }
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        detection.find(text, 0, true, &mut self.scratch, &mut found);
        for hit in &found {
            let value = text.get(hit.start..hit.end).unwrap_or_default();
            self.push(hit.rule, ValueType::Text, value, place)?;
            each(hit.start..hit.end);
        }
        self.found = found;
        Ok(())
    }

    fn push(
        &mut self,
        rule: usize,
        value_type: ValueType,
        text: &[u8],
        place: Option<Place<'_>>,
    ) -> Result<(), FileError> {
        let policy = self.engine.rewriter().policy();
        if text.len() > policy.csv().max_field_bytes {
            return Err(ParquetFault::TooLong.into());
        }
        let owners = place.map(|(rows, cell)| rows.owners(cell)).transpose()?;
        // The plan numbers the rules of this very policy.
        let taken = policy.rules().get(rule).ok_or(SealError::UnknownClass)?;
        self.batches.push(owners, taken, value_type, text)?;
        self.rules.push(rule);
        Ok(())
    }

    fn seal(&mut self) -> Result<(), FileError> {
        let rewriter = self.engine.rewriter();
        self.engine.wait(self.batches.seal(rewriter))?;
        let policy = rewriter.policy();
        let tokens = self.batches.tokens(self.rules.len())?;
        for (rule, token) in self.rules.iter().zip(tokens) {
            let rule = policy.rules().get(*rule);
            match (token, rule) {
                (Replacement::Kept, _) | (_, None) => self.counts.kept += 1,
                (_, Some(rule)) => {
                    let class = policy.class(rule.class).name.as_str();
                    self.counts.add_tokens(class, 1);
                }
            }
        }
        Ok(())
    }

    fn unfit(&self, rule: usize, reason: Unfit) -> FileError {
        let policy = self.engine.rewriter().policy();
        let class = policy.rules().get(rule).map(|rule| rule.class);
        let class = class.map_or("", |class| policy.class(class).name.as_str());
        let class = class.into();
        FileError::Rewrite(RewriteError::Unfit { class, reason })
    }

    fn clear(&mut self) {
        self.batches.clear();
        self.rules.clear();
    }
}

/// What takes the place of a whole cell; what is to be null is empty.
fn whole(token: Replacement<'_>, cell: Vec<u8>) -> ByteArray {
    ByteArray::from(match token {
        Replacement::Made(token) => token.to_vec(),
        Replacement::Text(text) | Replacement::Number(text) => text.as_bytes().to_vec(),
        Replacement::Null => Vec::new(),
        Replacement::Kept => cell,
    })
}

//! The CSV scanner (RFC 4180), for any one-byte delimiter.
//!
//! Rows end with CR LF or LF. A field is quoted when its first byte is a quote; what another parser
//! could read differently is refused: a quote elsewhere, something behind a closing quote, a CR
//! alone. An empty line is no row. A UTF-8 byte order mark passes and is no part of the first name.

mod columns;
mod error;
mod rows;
mod run;
mod skip;
#[cfg(test)]
mod tests;

pub(crate) use columns::Columns;
pub use error::CsvErrorCode;

use crate::error::ScanError;
use crate::held::HeldBytes;
use crate::output::Output;
use columns::Taken;
use policies::CsvSettings;
use run::Run;
use std::sync::Arc;

const BYTE_ORDER_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// Where the scan is, between two bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a field.
    Start,
    Unquoted,
    Quoted,
    /// After a quote inside quotes: it closes them, or is the first of two.
    QuoteEnd,
    /// After a CR, whose LF must follow.
    CarriageReturn,
}

/// Scans CSV as it streams by.
pub(crate) struct CsvScanner {
    columns: Arc<Columns>,
    settings: CsvSettings,
    taken: Taken,
    state: State,
    /// The first bytes of the input, until they are known to be a byte order mark or not.
    first: Option<Vec<u8>>,
    /// From 1.
    row: u64,
    /// From 0.
    column: usize,
    /// Whether the row at hand names the columns.
    in_header: bool,
    /// Whether a record has begun: with each row, but not with the header.
    in_record: bool,
    /// Fields of the first row.
    width: Option<usize>,
    /// The rule that takes the field at hand.
    rule: Option<usize>,
    /// The field at hand is told as a text.
    text: bool,
    /// Where the field at hand begins, from the start of the input.
    field_offset: u64,
    /// The field at hand as far as it came in earlier chunks, when it is taken or names a column.
    held: HeldBytes,
    /// Where the chunk at hand begins.
    base: u64,
    failed: Option<ScanError>,
}

/// A fault at a byte of the input.
struct Fault {
    offset: u64,
    code: CsvErrorCode,
}

impl CsvScanner {
    pub(crate) fn new(columns: Arc<Columns>, settings: CsvSettings) -> Self {
        let taken = columns.by_number();
        Self {
            columns,
            settings,
            taken,
            state: State::Start,
            first: Some(Vec::new()),
            row: 1,
            column: 0,
            in_header: settings.header,
            in_record: false,
            width: None,
            rule: None,
            text: false,
            field_offset: 0,
            held: HeldBytes::default(),
            base: 0,
            failed: None,
        }
    }

    /// Scans the next chunk.
    pub(crate) fn push(
        &mut self,
        mut chunk: &[u8],
        output: &mut impl Output,
    ) -> Result<(), ScanError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if let Some(mut first) = self.first.take() {
            while first.len() < BYTE_ORDER_MARK.len()
                && let Some((byte, rest)) = chunk.split_first()
            {
                first.push(*byte);
                chunk = rest;
            }
            if first == BYTE_ORDER_MARK {
                output.pass(BYTE_ORDER_MARK);
                self.base = BYTE_ORDER_MARK.len() as u64;
            } else if first.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(&first) {
                // no row begins before it is known where
                self.first = Some(first);
                return Ok(());
            } else {
                self.run(&first, output)?;
            }
        }
        self.run(chunk, output)
    }

    /// Ends the input.
    pub(crate) fn finish(&mut self, output: &mut impl Output) -> Result<(), ScanError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if let Some(first) = self.first.take() {
            self.run(&first, output)?;
        }
        let finished = Run::new(self, &[], output).finish();
        self.settle(finished)
    }

    fn run(&mut self, chunk: &[u8], output: &mut impl Output) -> Result<(), ScanError> {
        let ran = Run::new(self, chunk, output).chunk();
        let ran = ran.and_then(|()| self.check_fence(chunk.len()));
        let settled = self.settle(ran);
        self.base += chunk.len() as u64;
        settled
    }

    /// The first offset at which the field that is held would be too long.
    fn fence(&self) -> Option<(u64, CsvErrorCode)> {
        let fence = self.field_offset + self.settings.max_field_bytes as u64;
        let code = match (self.rule, self.in_header && self.columns.are_named()) {
            (Some(_), _) => CsvErrorCode::ValueTooLong,
            // behind a CR the name has ended
            (None, true) if !matches!(self.state, State::Start | State::CarriageReturn) => {
                CsvErrorCode::NameTooLong
            }
            _ => return None,
        };
        Some((fence, code))
    }

    fn check_fence(&self, length: usize) -> Result<(), Fault> {
        match self.fence() {
            Some((offset, code)) if offset < self.base + length as u64 => {
                Err(Fault { offset, code })
            }
            _ => Ok(()),
        }
    }

    /// Remembers a refusal, and erases what was held. A limit that was passed before the fault
    /// comes first, so that the answer is the same however the input is chunked.
    fn settle(&mut self, result: Result<(), Fault>) -> Result<(), ScanError> {
        let Err(fault) = result else { return Ok(()) };
        let fault = match self.fence() {
            Some((offset, code)) if offset <= fault.offset => Fault { offset, code },
            _ => fault,
        };
        let error = ScanError::new(fault.code, fault.offset).on_line(self.row);
        self.failed = Some(error);
        self.held.clear();
        Err(error)
    }
}

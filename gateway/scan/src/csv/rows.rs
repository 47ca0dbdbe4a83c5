//! The ends of rows, each of which is a record.

use super::run::Run;
use super::{CsvErrorCode, Fault, State};
use crate::output::{Output, RecordEdge};

impl<O: Output> Run<'_, O> {
    /// After a row whose line feed is at `at`.
    #[inline(always)]
    pub(super) fn end_row(&mut self, at: usize) -> Result<(), Fault> {
        let here = self.scan.base + at as u64;
        let blank = self.scan.column == 0 && self.is_blank(here);
        if !blank {
            self.check_row(at)?;
            self.scan.in_header = false;
            self.end_record(at);
            self.begin_record(at);
        }
        self.scan.row += 1;
        self.scan.column = 0;
        self.scan.state = State::Start;
        Ok(())
    }

    pub(super) fn begin_record(&mut self, at: usize) {
        self.scan.in_record = true;
        let offset = self.scan.base + at as u64;
        self.output.record(RecordEdge::Begins, offset);
    }

    pub(super) fn end_record(&mut self, at: usize) {
        if self.scan.in_record {
            self.scan.in_record = false;
            let offset = self.scan.base + at as u64;
            self.output.record(RecordEdge::Ends, offset);
        }
    }

    /// Whether the only field of the row is empty and not quoted.
    fn is_blank(&self, here: u64) -> bool {
        let carriage_return = u64::from(self.scan.state == State::CarriageReturn);
        self.scan.field_offset + carriage_return >= here
    }

    fn check_row(&mut self, at: usize) -> Result<(), Fault> {
        let width = self.scan.column + 1;
        let first = *self.scan.width.get_or_insert(width);
        if self.scan.settings.strict && width != first {
            return Err(self.fault(at, CsvErrorCode::RowWidth));
        }
        let missing = || !self.scan.taken.has_all(&self.scan.columns);
        if self.scan.settings.all_columns && self.is_name() && missing() {
            return Err(self.fault(at, CsvErrorCode::MissingColumn));
        }
        Ok(())
    }
}

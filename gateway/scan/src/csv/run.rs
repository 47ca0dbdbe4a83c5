//! The scan of one chunk.

use super::skip::skip_field;
use super::{CsvErrorCode, CsvScanner, Fault, State};
use crate::matched::{Matched, MatchedType};
use crate::output::{Output, TextPart};
use crate::syntax::Syntax;
use memchr::{memchr, memchr_iter, memchr3};

pub(super) struct Run<'r, O> {
    pub(super) scan: &'r mut CsvScanner,
    chunk: &'r [u8],
    /// Bytes of the chunk that have gone out.
    passed: usize,
    pub(super) output: &'r mut O,
}

impl<'r, O: Output> Run<'r, O> {
    pub(super) fn new(scan: &'r mut CsvScanner, chunk: &'r [u8], output: &'r mut O) -> Self {
        Self {
            scan,
            chunk,
            passed: 0,
            output,
        }
    }

    /// Scans the chunk to its end.
    pub(super) fn chunk(&mut self) -> Result<(), Fault> {
        if !self.scan.in_header && !self.scan.in_record {
            self.begin_record(0);
        }
        let mut at = 0;
        while at < self.chunk.len() {
            at = match self.scan.state {
                State::Start if self.is_beside() => self.skip(at)?,
                State::Start => self.begin_field(at),
                State::Unquoted => self.unquoted(at)?,
                State::Quoted => self.quoted(at),
                State::QuoteEnd => self.quote_end(at)?,
                State::CarriageReturn => self.line_feed(at)?,
            };
        }
        self.end_chunk();
        Ok(())
    }

    /// The input has ended.
    pub(super) fn finish(&mut self) -> Result<(), Fault> {
        self.last_row()?;
        self.end_record(0);
        Ok(())
    }

    /// The last row, which need not have a line end.
    fn last_row(&mut self) -> Result<(), Fault> {
        match self.scan.state {
            State::Start if self.scan.column == 0 => Ok(()),
            State::Quoted => Err(Fault {
                offset: self.scan.field_offset,
                code: CsvErrorCode::UnbalancedQuote,
            }),
            State::CarriageReturn => Err(self.bare_carriage_return(0)),
            State::Start | State::Unquoted | State::QuoteEnd => {
                if self.scan.state == State::Start {
                    self.begin_field(0);
                }
                self.end_field(0)?;
                self.end_row(0)
            }
        }
    }

    /// Whether no field from here to the row's end matters.
    #[inline(always)]
    fn is_beside(&self) -> bool {
        !O::TEXTS && !self.scan.in_header && self.scan.column >= self.scan.taken.count()
    }

    /// Skips fields that do not matter, up to a quoted one, the row's end or the chunk's.
    #[inline(always)]
    fn skip(&mut self, at: usize) -> Result<usize, Fault> {
        let rest = self.chunk.get(at..).unwrap_or_default();
        let found = memchr3(b'"', b'\n', b'\r', rest);
        let plain = rest.get(..found.unwrap_or(rest.len())).unwrap_or_default();
        let delimiter = self.scan.settings.delimiter;
        self.scan.column += memchr_iter(delimiter, plain).count();
        let at_start = plain.last().is_none_or(|last| *last == delimiter);
        let end = at + plain.len();
        let fresh = plain.is_empty();
        match found.and_then(|found| rest.get(found)) {
            None => {
                if !at_start {
                    self.begin_field(end);
                }
                Ok(end)
            }
            Some(b'"') if at_start => Ok(self.begin_field(end)),
            Some(b'"') => Err(self.fault(end, CsvErrorCode::StrayQuote)),
            Some(_) => {
                self.scan.state = State::Unquoted;
                // an empty line has an empty field, which begins where it ends
                let start = if fresh { end } else { at };
                self.scan.field_offset = self.scan.base + start as u64;
                self.unquoted(end)
            }
        }
    }

    #[inline(always)]
    fn begin_field(&mut self, at: usize) -> usize {
        let quoted = self.chunk.get(at) == Some(&b'"');
        let inside = at + usize::from(quoted);
        let name = self.is_name();
        let scan = &mut *self.scan;
        scan.state = if quoted {
            State::Quoted
        } else {
            State::Unquoted
        };
        scan.field_offset = scan.base + at as u64;
        scan.rule = match scan.in_header {
            true => None,
            false => scan.taken.rule(scan.column),
        };
        scan.text = O::TEXTS && scan.rule.is_none() && !name;
        if scan.rule.is_some() || name {
            self.pass_until(at);
        } else if scan.text {
            self.pass_until(inside);
        }
        inside
    }

    /// Whether the field at hand may name a column that a rule takes.
    #[inline(always)]
    pub(super) fn is_name(&self) -> bool {
        self.scan.in_header && self.scan.columns.are_named()
    }

    #[inline(always)]
    fn unquoted(&mut self, at: usize) -> Result<usize, Fault> {
        let end = skip_field(self.chunk, at, self.scan.settings.delimiter);
        match self.chunk.get(end) {
            None => Ok(end),
            Some(b'"') => Err(self.fault(end, CsvErrorCode::StrayQuote)),
            Some(&byte) => self.after_field(end, byte),
        }
    }

    fn quoted(&mut self, at: usize) -> usize {
        let rest = self.chunk.get(at..).unwrap_or_default();
        match memchr(b'"', rest) {
            None => self.chunk.len(),
            Some(quote) => {
                self.scan.state = State::QuoteEnd;
                at + quote + 1
            }
        }
    }

    fn quote_end(&mut self, at: usize) -> Result<usize, Fault> {
        match self.chunk.get(at) {
            Some(b'"') => {
                if at == 0 && self.scan.text {
                    // the first of the two was left out at the end of the chunk before
                    self.tell_text(b"\"", self.scan.base - 1, false, false);
                }
                self.scan.state = State::Quoted;
                Ok(at + 1)
            }
            Some(&byte)
                if byte == self.scan.settings.delimiter || matches!(byte, b'\n' | b'\r') =>
            {
                self.after_field(at, byte)
            }
            _ => Err(self.fault(at, CsvErrorCode::StrayQuote)),
        }
    }

    /// The field ends before `at`, where its delimiter or the row's end is.
    #[inline(always)]
    fn after_field(&mut self, at: usize, byte: u8) -> Result<usize, Fault> {
        self.end_field(at)?;
        match byte {
            b'\n' => self.end_row(at)?,
            b'\r' => self.scan.state = State::CarriageReturn,
            _ => {
                self.scan.column += 1;
                self.scan.state = State::Start;
            }
        }
        Ok(at + 1)
    }

    fn line_feed(&mut self, at: usize) -> Result<usize, Fault> {
        if self.chunk.get(at) != Some(&b'\n') {
            return Err(self.bare_carriage_return(at));
        }
        self.end_row(at)?;
        Ok(at + 1)
    }

    fn bare_carriage_return(&self, after: usize) -> Fault {
        Fault {
            offset: self.scan.base + after as u64 - 1,
            code: CsvErrorCode::BareCarriageReturn,
        }
    }

    #[inline(always)]
    fn end_field(&mut self, at: usize) -> Result<(), Fault> {
        if let Some(rule) = self.scan.rule {
            self.end_value(at, rule)
        } else if self.scan.text {
            self.end_text(at);
            Ok(())
        } else if self.is_name() {
            self.end_name(at)
        } else {
            Ok(())
        }
    }

    fn end_value(&mut self, at: usize, rule: usize) -> Result<(), Fault> {
        let limit = self.scan.settings.max_field_bytes as u64;
        let end = self.scan.base + at as u64;
        if end - self.scan.field_offset > limit {
            return Err(self.fault(at, CsvErrorCode::ValueTooLong));
        }
        let alone = self.is_alone(at);
        let chunk: &'r [u8] = self.chunk;
        let here = chunk.get(self.passed..at).unwrap_or_default();
        self.passed = at;
        self.scan.rule = None;
        if self.scan.held.is_empty() {
            self.tell_value(here, rule, alone);
        } else {
            let mut held = std::mem::take(&mut self.scan.held);
            held.extend(here);
            self.tell_value(held.as_slice(), rule, alone);
            held.clear();
            self.scan.held = held;
        }
        Ok(())
    }

    /// A field that a rule takes; what is empty passes.
    fn tell_value(&mut self, raw: &[u8], rule: usize, alone: bool) {
        if matches!(raw, b"" | b"\"\"") {
            return self.output.pass(raw);
        }
        let delimiter = self.scan.settings.delimiter;
        self.output.value(Matched {
            rule,
            value_type: MatchedType::String,
            raw,
            syntax: Syntax::Csv { delimiter, alone },
            offset: self.scan.field_offset,
        });
    }

    /// Whether the field that ends before `at` is the only one of its row.
    fn is_alone(&self, at: usize) -> bool {
        self.scan.column == 0 && self.chunk.get(at) != Some(&self.scan.settings.delimiter)
    }

    fn end_text(&mut self, at: usize) {
        let quoted = self.scan.state == State::QuoteEnd;
        let inside = at.saturating_sub(usize::from(quoted));
        // a closing quote at the end of the chunk before was left out
        let left_out = quoted && at == 0;
        let raw = self.chunk.get(self.passed..inside).unwrap_or_default();
        let offset = self.scan.base + self.passed as u64 - u64::from(left_out);
        self.passed = inside;
        self.tell_text(raw, offset, true, self.is_alone(at));
        if left_out {
            self.output.pass(b"\"");
        }
        self.scan.text = false;
    }

    /// `alone` is known when the text `ends`.
    fn tell_text(&mut self, raw: &[u8], offset: u64, ends: bool, alone: bool) {
        let delimiter = self.scan.settings.delimiter;
        let syntax = match self.scan.state {
            State::Quoted | State::QuoteEnd => Syntax::CsvText,
            _ => Syntax::CsvPart { delimiter, alone },
        };
        self.output.text(TextPart {
            raw,
            syntax,
            offset,
            ends,
        });
    }

    fn end_name(&mut self, at: usize) -> Result<(), Fault> {
        let limit = self.scan.settings.max_field_bytes as u64;
        if self.scan.base + at as u64 - self.scan.field_offset > limit {
            return Err(self.fault(at, CsvErrorCode::NameTooLong));
        }
        let mut held = std::mem::take(&mut self.scan.held);
        held.extend(self.chunk.get(self.passed..at).unwrap_or_default());
        self.passed = at;
        let raw = held.as_slice();
        let delimiter = self.scan.settings.delimiter;
        let alone = self.is_alone(at);
        let name = Syntax::Csv { delimiter, alone }.content(raw);
        self.scan
            .taken
            .add_name(&self.scan.columns, self.scan.column, &name);
        let (quote, inside, syntax) = match raw {
            [b'"', inside @ .., b'"'] => (&b"\""[..], inside, Syntax::CsvText),
            plain => (&b""[..], plain, Syntax::CsvPart { delimiter, alone }),
        };
        self.output.pass(quote);
        self.output.text(TextPart {
            raw: inside,
            syntax,
            offset: self.scan.field_offset + quote.len() as u64,
            ends: true,
        });
        self.output.pass(quote);
        held.clear();
        self.scan.held = held;
        Ok(())
    }

    fn pass_until(&mut self, at: usize) {
        let bytes = self.chunk.get(self.passed..at).unwrap_or_default();
        if !bytes.is_empty() {
            self.output.pass(bytes);
        }
        self.passed = at;
    }

    /// At the chunk's end: tells the rest, or keeps it with what is held.
    fn end_chunk(&mut self) {
        let inside = !matches!(self.scan.state, State::Start | State::CarriageReturn);
        let rest = self.chunk.get(self.passed..).unwrap_or_default();
        if inside && (self.scan.rule.is_some() || self.is_name()) {
            self.scan.held.extend(rest);
        } else if inside && self.scan.text {
            // a quote at the very end is told when it is known what it is
            let quote = usize::from(self.scan.state == State::QuoteEnd && !rest.is_empty());
            let raw = rest.get(..rest.len() - quote).unwrap_or_default();
            let offset = self.scan.base + self.passed as u64;
            if !raw.is_empty() {
                self.tell_text(raw, offset, false, false);
            }
        } else {
            self.pass_until(self.chunk.len());
        }
    }

    #[cold]
    pub(super) fn fault(&self, at: usize, code: CsvErrorCode) -> Fault {
        Fault {
            offset: self.scan.base + at as u64,
            code,
        }
    }
}

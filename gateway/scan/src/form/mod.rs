//! The scanner of forms: `application/x-www-form-urlencoded` (WHATWG URL, section 5), and the query
//! of a URL, which is spelled the same way.
//!
//! Fields are separated by `&`, and a name from its value by the first `=`. Names are compared as
//! they read, and all fields of one name match. What readers differ in is refused: a `%` without
//! its digits, control characters and spaces, and `;`, which some read as `&`.

mod error;
mod fields;
#[cfg(test)]
mod tests;

pub use error::FormErrorCode;
pub(crate) use fields::Fields;

use crate::error::ScanError;
use crate::held::HeldBytes;
use crate::matched::{Matched, MatchedType};
use crate::output::{Output, TextPart};
use crate::syntax::Syntax;
use policies::FormLimits;
use std::sync::Arc;

/// Scans a form as it streams by.
pub(crate) struct FormScanner {
    fields: Arc<Fields>,
    limits: FormLimits,
    part: Part,
    /// Digits that the escape at hand still needs.
    digits: u8,
    /// The name, or the value that is taken, as far as it came in earlier chunks.
    held: HeldBytes,
    /// Where the name or the value begins, from the start of the input.
    begin: u64,
    /// Where the chunk at hand begins.
    base: u64,
    failed: Option<ScanError>,
}

/// What the scan is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Name,
    /// A value, and the rule that takes it.
    Value(Option<usize>),
}

impl FormScanner {
    pub(crate) fn new(fields: Arc<Fields>, limits: FormLimits) -> Self {
        Self {
            fields,
            limits,
            part: Part::Name,
            digits: 0,
            held: HeldBytes::default(),
            begin: 0,
            base: 0,
            failed: None,
        }
    }

    /// Scans the next chunk.
    pub(crate) fn push(&mut self, chunk: &[u8], output: &mut impl Output) -> Result<(), ScanError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let mut told = 0;
        for (at, &byte) in chunk.iter().enumerate() {
            let ends = byte == b'&' || (byte == b'=' && self.part == Part::Name);
            if let Err(code) = self.check(byte, ends) {
                return Err(self.fail(at, code));
            }
            if !ends {
                continue;
            }
            let part = chunk.get(told..at).unwrap_or_default();
            self.end_part(part, at, output)?;
            output.pass(&[byte]);
            told = at + 1;
            self.begin = self.base + told as u64;
            if byte == b'&' {
                self.part = Part::Name;
            }
        }
        self.keep(chunk.get(told..).unwrap_or_default(), chunk.len(), output)?;
        self.base += chunk.len() as u64;
        Ok(())
    }

    /// Ends the input.
    pub(crate) fn finish(&mut self, output: &mut impl Output) -> Result<(), ScanError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.digits > 0 {
            return Err(self.fail(0, FormErrorCode::InvalidEscape));
        }
        self.end_part(&[], 0, output)
    }

    fn check(&mut self, byte: u8, ends: bool) -> Result<(), FormErrorCode> {
        if self.digits > 0 {
            self.digits -= 1;
            return match byte.is_ascii_hexdigit() {
                true => Ok(()),
                false => Err(FormErrorCode::InvalidEscape),
            };
        }
        match byte {
            b'%' => self.digits = 2,
            b';' => return Err(FormErrorCode::AmbiguousSeparator),
            0..=b' ' | 0x7F if !ends => return Err(FormErrorCode::ControlCharacter),
            _ => {}
        }
        Ok(())
    }

    /// The name or value ends before `at`; `rest` is what the chunk has of it.
    fn end_part(
        &mut self,
        rest: &[u8],
        at: usize,
        output: &mut impl Output,
    ) -> Result<(), ScanError> {
        self.check_length(at, at)?;
        let ends = true;
        match self.part {
            Part::Name => {
                let mut held = std::mem::take(&mut self.held);
                held.extend(rest);
                let raw = held.as_slice();
                let rule = self.fields.rule(&Syntax::Form.content(raw));
                self.tell(raw, self.begin, ends, output);
                held.clear();
                self.held = held;
                self.part = Part::Value(rule);
            }
            Part::Value(None) => {
                let offset = self.base + at as u64 - rest.len() as u64;
                self.tell(rest, offset, ends, output);
            }
            Part::Value(Some(rule)) => {
                let mut held = std::mem::take(&mut self.held);
                held.extend(rest);
                if !held.is_empty() {
                    output.value(Matched {
                        rule,
                        value_type: MatchedType::String,
                        raw: held.as_slice(),
                        syntax: Syntax::Form,
                        offset: self.begin,
                    });
                }
                held.clear();
                self.held = held;
            }
        }
        Ok(())
    }

    /// At the chunk's end: holds what is needed, and tells the rest.
    fn keep(
        &mut self,
        rest: &[u8],
        length: usize,
        output: &mut impl Output,
    ) -> Result<(), ScanError> {
        if self.part == Part::Value(None) {
            if !rest.is_empty() {
                let offset = self.base + (length - rest.len()) as u64;
                self.tell(rest, offset, false, output);
            }
            return Ok(());
        }
        self.check_length(length, length)?;
        self.held.extend(rest);
        Ok(())
    }

    fn tell(&self, raw: &[u8], offset: u64, ends: bool, output: &mut impl Output) {
        output.text(TextPart {
            raw,
            syntax: Syntax::Form,
            offset,
            ends,
        });
    }

    /// Fails when the name or the taken value is too long, as far as it is known up to `until`.
    fn check_length(&mut self, at: usize, until: usize) -> Result<(), ScanError> {
        match self.fence() {
            Some((fence, code)) if fence < self.base + until as u64 => Err(self.fail(at, code)),
            _ => Ok(()),
        }
    }

    /// The first offset at which what is held would be too long.
    fn fence(&self) -> Option<(u64, FormErrorCode)> {
        let (limit, code) = match self.part {
            Part::Name => (self.limits.max_name_bytes, FormErrorCode::NameTooLong),
            Part::Value(Some(_)) => (self.limits.max_value_bytes, FormErrorCode::ValueTooLong),
            Part::Value(None) => return None,
        };
        Some((self.begin + limit as u64, code))
    }

    /// Remembers a refusal. A limit that was passed before the fault comes first, so that the answer
    /// is the same however the input is chunked.
    #[cold]
    fn fail(&mut self, at: usize, code: FormErrorCode) -> ScanError {
        let offset = self.base + at as u64;
        let (offset, code) = match self.fence() {
            Some((fence, code)) if fence <= offset => (fence, code),
            _ => (offset, code),
        };
        let error = ScanError::new(code, offset);
        self.failed = Some(error);
        self.held.clear();
        error
    }
}

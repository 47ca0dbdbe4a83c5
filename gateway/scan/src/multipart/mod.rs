//! The scanner of `multipart/form-data` (RFC 7578, RFC 2046): splits a body into its parts, each of
//! which is one value, one text, or scanned as what it is.
//!
//! What readers differ in is refused: anything before the first boundary and after the last, lines
//! that do not end in CR LF, a part without one clear name, transfer encodings that change bytes.
//! Parts of the same name all match.

mod error;
mod head;
mod shifted;
#[cfg(test)]
mod tests;

pub use error::MultipartErrorCode;
pub(crate) use head::PartHead;

use crate::error::ScanError;
use crate::held::HeldBytes;
use crate::matched::{Matched, MatchedType};
use crate::output::{Output, TextPart};
use crate::syntax::Syntax;
use memchr::memmem::Finder;
use policies::FormLimits;
use shifted::Shifted;

/// Longest header section of a part.
const MAX_HEAD: usize = 16 << 10;

/// What becomes of a part's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PartPlan {
    /// All of it is a value of this rule.
    Value(usize),
    /// All of it is one text.
    Text,
    /// It passes, by decision of the policy.
    Pass,
    /// It is scanned by [`Nested`].
    Scan,
}

/// What scans the parts, one after the other.
pub(crate) trait Nested {
    /// A part with this head begins.
    fn begin(&mut self, head: &PartHead<'_>) -> Result<PartPlan, MultipartErrorCode>;
    /// Some of the content of a part with [`PartPlan::Scan`] or [`PartPlan::Text`]; offsets are
    /// counted from the content's start. A text is only checked.
    fn push<O: Output>(&mut self, content: &[u8], output: &mut O) -> Result<(), ScanError>;
    /// The part ends.
    fn finish<O: Output>(&mut self, output: &mut O) -> Result<(), ScanError>;
}

/// Scans a multipart body as it streams by.
pub(crate) struct MultipartScanner<N> {
    nested: N,
    limits: FormLimits,
    /// CR LF `--` boundary.
    delimiter: Finder<'static>,
    phase: Phase,
    /// What came of a boundary, a head, or what may be the beginning of a boundary.
    begun: HeldBytes,
    /// The value as far as it came.
    value: HeldBytes,
    /// The part at hand, from 1.
    part: u64,
    /// Where the content at hand begins, from the start of the input.
    content: u64,
    /// Where what is pushed next begins.
    base: u64,
    failed: Option<ScanError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The first boundary.
    Preamble,
    /// What follows a boundary.
    Delimiter,
    Head,
    Content(PartPlan),
    Epilogue,
}

impl<N: Nested> MultipartScanner<N> {
    /// A scanner for a body with this boundary.
    pub(crate) fn new(boundary: &str, nested: N, limits: FormLimits) -> Result<Self, ScanError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
        let valid = (1..=70).contains(&boundary.len())
            && boundary.bytes().all(allowed)
            && !boundary.ends_with(' ');
        if !valid {
            return Err(ScanError::new(MultipartErrorCode::NoBoundary, 0));
        }
        let delimiter = format!("\r\n--{boundary}");
        Ok(Self {
            nested,
            limits,
            delimiter: Finder::new(delimiter.as_bytes()).into_owned(),
            phase: Phase::Preamble,
            begun: HeldBytes::default(),
            value: HeldBytes::default(),
            part: 0,
            content: 0,
            base: 0,
            failed: None,
        })
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
        while !chunk.is_empty() {
            let used = match self.phase {
                Phase::Preamble => self.preamble(chunk, output),
                Phase::Delimiter => self.after_delimiter(chunk, output),
                Phase::Head => self.head(chunk, output),
                Phase::Content(plan) => self.content(plan, chunk, output),
                Phase::Epilogue => self.epilogue(chunk, output),
            };
            let used = used.inspect_err(|error| {
                self.failed = Some(*error);
                self.begun.clear();
                self.value.clear();
            })?;
            self.base += used as u64;
            chunk = chunk.get(used..).unwrap_or_default();
        }
        Ok(())
    }

    /// Ends the input.
    pub(crate) fn finish(&mut self, output: &mut impl Output) -> Result<(), ScanError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if let Phase::Content(plan) = self.phase {
            // what may have been a boundary is content, and its limits come first
            let begun = std::mem::take(&mut self.begun);
            let told = self.tell(
                plan,
                begun.as_slice(),
                self.base - begun.as_slice().len() as u64,
                output,
            );
            told.inspect_err(|error| self.failed = Some(*error))?;
        }
        let ended = self.phase == Phase::Epilogue && self.begun.as_slice() != b"\r";
        if ended {
            return Ok(());
        }
        let error = match self.phase {
            Phase::Preamble => self.error(MultipartErrorCode::Preamble, self.base),
            Phase::Epilogue => self.error(MultipartErrorCode::Epilogue, self.base - 1),
            _ => self.error(MultipartErrorCode::Truncated, self.base),
        };
        self.failed = Some(error);
        Err(error)
    }

    /// The boundary that the body begins with.
    fn preamble(&mut self, chunk: &[u8], output: &mut impl Output) -> Result<usize, ScanError> {
        let first = self.delimiter.needle().get(2..).unwrap_or_default();
        let done = self.begun.as_slice().len();
        let wanted = first.get(done..).unwrap_or_default();
        let length = wanted.len().min(chunk.len());
        let same = chunk
            .iter()
            .zip(wanted)
            .take_while(|(own, wanted)| own == wanted)
            .count();
        if same < length {
            let at = self.base + same as u64;
            return Err(self.error(MultipartErrorCode::Preamble, at));
        }
        let here = chunk.get(..length).unwrap_or_default();
        output.pass(here);
        self.begun.extend(here);
        if length == wanted.len() {
            self.begun.clear();
            self.phase = Phase::Delimiter;
        }
        Ok(length)
    }

    /// CR LF and the next part, or `--` and the end.
    fn after_delimiter(
        &mut self,
        chunk: &[u8],
        output: &mut impl Output,
    ) -> Result<usize, ScanError> {
        let byte = chunk.get(..1).unwrap_or_default();
        self.begun.extend(byte);
        let next = match self.begun.as_slice() {
            b"\r" | b"-" => self.phase,
            b"\r\n" => Phase::Head,
            b"--" => Phase::Epilogue,
            _ => return Err(self.error(MultipartErrorCode::Delimiter, self.base)),
        };
        output.pass(byte);
        if next != self.phase {
            self.begun.clear();
            self.phase = next;
            self.part += u64::from(next == Phase::Head);
        }
        Ok(1)
    }

    fn head(&mut self, chunk: &[u8], output: &mut impl Output) -> Result<usize, ScanError> {
        let before = self.begun.as_slice().len();
        let start = self.base - before as u64;
        let room = MAX_HEAD - before;
        let more = chunk.get(..chunk.len().min(room)).unwrap_or_default();
        self.begun.extend(more);
        let from = before.saturating_sub(3);
        let recent = self.begun.as_slice().get(from..).unwrap_or_default();
        let Some(end) = memchr::memmem::find(recent, b"\r\n\r\n") else {
            if self.begun.as_slice().len() == MAX_HEAD {
                let at = start + MAX_HEAD as u64;
                return Err(self.error(MultipartErrorCode::HeadTooLarge, at));
            }
            return Ok(more.len());
        };
        let end = from + end;
        let held = std::mem::take(&mut self.begun);
        let head = held.as_slice().get(..end).unwrap_or_default();
        let parsed = PartHead::parse(head).and_then(|head| {
            let plan = self.nested.begin(&head)?;
            Ok((head, plan))
        });
        let (parsed, plan) = parsed.map_err(|code| self.error(code, start))?;
        head::tell(head, &parsed, start, output);
        output.pass(b"\r\n\r\n");
        self.phase = Phase::Content(plan);
        self.content = start + end as u64 + 4;
        Ok(end + 4 - before)
    }

    fn content(
        &mut self,
        plan: PartPlan,
        chunk: &[u8],
        output: &mut impl Output,
    ) -> Result<usize, ScanError> {
        let mut begun = std::mem::take(&mut self.begun);
        let before = begun.as_slice().len();
        let start = self.base - before as u64;
        let joined = if before > 0 {
            begun.extend(chunk);
            begun.as_slice()
        } else {
            chunk
        };
        let Some(end) = self.delimiter.find(joined) else {
            let kept = suffix_that_begins(joined, self.delimiter.needle());
            let (content, rest) = joined.split_at(joined.len() - kept);
            self.tell(plan, content, start, output)?;
            self.begun.extend(rest);
            return Ok(chunk.len());
        };
        let content = joined.get(..end).unwrap_or_default();
        self.tell(plan, content, start, output)?;
        self.end_part(plan, start + end as u64, output)?;
        output.pass(self.delimiter.needle());
        self.phase = Phase::Delimiter;
        Ok(end + self.delimiter.needle().len() - before)
    }

    /// Some of a part's content, which begins at `offset`.
    fn tell(
        &mut self,
        plan: PartPlan,
        content: &[u8],
        offset: u64,
        output: &mut impl Output,
    ) -> Result<(), ScanError> {
        if content.is_empty() {
            return Ok(());
        }
        match plan {
            PartPlan::Value(_) => {
                let limit = self.content + self.limits.max_value_bytes as u64;
                if offset + content.len() as u64 > limit {
                    return Err(self.error(MultipartErrorCode::ValueTooLong, limit));
                }
                self.value.extend(content);
            }
            PartPlan::Text => {
                let by = self.content;
                let checked = self.nested.push(content, &mut Shifted { output, by });
                checked.map_err(|error| self.inside(error))?;
                output.text(text(content, offset, false));
            }
            PartPlan::Pass => output.pass(content),
            PartPlan::Scan => {
                let by = self.content;
                let scanned = self.nested.push(content, &mut Shifted { output, by });
                scanned.map_err(|error| self.inside(error))?;
            }
        }
        Ok(())
    }

    fn end_part(
        &mut self,
        plan: PartPlan,
        end: u64,
        output: &mut impl Output,
    ) -> Result<(), ScanError> {
        match plan {
            PartPlan::Value(rule) => {
                let mut value = std::mem::take(&mut self.value);
                if !value.as_slice().is_empty() {
                    output.value(Matched {
                        rule,
                        value_type: MatchedType::String,
                        raw: value.as_slice(),
                        syntax: Syntax::Plain,
                        offset: self.content,
                    });
                }
                value.clear();
                self.value = value;
            }
            PartPlan::Text | PartPlan::Scan => {
                let by = self.content;
                let finished = self.nested.finish(&mut Shifted { output, by });
                finished.map_err(|error| self.inside(error))?;
                if plan == PartPlan::Text {
                    output.text(text(&[], end, true));
                }
            }
            PartPlan::Pass => {}
        }
        Ok(())
    }

    /// Only line breaks may follow the last boundary.
    fn epilogue(&mut self, chunk: &[u8], output: &mut impl Output) -> Result<usize, ScanError> {
        let byte = chunk.get(..1).unwrap_or_default();
        match (self.begun.as_slice(), byte) {
            (b"", b"\r") => self.begun.extend(byte),
            (b"\r", b"\n") => self.begun.clear(),
            _ => return Err(self.error(MultipartErrorCode::Epilogue, self.base)),
        }
        output.pass(byte);
        Ok(1)
    }

    /// An error of a part's own format, in the whole body.
    fn inside(&self, error: ScanError) -> ScanError {
        ScanError {
            offset: self.content + error.offset,
            part: Some(self.part),
            ..error
        }
    }

    #[cold]
    fn error(&self, code: MultipartErrorCode, offset: u64) -> ScanError {
        ScanError {
            part: (self.part > 0).then_some(self.part),
            ..ScanError::new(code, offset)
        }
    }
}

fn text(raw: &[u8], offset: u64, ends: bool) -> TextPart<'_> {
    TextPart {
        raw,
        syntax: Syntax::Plain,
        offset,
        ends,
    }
}

/// The length of the longest end of `text` that `wanted` begins with, and is longer than.
fn suffix_that_begins(text: &[u8], wanted: &[u8]) -> usize {
    let longest = text.len().min(wanted.len() - 1);
    let begins = |length: &usize| {
        let end = text.get(text.len() - length..);
        end.is_some_and(|end| wanted.starts_with(end))
    };
    (1..=longest).rev().find(begins).unwrap_or(0)
}

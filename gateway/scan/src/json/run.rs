//! The scan of one chunk: the hot loops. Every token is read whole where the chunk holds it whole,
//! and left in `Machine::resume` where the chunk ends inside it.

use super::error::{Fault, JsonErrorCode};
use super::machine::{Expect, Machine, Resume};
use super::scalars::{Literal, NumberPart, scan_literal, scan_number};
use super::space::skip_space;
use super::stack::Frame;
use super::strings::{StringPart, scan_string, skip_plain};
use crate::output::{Output, RecordEdge};
use crate::select::Selectors;
use crate::select::graph::Step;
use crate::select::table::{Row, StateId};

/// A place in the chunk and what may come there; `None` at the chunk's end.
pub(crate) type Next = Option<(usize, Expect)>;

pub(crate) struct Run<'r, O> {
    pub(crate) machine: &'r mut Machine,
    pub(crate) selectors: &'r Selectors,
    /// Where the children of the innermost open array or object go.
    pub(crate) row: &'r Row,
    pub(crate) chunk: &'r [u8],
    /// Bytes of the chunk that have gone out.
    pub(crate) passed: usize,
    pub(crate) output: &'r mut O,
}

impl<'r, O: Output> Run<'r, O> {
    pub(crate) fn new(
        machine: &'r mut Machine,
        selectors: &'r Selectors,
        chunk: &'r [u8],
        output: &'r mut O,
    ) -> Self {
        let row = selectors.table().row_of(machine.stack.top.state);
        Self {
            machine,
            selectors,
            row,
            chunk,
            passed: 0,
            output,
        }
    }

    /// Scans the chunk to its end.
    pub(crate) fn chunk(&mut self) -> Result<(), Fault> {
        if let Some((at, expect)) = self.resume()? {
            self.walk(at, expect)?;
        }
        Ok(())
    }

    /// Goes on where the last chunk ended.
    fn resume(&mut self) -> Result<Next, Fault> {
        match self.machine.resume {
            Resume::Between(expect) => Ok(Some((0, expect))),
            Resume::Key(part) => match self.key_on(0, part)? {
                Some(end) => Ok(Some((end, Expect::Colon))),
                None => Ok(None),
            },
            Resume::String(part) => self.string_on(0, part),
            Resume::Number(part) => self.number_on(0, part),
            Resume::Literal { literal, done } => self.literal_on(0, literal, done),
        }
    }

    fn walk(&mut self, mut at: usize, mut expect: Expect) -> Result<(), Fault> {
        loop {
            at = skip_space(self.chunk, at, self.machine.lines);
            let Some(&byte) = self.chunk.get(at) else {
                self.machine.resume = Resume::Between(expect);
                return Ok(());
            };
            let next = match (expect, byte) {
                (Expect::Key | Expect::KeyOrEnd, b'"') => self.key(at)?,
                (Expect::Colon, b':') => Some((at + 1, Expect::Value)),
                (Expect::AfterMember, b',') => Some((at + 1, Expect::Key)),
                (Expect::AfterElement, b',') => {
                    self.next_element();
                    Some((at + 1, Expect::Value))
                }
                (Expect::ElementOrEnd | Expect::AfterElement, b']')
                | (Expect::KeyOrEnd | Expect::AfterMember, b'}') => {
                    self.close();
                    Some(self.after_value(at + 1)?)
                }
                (Expect::Value | Expect::ElementOrEnd, _) => self.value(at, byte)?,
                _ => self.between_documents(at, byte, expect)?,
            };
            match next {
                Some(next) => (at, expect) = next,
                None => return Ok(()),
            }
        }
    }

    #[cold]
    fn unexpected(&self, at: usize, byte: u8, expect: Expect) -> Fault {
        let start_of_input = self.machine.base == 0 && at == 0;
        Fault::new(
            at,
            match (expect, byte) {
                (_, b'\n') => JsonErrorCode::LineBreak,
                (Expect::End, _) => JsonErrorCode::TrailingData,
                (Expect::Document, 0xEF | 0xFE | 0xFF) if start_of_input => {
                    JsonErrorCode::ByteOrderMark
                }
                _ => JsonErrorCode::UnexpectedByte,
            },
        )
    }

    /// The start of a document, the line break after one, or a byte that cannot be here.
    #[inline(never)]
    fn between_documents(&mut self, at: usize, byte: u8, expect: Expect) -> Result<Next, Fault> {
        match (expect, byte) {
            (Expect::Document | Expect::End, b'\n') => {
                if expect == Expect::End {
                    self.edge(RecordEdge::Ends, at);
                }
                self.machine.line += 1;
                Ok(Some((at + 1, Expect::Document)))
            }
            (Expect::Document, b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                if self.machine.lines {
                    self.edge(RecordEdge::Begins, at);
                }
                self.machine.child = self.selectors.root();
                self.value(at, byte)
            }
            _ => Err(self.unexpected(at, byte, expect)),
        }
    }

    #[inline(always)]
    fn value(&mut self, at: usize, byte: u8) -> Result<Next, Fault> {
        if self.machine.child.is_special() {
            self.special(at, byte);
        }
        if O::TEXTS && self.machine.hold.is_none() && matches!(byte, b'"' | b'-' | b'0'..=b'9') {
            self.begin_text(at, byte);
        }
        match byte {
            b'"' => {
                let end = skip_plain(self.chunk, at + 1);
                if self.chunk.get(end) == Some(&b'"') {
                    return self.after_value(end + 1).map(Some);
                }
                self.string_on(end, StringPart::Plain)
            }
            b'{' | b'[' => self.open(at, byte == b'{').map(Some),
            b'-' | b'0'..=b'9' => self.number_on(at + 1, NumberPart::of_first_byte(byte)),
            _ => match Literal::of_first_byte(byte) {
                Some(literal) => self.literal_on(at + 1, literal, 1),
                None => Err(self.unexpected(at, byte, Expect::Value)),
            },
        }
    }

    #[inline(never)]
    fn string_on(&mut self, at: usize, mut part: StringPart) -> Result<Next, Fault> {
        match scan_string(self.chunk, at, &mut part, &mut false)? {
            Some(end) => self.after_value(end).map(Some),
            None => {
                self.machine.resume = Resume::String(part);
                Ok(None)
            }
        }
    }

    #[inline(always)]
    fn number_on(&mut self, at: usize, mut part: NumberPart) -> Result<Next, Fault> {
        match scan_number(self.chunk, at, &mut part)? {
            Some(end) => self.after_value(end).map(Some),
            None => {
                self.machine.resume = Resume::Number(part);
                Ok(None)
            }
        }
    }

    #[inline(always)]
    fn literal_on(&mut self, at: usize, literal: Literal, done: usize) -> Result<Next, Fault> {
        let mut done = done;
        match scan_literal(self.chunk, at, literal, &mut done)? {
            Some(end) => self.after_value(end).map(Some),
            None => {
                self.machine.resume = Resume::Literal { literal, done };
                Ok(None)
            }
        }
    }

    /// Opens an array or object, the first byte of which is at `at`.
    #[inline(always)]
    fn open(&mut self, at: usize, object: bool) -> Result<(usize, Expect), Fault> {
        let machine = &mut *self.machine;
        if machine.stack.depth() >= machine.limits.depth {
            return Err(Fault::new(at, JsonErrorCode::TooDeep));
        }
        let state = machine.child;
        machine.stack.push(Frame {
            state,
            object,
            own: machine.own.len(),
            index: 0,
        });
        self.row = self.selectors.table().row_of(state);
        if object {
            return Ok((at + 1, Expect::KeyOrEnd));
        }
        self.element(0);
        Ok((at + 1, Expect::ElementOrEnd))
    }

    #[inline(always)]
    fn close(&mut self) {
        self.machine.stack.pop();
        self.row = self.selectors.table().row_of(self.machine.stack.top.state);
    }

    #[inline(always)]
    fn next_element(&mut self) {
        self.machine.stack.top.index += 1;
        self.element(self.machine.stack.top.index);
    }

    #[inline(always)]
    fn element(&mut self, index: u64) {
        let state = self.row.element(index);
        self.machine.child = if state == StateId::ASK {
            self.ask(Step::Element(index))
        } else {
            state
        };
    }

    /// A key whose opening quote is at `at`.
    #[inline(always)]
    fn key(&mut self, at: usize) -> Result<Next, Fault> {
        let end = skip_plain(self.chunk, at + 1);
        let fits = (end - at) as u64 <= self.machine.limits.key;
        if fits && self.chunk.get(end) == Some(&b'"') {
            self.member(self.chunk.get(at + 1..end).unwrap_or_default());
            return Ok(Some(match self.chunk.get(end + 1) {
                Some(b':') => (end + 2, Expect::Value),
                _ => (end + 1, Expect::Colon),
            }));
        }
        self.machine.key_offset = Some(self.machine.base + at as u64 + 1);
        self.machine.key_escaped = false;
        let end = self.key_on(at + 1, StringPart::Plain)?;
        Ok(end.map(|end| (end, Expect::Colon)))
    }

    /// Goes on in a key: it ended in another chunk, is too long, or is not plain text.
    #[inline(never)]
    fn key_on(&mut self, at: usize, mut part: StringPart) -> Result<Option<usize>, Fault> {
        let end = scan_string(self.chunk, at, &mut part, &mut self.machine.key_escaped)?;
        let inside = self
            .chunk
            .get(at..end.map_or(self.chunk.len(), |end| end - 1));
        let inside = inside.unwrap_or_default();
        let Some(end) = end else {
            if self.row.reads_keys() {
                self.machine.key.extend(inside);
            }
            self.machine.resume = Resume::Key(part);
            return Ok(None);
        };
        self.check_key(end - 1)?;
        let mut key = std::mem::take(&mut self.machine.key);
        key.extend(inside);
        if self.machine.key_escaped {
            self.member(&super::escape::unescape(key.as_slice()));
        } else {
            self.member(key.as_slice());
        }
        key.clear();
        self.machine.key = key;
        self.machine.key_offset = None;
        Ok(Some(end))
    }

    /// Fails when the key that ends at `end` is too long; `Machine::fail` finds where.
    fn check_key(&self, end: usize) -> Result<(), Fault> {
        let start = self.machine.key_offset.unwrap_or(0);
        let length = (self.machine.base + end as u64).saturating_sub(start);
        if length > self.machine.limits.key {
            return Err(Fault::new(end, JsonErrorCode::KeyTooLong));
        }
        Ok(())
    }

    #[inline(always)]
    fn member(&mut self, key: &[u8]) {
        let state = self.row.member(key, self.selectors.names());
        self.machine.child = if state == StateId::ASK {
            self.ask(Step::Member(self.selectors.names().find(key)))
        } else {
            state
        };
    }

    /// After a value that ends before `at`.
    #[inline(always)]
    pub(crate) fn after_value(&mut self, at: usize) -> Result<(usize, Expect), Fault> {
        if O::TEXTS && self.machine.text.is_some() {
            self.text_until(at, true);
        }
        let depth = self.machine.stack.depth();
        if depth == self.machine.watch_depth {
            self.watched_ends(at)?;
        }
        let expect = match (depth, self.machine.stack.top.object) {
            (0, _) => Expect::End,
            (_, true) => Expect::AfterMember,
            (_, false) => Expect::AfterElement,
        };
        Ok((at, expect))
    }
}

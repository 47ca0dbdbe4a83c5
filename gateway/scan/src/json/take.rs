//! Where the scan and the selectors meet: what is taken, what is held, and what goes out.

use super::error::{Fault, JsonErrorCode};
use super::fragment;
use super::machine::{Hold, Purpose};
use super::run::Run;
use crate::buffered;
use crate::held::HeldBytes;
use crate::matched::{Matched, MatchedType};
use crate::output::{Output, RecordEdge, TextPart};
use crate::select::graph::{GraphState, Step};
use crate::select::table::StateId;
use crate::syntax::Syntax;

impl<O: Output> Run<'_, O> {
    /// A step that the table left out, on the graph.
    #[cold]
    pub(crate) fn ask(&mut self, step: Step) -> StateId {
        let top = self.machine.stack.top;
        let target = self.selectors.graph().step(self.live(top.state), step);
        self.machine.own.truncate(top.own);
        self.selectors.table().find(&target).unwrap_or_else(|| {
            self.machine.own.push(target);
            StateId::own(self.machine.own.len() - 1)
        })
    }

    /// The graph's states that a state stands for.
    fn live(&self, state: StateId) -> &[GraphState] {
        match state.own_index() {
            Some(index) => self
                .machine
                .own
                .get(index)
                .map_or(&[], |target| &target.live),
            None => &self.selectors.table().row_of(state).live,
        }
    }

    /// The value that begins at `at` is in a special state: it is taken, or held to decide.
    #[inline(never)]
    pub(crate) fn special(&mut self, at: usize, byte: u8) {
        let state = self.machine.child;
        let rule = match state.own_index() {
            Some(index) => self.machine.own.get(index).and_then(|target| target.rule),
            None => self
                .selectors
                .table()
                .state(state)
                .and_then(|state| state.rule),
        };
        if rule.is_some_and(|rule| self.selectors.is_record(rule)) {
            if matches!(byte, b'{' | b'[') {
                self.begin_record(at);
            }
        } else if let Some(rule) = rule {
            if O::NESTED {
                self.output.node(rule, self.machine.base + at as u64);
            } else if byte != b'n' || !self.selectors.null_passes(rule) {
                self.hold(
                    at,
                    Purpose::Value {
                        rule,
                        first_byte: byte,
                    },
                );
                return;
            }
        }
        let (objects, arrays) = self.selectors.graph().holds(self.live(state));
        if (byte == b'{' && objects) || (byte == b'[' && arrays) {
            self.hold(at, Purpose::Decide { state });
        }
    }

    fn hold(&mut self, at: usize, purpose: Purpose) {
        self.pass_until(at);
        self.machine.hold = Some(Hold {
            purpose,
            offset: self.machine.base + at as u64,
        });
        self.machine.watch_depth = self.machine.stack.depth();
        self.machine.child = StateId::DEAD;
    }

    fn begin_record(&mut self, at: usize) {
        let depth = self.machine.stack.depth();
        self.machine.records.push(depth);
        self.machine.watch_depth = depth;
        self.edge(RecordEdge::Begins, at);
    }

    pub(crate) fn edge(&mut self, edge: RecordEdge, at: usize) {
        self.output.record(edge, self.machine.base + at as u64);
    }

    /// What is held ends before `end`, or a record, or both.
    #[inline(never)]
    pub(crate) fn watched_ends(&mut self, end: usize) -> Result<(), Fault> {
        self.release(end)?;
        let depth = self.machine.stack.depth();
        if self.machine.records.last() == Some(&depth) {
            self.machine.records.pop();
            self.edge(RecordEdge::Ends, end);
        }
        let around = self.machine.records.last();
        self.machine.watch_depth = around.copied().unwrap_or(usize::MAX);
        Ok(())
    }

    /// A string or number that nothing takes or holds begins at `at`: a text, whose end will tell.
    pub(crate) fn begin_text(&mut self, at: usize, byte: u8) {
        let (inside, syntax) = match byte {
            b'"' => (at + 1, Syntax::JsonText),
            _ => (at, Syntax::Json),
        };
        self.pass_until(inside);
        self.machine.text = Some(syntax);
    }

    /// Tells what the chunk has of the text at hand, up to `at`.
    pub(crate) fn text_until(&mut self, at: usize, ends: bool) {
        let Some(syntax) = self.machine.text else {
            return;
        };
        // the end of a string is known one byte after its text, which may be in an earlier chunk
        let end = match syntax {
            Syntax::JsonText if ends => at.saturating_sub(1),
            _ => at,
        };
        let raw = self.chunk.get(self.passed..end).unwrap_or_default();
        let offset = self.machine.base + self.passed as u64;
        self.passed = end;
        self.output.text(TextPart {
            raw,
            syntax,
            offset,
            ends,
        });
        if ends {
            self.machine.text = None;
        }
    }

    fn pass_until(&mut self, at: usize) {
        self.output
            .pass(self.chunk.get(self.passed..at).unwrap_or_default());
        self.passed = at;
    }

    /// At the chunk's end: passes the rest, or keeps it with what is held.
    pub(crate) fn end_chunk(&mut self) {
        if self.machine.hold.is_some() {
            let rest = self.chunk.get(self.passed..).unwrap_or_default();
            self.machine.held.extend(rest);
        } else if O::TEXTS && self.machine.text.is_some() {
            self.text_until(self.chunk.len(), false);
        } else {
            self.pass_until(self.chunk.len());
        }
    }

    /// The held value ends before `end`: sends it on its way.
    fn release(&mut self, end: usize) -> Result<(), Fault> {
        let Some(hold) = self.machine.hold else {
            return Ok(());
        };
        let (limit, code) = self.machine.hold_limit(hold.purpose);
        if self.machine.base + end as u64 - hold.offset > limit {
            return Err(Fault::new(end, code));
        }
        self.machine.hold = None;
        let here = self.chunk.get(self.passed..end).unwrap_or_default();
        self.passed = end;
        if hold.offset >= self.machine.base {
            return self.emit(hold, here);
        }
        let mut held: HeldBytes = std::mem::take(&mut self.machine.held);
        held.extend(here);
        let emitted = self.emit(hold, held.as_slice());
        held.clear();
        self.machine.held = held;
        emitted
    }

    fn emit(&mut self, hold: Hold, raw: &[u8]) -> Result<(), Fault> {
        match hold.purpose {
            Purpose::Value { rule, first_byte } => {
                let value_type = MatchedType::of_json(first_byte);
                self.output.value(Matched {
                    rule: rule as usize,
                    value_type,
                    raw,
                    syntax: Syntax::Json,
                    offset: hold.offset,
                });
                Ok(())
            }
            Purpose::Decide { state } => self.decide(state, hold.offset, raw),
        }
    }

    /// Finds what is taken inside a whole array or object, and passes the rest.
    fn decide(&mut self, state: StateId, offset: u64, raw: &[u8]) -> Result<(), Fault> {
        let found = buffered::find(raw, self.live(state), self.selectors, O::NESTED);
        let mut inside = Inside {
            raw,
            offset,
            passed: 0,
            records: Vec::new(),
        };
        for node in found {
            let start = node.span.start;
            if O::NESTED {
                self.output.node(node.rule, offset + start as u64);
                continue;
            }
            inside.leave_records(start, self.output);
            if self.selectors.is_record(node.rule) {
                inside.pass_until(start, self.output);
                inside.records.push(node.span.end);
                self.output
                    .record(RecordEdge::Begins, offset + start as u64);
                continue;
            }
            let value = raw.get(node.span.clone()).unwrap_or_default();
            if value == b"null" && self.selectors.null_passes(node.rule) {
                continue;
            }
            self.check_length(value, offset + start as u64)?;
            inside.pass_until(start, self.output);
            self.output.value(Matched {
                rule: node.rule as usize,
                value_type: MatchedType::of_json(value.first().copied().unwrap_or(0)),
                raw: value,
                syntax: Syntax::Json,
                offset: offset + start as u64,
            });
            inside.passed = node.span.end;
        }
        inside.leave_records(raw.len(), self.output);
        inside.pass_until(raw.len(), self.output);
        Ok(())
    }

    fn check_length(&self, value: &[u8], start: u64) -> Result<(), Fault> {
        if value.len() as u64 <= self.machine.limits.value {
            return Ok(());
        }
        let at = start.saturating_add(self.machine.limits.value);
        Err(Fault {
            at: at.cast_signed() - self.machine.base.cast_signed(),
            code: JsonErrorCode::ValueTooLong,
        })
    }
}

/// A whole array or object that was held, on its way out.
struct Inside<'h> {
    raw: &'h [u8],
    /// Where it begins, in bytes from the start of the input.
    offset: u64,
    /// Bytes of it that have gone out.
    passed: usize,
    /// Where the records end that are open.
    records: Vec<usize>,
}

impl Inside<'_> {
    /// Passes whole tokens, and tells their texts.
    fn pass_until<O: Output>(&mut self, at: usize, output: &mut O) {
        let start = self.offset + self.passed as u64;
        let tokens = self.raw.get(self.passed..at).unwrap_or_default();
        self.passed = at;
        if O::TEXTS {
            fragment::tell(tokens, start, output);
        } else {
            output.pass(tokens);
        }
    }

    /// Ends the records that have ended at `at`.
    fn leave_records<O: Output>(&mut self, at: usize, output: &mut O) {
        while let Some(&end) = self.records.last().filter(|end| **end <= at) {
            self.records.pop();
            self.pass_until(end, output);
            output.record(RecordEdge::Ends, self.offset + end as u64);
        }
    }
}

//! Texts that no rule takes by their place: what they hold is searched for, and taken.

#[cfg(test)]
mod tests;
mod window;

pub(crate) use window::Window;

use crate::matched::{Matched, MatchedType};
use crate::output::{Output, RecordEdge, Sink, TextPart};
use crate::syntax::{Syntax, Within};
use std::ops::Range;

/// Finds values in texts; see `detect::Detection::find`, which this is.
pub(crate) trait Search {
    /// Bytes before what is not settled that a search looks back at.
    const LOOK_BEHIND: usize;
    /// With so many bytes that are not settled, a search always settles some.
    const LOOK_AHEAD: usize;
    /// Adds what is found in `text` from `from` on, in order and without overlaps; gives up to
    /// where the text is settled, all of it when it has `ended`.
    fn find(&mut self, text: &[u8], from: usize, ended: bool, found: &mut Vec<Hit>) -> usize;
}

/// A place in a text that a rule takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) span: Range<usize>,
    pub(crate) rule: usize,
}

/// A sink as an output that looks into texts.
pub(crate) struct Inspect<'s, S, F> {
    pub(crate) sink: &'s mut S,
    pub(crate) search: &'s mut F,
    pub(crate) window: &'s mut Window,
}

impl<S: Sink, F: Search> Output for Inspect<'_, S, F> {
    const NESTED: bool = false;
    const TEXTS: bool = true;

    fn pass(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.sink.pass(bytes);
        }
    }

    fn text(&mut self, part: TextPart<'_>) {
        if part.ends && self.window.is_empty() && part.syntax.next_escape(part.raw).is_none() {
            self.whole(part);
        } else {
            self.window.push(part, self.search, self.sink);
        }
    }

    fn value(&mut self, value: Matched<'_>) {
        self.sink.value(value);
    }

    fn node(&mut self, _rule: u32, _offset: u64) {}

    fn record(&mut self, edge: RecordEdge, offset: u64) {
        self.sink.record(edge, offset);
    }
}

impl<S: Sink, F: Search> Inspect<'_, S, F> {
    /// A text that is all here and spelled as it reads: nothing is copied.
    fn whole(&mut self, part: TextPart<'_>) {
        if part.raw.is_empty() {
            return;
        }
        let found = self.window.found();
        self.search.find(part.raw, 0, true, found);
        if found.is_empty() {
            self.sink.pass(part.raw);
            return;
        }
        let found = std::mem::take(found);
        let mut told = Told::default();
        for hit in &found {
            if emit(part, &mut told, hit.span.clone(), hit.rule, self.sink).is_none() {
                break;
            }
        }
        let rest = part.raw.get(told.to..).unwrap_or_default();
        if !rest.is_empty() {
            self.sink.pass(rest);
        }
        *self.window.found() = found;
    }
}

/// How far a text has been told.
#[derive(Default, Clone, Copy)]
struct Told {
    to: usize,
    /// Whether a value came last.
    value: bool,
}

/// Passes what of `part` lies before `span`, and hands the span on as a value of `rule`. `None`
/// when it cannot be taken: a number is taken whole or not at all.
fn emit(
    part: TextPart<'_>,
    told: &mut Told,
    span: Range<usize>,
    rule: usize,
    sink: &mut impl Sink,
) -> Option<()> {
    let number = part.syntax == Syntax::Json;
    if number && (span.start > 0 || span.end < part.raw.len()) {
        return None;
    }
    let before = part.raw.get(told.to..span.start)?;
    let raw = part.raw.get(span.clone())?;
    if !before.is_empty() {
        sink.pass(before);
    }
    let syntax = part.syntax.within(&Within {
        raw: part.raw,
        span: span.clone(),
        adjoins: told.value && before.is_empty(),
        ends: part.ends,
    });
    *told = Told {
        to: span.end,
        value: true,
    };
    sink.value(Matched {
        rule,
        value_type: match number {
            true => MatchedType::Number,
            false => MatchedType::String,
        },
        raw,
        syntax,
        offset: part.offset + span.start as u64,
    });
    Some(())
}

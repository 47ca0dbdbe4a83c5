//! A text that comes in several parts, or is not spelled as it reads: the part of it that is not
//! settled yet, with what a search looks back at.

use super::{Hit, Search, Told, emit};
use crate::held::HeldBytes;
use crate::output::{Sink, TextPart};
use crate::syntax::Syntax;

/// No number that a rule could look for is longer.
const MAX_NUMBER: usize = 128;

/// The window over a text. Between texts it is empty.
#[derive(Default)]
pub(crate) struct Window {
    /// As spelled: what was told already and is only looked back at, then what was not.
    raw: HeldBytes,
    /// What `raw` means, as far as its escapes are whole.
    text: HeldBytes,
    /// For each byte of `text`, where in `raw` its spelling begins.
    places: Vec<usize>,
    /// Bytes of `raw` that have been read into `text`.
    read: usize,
    /// How much of `raw` has been told to the sink.
    told: Told,
    /// Bytes of `text` that are settled.
    settled: usize,
    /// Bytes of `text` when it was last searched.
    searched: usize,
    /// The text is a number too long to be taken, and passes.
    passing: bool,
    /// Where `raw` begins, from the start of the input.
    offset: u64,
    found: Vec<Hit>,
}

impl Window {
    /// Whether it is between two texts.
    pub(crate) fn is_empty(&self) -> bool {
        self.raw.is_empty() && !self.passing
    }

    /// A list to find into, empty.
    pub(super) fn found(&mut self) -> &mut Vec<Hit> {
        self.found.clear();
        &mut self.found
    }

    /// Takes some more of the text, and tells what is settled.
    pub(super) fn push<F: Search>(
        &mut self,
        part: TextPart<'_>,
        search: &mut F,
        sink: &mut impl Sink,
    ) {
        if self.is_empty() {
            self.offset = part.offset;
        }
        self.raw.extend(part.raw);
        if part.syntax == Syntax::Json && !self.number_is_whole(&part, sink) {
            return;
        }
        self.read(part.syntax, part.ends);
        // not before there is as much again as a search may leave unsettled: each byte is then
        // looked at a few times at most
        if part.ends || self.text.as_slice().len() >= self.searched + F::LOOK_AHEAD {
            self.search(part.syntax, part.ends, search, sink);
        }
        if part.ends {
            self.clear();
        }
    }

    /// Whether a number is all here; a number is taken whole or not at all.
    fn number_is_whole(&mut self, part: &TextPart<'_>, sink: &mut impl Sink) -> bool {
        if self.passing || self.raw.as_slice().len() > MAX_NUMBER {
            sink.pass(self.raw.as_slice());
            self.clear();
            self.passing = !part.ends;
            return false;
        }
        part.ends
    }

    fn read(&mut self, syntax: Syntax, ends: bool) {
        let raw = self.raw.as_slice();
        while let Some(rest) = raw.get(self.read..).filter(|rest| !rest.is_empty()) {
            let plain = syntax.next_escape(rest).unwrap_or(rest.len());
            self.text.extend(rest.get(..plain).unwrap_or_default());
            self.places.extend(self.read..self.read + plain);
            self.read += plain;
            let Some(escape) = rest.get(plain..).filter(|escape| !escape.is_empty()) else {
                break;
            };
            let Some(escape) = syntax.read_escape(escape, ends) else {
                break;
            };
            self.text.extend(escape.bytes());
            self.places
                .extend(std::iter::repeat_n(self.read, escape.bytes().len()));
            self.read += escape.spelled;
        }
    }

    fn search<F: Search>(
        &mut self,
        syntax: Syntax,
        ends: bool,
        search: &mut F,
        sink: &mut impl Sink,
    ) {
        let mut found = std::mem::take(self.found());
        let from = self.settled;
        self.settled = search.find(self.text.as_slice(), from, ends, &mut found);
        let part = TextPart {
            raw: self.raw.as_slice(),
            syntax,
            offset: self.offset,
            ends,
        };
        for hit in &found {
            let span = self.place(hit.span.start)..self.place(hit.span.end);
            if emit(part, &mut self.told, span, hit.rule, sink).is_none() {
                break;
            }
        }
        let settled = if ends {
            part.raw.len()
        } else {
            self.place(self.settled)
        };
        if let Some(pass) = part
            .raw
            .get(self.told.to..settled)
            .filter(|pass| !pass.is_empty())
        {
            sink.pass(pass);
            self.told = Told {
                to: settled,
                value: false,
            };
        }
        self.found = found;
        self.forget(F::LOOK_BEHIND);
        self.searched = self.text.as_slice().len();
    }

    /// Where in `raw` the spelling of a byte of the text begins.
    fn place(&self, at: usize) -> usize {
        self.places.get(at).copied().unwrap_or(self.read)
    }

    /// Drops what a search does not look back at any more.
    fn forget(&mut self, look_behind: usize) {
        let keep = self.settled.saturating_sub(look_behind);
        let raw = self.place(keep).min(self.told.to);
        self.text.drop_front(keep);
        self.places.drain(..keep);
        self.places.iter_mut().for_each(|place| *place -= raw);
        self.raw.drop_front(raw);
        self.read -= raw;
        self.told.to -= raw;
        self.settled -= keep;
        self.offset += raw as u64;
    }

    fn clear(&mut self) {
        self.raw.clear();
        self.text.clear();
        self.places.clear();
        self.told = Told::default();
        (self.read, self.settled, self.searched) = (0, 0, 0);
    }
}

//! A text between markup or inside a CDATA section, comment or instruction, as it streams by.

use super::characters::{is_space, spaces};
use super::feed::Feed;
use super::reader::{Kind, Reader};
use crate::held::HeldBytes;
use crate::output::{Output, TextPart};

pub(super) struct Content {
    pub(super) kind: Kind,
    pub(super) reader: Reader,
    /// Where it begins, in bytes from the start of the input.
    pub(super) start: u64,
    /// The rule that takes it.
    pub(super) rule: Option<u32>,
    /// Up to where it has been told, when texts are.
    told: u64,
    /// Whether anything but white space has come.
    begun: bool,
}

impl Content {
    pub(super) fn new(kind: Kind, start: u64, rule: Option<u32>) -> Self {
        Self {
            kind,
            reader: Reader::default(),
            start,
            rule,
            told: start,
            begun: false,
        }
    }

    /// The chunk is at its end: holds or tells what is in it.
    pub(super) fn chunk_ends<O: Output>(&mut self, feed: &mut Feed<'_, O>, held: &mut HeldBytes) {
        let length = feed.bytes.len();
        if self.rule.is_some() {
            feed.pass_until(feed.place(self.start));
            held.extend(feed.withhold_until(length));
        } else if O::TEXTS {
            // bytes that may be the terminator's wait; they are known and need not be held
            let pending = self.reader.pending_end(self.kind) as u64;
            let end = (feed.offset(length) - pending).max(self.told);
            self.tell(end, false, feed);
            feed.pass_until(feed.place(end));
            feed.withhold_until(length);
        }
    }

    /// It ended at an offset, its terminator at `after`.
    pub(super) fn end<O: Output>(
        mut self,
        end: u64,
        after: usize,
        feed: &mut Feed<'_, O>,
        held: &mut HeldBytes,
    ) {
        if let Some(rule) = self.rule {
            return self.take(rule, end, after, feed, held);
        }
        if !O::TEXTS {
            return;
        }
        self.tell(end, true, feed);
        let waited = usize::try_from(feed.base.saturating_sub(end)).unwrap_or(0);
        if waited > 0 {
            let terminator = self.kind.terminator();
            feed.output
                .pass(terminator.get(..waited).unwrap_or_default());
        }
    }

    fn take<O: Output>(
        &self,
        rule: u32,
        end: u64,
        after: usize,
        feed: &mut Feed<'_, O>,
        held: &mut HeldBytes,
    ) {
        let syntax = self.kind.syntax();
        if self.start >= feed.base {
            let span = feed.place(self.start)..feed.place(end);
            let value = feed.bytes.get(span.clone()).unwrap_or_default();
            if !is_blank(value) {
                feed.value(span, syntax, rule);
            }
            return;
        }
        held.extend(feed.withhold_until(after));
        let mut whole = Feed::new(held.as_slice(), self.start, feed.output);
        let span = 0..whole.place(end);
        if !is_blank(whole.bytes.get(span.clone()).unwrap_or_default()) {
            whole.value(span, syntax, rule);
        }
        whole.pass_until(whole.bytes.len());
        held.clear();
    }

    /// Tells the text up to an offset; white space before it passes.
    fn tell<O: Output>(&mut self, end: u64, ends: bool, feed: &mut Feed<'_, O>) {
        self.tell_waiting(end, feed);
        let (mut start, end_at) = (feed.place(self.told), feed.place(end));
        let here = feed.bytes.get(start..end_at).unwrap_or_default();
        self.told = self.told.max(end);
        if !self.begun {
            let before = spaces(here);
            if before == here.len() {
                return;
            }
            start += before;
            self.begun = true;
        }
        if end < feed.base {
            // an end that lies in an earlier chunk: there is nothing of the text here
            let (raw, syntax) = (&[][..], self.kind.syntax());
            let offset = end;
            feed.output.text(TextPart {
                raw,
                syntax,
                offset,
                ends,
            });
        } else if start < end_at || ends {
            feed.text(start..end_at.max(start), self.kind.syntax(), ends);
        }
    }

    /// Bytes of an earlier chunk that were not the terminator's after all.
    fn tell_waiting<O: Output>(&mut self, end: u64, feed: &mut Feed<'_, O>) {
        let waiting = end.min(feed.base).saturating_sub(self.told);
        let length = usize::try_from(waiting).unwrap_or(0);
        let terminator = self.kind.terminator();
        let raw = terminator.get(..length).unwrap_or_default();
        if raw.is_empty() {
            return;
        }
        self.begun = true;
        feed.output.text(TextPart {
            raw,
            syntax: self.kind.syntax(),
            offset: self.told,
            ends: false,
        });
        self.told += waiting;
    }
}

fn is_blank(value: &[u8]) -> bool {
    value.iter().all(|&byte| is_space(byte))
}

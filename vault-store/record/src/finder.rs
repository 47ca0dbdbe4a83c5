//! Finds framed candidates in a stream of chunks, sans I/O, in constant memory.
//!
//! A candidate is what has a token's outer form: a prefix, base64 of the framing's encoding, a
//! suffix, and no more than a set length. The earliest start wins; at one start, the first framing
//! in the list whose form is complete. Text that begins like a token and then breaks the form is
//! passed on, and searched again from its next byte. How the input is cut into chunks changes
//! nothing.

mod shape;
#[cfg(test)]
mod tests;

use crate::framing::Framing;
use memchr::memmem;
use shape::{Checked, Progress, Shape};

/// Room for the envelope of a 1 MiB value with the longest names: 1.5 MiB.
pub const DEFAULT_MAX_TOKEN_BYTES: usize = 3 << 19;

/// Least number of bytes that are joined to what is held back at a chunk's boundary.
const JOIN_BYTES: usize = 4096;
/// A buffer that has grown past this for one long candidate is given back.
const KEEP_BYTES: usize = 64 * 1024;

/// Takes what a [`Finder`] finds, in the order of the input.
pub trait Sink {
    /// Bytes that belong to no candidate: forward them as they are.
    fn pass(&mut self, bytes: &[u8]);
    /// A whole candidate, prefix and suffix included; `framing` is its index in the finder's list.
    fn candidate(&mut self, framing: usize, text: &[u8]);
}

/// Finds candidates of several framings at once. What it gives to the sink, put together, is the
/// input byte for byte.
pub struct Finder {
    framings: Vec<Framing>,
    /// One searcher for each distinct prefix.
    prefixes: Vec<memmem::Finder<'static>>,
    longest_prefix: usize,
    max_token_bytes: usize,
    /// The input's last bytes, when they may begin a candidate.
    held: Vec<u8>,
    /// How far the candidate at the start of `held` has been checked.
    progress: Progress,
}

impl Finder {
    /// A finder of candidates up to `max_token_bytes` long; memory stays near that bound.
    pub fn new(framings: &[Framing], max_token_bytes: usize) -> Self {
        let mut distinct: Vec<&str> = framings.iter().map(Framing::prefix).collect();
        distinct.sort_unstable();
        distinct.dedup();
        Self {
            longest_prefix: distinct
                .iter()
                .map(|prefix| prefix.len())
                .max()
                .unwrap_or(0),
            prefixes: distinct
                .iter()
                .map(|prefix| memmem::Finder::new(prefix.as_bytes()).into_owned())
                .collect(),
            framings: framings.to_vec(),
            max_token_bytes,
            held: Vec::new(),
            progress: Progress::default(),
        }
    }

    /// The framings, in the order of the indexes that the sink is given.
    pub fn framings(&self) -> &[Framing] {
        &self.framings
    }

    /// Takes the next bytes of the input.
    pub fn push(&mut self, mut chunk: &[u8], sink: &mut impl Sink) {
        while !self.held.is_empty() && !chunk.is_empty() {
            chunk = self.join(chunk, sink);
        }
        if !chunk.is_empty() {
            let settled = self.scan(chunk, false, sink);
            self.held
                .extend_from_slice(chunk.get(settled..).unwrap_or_default());
        }
    }

    /// Ends the input: what was held back is settled. The finder can then take another input.
    pub fn finish(&mut self, sink: &mut impl Sink) {
        let held = std::mem::take(&mut self.held);
        self.scan(&held, true, sink);
        self.progress = Progress::default();
    }

    /// Joins the beginning of `chunk` to what is held, scans both, and gives back the rest.
    fn join<'a>(&mut self, chunk: &'a [u8], sink: &mut impl Sink) -> &'a [u8] {
        let mut joined = std::mem::take(&mut self.held);
        let before = joined.len();
        let (part, rest) = chunk
            .split_at_checked(before.max(JOIN_BYTES))
            .unwrap_or((chunk, &[]));
        joined.extend_from_slice(part);
        let settled = self.scan(&joined, false, sink);
        if settled >= before {
            // What is left lies in the chunk itself: go on there without a copy.
            joined.clear();
            if joined.capacity() <= KEEP_BYTES {
                self.held = joined;
            }
            return chunk.get(settled - before..).unwrap_or_default();
        }
        joined.drain(..settled);
        self.held = joined;
        rest
    }

    /// Settles as much of `buffer` as can be and returns its length; `progress` tells about the
    /// candidate that begins at the start of the buffer, then about the one that begins there.
    fn scan(&mut self, buffer: &[u8], last: bool, sink: &mut impl Sink) -> usize {
        let known = std::mem::take(&mut self.progress);
        let mut search = Search::new(self, buffer, last);
        let mut passed = 0;
        let mut from = 0;
        loop {
            let start = search.next_start(from);
            let progress = if start == 0 {
                known
            } else {
                Progress::default()
            };
            match search.check(start, progress) {
                Found::Candidate { framing, end } => {
                    pass(sink, buffer.get(passed..start));
                    sink.candidate(framing, buffer.get(start..end).unwrap_or_default());
                    passed = end;
                    from = end;
                }
                Found::Nothing => from = start + 1,
                Found::Undecided(progress) => {
                    pass(sink, buffer.get(passed..start));
                    self.progress = progress;
                    return start;
                }
                Found::End => {
                    pass(sink, buffer.get(passed..));
                    return buffer.len();
                }
            }
        }
    }
}

fn pass(sink: &mut impl Sink, bytes: Option<&[u8]>) {
    if let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) {
        sink.pass(bytes);
    }
}

enum Found {
    Candidate { framing: usize, end: usize },
    Nothing,
    Undecided(Progress),
    End,
}

/// One pass over one buffer.
struct Search<'a> {
    finder: &'a Finder,
    buffer: &'a [u8],
    /// The input ends with the buffer: nothing stays undecided.
    last: bool,
    /// For each distinct prefix, its next place that has not been passed; the buffer's length for
    /// none.
    next: Vec<usize>,
}

impl<'a> Search<'a> {
    fn new(finder: &'a Finder, buffer: &'a [u8], last: bool) -> Self {
        let next = finder
            .prefixes
            .iter()
            .map(|prefix| prefix.find(buffer).unwrap_or(buffer.len()))
            .collect();
        Self {
            finder,
            buffer,
            last,
            next,
        }
    }

    /// The first place at or after `from` where a prefix stands, or where the buffer ends within
    /// one; the buffer's length for none.
    fn next_start(&mut self, from: usize) -> usize {
        let mut start = self.buffer.len();
        for (prefix, next) in self.finder.prefixes.iter().zip(&mut self.next) {
            if *next < from {
                let rest = self.buffer.get(from..).unwrap_or_default();
                *next = prefix.find(rest).map_or(self.buffer.len(), |at| from + at);
            }
            start = start.min(*next);
        }
        if self.last {
            start
        } else {
            self.cut_prefix(from, start).unwrap_or(start)
        }
    }

    /// The first place from `from` to before `start` where the buffer ends within a prefix.
    fn cut_prefix(&self, from: usize, start: usize) -> Option<usize> {
        let tail = self
            .buffer
            .len()
            .saturating_sub(self.finder.longest_prefix.saturating_sub(1));
        (tail.max(from)..start).find(|&at| {
            let rest = self.buffer.get(at..).unwrap_or_default();
            self.finder
                .prefixes
                .iter()
                .any(|prefix| prefix.needle().starts_with(rest))
        })
    }

    /// Checks the framings at `start`, from where `progress` left off.
    fn check(&self, start: usize, progress: Progress) -> Found {
        let text = match self.buffer.get(start..) {
            Some(text) if !text.is_empty() => text,
            _ => return Found::End,
        };
        let mut checked = progress.checked;
        for (index, framing) in self
            .finder
            .framings
            .iter()
            .enumerate()
            .skip(progress.framing)
        {
            match shape::check(framing, text, checked, self.finder.max_token_bytes) {
                Shape::Whole { length } => {
                    return Found::Candidate {
                        framing: index,
                        end: start + length,
                    };
                }
                Shape::Cut { checked } if !self.last => {
                    return Found::Undecided(Progress {
                        framing: index,
                        checked,
                    });
                }
                Shape::Cut { .. } | Shape::Broken => checked = Checked::default(),
            }
        }
        Found::Nothing
    }
}

//! From one interesting byte to the next, trying built-in detectors there.

use crate::builtin::{self, Spec, Tried, Verdict};
use crate::context::Words;
use crate::joint;
use crate::phrase::Phrase;
use crate::text::{Text, is_word};
use policies::Detector;
use std::ops::Range;

/// Bytes before a window's end in which a value may have begun unnoticed.
const MAX_BEGUN: usize = 96;

/// Bytes of a word after which no more of it is looked at: longer than any value but a private key.
const LONG_WORD: usize = 9 << 10;

/// A value that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) span: Range<usize>,
    pub(crate) rule: usize,
    /// Whether only its shape speaks for it, no checksum and no assigned range.
    pub(crate) weak: bool,
}

impl Hit {
    /// What is better comes first: the longer one, the stronger one, that of the earlier rule.
    pub(crate) fn order(&self) -> (usize, bool, usize) {
        (usize::MAX - self.span.len(), self.weak, self.rule)
    }
}

/// What comes next in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    Found(Hit),
    /// From here on more text could change the answer.
    Unsettled(usize),
    End,
}

impl Next {
    /// Whether it says something of what is before `at`.
    pub(crate) fn begins_before(&self, at: usize) -> bool {
        match self {
            Self::Found(hit) => hit.span.start < at,
            Self::Unsettled(from) => *from < at,
            Self::End => false,
        }
    }
}

/// A detector that some rules use.
struct Wanted {
    spec: &'static Spec,
    own_words: Words,
    takers: Vec<Taker>,
}

/// A rule that uses it.
struct Taker {
    rule: usize,
    context: Words,
    never: Vec<Vec<u8>>,
}

/// The built-in detectors that a policy uses.
#[derive(Default)]
pub(crate) struct Walk {
    wanted: Vec<Wanted>,
    /// Places in `wanted` of those that look at words.
    words: Vec<usize>,
    /// By the number of letters and digits, places of those that try phrases.
    by_length: Vec<Vec<usize>>,
}

impl Walk {
    /// Adds a detector for a rule.
    pub(crate) fn add(
        &mut self,
        detector: Detector,
        rule: usize,
        context: Words,
        never: Vec<Vec<u8>>,
    ) {
        let taker = Taker {
            rule,
            context,
            never,
        };
        let known = self.wanted.iter_mut();
        if let Some(wanted) = known.into_iter().find(|own| own.spec.detector == detector) {
            wanted.takers.push(taker);
            return;
        }
        let Some(spec) = builtin::spec(detector) else {
            return;
        };
        let place = self.wanted.len();
        match &spec.tried {
            Tried::Word(_) => self.words.push(place),
            Tried::Phrase { length, .. } => {
                if self.by_length.len() <= *length.end() {
                    self.by_length.resize(*length.end() + 1, Vec::new());
                }
                let lengths = self.by_length.get_mut(length.clone());
                lengths
                    .into_iter()
                    .flatten()
                    .for_each(|places| places.push(place));
            }
            Tried::Around(_) => {}
        }
        self.wanted.push(Wanted {
            spec,
            own_words: Words::new(spec.words.iter().copied()),
            takers: vec![taker],
        });
    }

    /// The first value from `at` on.
    pub(crate) fn next(&self, text: &Text<'_>, from: usize) -> Next {
        if self.wanted.is_empty() {
            return Next::End;
        }
        let mut at = from;
        // the rest of a word that was looked at before begins nothing
        if text.before(at).is_some_and(is_word) {
            at = text.run(at, usize::MAX, is_word);
        }
        while let Some(place) = interesting(text.bytes, at) {
            text.start();
            let byte = text.bytes.get(place).copied().unwrap_or(0);
            let (start, end, hit) = match byte {
                b'@' => (place, place + 1, self.email(text, place, from)),
                b':' => (place, place + 1, self.address(text, place, from)),
                _ => {
                    let start = text.run_back(place, at, is_word);
                    let end = text.run(place, LONG_WORD, is_word);
                    let word = text.bytes.get(start..end).unwrap_or_default();
                    let hit = self.word(text, start, end, word, from);
                    (start, end, hit)
                }
            };
            if text.is_unsettled() {
                let begun = hit.map_or(start, |hit| hit.span.start.min(start));
                return Next::Unsettled(begun.min(back(text, start, from)));
            }
            if let Some(hit) = hit {
                return Next::Found(hit);
            }
            at = end;
            if end - start >= LONG_WORD {
                // the rest of it begins nothing
                at = text.run(end, usize::MAX, is_word);
            }
        }
        text.start();
        let _ = text.get(text.bytes.len());
        match text.is_unsettled() {
            true => Next::Unsettled(back(text, text.bytes.len(), from.max(at))),
            false => Next::End,
        }
    }

    /// What begins with a word.
    fn word(
        &self,
        text: &Text<'_>,
        start: usize,
        end: usize,
        word: &[u8],
        floor: usize,
    ) -> Option<Hit> {
        if !may_begin(word) {
            return None;
        }
        let mut best = None;
        for wanted in self
            .words
            .iter()
            .filter_map(|place| self.wanted.get(*place))
        {
            if let Tried::Word(look) = wanted.spec.tried
                && let Some((span, verdict)) = look(text, start, end, floor)
            {
                wanted.offer(text, span, verdict, &mut best);
            }
        }
        if word.is_ascii() {
            self.phrases(text, start, &mut best);
        }
        // what is an email address from its beginning is no less
        if best.is_some()
            && let Some(at) = builtin::local_end(text, start)
        {
            let email = self.email(text, at, floor);
            best = longer(best, email);
        }
        best
    }

    fn phrases(&self, text: &Text<'_>, start: usize, best: &mut Option<Hit>) {
        let phrase = Phrase::read(text, start);
        if phrase.first_end(start) == start {
            return;
        }
        phrase.candidates(text, |candidate| {
            let places = self.by_length.get(candidate.compact().len());
            for place in places.into_iter().flatten() {
                let Some(wanted) = self.wanted.get(*place) else {
                    continue;
                };
                let Tried::Phrase { digits, check, .. } = &wanted.spec.tried else {
                    continue;
                };
                if *digits && !candidate.all_digits {
                    continue;
                }
                let verdict = check(candidate);
                if verdict != Verdict::No
                    && !joint::is_joined(text, candidate, wanted.spec.detector)
                {
                    wanted.offer(text, candidate.start..candidate.end, verdict, best);
                }
            }
        });
    }

    fn email(&self, text: &Text<'_>, at: usize, floor: usize) -> Option<Hit> {
        self.around(text, at, floor, Detector::Email)
    }

    fn address(&self, text: &Text<'_>, at: usize, floor: usize) -> Option<Hit> {
        self.around(text, at, floor, Detector::Ipv6)
    }

    /// What a detector finds around a sign.
    fn around(&self, text: &Text<'_>, at: usize, floor: usize, detector: Detector) -> Option<Hit> {
        let wanted = self
            .wanted
            .iter()
            .find(|own| own.spec.detector == detector)?;
        let Tried::Around(look) = wanted.spec.tried else {
            return None;
        };
        let span = look(text, at, floor)?;
        let mut best = None;
        wanted.offer(text, span, Verdict::Sure, &mut best);
        best
    }
}

impl Wanted {
    /// Takes the span for the first rule that wants it, when that is better than the best so far.
    fn offer(&self, text: &Text<'_>, span: Range<usize>, verdict: Verdict, best: &mut Option<Hit>) {
        if best
            .as_ref()
            .is_some_and(|best| best.span.len() > span.len())
        {
            return;
        }
        let own = verdict == Verdict::Sure || self.own_words.stand_near(text, span.start, span.end);
        let value = text.bytes.get(span.clone()).unwrap_or_default();
        let takes = |taker: &&Taker| {
            // the user's words stand in for the detector's own
            let near = match taker.context.is_empty() {
                true => own,
                false => taker.context.stand_near(text, span.start, span.end),
            };
            near && !taker.never.iter().any(|never| never == value)
        };
        let Some(taker) = self.takers.iter().find(takes) else {
            return;
        };
        let hit = Hit {
            span,
            rule: taker.rule,
            weak: builtin::is_weak(self.spec.detector),
        };
        *best = longer(best.take(), Some(hit));
    }
}

/// The better one.
fn longer(left: Option<Hit>, right: Option<Hit>) -> Option<Hit> {
    let hits = left.into_iter().chain(right);
    hits.min_by_key(Hit::order)
}

/// Where a value may have begun unnoticed before `at`.
fn back(text: &Text<'_>, at: usize, floor: usize) -> usize {
    let floor = floor.max(at.saturating_sub(MAX_BEGUN));
    text.run_back(at, floor, |byte| {
        is_word(byte) || builtin::is_local(byte) || byte == b'(' || byte == b':'
    })
}

/// Whether a word may begin a value: it has a digit, is all capitals, a month, or like a secret.
#[inline]
fn may_begin(word: &[u8]) -> bool {
    let mut capitals = true;
    for byte in word {
        if byte.is_ascii_digit() {
            return true;
        }
        capitals &= byte.is_ascii_uppercase();
    }
    match word {
        // a letter alone begins a NIE that is written in groups
        [only] => matches!(only, b'X'..=b'Z' | b'x'..=b'z'),
        _ => capitals || builtin::is_month(word) || builtin::is_secret_word(word),
    }
}

/// The next digit, capital, `@` or `:`.
#[inline]
fn interesting(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let found = rest
        .iter()
        .position(|byte| matches!(byte, b'0'..=b':' | b'@'..=b'Z'))?;
    Some(at + found)
}

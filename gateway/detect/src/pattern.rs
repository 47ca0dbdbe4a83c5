//! Patterns of the user's own.

use crate::checksum;
use crate::context::Words;
use crate::detection::DetectError;
use crate::text::Text;
use crate::walk::{Hit, Next};
use policies::Checksum;
use regex_automata::meta::{Config, Regex};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, PatternID};
use std::ops::Range;

/// Longest match; one that would need more is not found, and `.*` is taken in parts of this length.
pub(crate) const MAX_MATCH: usize = 4096;
/// Most bytes that all compiled patterns may take.
const MAX_SIZE: usize = 16 << 20;

/// A pattern, and what its matches must be to be values.
pub(crate) struct Pattern {
    pub(crate) rule: usize,
    pub(crate) text: String,
    pub(crate) checksum: Option<Checksum>,
    pub(crate) context: Words,
    pub(crate) never: Vec<Vec<u8>>,
}

/// All patterns, searched for together.
pub(crate) struct Patterns {
    patterns: Vec<Pattern>,
    regex: Option<Regex>,
}

impl Patterns {
    pub(crate) fn compile(patterns: Vec<Pattern>) -> Result<Self, DetectError> {
        if patterns.is_empty() {
            let regex = None;
            return Ok(Self { patterns, regex });
        }
        let texts: Vec<_> = patterns
            .iter()
            .map(|pattern| pattern.text.as_str())
            .collect();
        let config = Config::new()
            .nfa_size_limit(Some(MAX_SIZE))
            .utf8_empty(false);
        let regex = Regex::builder()
            .configure(config)
            .syntax(syntax::Config::new().utf8(false))
            .build_many(&texts);
        let regex = regex.map_err(|error| DetectError::Pattern {
            rule: error
                .pattern()
                .and_then(|pattern| patterns.get(pattern.as_usize()))
                .map_or(0, |pattern| pattern.rule),
        })?;
        Ok(Self {
            patterns,
            regex: Some(regex),
        })
    }

    /// The first value from `at` on.
    pub(crate) fn next(&self, text: &Text<'_>, mut at: usize, ended: bool) -> Next {
        let Some(regex) = &self.regex else {
            return Next::End;
        };
        let bytes = text.bytes;
        // from here on a match may need bytes that are not here
        let unsettled = bytes
            .len()
            .saturating_sub(MAX_MATCH + crate::context::AFTER);
        loop {
            let rest = Input::new(bytes).range(at..).earliest(true);
            let Some(end) = regex.search_half(&rest).map(|found| found.offset()) else {
                return match ended {
                    true => Next::End,
                    false => Next::Unsettled(unsettled.max(at)),
                };
            };
            // every match ends there or later, so one that is short enough begins no earlier; without
            // this, `a.*b` would be tried at every `a` for each `b` that is too far away
            at = at.max(end.saturating_sub(MAX_MATCH));
            if !ended && at >= unsettled {
                return Next::Unsettled(at);
            }
            let reach = bytes.len().min(at + 2 * MAX_MATCH);
            let Some(found) = regex.search(&Input::new(bytes).range(at..reach)) else {
                at = bytes.len().min(at + MAX_MATCH);
                continue;
            };
            let start = found.start();
            if !ended && start >= unsettled {
                return Next::Unsettled(unsettled.max(at));
            }
            if let Some(hit) = self.value_at(regex, text, start) {
                return Next::Found(hit);
            }
            at = start + 1;
            if at > bytes.len() {
                return Next::End;
            }
        }
    }

    /// The longest value of a match that begins at `start`; of equally long ones the first rule's.
    fn value_at(&self, regex: &Regex, text: &Text<'_>, start: usize) -> Option<Hit> {
        let end = text.bytes.len().min(start + MAX_MATCH);
        let mut best: Option<Hit> = None;
        for (index, pattern) in self.patterns.iter().enumerate() {
            let Some(span) = span(regex, index, text.bytes, start, end) else {
                continue;
            };
            let value = text.bytes.get(span.clone()).unwrap_or_default();
            if value.is_empty() || !pattern.takes(text, &span, value) {
                continue;
            }
            let longer = best
                .as_ref()
                .is_none_or(|best| best.span.len() < span.len());
            if longer {
                best = Some(Hit {
                    span,
                    rule: pattern.rule,
                    weak: pattern.checksum.is_none(),
                });
            }
        }
        best
    }
}

/// What a pattern's match at `start` takes: its group `value`, or all of it.
fn span(
    regex: &Regex,
    index: usize,
    bytes: &[u8],
    start: usize,
    end: usize,
) -> Option<Range<usize>> {
    let pattern = PatternID::new(index).ok()?;
    let input = Input::new(bytes)
        .range(start..end)
        .anchored(Anchored::Pattern(pattern));
    let mut captures = regex.create_captures();
    regex.search_captures(&input, &mut captures);
    let group = captures.get_group_by_name("value");
    group
        .or_else(|| captures.get_group(0))
        .map(|span| span.range())
}

impl Pattern {
    fn takes(&self, text: &Text<'_>, span: &Range<usize>, value: &[u8]) -> bool {
        let trimmed = value.trim_ascii();
        self.checksum.is_none_or(|sum| checksum::passes(sum, value))
            && !self.never.iter().any(|never| never == trimmed)
            && (self.context.is_empty() || self.context.stand_near(text, span.start, span.end))
    }
}

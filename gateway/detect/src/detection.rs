//! Everything that a policy looks for in texts.

use crate::builtin;
use crate::context::{self, Words};
use crate::pattern::{self, Pattern, Patterns};
use crate::text::Text;
use crate::walk::{Next, Walk};
use policies::{Checksum, Detector};
use std::fmt;

/// What to look for, for one rule of a policy.
#[derive(Debug, Clone)]
pub struct DetectRule {
    /// The rule's place in the policy.
    pub rule: usize,
    /// What its values look like.
    pub what: What,
    /// When not empty, one of these words must stand near a value; they stand in for the words that
    /// a built-in detector has of its own.
    pub context: Vec<String>,
    /// What is never taken.
    pub never: Vec<String>,
}

/// What a value looks like.
#[derive(Debug, Clone)]
pub enum What {
    /// What a built-in detector knows.
    BuiltIn(Detector),
    /// The user's own.
    Pattern {
        /// A regular expression; a group named `value` is the value, else the whole match.
        pattern: String,
        /// What a match must pass.
        checksum: Option<Checksum>,
    },
}

/// A value that was found: where it is in the text, in bytes, and which rule takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Its first byte.
    pub start: usize,
    /// Behind its last byte.
    pub end: usize,
    /// The rule.
    pub rule: usize,
}

/// Why patterns cannot be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DetectError {
    /// A pattern is no regular expression, or all together are too big.
    #[error("the patterns of rule {} cannot be searched for", rule + 1)]
    Pattern {
        /// The rule's place in the policy.
        rule: usize,
    },
}

/// What a search keeps between two calls, to spare allocations.
#[derive(Debug, Default)]
pub struct Scratch(());

/// Everything to look for, compiled. Built once and shared.
pub struct Detection {
    walk: Walk,
    patterns: Patterns,
}

impl Detection {
    /// Bytes before the settled place that a search looks back at.
    pub const LOOK_BEHIND: usize = context::BEFORE + 64;
    /// With so many bytes behind the settled place, a search always settles more.
    pub const LOOK_AHEAD: usize = builtin::MAX_VALUE + pattern::MAX_MATCH + 256;

    /// Compiles everything that rules look for.
    ///
    /// # Errors
    /// A pattern that cannot be searched for.
    pub fn compile(rules: &[DetectRule]) -> Result<Self, DetectError> {
        let mut patterns = Vec::new();
        let mut walk = Walk::default();
        for rule in rules {
            let never = rule
                .never
                .iter()
                .map(|never| never.trim().as_bytes().to_vec());
            let never: Vec<_> = never.collect();
            let context = Words::new(rule.context.iter().map(String::as_str));
            match &rule.what {
                What::BuiltIn(detector) => walk.add(*detector, rule.rule, context, never),
                What::Pattern { pattern, checksum } => patterns.push(Pattern {
                    rule: rule.rule,
                    text: pattern.clone(),
                    checksum: *checksum,
                    context,
                    never,
                }),
            }
        }
        Ok(Self {
            walk,
            patterns: Patterns::compile(patterns)?,
        })
    }

    /// Finds values in a window of a text, which is expected to be UTF-8. What lies before `from`
    /// was settled by an earlier call and is looked back at only. `ended`: nothing follows.
    ///
    /// Adds what is found from `from` on, in order and without overlaps, and gives up to where the
    /// text is settled: nothing that follows can change what was found before, and no value crosses
    /// it. All of it is, when it has `ended`.
    pub fn find(
        &self,
        text: &[u8],
        from: usize,
        ended: bool,
        _scratch: &mut Scratch,
        found: &mut Vec<Found>,
    ) -> usize {
        let text = Text::new(text, ended);
        let mut at = from;
        let mut builtin = self.walk.next(&text, at);
        let mut pattern = self.patterns.next(&text, at, ended);
        loop {
            let unsettled = [&builtin, &pattern]
                .into_iter()
                .filter_map(|next| match next {
                    Next::Unsettled(at) => Some(*at),
                    _ => None,
                });
            let unsettled = unsettled.min().unwrap_or(text.bytes.len());
            let hits = [&builtin, &pattern]
                .into_iter()
                .filter_map(|next| match next {
                    Next::Found(hit) => Some(hit),
                    _ => None,
                });
            let order = |hit: &&crate::walk::Hit| (hit.span.start, hit.order());
            let Some(hit) = hits
                .min_by_key(order)
                .filter(|hit| hit.span.start < unsettled)
            else {
                return unsettled.max(at);
            };
            let (start, end) = (hit.span.start, hit.span.end);
            found.push(Found {
                start,
                end,
                rule: hit.rule,
            });
            at = end;
            if builtin.begins_before(at) {
                builtin = self.walk.next(&text, at);
            }
            if pattern.begins_before(at) {
                pattern = self.patterns.next(&text, at, ended);
            }
        }
    }
}

impl fmt::Debug for Detection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Detection").finish_non_exhaustive()
    }
}

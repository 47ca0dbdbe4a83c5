//! Words that must stand near a value.

use crate::text::{Text, is_word};

/// Bytes before a value in which a word counts.
pub(crate) const BEFORE: usize = 64;
/// Bytes after it.
pub(crate) const AFTER: usize = 32;

/// Words, in lower case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words(Vec<String>);

impl Words {
    pub(crate) fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let words = words.into_iter();
        Self(words.map(|word| word.trim().to_lowercase()).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any of them stands near the value from `start` to `end`.
    pub(crate) fn stand_near(&self, text: &Text<'_>, start: usize, end: usize) -> bool {
        let before = text.slice(start.saturating_sub(BEFORE), start);
        let after = text.slice(end, end + AFTER);
        // a word that the window's edge cuts is none
        let cut = start > BEFORE && text.before(start - BEFORE).is_some_and(is_word);
        self.stand_in(before, cut, false) || self.stand_in(after, false, after.len() == AFTER)
    }

    fn stand_in(&self, part: &[u8], cut_before: bool, cut_after: bool) -> bool {
        let lower = String::from_utf8_lossy(part).to_lowercase();
        self.0.iter().any(|word| {
            lower.match_indices(word.as_str()).any(|(at, _)| {
                let end = at + word.len();
                let left = lower.get(..at).and_then(|left| left.chars().next_back());
                let right = lower.get(end..).and_then(|right| right.chars().next());
                let free = |edge: Option<char>, cut: bool| match edge {
                    None => !cut,
                    Some(edge) => !edge.is_alphabetic(),
                };
                free(left, cut_before) && (free(right, cut_after) || right == Some('s'))
            })
        })
    }
}

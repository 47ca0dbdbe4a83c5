//! Places inside a scalar: from the value's characters back to the file's.

use super::{Source, Spanned};
use crate::diagnostic::Place;

impl Source<'_> {
    /// The place of the value's character number `offset`, when the scalar is plain or quoted and
    /// on one line; else the place of the whole scalar.
    pub fn inside<T>(&self, scalar: &Spanned<T>, offset: usize) -> Place {
        let whole = Place::from(scalar);
        let spelled = self.spelled(whole);
        match column_of(&spelled, offset) {
            Some(before) => Place {
                column: whole.column + before,
                length: 1,
                ..whole
            },
            None => whole,
        }
    }

    /// Whether `text` stands at `place`.
    pub(super) fn begins_at(&self, place: Place, text: &str) -> bool {
        let length = text.chars().count();
        self.spelled(Place { length, ..place })
            .iter()
            .copied()
            .eq(text.chars())
    }

    /// The place of `text` where it first stands at or after `place` on that line; else `place`.
    pub(super) fn after(&self, place: Place, text: &str) -> Place {
        let rest: String = self
            .spelled(Place {
                length: usize::MAX,
                ..place
            })
            .iter()
            .collect();
        let before = rest.find(text).and_then(|at| rest.get(..at));
        before.map_or(place, |before| Place {
            column: place.column + before.chars().count(),
            length: text.chars().count(),
            ..place
        })
    }

    /// The characters at `place`, when they are on one line.
    fn spelled(&self, place: Place) -> Vec<char> {
        let line = self.text.lines().nth(place.line - 1).unwrap_or("");
        line.chars()
            .skip(place.column - 1)
            .take(place.length)
            .collect()
    }
}

/// How many characters of `spelled` come before the value's character number `offset`.
fn column_of(spelled: &[char], offset: usize) -> Option<usize> {
    let quote = match spelled.first()? {
        '|' | '>' => return None,
        quote @ ('"' | '\'') => Some(*quote),
        _ => None,
    };
    let end = spelled.len() - usize::from(quote.is_some());
    let mut at = usize::from(quote.is_some());
    for _ in 0..offset {
        if at >= end {
            return None;
        }
        at += width(spelled.get(at..)?, quote);
    }
    (at <= end).then_some(at)
}

/// How many characters spell the value's next character.
fn width(rest: &[char], quote: Option<char>) -> usize {
    match (quote, rest) {
        (Some('\''), ['\'', '\'', ..]) => 2,
        (Some('"'), ['\\', 'x', ..]) => 4,
        (Some('"'), ['\\', 'u', ..]) => 6,
        (Some('"'), ['\\', 'U', ..]) => 10,
        (Some('"'), ['\\', ..]) => 2,
        _ => 1,
    }
}

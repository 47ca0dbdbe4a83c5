//! Words that must stand near a value.

use crate::text::Text;
use aho_corasick::{AhoCorasick, MatchKind};

/// Bytes before a value in which a word counts.
pub(crate) const BEFORE: usize = 64;
/// Bytes after it.
pub(crate) const AFTER: usize = 32;

/// Words in any case. What is not ASCII is compared as it is written, in small letters, or with a
/// capital first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words(Option<AhoCorasick>);

impl Words {
    pub(crate) fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let words: Vec<String> = words.into_iter().flat_map(spellings).collect();
        if words.is_empty() {
            return Self(None);
        }
        let mut builder = AhoCorasick::builder();
        let automaton = builder
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(words);
        // some hundred short words always fit
        Self(automaton.ok())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether any of them stands near the value from `start` to `end`.
    pub(crate) fn stand_near(&self, text: &Text<'_>, start: usize, end: usize) -> bool {
        let from = start.saturating_sub(BEFORE);
        let from = from + label(text.bytes.get(from..start).unwrap_or_default());
        // looked at even when no word is wanted: the answer may depend on what follows
        // (and a word's end is known two bytes later)
        let until = end + text.slice(end, end + AFTER + 2).len().min(AFTER);
        let until = end + same_field(text.bytes.get(end..until).unwrap_or_default());
        let Some(automaton) = &self.0 else {
            return false;
        };
        [(from, start), (end, until)]
            .into_iter()
            .any(|(from, until)| {
                let part = text.bytes.get(from..until).unwrap_or_default();
                let mut found = automaton.find_overlapping_iter(part);
                found.any(|word| is_whole(text.bytes, from + word.start(), from + word.end()))
            })
    }
}

/// Where the name begins that a value is given by `"name": "`, `<name>` or `name=`; 0 when it has
/// none, so that all before it counts.
fn label(before: &[u8]) -> usize {
    let rest = before.trim_ascii_end();
    let rest = rest.strip_suffix(b"\"").unwrap_or(rest).trim_ascii_end();
    if let Some(element) = rest.strip_suffix(b">") {
        let open = element.iter().rposition(|byte| matches!(byte, b'<' | b'>'));
        return open
            .filter(|open| element.get(*open) == Some(&b'<'))
            .unwrap_or(0);
    }
    if let Some(name) = rest.strip_suffix(b"=") {
        let open = name.iter().rposition(|byte| b"=,;.&?\n\t<>".contains(byte));
        return open.unwrap_or(0);
    }
    let name = rest.strip_suffix(b":").map(<[u8]>::trim_ascii_end);
    let name = name.and_then(|name| name.strip_suffix(b"\""));
    let open = name.and_then(|name| name.iter().rposition(|byte| *byte == b'"'));
    open.unwrap_or(0)
}

/// Up to where something else begins behind a value: the next number, field or name.
fn same_field(after: &[u8]) -> usize {
    let other = |byte: &u8| byte.is_ascii_digit() || b"\",;<{}|\t\n\r=:".contains(byte);
    let Some(end) = after.iter().position(other) else {
        return after.len();
    };
    if !matches!(after.get(end), Some(b'=' | b':')) {
        return end;
    }
    // the word before `=` or `:` names what follows
    let part = after.get(..end).unwrap_or_default();
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80;
    part.iter().rposition(|byte| !is_word(byte)).unwrap_or(0)
}

fn spellings(word: &str) -> Vec<String> {
    let lower = word.trim().to_lowercase();
    if lower.is_ascii() {
        // as names of fields spell them: tax_id, tax-id, taxId
        let joined = ["_", "-", ""].map(|between| lower.replace(' ', between));
        let mut all = vec![lower];
        all.extend(joined);
        all.dedup();
        return all;
    }
    let mut rest = lower.chars();
    let first = rest
        .next()
        .map(|first| first.to_uppercase().collect::<String>());
    let capital = first.unwrap_or_default() + rest.as_str();
    let mut all = vec![word.trim().to_owned(), lower.to_uppercase(), capital, lower];
    all.sort();
    all.dedup();
    all
}

/// Whether a word is not a part of a longer one; writing without spaces has no such thing, and a
/// plural is no other word.
fn is_whole(bytes: &[u8], start: usize, end: usize) -> bool {
    let word = bytes.get(start..end).unwrap_or_default();
    let unspaced = matches!(word.first(), Some(0xE3..=0xED));
    let left = bytes.get(..start).and_then(<[u8]>::last);
    let right = bytes.get(end);
    // `taxId` has two words
    let hump = |before: Option<&u8>, after: Option<&u8>| {
        before.is_some_and(u8::is_ascii_lowercase) && after.is_some_and(u8::is_ascii_uppercase)
    };
    let letter =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphabetic() || *byte >= 0xC3);
    let joins_left = letter(left) && !hump(left, word.first());
    let joins_right = letter(right) && !hump(word.last(), right);
    let plural = matches!(right, Some(b's' | b'S')) && !letter(bytes.get(end + 1));
    unspaced || (!joins_left && (!joins_right || plural))
}

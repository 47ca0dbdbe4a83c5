//! Words that single separators join: how people write numbers.

use crate::text::{Text, is_word};

/// Longest word that can be part of a value here.
const MAX_WORD: usize = 40;
/// Most words that one value is written with.
const MAX_WORDS: usize = 10;
/// Most letters and digits of one value.
const MAX_COMPACT: usize = 40;

/// Words from one place on. The first has begun a word of the text.
pub(crate) struct Phrase {
    words: [Word; MAX_WORDS],
    count: usize,
}

#[derive(Clone, Copy, Default)]
struct Word {
    start: usize,
    end: usize,
    /// What stands before it, a no-break space as a space; 0 before the first.
    separator: u8,
}

/// The first words of a phrase as one value.
pub(crate) struct Candidate {
    pub(crate) start: usize,
    pub(crate) end: usize,
    compact: [u8; MAX_COMPACT],
    length: usize,
    /// Lengths of words, with the separators between: `3-2-4`.
    layout: [u8; 32],
    layout_length: usize,
    pub(crate) all_digits: bool,
    /// What joins all words: 0 for one word, `None` when they differ.
    pub(crate) separator: Option<u8>,
}

impl Phrase {
    /// The words from `start` on.
    pub(crate) fn read(text: &Text<'_>, start: usize) -> Self {
        let mut phrase = Self {
            words: [Word::default(); MAX_WORDS],
            count: 0,
        };
        let (mut at, mut separator) = (start, 0);
        for word in &mut phrase.words {
            let end = text.run(at, MAX_WORD + 1, |byte| byte.is_ascii_alphanumeric());
            let glued = text.get(end).is_some_and(is_word);
            if end == at || end - at > MAX_WORD || glued {
                break;
            }
            let bytes = text.bytes.get(at..end).unwrap_or_default();
            if at > start && is_prose(bytes) {
                break;
            }
            *word = Word {
                start: at,
                end,
                separator,
            };
            phrase.count += 1;
            let Some(joined) = separator_at(text, end) else {
                break;
            };
            (separator, at) = joined;
        }
        phrase
    }

    /// The end of the first word; `start` when there is none.
    pub(crate) fn first_end(&self, start: usize) -> usize {
        match self.count {
            0 => start,
            _ => self.words.first().map_or(start, |word| word.end),
        }
    }

    /// Shows each beginning of the phrase as a value, short ones first.
    pub(crate) fn candidates(&self, text: &Text<'_>, mut show: impl FnMut(&Candidate)) {
        let mut candidate = Candidate {
            start: self.words.first().map_or(0, |word| word.start),
            end: 0,
            compact: [0; MAX_COMPACT],
            length: 0,
            layout: [0; 32],
            layout_length: 0,
            all_digits: true,
            separator: Some(0),
        };
        for (index, word) in self.words.iter().take(self.count).enumerate() {
            let bytes = text.bytes.get(word.start..word.end).unwrap_or_default();
            if !candidate.add(index, *word, bytes) {
                break;
            }
            show(&candidate);
        }
    }
}

/// The separator at `at`, as its ASCII likeness, and where it ends.
pub(crate) fn separator_at(text: &Text<'_>, at: usize) -> Option<(u8, usize)> {
    match text.get(at)? {
        byte @ (b' ' | b'-' | b'.' | b'/' | b':') => Some((byte, at + 1)),
        // no-break space
        0xC2 if text.get(at + 1) == Some(0xA0) => Some((b' ', at + 2)),
        0xE2 if text.get(at + 1) == Some(0x80) => match text.get(at + 2)? {
            // figure space, thin space, narrow no-break space
            0x87 | 0x89 | 0xAF => Some((b' ', at + 3)),
            // hyphen, non-breaking hyphen, figure dash, en dash
            0x90..=0x93 => Some((b'-', at + 3)),
            _ => None,
        },
        _ => None,
    }
}

/// A word that no value has behind its first: small letters only, but for groups of four.
fn is_prose(word: &[u8]) -> bool {
    word.len() != 4 && word.iter().all(u8::is_ascii_lowercase)
}

impl Candidate {
    /// `false` when it would be too long.
    fn add(&mut self, index: usize, word: Word, bytes: &[u8]) -> bool {
        let room = self.compact.get_mut(self.length..self.length + bytes.len());
        let Some(room) = room else { return false };
        for (to, from) in room.iter_mut().zip(bytes) {
            *to = from.to_ascii_uppercase();
            self.all_digits &= from.is_ascii_digit();
        }
        self.length += bytes.len();
        self.end = word.end;
        if index > 0 {
            self.separator = match (index, self.separator) {
                (1, _) => Some(word.separator),
                (_, Some(one)) if one == word.separator => Some(one),
                _ => None,
            };
            self.push_layout(word.separator);
        }
        let length = bytes.len() as u8;
        if length >= 10 {
            self.push_layout(b'0' + length / 10);
        }
        self.push_layout(b'0' + length % 10);
        true
    }

    fn push_layout(&mut self, byte: u8) {
        if let Some(place) = self.layout.get_mut(self.layout_length) {
            *place = byte;
            self.layout_length += 1;
        }
    }

    /// Letters, as capitals, and digits.
    pub(crate) fn compact(&self) -> &[u8] {
        self.compact.get(..self.length).unwrap_or_default()
    }

    /// Lengths of words, with the separators between: `3-2-4`.
    pub(crate) fn layout(&self) -> &[u8] {
        self.layout.get(..self.layout_length).unwrap_or_default()
    }

    /// Whether it is one word.
    pub(crate) fn is_one_word(&self) -> bool {
        self.separator == Some(0)
    }

    /// Whether its words are joined by spaces or hyphens, all by the same.
    pub(crate) fn is_divided(&self) -> bool {
        matches!(self.separator, Some(b' ' | b'-'))
    }
}

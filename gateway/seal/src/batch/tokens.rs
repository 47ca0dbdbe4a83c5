//! What takes the values' places.

use std::fmt;

use zeroize::Zeroize;

/// For each value of a batch, in order, what takes its place.
#[derive(Default)]
pub struct Tokens {
    made: Vec<u8>,
    /// Zeroized when cleared, grown or dropped: masks hold parts of values.
    texts: SecretText,
    entries: Vec<Entry>,
}

/// One replacement: of what is in `made` or `texts`, where it ends.
#[derive(Clone, Copy)]
enum Entry {
    Kept,
    Null,
    Made(usize),
    Text(usize),
    Number(usize),
}

/// What takes a value's place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Replacement<'a> {
    /// This token: ASCII that needs no escape in JSON, XML and CSV.
    Made(&'a [u8]),
    /// This text, whatever is in it: a string in JSON, a text elsewhere, escaped as its place
    /// needs.
    Text(&'a str),
    /// A number as JSON spells it: a bare number where it takes a whole JSON value's place, its
    /// text elsewhere.
    Number(&'a str),
    /// `null` where it takes a whole JSON value's place, no text elsewhere.
    Null,
    /// The value itself: it was a token already, and authenticates for its class and tenant.
    Kept,
}

/// Texts and numbers may hold parts of values: only their length is shown.
impl fmt::Debug for Replacement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Made(token) => f.debug_tuple("Made").field(token).finish(),
            Self::Text(text) => f.debug_tuple("Text").field(&text.len()).finish(),
            Self::Number(text) => f.debug_tuple("Number").field(&text.len()).finish(),
            Self::Null => f.write_str("Null"),
            Self::Kept => f.write_str("Kept"),
        }
    }
}

impl Tokens {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The replacements in the order of the batch's values.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Replacement<'_>> {
        let (mut made, mut text) = (0, 0);
        self.entries.iter().map(move |entry| match *entry {
            Entry::Kept => Replacement::Kept,
            Entry::Null => Replacement::Null,
            Entry::Made(end) => {
                let start = std::mem::replace(&mut made, end);
                Replacement::Made(self.made.get(start..end).unwrap_or_default())
            }
            Entry::Text(end) => {
                let start = std::mem::replace(&mut text, end);
                Replacement::Text(self.texts.0.get(start..end).unwrap_or_default())
            }
            Entry::Number(end) => {
                let start = std::mem::replace(&mut text, end);
                Replacement::Number(self.texts.0.get(start..end).unwrap_or_default())
            }
        })
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.made.clear();
        self.texts.clear();
        self.entries.clear();
    }

    /// Makes room for so many replacements, and so many bytes of tokens.
    pub(crate) fn reserve(&mut self, count: usize, bytes: usize) {
        self.entries.reserve(count);
        self.made.reserve(bytes);
    }

    pub(crate) fn keep(&mut self) {
        self.entries.push(Entry::Kept);
    }

    /// Adds a token that `write` appends to the text.
    pub(crate) fn make<E>(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        write(&mut self.made)?;
        self.entries.push(Entry::Made(self.made.len()));
        Ok(())
    }

    /// Adds a text.
    pub(crate) fn text(&mut self, text: &str) {
        self.texts.extend(text);
        self.entries.push(Entry::Text(self.texts.len()));
    }

    /// Adds a number as JSON spells it.
    pub(crate) fn number(&mut self, spelling: &str) {
        self.texts.extend(spelling);
        self.entries.push(Entry::Number(self.texts.len()));
    }

    /// Adds a null.
    pub(crate) fn null(&mut self) {
        self.entries.push(Entry::Null);
    }

    /// Adds any replacement.
    pub(crate) fn push(&mut self, replacement: Replacement<'_>) {
        match replacement {
            Replacement::Made(token) => {
                self.made.extend_from_slice(token);
                self.entries.push(Entry::Made(self.made.len()));
            }
            Replacement::Text(text) => self.text(text),
            Replacement::Number(spelling) => self.number(spelling),
            Replacement::Null => self.null(),
            Replacement::Kept => self.keep(),
        }
    }
}

/// Replacements that no sealer made: for tests of what puts them in their places.
impl<'a> FromIterator<Replacement<'a>> for Tokens {
    fn from_iter<I: IntoIterator<Item = Replacement<'a>>>(replacements: I) -> Self {
        let mut tokens = Self::new();
        for replacement in replacements {
            tokens.push(replacement);
        }
        tokens
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// Text that leaves no copy behind: growing zeroizes the old allocation.
#[derive(Default)]
struct SecretText(String);

impl SecretText {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn extend(&mut self, more: &str) {
        let length = self.0.len() + more.len();
        if length > self.0.capacity() {
            let mut grown = String::with_capacity(length.max(self.0.capacity() * 2));
            grown.push_str(&self.0);
            self.clear();
            self.0 = grown;
        }
        self.0.push_str(more);
    }

    /// Zeroizes what is in use; what is behind it has been zeroized or never used.
    fn clear(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.as_mut_slice().zeroize();
        bytes.clear();
        self.0 = String::from_utf8(bytes).unwrap_or_default();
    }
}

impl Drop for SecretText {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn replacements_of_all_kinds_come_back_in_order() {
        let mut tokens = Tokens::new();
        let made = |text: &'static [u8]| {
            move |out: &mut Vec<u8>| -> Result<(), ()> {
                out.extend_from_slice(text);
                Ok(())
            }
        };
        for round in 0..2 {
            tokens.text("é\"");
            tokens.make(made(b"one")).unwrap();
            tokens.null();
            tokens.number("-1.5e3");
            tokens.keep();
            tokens.make(made(b"")).unwrap();
            tokens.text("");
            tokens.make(made(b"two")).unwrap();
            tokens.text("****1111");
            let expected = [
                Replacement::Text("é\""),
                Replacement::Made(b"one"),
                Replacement::Null,
                Replacement::Number("-1.5e3"),
                Replacement::Kept,
                Replacement::Made(b""),
                Replacement::Text(""),
                Replacement::Made(b"two"),
                Replacement::Text("****1111"),
            ];
            let all: Vec<_> = tokens.iter().collect();
            assert_eq!(all, expected, "round {round}");
            let again: Tokens = expected.into_iter().collect();
            assert!(again.iter().eq(expected), "round {round}");
            tokens.clear();
            assert!(tokens.is_empty() && tokens.iter().next().is_none());
        }
    }

    #[test]
    fn texts_grow_whole_and_are_cleared_with_their_room() {
        let mut tokens = Tokens::new();
        let texts: Vec<_> = (0..500).map(|number| format!("ü{number}")).collect();
        texts.iter().for_each(|text| tokens.text(text));
        let expected = texts.iter().map(|text| Replacement::Text(text));
        assert!(tokens.iter().eq(expected));
        let room = tokens.texts.0.capacity();
        tokens.clear();
        assert_eq!((tokens.texts.len(), tokens.texts.0.capacity()), (0, room));
    }

    #[test]
    fn debug_shows_no_text() {
        let shown = format!("{:?}", Replacement::Text("4111"));
        assert_eq!(shown, "Text(4)");
        let tokens: Tokens = [Replacement::Text("4111")].into_iter().collect();
        assert!(!format!("{tokens:?}").contains("4111"));
    }
}

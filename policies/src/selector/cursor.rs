//! Characters of a selector, one after the other.

use super::SelectorError;

/// Deepest nesting of brackets and parentheses: parsing recurses.
const MAX_DEPTH: usize = 64;

pub(super) type Parsed<T> = Result<T, SelectorError>;

pub(super) struct Cursor {
    chars: Vec<char>,
    at: usize,
    depth: usize,
}

impl Cursor {
    pub(super) fn new(text: &str) -> Self {
        Self {
            chars: text.chars().collect(),
            at: 0,
            depth: 0,
        }
    }

    /// How many characters come before the next one.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    /// Goes past `text` if it comes next.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let rest = self.chars.get(self.at..).unwrap_or(&[]);
        let length = text.chars().count();
        let found = rest.len() >= length && text.chars().zip(rest).all(|(a, b)| a == *b);
        self.at += if found { length } else { 0 };
        found
    }

    /// Goes past blanks (`S` in the grammar); tells whether there were any.
    pub(super) fn blanks(&mut self) -> bool {
        let before = self.at;
        self.take_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
        self.at > before
    }

    pub(super) fn take_while(&mut self, mut holds: impl FnMut(char) -> bool) -> String {
        let rest = self.chars.get(self.at..).unwrap_or(&[]);
        let taken: String = rest.iter().copied().take_while(|c| holds(*c)).collect();
        self.at += taken.chars().count();
        taken
    }

    /// Tries `parse`, and stays where it is if that finds nothing.
    pub(super) fn attempt<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Parsed<Option<T>>,
    ) -> Parsed<Option<T>> {
        let before = self.at;
        let found = parse(self)?;
        if found.is_none() {
            self.at = before;
        }
        Ok(found)
    }

    /// Runs `parse` one level deeper.
    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            let help = format!("nest brackets and parentheses at most {MAX_DEPTH} deep");
            return Err(fault(self.at, "the selector is nested too deep", help));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// A fault at the next character: names it, and says what belongs here.
    pub(super) fn unexpected<T>(&self, help: impl Into<String>) -> Parsed<T> {
        let message = match self.peek() {
            Some(c) if c.is_control() => format!("U+{:04X} cannot stand here", u32::from(c)),
            Some(' ') => "a space cannot stand here".into(),
            Some(c) => format!("`{c}` cannot stand here"),
            None => "the selector ends too early".into(),
        };
        Err(fault(self.at, message, help))
    }
}

pub(super) fn fault(
    offset: usize,
    message: impl Into<String>,
    help: impl Into<String>,
) -> SelectorError {
    SelectorError {
        offset,
        message: message.into(),
        help: help.into(),
    }
}

//! The bytes of a window, and whether their end was looked past.

use std::cell::Cell;

/// A window over a text.
pub(crate) struct Text<'t> {
    pub(crate) bytes: &'t [u8],
    /// Nothing follows the window.
    ended: bool,
    /// Somebody looked past the window's end, so that more text could change the answer.
    past_end: Cell<bool>,
}

impl<'t> Text<'t> {
    pub(crate) fn new(bytes: &'t [u8], ended: bool) -> Self {
        Self {
            bytes,
            ended,
            past_end: Cell::new(false),
        }
    }

    /// A byte of the text; `None` past the end.
    #[inline(always)]
    pub(crate) fn get(&self, at: usize) -> Option<u8> {
        let byte = self.bytes.get(at).copied();
        if byte.is_none() {
            self.past_end.set(true);
        }
        byte
    }

    /// Bytes of the text; shorter at its end.
    pub(crate) fn slice(&self, start: usize, end: usize) -> &'t [u8] {
        if end > self.bytes.len() {
            self.past_end.set(true);
        }
        let end = end.min(self.bytes.len());
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// The byte before; `None` at the text's beginning.
    #[inline(always)]
    pub(crate) fn before(&self, at: usize) -> Option<u8> {
        self.bytes.get(at.checked_sub(1)?).copied()
    }

    /// Forgets that the end was looked past.
    #[inline(always)]
    pub(crate) fn start(&self) {
        self.past_end.set(false);
    }

    /// Whether more text could change what was seen since [`Text::start`].
    #[inline(always)]
    pub(crate) fn is_unsettled(&self) -> bool {
        !self.ended && self.past_end.get()
    }

    /// The end of the run of bytes from `at` on that `is` holds for, at most `most` long.
    pub(crate) fn run(&self, at: usize, most: usize, is: impl Fn(u8) -> bool) -> usize {
        let mut end = at;
        while end - at < most && self.get(end).is_some_and(&is) {
            end += 1;
        }
        end
    }

    /// The start of the run of bytes before `at` that `is` holds for, not before `floor`.
    pub(crate) fn run_back(&self, at: usize, floor: usize, is: impl Fn(u8) -> bool) -> usize {
        let mut start = at;
        while start > floor && self.before(start).is_some_and(&is) {
            start -= 1;
        }
        start
    }
}

/// Part of a word: letters and digits of ASCII. Other writing may be glued to a number.
#[inline(always)]
pub(crate) const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Part of a word of any writing.
#[inline(always)]
pub(crate) const fn is_letter_or_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

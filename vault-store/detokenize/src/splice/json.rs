//! Where tokens stand in JSON: alone in a string, or in a longer one.
//!
//! Strings are told from what is between them, and nothing more: whether the body is valid JSON is
//! its sender's business, and stays as it was. A token outside a string is left as it is.

use super::window::{Place, Window};
use memchr::{memchr, memchr2};

/// White space between a string and its `:` is looked through up to here; past it the string is
/// written as a key would be, which is always valid.
const MAX_SPACE: usize = 4096;

/// The state between two events. Positions are indexes into the window's bytes or pieces; while
/// one is kept, the window holds its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Outside,
    /// Right after an opening quote.
    Opened,
    /// In a string, with a backslash before the next byte or not.
    Inside { escaped: bool },
    /// After an opening quote and this candidate.
    Filled { token: usize },
    /// After an opening quote, this candidate, a closing quote and so much white space.
    Closed { token: usize, space: usize },
}

#[derive(Default)]
pub(super) struct JsonPlaces {
    state: State,
}

pub(super) struct Sink<'a> {
    pub(super) places: &'a mut JsonPlaces,
    pub(super) window: &'a mut Window,
}

impl record::Sink for Sink<'_> {
    fn pass(&mut self, bytes: &[u8]) {
        self.window.pass(bytes);
        self.places.read(bytes, self.window);
    }

    fn candidate(&mut self, framing: usize, text: &[u8]) {
        let places = &mut self.places;
        match places.state {
            State::Opened => {
                // The quote that was held before the token stays held with it.
                let token = self.window.token(text, framing, Place::JsonPart);
                places.state = State::Filled { token };
            }
            State::Filled { .. } | State::Inside { escaped: false } => {
                places.state = State::Inside { escaped: false };
                self.window.hold(None);
                self.window.token(text, framing, Place::JsonPart);
            }
            // An escape that eats the prefix's first byte: no token as JSON reads it.
            State::Inside { escaped: true } => {
                places.state = State::Inside { escaped: false };
                self.window.pass(text);
            }
            State::Closed { token, .. } => {
                places.settle_whole(token, self.window);
                self.window.pass(text);
            }
            State::Outside => self.window.pass(text),
        }
    }
}

impl JsonPlaces {
    /// The window was written up to what it holds: the opening quote, then the candidate.
    pub(super) fn rebase(&mut self) {
        if let State::Filled { token } | State::Closed { token, .. } = &mut self.state {
            *token = 1;
        }
    }

    /// Ends the body.
    pub(super) fn finish(&mut self, window: &mut Window) {
        if let State::Closed { token, .. } = self.state {
            window.make_whole(token);
        }
        self.state = State::Outside;
        window.hold(None);
    }

    fn settle_whole(&mut self, token: usize, window: &mut Window) {
        window.make_whole(token);
        window.hold(None);
        self.state = State::Outside;
    }

    /// Follows strings through `bytes`, which the window has as its last.
    fn read(&mut self, bytes: &[u8], window: &mut Window) {
        let base = window.len() - bytes.len();
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            at += match self.state {
                State::Outside => self.outside(rest, base + at, window),
                State::Opened => {
                    window.hold(None);
                    self.state = State::Inside { escaped: false };
                    0
                }
                State::Inside { escaped } => self.inside(rest, escaped),
                State::Filled { token } => self.filled(rest, token, window),
                State::Closed { token, space } => self.closed(rest, token, space, window),
            };
        }
    }

    fn outside(&mut self, rest: &[u8], position: usize, window: &mut Window) -> usize {
        match memchr(b'"', rest) {
            Some(quote) => {
                self.state = State::Opened;
                window.hold(Some(position + quote));
                quote + 1
            }
            None => rest.len(),
        }
    }

    fn inside(&mut self, rest: &[u8], escaped: bool) -> usize {
        if escaped {
            self.state = State::Inside { escaped: false };
            return 1;
        }
        match memchr2(b'"', b'\\', rest) {
            Some(found) => {
                let quote = rest.get(found) == Some(&b'"');
                self.state = if quote {
                    State::Outside
                } else {
                    State::Inside { escaped: true }
                };
                found + 1
            }
            None => rest.len(),
        }
    }

    fn filled(&mut self, rest: &[u8], token: usize, window: &mut Window) -> usize {
        if rest.first() == Some(&b'"') {
            self.state = State::Closed { token, space: 0 };
            return 1;
        }
        window.hold(None);
        self.state = State::Inside { escaped: false };
        0
    }

    fn closed(&mut self, rest: &[u8], token: usize, space: usize, window: &mut Window) -> usize {
        let more = rest
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        let more = more.count();
        let key = rest.get(more) == Some(&b':') || space + more > MAX_SPACE;
        if key {
            window.hold(None);
            self.state = State::Outside;
        } else if more < rest.len() {
            self.settle_whole(token, window);
        } else {
            self.state = State::Closed {
                token,
                space: space + more,
            };
        }
        more
    }
}

//! Where tokens stand in CSV (RFC 4180): in a quoted field or an unquoted one.

use super::window::{Piece, Place, Window};
use memchr::{memchr, memchr3};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the beginning of a field.
    Start,
    /// In an unquoted field that began at this byte of the window and has had no token yet. The
    /// window holds it: a token may come.
    Plain { start: usize },
    /// In an unquoted field with tokens; held from `start`.
    Tokens { start: usize },
    /// In an unquoted field too long to hold.
    Long,
    /// In a quoted field.
    Quoted,
    /// After a quote in a quoted field: its end, or the first of two.
    Quote,
}

pub(super) struct CsvPlaces {
    delimiter: u8,
    max_field: usize,
    state: State,
}

impl CsvPlaces {
    /// Unquoted fields up to `max_field` bytes get quotes when a value needs them.
    pub(super) fn new(delimiter: u8, max_field: usize) -> Self {
        Self {
            delimiter,
            max_field,
            state: State::Start,
        }
    }

    /// The window was written up to what it holds: the field's beginning.
    pub(super) fn rebase(&mut self) {
        if let State::Plain { start } | State::Tokens { start } = &mut self.state {
            *start = 0;
        }
    }

    /// Ends the body.
    pub(super) fn finish(&mut self, window: &mut Window) {
        self.end_field(window);
    }

    fn end_field(&mut self, window: &mut Window) {
        if matches!(self.state, State::Tokens { .. }) {
            window.mark(Piece::FieldClose);
        }
        window.hold(None);
        self.state = State::Start;
    }

    /// Passes `bytes`, following fields through them.
    fn read(&mut self, mut bytes: &[u8], window: &mut Window) {
        while !bytes.is_empty() {
            let length = match self.state {
                State::Start => self.start(bytes, window),
                State::Plain { .. } | State::Tokens { .. } | State::Long => {
                    self.unquoted(bytes, window)
                }
                State::Quoted => {
                    let quote = memchr(b'"', bytes);
                    if quote.is_some() {
                        self.state = State::Quote;
                    }
                    self.take(bytes, quote.map_or(bytes.len(), |quote| quote + 1), window)
                }
                State::Quote => self.after_quote(bytes, window),
            };
            bytes = bytes.get(length..).unwrap_or_default();
        }
        self.let_long_field_go(window);
    }

    fn take(&self, bytes: &[u8], length: usize, window: &mut Window) -> usize {
        window.pass(bytes.get(..length).unwrap_or_default());
        length
    }

    fn start(&mut self, bytes: &[u8], window: &mut Window) -> usize {
        if bytes.first() == Some(&b'"') {
            self.state = State::Quoted;
            return self.take(bytes, 1, window);
        }
        let start = window.len();
        window.hold(Some(start));
        self.state = State::Plain { start };
        0
    }

    fn after_quote(&mut self, bytes: &[u8], window: &mut Window) -> usize {
        if bytes.first() == Some(&b'"') {
            self.state = State::Quoted;
            return self.take(bytes, 1, window);
        }
        // What follows a closing quote other than a delimiter is not RFC 4180; it is passed on.
        self.state = State::Long;
        0
    }

    fn unquoted(&mut self, bytes: &[u8], window: &mut Window) -> usize {
        match memchr3(self.delimiter, b'\n', b'\r', bytes) {
            Some(end) => {
                if end > 0 {
                    self.take(bytes, end, window);
                }
                self.end_field(window);
                self.take(bytes.get(end..).unwrap_or_default(), 1, window);
                end + 1
            }
            None => self.take(bytes, bytes.len(), window),
        }
    }

    fn let_long_field_go(&mut self, window: &mut Window) {
        match self.state {
            State::Plain { start } if window.len() - start > self.max_field => {
                window.hold(None);
                self.state = State::Long;
            }
            State::Tokens { start } if window.len() - start > self.max_field => {
                window.let_field_go();
                window.hold(None);
                self.state = State::Long;
            }
            _ => {}
        }
    }
}

pub(super) struct Sink<'a> {
    pub(super) places: &'a mut CsvPlaces,
    pub(super) window: &'a mut Window,
}

impl record::Sink for Sink<'_> {
    fn pass(&mut self, bytes: &[u8]) {
        self.places.read(bytes, self.window);
    }

    fn candidate(&mut self, framing: usize, text: &[u8]) {
        let window = &mut self.window;
        let place = match self.places.state {
            State::Start => {
                let start = window.len();
                window.hold(Some(start));
                window.mark(Piece::FieldOpen);
                self.places.state = State::Tokens { start };
                Place::CsvUnquoted
            }
            State::Plain { start } => {
                window.mark_at(start, Piece::FieldOpen);
                self.places.state = State::Tokens { start };
                Place::CsvUnquoted
            }
            State::Tokens { .. } => Place::CsvUnquoted,
            State::Quoted => Place::CsvQuoted,
            State::Long | State::Quote => {
                self.places.state = State::Long;
                Place::CsvLong
            }
        };
        window.token(text, framing, place);
        self.places.let_long_field_go(window);
    }
}

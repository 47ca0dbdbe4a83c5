//! Text without a grammar.

use super::window::{Place, Window};

/// Every token stands alike.
pub(super) struct TextPlaces(pub(super) Place);

pub(super) struct Sink<'a> {
    pub(super) places: &'a mut TextPlaces,
    pub(super) window: &'a mut Window,
}

impl record::Sink for Sink<'_> {
    fn pass(&mut self, bytes: &[u8]) {
        self.window.pass(bytes);
    }

    fn candidate(&mut self, framing: usize, text: &[u8]) {
        self.window.token(text, framing, self.places.0);
    }
}

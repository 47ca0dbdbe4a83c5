//! Puts values where tokens stood, for each form of text, in constant memory.
//!
//! A [`Splicer`] takes chunks and finds the tokens in them, each with its place (a whole JSON
//! string, part of one, a CSV field, ...). What is settled lies in its [`Window`]: the tokens of
//! the window are opened as one batch, and the window is then written out in order.

mod csv;
mod escape;
mod json;
mod render;
mod selected;
#[cfg(test)]
mod tests;
mod text;
mod window;

use crate::tenants::Tenants;
use record::{Finder, Framing};
use scan::{RecordId, Syntax};
use selected::Selected;
use std::sync::Arc;
use unseal::{Candidate, NotRevealed, RevealClass, Value};
use window::{Place, Window};
use zeroize::Zeroizing;

pub use escape::json_text;
pub use render::Counts;

/// How values are written, by the body's content type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON document, or many.
    Json,
    /// JSON documents, one on each line.
    JsonLines,
    /// RFC 4180, with this delimiter.
    Csv(u8),
    /// XML or HTML: values are escaped.
    Markup,
    /// `application/x-www-form-urlencoded`: values are percent-encoded.
    Fields,
    /// Any other text: values are written as they are.
    Text,
}

/// See the module.
pub struct Splicer {
    finder: Finder,
    /// Finds tokens in the contents of selected values.
    inner: Finder,
    places: Places,
    window: Window,
}

/// The state of the form's grammar.
enum Places {
    Json(json::JsonPlaces),
    Csv(csv::CsvPlaces),
    Text(text::TextPlaces),
}

impl Splicer {
    /// For a body of `form`; candidates are looked for in `framings`, up to `max_token_bytes` long.
    pub fn new(form: Form, framings: &[Framing], max_token_bytes: usize) -> Self {
        let places = match form {
            Form::Json | Form::JsonLines => Places::Json(json::JsonPlaces::default()),
            Form::Csv(delimiter) => {
                Places::Csv(csv::CsvPlaces::new(delimiter, 2 * max_token_bytes))
            }
            Form::Markup => Places::Text(text::TextPlaces(Place::Markup)),
            Form::Fields => Places::Text(text::TextPlaces(Place::Field)),
            Form::Text => Places::Text(text::TextPlaces(Place::Raw)),
        };
        let finder = Finder::new(framings, max_token_bytes);
        Self {
            finder,
            inner: Finder::new(framings, max_token_bytes),
            places,
            window: Window::new(form),
        }
    }

    /// Takes the next bytes, which are a value that a rule selects, spelled in `syntax`. It is a token
    /// of a class, in a record, when no other token stands in it; gives whether it is.
    pub fn value(
        &mut self,
        raw: &[u8],
        syntax: Syntax,
        class: Option<(&Arc<RevealClass>, RecordId)>,
    ) -> bool {
        // A token does not reach into a value, nor out of it: prefix and suffix need no escape, and
        // so cannot hold what values stand between.
        self.finish();
        let Some(selected) = Selected::new(raw, syntax, class, &mut self.inner) else {
            self.window.pass(raw);
            return false;
        };
        let of_class = selected.is_of_class();
        self.window.value(raw, selected);
        of_class
    }

    /// Takes the next bytes.
    pub fn push(&mut self, chunk: &[u8]) {
        let window = &mut self.window;
        match &mut self.places {
            Places::Json(places) => self.finder.push(chunk, &mut json::Sink { places, window }),
            Places::Csv(places) => self.finder.push(chunk, &mut csv::Sink { places, window }),
            Places::Text(places) => self.finder.push(chunk, &mut text::Sink { places, window }),
        }
    }

    /// Ends the body, or a part of it that stands by itself: everything is settled.
    pub fn finish(&mut self) {
        let window = &mut self.window;
        match &mut self.places {
            Places::Json(places) => {
                self.finder.finish(&mut json::Sink { places, window });
                places.finish(window);
            }
            Places::Csv(places) => {
                self.finder.finish(&mut csv::Sink { places, window });
                places.finish(window);
            }
            Places::Text(places) => self.finder.finish(&mut text::Sink { places, window }),
        }
    }

    /// How many bytes are settled and not yet written.
    pub fn ready(&self) -> usize {
        self.window.ready()
    }

    /// Whether values wait that rules select.
    pub fn has_values(&self) -> bool {
        self.window.has_values()
    }

    /// The candidates of what is settled, in order. [`Splicer::write`] must follow.
    pub fn candidates<'a>(&'a mut self, tenants: &'a Tenants) -> Vec<Candidate<'a>> {
        self.window.candidates(tenants)
    }

    /// Writes what is settled, with `values` for its candidates, in order.
    pub fn write(
        &mut self,
        values: &[Result<Value, NotRevealed>],
        counts: &mut Counts,
    ) -> Zeroizing<Vec<u8>> {
        let out = self.window.write(values, counts);
        match &mut self.places {
            Places::Json(places) => places.rebase(),
            Places::Csv(places) => places.rebase(),
            Places::Text(_) => {}
        }
        out
    }
}

//! Writes a window's pieces, values in the places of their tokens.

use super::Form;
use super::escape;
use super::selected::Selected;
use super::window::{Piece, Place, Window};
use record::ValueType;
use scan::Syntax;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use unseal::{NotRevealed, Value};
use zeroize::Zeroizing;

/// What a call has revealed so far: numbers, never values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Values put in the place of tokens.
    pub revealed: u64,
    /// Tokens that stayed.
    pub not_revealed: u64,
    /// Revealed values by class.
    pub classes: BTreeMap<Arc<str>, u64>,
    run: Option<(Arc<str>, u64)>,
}

impl Counts {
    /// Counts a value. Runs of one class are summed up before they are looked up.
    pub fn reveal(&mut self, class: &Arc<str>) {
        self.revealed += 1;
        match &mut self.run {
            Some((known, count)) if *known == *class => *count += 1,
            _ => {
                self.settle();
                self.run = Some((Arc::clone(class), 1));
            }
        }
    }

    /// Counts a token that stays.
    pub fn refuse(&mut self) {
        self.not_revealed += 1;
    }

    /// Brings [`Counts::classes`] up to date.
    pub fn settle(&mut self) {
        if let Some((class, count)) = self.run.take() {
            *self.classes.entry(class).or_default() += count;
        }
    }
}

type Opened = Result<Value, NotRevealed>;

/// Writes all pieces of `window`; `values` are those of its candidates, in order.
pub(super) fn write(window: &Window, values: &[Opened], counts: &mut Counts) -> Zeroizing<Vec<u8>> {
    let values_length: usize = values
        .iter()
        .flatten()
        .map(|value| value.bytes.len() + 2)
        .sum();
    // Room for all of it, as no copy of a value is to stay behind in a buffer that has grown.
    // Escapes can make it grow all the same; what grows then is wiped by `escape::reserve`.
    let room = window.bytes.len() + values_length;
    let mut writer = Writer {
        form: window.form,
        bytes: &window.bytes,
        values: values.iter(),
        counts,
        out: Zeroizing::new(Vec::with_capacity(room)),
    };
    let mut pieces = window.pieces.iter();
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Pass(range) => writer.pass(range),
            Piece::Token { text, place, .. } => writer.token(text, *place),
            Piece::Value { raw, selected } => writer.selected(raw, selected),
            Piece::FieldOpen => {
                let field = pieces.as_slice();
                let length = field
                    .iter()
                    .position(|piece| matches!(piece, Piece::FieldClose));
                let field = field
                    .get(..length.unwrap_or(field.len()))
                    .unwrap_or_default();
                writer.field(field);
                pieces.by_ref().take(field.len()).for_each(drop);
            }
            Piece::FieldClose => {}
        }
    }
    writer.out
}

struct Writer<'a> {
    form: Form,
    bytes: &'a [u8],
    values: std::slice::Iter<'a, Opened>,
    counts: &'a mut Counts,
    out: Zeroizing<Vec<u8>>,
}

impl Writer<'_> {
    fn pass(&mut self, range: &Range<usize>) {
        let bytes = self.bytes.get(range.clone()).unwrap_or_default();
        escape::append(&mut self.out, bytes);
    }

    fn token(&mut self, text: &Range<usize>, place: Place) {
        let opened = self.values.next();
        let value = opened.and_then(|value| value.as_ref().ok());
        let written = value.is_some_and(|value| self.value(value, place));
        match value.filter(|_| written) {
            Some(value) => self.counts.reveal(&value.class),
            None => {
                self.counts.refuse();
                let quotes = usize::from(place == Place::JsonWhole);
                self.pass(&(text.start - quotes..text.end + quotes));
            }
        }
    }

    /// Writes a value that a rule selects, with what is revealed of it; as it was, when nothing is
    /// or its place cannot hold it.
    fn selected(&mut self, raw: &Range<usize>, selected: &Selected) {
        let values = self.values.as_slice();
        let (values, rest) = values
            .split_at_checked(selected.len())
            .unwrap_or((values, &[]));
        self.values = rest.iter();
        let written = match values {
            [Ok(value)] if selected.syntax == Syntax::Json && selected.is_one_token() => {
                self.value(value, Place::JsonWhole)
            }
            values if values.iter().any(Result::is_ok) => {
                let spelled = self.bytes.get(raw.clone()).unwrap_or_default();
                let text = selected.revealed(values);
                text.is_some_and(|text| spell(selected.syntax, &text, spelled, &mut self.out))
            }
            _ => false,
        };
        for value in values {
            match value {
                Ok(value) if written => self.counts.reveal(&value.class),
                _ => self.counts.refuse(),
            }
        }
        if !written {
            self.pass(raw);
        }
    }

    /// Writes a value; `false`, and nothing is written, when its place cannot hold it.
    fn value(&mut self, value: &Value, place: Place) -> bool {
        let (out, bytes) = (&mut self.out, value.bytes.as_slice());
        let text = std::str::from_utf8(bytes);
        match (place, text) {
            (Place::Raw, _) => escape::append(out, bytes),
            (Place::Markup, Ok(text)) => escape::markup(out, text),
            (Place::Field, Ok(text)) => return spell(Syntax::Form, text, b"", out),
            (Place::JsonPart, Ok(text)) => escape::json(out, text),
            (Place::JsonWhole, Ok(text)) => {
                if value.value_type == ValueType::Text || !is_json(text) {
                    escape::append(out, b"\"");
                    escape::json(out, text);
                    escape::append(out, b"\"");
                } else if self.form == Form::JsonLines {
                    escape::one_line(out, bytes);
                } else {
                    escape::append(out, bytes);
                }
            }
            (Place::CsvQuoted, _) => escape::csv(out, bytes),
            (Place::CsvUnquoted | Place::CsvLong, _) => {
                if needs_quotes(self.form, bytes) {
                    return false;
                }
                escape::append(out, bytes);
            }
            (Place::Markup | Place::Field | Place::JsonPart | Place::JsonWhole, Err(_)) => {
                return false;
            }
        }
        true
    }

    /// Writes an unquoted CSV field with tokens; with quotes, if one of its values needs them.
    fn field(&mut self, pieces: &[Piece]) {
        let tokens = pieces
            .iter()
            .filter(|piece| matches!(piece, Piece::Token { .. }))
            .count();
        let values = self.values.as_slice().get(..tokens).unwrap_or_default();
        let form = self.form;
        let quoted = values
            .iter()
            .flatten()
            .any(|value| needs_quotes(form, &value.bytes));
        if quoted {
            escape::append(&mut self.out, b"\"");
        }
        for piece in pieces {
            match piece {
                Piece::Pass(range) if quoted => {
                    let bytes = self.bytes.get(range.clone()).unwrap_or_default();
                    escape::csv(&mut self.out, bytes);
                }
                Piece::Pass(range) => self.pass(range),
                Piece::Token { text, .. } if quoted => self.token(text, Place::CsvQuoted),
                Piece::Token { text, place, .. } => self.token(text, *place),
                Piece::Value { .. } | Piece::FieldOpen | Piece::FieldClose => {}
            }
        }
        if quoted {
            escape::append(&mut self.out, b"\"");
        }
    }
}

/// Writes a text in the place of `raw`; `false`, and nothing is written, when it would not be read
/// there as that text.
fn spell(syntax: Syntax, text: &str, raw: &[u8], out: &mut Vec<u8>) -> bool {
    // Room for every byte as the longest escape (`&quot;`, `\u0000`), so that no copy stays behind.
    let room = 6 * text.len() + 2;
    let mut spelled = Zeroizing::new(Vec::with_capacity(room));
    let written = syntax.write_text(text, raw, &mut spelled).is_ok();
    if written {
        escape::append(out, &spelled);
    }
    written
}

/// Whether a CSV field with this value in it must be quoted (RFC 4180, section 2; a blank at the
/// end too, which many readers cut off).
fn needs_quotes(form: Form, value: &[u8]) -> bool {
    let Form::Csv(delimiter) = form else {
        return false;
    };
    let blank = |byte: Option<&u8>| byte.is_some_and(|byte| matches!(byte, b' ' | b'\t'));
    value
        .iter()
        .any(|byte| *byte == delimiter || matches!(byte, b'"' | b'\r' | b'\n'))
        || blank(value.first())
        || blank(value.last())
}

/// Whether `text` is one JSON value, so that it can stand without quotes.
fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

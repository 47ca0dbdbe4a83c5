//! A stretch of a body, cut into pieces.

use super::Form;
use super::render::{self, Counts};
use super::selected::Selected;
use crate::tenants::Tenants;
use std::ops::Range;
use unseal::{Candidate, NotRevealed, Value};
use zeroize::Zeroizing;

/// Where a token stands, and so how its value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The value is written as it is.
    Raw,
    /// In XML or HTML.
    Markup,
    /// In a form: the value is percent-encoded.
    Field,
    /// It fills a JSON string that is not a key; the piece spans the quotes.
    JsonWhole,
    /// Part of a JSON string, or a key.
    JsonPart,
    /// In a quoted CSV field.
    CsvQuoted,
    /// In an unquoted CSV field, between its [`Piece::FieldOpen`] and [`Piece::FieldClose`].
    CsvUnquoted,
    /// In an unquoted CSV field too long to hold: what would need quotes stays a token.
    CsvLong,
}

/// A piece of a window; ranges are of the window's bytes.
pub(super) enum Piece {
    /// Bytes that are no token.
    Pass(Range<usize>),
    /// A candidate. `text` is the token itself, without quotes.
    Token {
        text: Range<usize>,
        framing: usize,
        place: Place,
    },
    /// A value that a rule selects, with tokens in it.
    Value {
        raw: Range<usize>,
        selected: Box<Selected>,
    },
    /// An unquoted CSV field with tokens begins.
    FieldOpen,
    /// It ends.
    FieldClose,
}

/// Bytes of the body in their order, cut into pieces. The last of them may be held: where they
/// belong shows only from what follows.
pub(super) struct Window {
    pub(super) form: Form,
    pub(super) bytes: Vec<u8>,
    pub(super) pieces: Vec<Piece>,
    /// From where on the bytes are held; a piece never spans it when the window is written.
    hold: Option<usize>,
}

impl Window {
    pub(super) fn new(form: Form) -> Self {
        Self {
            form,
            bytes: Vec::new(),
            pieces: Vec::new(),
            hold: None,
        }
    }

    /// Length of all bytes, held ones included.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Appends bytes that are no token.
    pub(super) fn pass(&mut self, bytes: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        let end = self.bytes.len();
        match self.pieces.last_mut() {
            Some(Piece::Pass(range)) => range.end = end,
            _ => self.pieces.push(Piece::Pass(start..end)),
        }
    }

    /// Appends a candidate; gives its piece's index.
    pub(super) fn token(&mut self, text: &[u8], framing: usize, place: Place) -> usize {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(text);
        self.pieces.push(Piece::Token {
            text: start..self.bytes.len(),
            framing,
            place,
        });
        self.pieces.len() - 1
    }

    /// Appends a value with tokens in it.
    pub(super) fn value(&mut self, raw: &[u8], selected: Selected) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(raw);
        self.pieces.push(Piece::Value {
            raw: start..self.bytes.len(),
            selected: Box::new(selected),
        });
    }

    pub(super) fn mark(&mut self, piece: Piece) {
        self.pieces.push(piece);
    }

    /// Cuts the last piece, which passes bytes, at `at`, and puts `piece` into the cut.
    pub(super) fn mark_at(&mut self, at: usize, piece: Piece) {
        let end = self.bytes.len();
        match self.pieces.last_mut() {
            Some(Piece::Pass(range)) if range.start < at && at < range.end => {
                range.end = at;
                self.pieces.extend([piece, Piece::Pass(at..end)]);
            }
            Some(Piece::Pass(range)) if range.start == at && at < range.end => {
                let last = self.pieces.len() - 1;
                self.pieces.insert(last, piece);
            }
            _ => self.pieces.push(piece),
        }
    }

    /// Makes a candidate between two quotes a whole value: the quotes become part of it.
    pub(super) fn make_whole(&mut self, token: usize) {
        let Some((before, rest)) = self.pieces.split_at_mut_checked(token) else {
            return;
        };
        if let (Some(Piece::Pass(before)), [Piece::Token { place, .. }, Piece::Pass(after), ..]) =
            (before.last_mut(), rest)
        {
            before.end -= 1;
            after.start += 1;
            *place = Place::JsonWhole;
        }
    }

    /// Tokens of a held CSV field can be held no longer.
    pub(super) fn let_field_go(&mut self) {
        let open = self
            .pieces
            .iter()
            .rposition(|piece| matches!(piece, Piece::FieldOpen));
        for piece in self.pieces.iter_mut().skip(open.unwrap_or(usize::MAX)) {
            if let Piece::Token { place, .. } = piece {
                *place = Place::CsvLong;
            }
        }
        if let Some(open) = open {
            self.pieces.remove(open);
        }
    }

    /// Holds the bytes from `from` on, or none.
    pub(super) fn hold(&mut self, from: Option<usize>) {
        self.hold = from;
    }

    fn settled_bytes(&self) -> usize {
        self.hold.unwrap_or(self.bytes.len())
    }

    /// How many pieces are settled, after cutting the one that spans the hold.
    fn settle(&mut self) -> usize {
        let end = self.settled_bytes();
        let mut position = 0;
        for (index, piece) in self.pieces.iter_mut().enumerate() {
            match piece {
                // A whole value's quotes lie before and after its text.
                Piece::Token { text, .. } if text.start >= end => return index,
                Piece::Token { text, .. } => position = text.end,
                Piece::Value { raw, .. } if raw.start >= end => return index,
                Piece::Value { raw, .. } => position = raw.end,
                Piece::Pass(range) if range.start >= end && range.end > range.start => {
                    return index;
                }
                Piece::Pass(range) if range.end > end => {
                    let rest = end..range.end;
                    range.end = end;
                    self.pieces.insert(index + 1, Piece::Pass(rest));
                    return index + 1;
                }
                Piece::Pass(range) => position = range.end,
                Piece::FieldOpen if position >= end && self.hold.is_some() => return index,
                Piece::FieldOpen | Piece::FieldClose => {}
            }
        }
        self.pieces.len()
    }

    /// Whether values are there that rules select.
    pub(super) fn has_values(&self) -> bool {
        let value = |piece: &Piece| matches!(piece, Piece::Value { .. });
        self.pieces.iter().any(value)
    }

    /// The candidates of what is settled, in order.
    pub(super) fn candidates<'a>(&'a mut self, tenants: &'a Tenants) -> Vec<Candidate<'a>> {
        let settled = self.settle();
        let mut candidates = Vec::new();
        for piece in self.pieces.iter().take(settled) {
            match piece {
                Piece::Token { text, framing, .. } => candidates.push(Candidate::Framed {
                    framing: Some(*framing),
                    text: self.bytes.get(text.clone()).unwrap_or_default(),
                }),
                Piece::Value { selected, .. } => {
                    candidates.extend(selected.candidates(tenants));
                }
                Piece::Pass(_) | Piece::FieldOpen | Piece::FieldClose => {}
            }
        }
        candidates
    }

    /// Writes what is settled, with `values` for its candidates, and takes it out of the window.
    pub(super) fn write(
        &mut self,
        values: &[Result<Value, NotRevealed>],
        counts: &mut Counts,
    ) -> Zeroizing<Vec<u8>> {
        let settled = self.settle();
        let end = self.settled_bytes();
        let rest = self.pieces.split_off(settled.min(self.pieces.len()));
        let out = render::write(self, values, counts);
        self.bytes.drain(..end);
        self.pieces = rest;
        for piece in &mut self.pieces {
            if let Piece::Pass(range)
            | Piece::Token { text: range, .. }
            | Piece::Value { raw: range, .. } = piece
            {
                *range = range.start - end..range.end - end;
            }
        }
        self.hold = self.hold.map(|_| 0);
        out
    }

    /// How many bytes are settled and not yet written.
    pub(super) fn ready(&self) -> usize {
        self.settled_bytes()
    }
}

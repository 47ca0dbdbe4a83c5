//! Values that a policy's rules select: taken out of their escapes as a whole, and put back into them.

use crate::tenants::Tenants;
use record::{Finder, Sink};
use scan::{RecordId, Syntax};
use std::ops::Range;
use std::sync::Arc;
use unseal::{Candidate, NotRevealed, RevealClass, Value};
use zeroize::Zeroizing;

/// A selected value with the tokens in it.
pub(super) struct Selected {
    pub(super) syntax: Syntax,
    /// Without quotes and escapes.
    content: Vec<u8>,
    /// In order, at least one.
    tokens: Vec<Token>,
}

struct Token {
    place: Range<usize>,
    what: What,
}

enum What {
    /// It describes itself.
    Framed(usize),
    /// It is all of the content, and stands in this record.
    OfClass(Arc<RevealClass>, RecordId),
}

impl Selected {
    /// The tokens of a value: those that describe themselves; where there is none, all of it is one
    /// of its class, if that has such. `None` when there is no token in it.
    pub(super) fn new(
        raw: &[u8],
        syntax: Syntax,
        class: Option<(&Arc<RevealClass>, RecordId)>,
        finder: &mut Finder,
    ) -> Option<Self> {
        let content = syntax.content(raw).into_owned();
        let mut found = Found::default();
        finder.push(&content, &mut found);
        finder.finish(&mut found);
        let mut tokens = found.tokens;
        if tokens.is_empty() && !content.is_empty() {
            tokens.extend(class.map(|(class, record)| Token {
                place: 0..content.len(),
                what: What::OfClass(Arc::clone(class), record),
            }));
        }
        (!tokens.is_empty()).then_some(Self {
            syntax,
            content,
            tokens,
        })
    }

    /// How many tokens there are in it.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether it is a token that does not describe itself.
    pub(super) fn is_of_class(&self) -> bool {
        let of_class = |token: &Token| matches!(token.what, What::OfClass(..));
        self.tokens.iter().any(of_class)
    }

    /// Its tokens, to be opened.
    pub(super) fn candidates<'a>(
        &'a self,
        tenants: &'a Tenants,
    ) -> impl Iterator<Item = Candidate<'a>> {
        self.tokens.iter().map(move |token| {
            let text = self.text(&token.place);
            match &token.what {
                What::Framed(framing) => Candidate::Framed {
                    framing: Some(*framing),
                    text,
                },
                What::OfClass(class, record) => match tenants.of(*record) {
                    Some(tenant) => Candidate::OfClass {
                        class,
                        tenant,
                        text,
                    },
                    // of nobody that is known, it is no token
                    None => Candidate::Framed {
                        framing: None,
                        text,
                    },
                },
            }
        })
    }

    /// Whether one token is all of it.
    pub(super) fn is_one_token(&self) -> bool {
        let [only] = self.tokens.as_slice() else {
            return false;
        };
        only.place == (0..self.content.len())
    }

    /// The content with values in the places of the tokens that are revealed; `None` when that is no
    /// text.
    pub(super) fn revealed(
        &self,
        values: &[Result<Value, NotRevealed>],
    ) -> Option<Zeroizing<String>> {
        let added = values.iter().flatten().map(|value| value.bytes.len());
        // Room for all of it: it does not grow, and so leaves no copy behind.
        let room = self.content.len() + added.sum::<usize>();
        let mut out = Zeroizing::new(String::with_capacity(room));
        let mut from = 0;
        for (token, value) in self.tokens.iter().zip(values) {
            out.push_str(std::str::from_utf8(self.text(&(from..token.place.start))).ok()?);
            let text = match value {
                Ok(value) => value.bytes.as_slice(),
                Err(NotRevealed) => self.text(&token.place),
            };
            out.push_str(std::str::from_utf8(text).ok()?);
            from = token.place.end;
        }
        out.push_str(std::str::from_utf8(self.text(&(from..self.content.len()))).ok()?);
        Some(out)
    }

    fn text(&self, place: &Range<usize>) -> &[u8] {
        self.content.get(place.clone()).unwrap_or_default()
    }
}

/// Where the tokens are that describe themselves.
#[derive(Default)]
struct Found {
    length: usize,
    tokens: Vec<Token>,
}

impl Sink for Found {
    fn pass(&mut self, bytes: &[u8]) {
        self.length += bytes.len();
    }

    fn candidate(&mut self, framing: usize, text: &[u8]) {
        let start = self.length;
        self.length += text.len();
        self.tokens.push(Token {
            place: start..self.length,
            what: What::Framed(framing),
        });
    }
}

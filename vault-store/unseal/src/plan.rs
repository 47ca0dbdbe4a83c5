//! A batch, sorted into the distinct questions that KMS has to be asked.

use crate::class::{RevealClass, Way};
use crate::opener::Candidate;
use record::{Encoding, Framing, HEAD_ID_BYTES, Head, HeadKind, TokenText, token};
use std::collections::HashMap;

/// How many of the latest questions are compared before the map is looked into: tokens of one
/// document mostly share a few heads.
const RECENT: usize = 4;

/// One question to KMS.
pub(crate) enum Question<'a> {
    /// Which data key does this head carry? Asked once for all tokens under it.
    DataKey {
        /// base64url of the head.
        text: &'a [u8],
        /// The head, decoded; it parses as an envelope's.
        head: Vec<u8>,
    },
    /// Which data key has the head of this name in the vault? Asked once for all tokens that name it.
    Stored {
        /// base64url of the head that names it.
        text: &'a [u8],
        /// The name.
        id: [u8; HEAD_ID_BYTES],
    },
    /// May the caller open what is sealed under this public key at all? Without a yes nothing is
    /// looked for in the vault.
    Gate {
        /// The key's name.
        key: Box<str>,
    },
    /// Which symmetric key is this? Asked once for all `siv` and `fpe` tokens under it.
    Secret {
        /// The name that a head or a class says; the ring need not have it.
        key: Box<str>,
        /// The version likewise.
        version: u16,
    },
    /// Which value is in this token, by itself? `rsa`, and what parses as no token.
    Token {
        /// Its framing, if one fits.
        framing: Option<usize>,
        /// All of it.
        text: &'a [u8],
    },
}

/// A batch's distinct questions and classes, and for each token of the batch its way to a value.
pub(crate) struct Plan<'a> {
    pub(crate) questions: Vec<Question<'a>>,
    pub(crate) classes: Vec<Classed<'a>>,
    pub(crate) records: Vec<Recorded<'a>>,
    pub(crate) steps: Vec<Step<'a>>,
}

/// A token whose value the vault keeps.
pub(crate) struct Recorded<'a> {
    /// Index into the questions: the gate of its class's key.
    pub(crate) gate: usize,
    pub(crate) class: &'a RevealClass,
    pub(crate) tenant: &'a str,
    pub(crate) text: &'a [u8],
}

/// A class and tenant whose tokens do not describe themselves.
pub(crate) struct Classed<'a> {
    /// Index into the questions: its key.
    pub(crate) question: usize,
    pub(crate) class: &'a RevealClass,
    pub(crate) tenant: &'a str,
}

/// One token of the batch.
pub(crate) struct Step<'a> {
    /// Index into the questions.
    pub(crate) question: usize,
    pub(crate) opening: Opening<'a>,
}

/// What is to be done with the answer.
#[derive(Clone, Copy)]
pub(crate) enum Opening<'a> {
    /// It is the value.
    Answer,
    /// It opens this body, in base64url.
    Body(&'a [u8]),
    /// It opens this text, as one of this class: an index into the classes.
    Text { class: usize, text: &'a [u8] },
    /// The vault keeps it: an index into the records.
    Record(usize),
}

/// What a text before the dot stands for.
#[derive(Clone, Copy)]
enum Known {
    /// A key, which is asked for with this question.
    Key(usize),
    Other,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(framings: &[Framing], candidates: &[Candidate<'a>]) -> Self {
        let mut planner = Planner::default();
        let steps = candidates
            .iter()
            .map(|candidate| match *candidate {
                Candidate::Framed { framing, text } => planner.framed(framings, framing, text),
                Candidate::OfClass {
                    class,
                    tenant,
                    text,
                } => planner.of_class(class, tenant, text),
            })
            .collect();
        Self {
            questions: planner.questions,
            classes: planner.classes,
            records: planner.records,
            steps,
        }
    }
}

#[derive(Default)]
struct Planner<'a> {
    questions: Vec<Question<'a>>,
    classes: Vec<Classed<'a>>,
    records: Vec<Recorded<'a>>,
    recent: Vec<(&'a [u8], Known)>,
    heads: HashMap<&'a [u8], Known>,
    tokens: HashMap<&'a [u8], usize>,
    secrets: HashMap<(Box<str>, u16), usize>,
    gates: HashMap<Box<str>, usize>,
}

impl<'a> Planner<'a> {
    fn framed(&mut self, framings: &[Framing], framing: Option<usize>, text: &'a [u8]) -> Step<'a> {
        let parts = framing
            .and_then(|index| framings.get(index))
            .filter(|framing| framing.encoding() == Encoding::Veilgate)
            .and_then(|framing| TokenText::split(framing, text));
        if let Some(parts) = parts
            && let Known::Key(question) = self.head(parts.head)
        {
            return Step {
                question,
                opening: Opening::Body(parts.body),
            };
        }
        let questions = &mut self.questions;
        let question = *self.tokens.entry(text).or_insert_with(|| {
            questions.push(Question::Token { framing, text });
            questions.len() - 1
        });
        Step {
            question,
            opening: Opening::Answer,
        }
    }

    fn head(&mut self, text: &'a [u8]) -> Known {
        if let Some((_, known)) = self.recent.iter().rev().find(|(recent, _)| *recent == text) {
            return *known;
        }
        let known = match self.heads.get(text) {
            Some(known) => *known,
            None => {
                let known = self.read_head(text).map_or(Known::Other, Known::Key);
                self.heads.insert(text, known);
                known
            }
        };
        if self.recent.len() >= RECENT {
            self.recent.remove(0);
        }
        self.recent.push((text, known));
        known
    }

    /// The question for the key of a head that is seen for the first time, if it names one whose
    /// tokens are opened here.
    fn read_head(&mut self, text: &'a [u8]) -> Option<usize> {
        let mut head = Vec::new();
        token::decode(text, &mut head).ok()?;
        let parsed = Head::parse(&head).ok()?;
        match parsed.kind {
            HeadKind::Rsa => None,
            HeadKind::Siv => Some(self.secret(parsed.key_name, parsed.key_version)),
            HeadKind::Stored(id) => {
                let id = *id;
                self.questions.push(Question::Stored { text, id });
                Some(self.questions.len() - 1)
            }
            HeadKind::Envelope(_) => {
                self.questions.push(Question::DataKey { text, head });
                Some(self.questions.len() - 1)
            }
        }
    }

    fn secret(&mut self, key: &str, version: u16) -> usize {
        let questions = &mut self.questions;
        *self
            .secrets
            .entry((key.into(), version))
            .or_insert_with(|| {
                let key = key.into();
                questions.push(Question::Secret { key, version });
                questions.len() - 1
            })
    }

    fn of_class(&mut self, class: &'a RevealClass, tenant: &'a str, text: &'a [u8]) -> Step<'a> {
        match class.way() {
            Way::Fpe { key, version, .. } => self.fpe(class, (key, *version), tenant, text),
            Way::Vault { key } => {
                let gate = self.gate(key);
                self.records.push(Recorded {
                    gate,
                    class,
                    tenant,
                    text,
                });
                Step {
                    question: gate,
                    opening: Opening::Record(self.records.len() - 1),
                }
            }
        }
    }

    fn gate(&mut self, key: &str) -> usize {
        let questions = &mut self.questions;
        *self.gates.entry(key.into()).or_insert_with(|| {
            questions.push(Question::Gate { key: key.into() });
            questions.len() - 1
        })
    }

    fn fpe(
        &mut self,
        class: &'a RevealClass,
        (key, version): (&str, u16),
        tenant: &'a str,
        text: &'a [u8],
    ) -> Step<'a> {
        // A policy has few classes, and a request one tenant.
        let known = self
            .classes
            .iter()
            .position(|known| std::ptr::eq(known.class, class) && known.tenant == tenant);
        let index = known.unwrap_or_else(|| {
            let question = self.secret(key, version);
            self.classes.push(Classed {
                question,
                class,
                tenant,
            });
            self.classes.len() - 1
        });
        let question = self.classes.get(index).map_or(0, |known| known.question);
        Step {
            question,
            opening: Opening::Text { class: index, text },
        }
    }
}

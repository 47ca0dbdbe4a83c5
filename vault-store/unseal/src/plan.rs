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
        /// By what the caller's cache knows the answer.
        name: Vec<u8>,
        /// The head, decoded; it parses as an envelope's.
        head: Vec<u8>,
        /// What its tokens are tagged with: the head, or the one that it is part of.
        edge_head: Vec<u8>,
    },
    /// Which data key has the head of this name in the vault? Asked once for all tokens that name it.
    Stored {
        /// By what the caller's cache knows the answer.
        name: Vec<u8>,
        /// The head's name.
        id: [u8; HEAD_ID_BYTES],
        /// What its tokens are tagged with: the head that names it, or the one that that is part of.
        edge_head: Vec<u8>,
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
    /// Which view of it is wanted; `None` for the value.
    pub(crate) view: Option<&'a str>,
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
    /// It opens one part of this body, in base64url.
    Part {
        body: &'a [u8],
        /// The part's place in the head: 0 for the value.
        place: usize,
        /// The view's name; empty for the value.
        view: &'a str,
    },
    /// It opens this text, as one of this class: an index into the classes.
    Text { class: usize, text: &'a [u8] },
    /// The vault keeps it: an index into the records.
    Record(usize),
    /// It has not the view that is wanted, as everyone can see: nobody is asked.
    Nothing,
}

/// What a text before the dot stands for.
#[derive(Clone, Copy)]
enum Known<'a> {
    /// A key, which is asked for with this question.
    Key(usize),
    /// A key of one part, which is asked for with this question.
    Part {
        question: usize,
        place: usize,
        view: &'a str,
    },
    /// Nothing that has the view that is wanted.
    Nothing,
    Other,
}

impl<'a> Plan<'a> {
    /// Of each candidate the first of `views` that it has is wanted; without views, its value.
    pub(crate) fn new(
        framings: &[Framing],
        candidates: &[Candidate<'a>],
        views: &'a [&'a str],
    ) -> Self {
        let mut planner = Planner {
            views,
            ..Planner::default()
        };
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

impl Step<'_> {
    const NOTHING: Self = Self {
        question: 0,
        opening: Opening::Nothing,
    };
}

#[derive(Default)]
struct Planner<'a> {
    views: &'a [&'a str],
    questions: Vec<Question<'a>>,
    classes: Vec<Classed<'a>>,
    records: Vec<Recorded<'a>>,
    recent: Vec<(&'a [u8], Known<'a>)>,
    heads: HashMap<&'a [u8], Known<'a>>,
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
        let known = parts.map(|parts| (self.head(parts.head), parts.body));
        match known {
            Some((Known::Key(question), body)) => {
                let opening = Opening::Body(body);
                return Step { question, opening };
            }
            Some((
                Known::Part {
                    question,
                    place,
                    view,
                },
                body,
            )) => {
                let opening = Opening::Part { body, place, view };
                return Step { question, opening };
            }
            _ if !self.views.is_empty() => return Step::NOTHING,
            _ => {}
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

    fn head(&mut self, text: &'a [u8]) -> Known<'a> {
        if let Some((_, known)) = self.recent.iter().rev().find(|(recent, _)| *recent == text) {
            return *known;
        }
        let known = match self.heads.get(text) {
            Some(known) => *known,
            None => {
                let known = self.read_head(text).unwrap_or(Known::Other);
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
    fn read_head(&mut self, text: &'a [u8]) -> Option<Known<'a>> {
        let mut head = Vec::new();
        token::decode(text, &mut head).ok()?;
        let parsed = Head::parse(&head).ok()?;
        let HeadKind::Views(parts) = parsed.kind else {
            if !self.views.is_empty() {
                return Some(Known::Nothing);
            }
            let question = match parsed.kind {
                HeadKind::Siv => self.secret(parsed.key_name, parsed.key_version),
                _ => self.data_key(text.to_vec(), &parsed, &head)?,
            };
            return Some(Known::Key(question));
        };
        let found = match self.views {
            [] => parts.iter().next().map(|part| (0, "", part)),
            views => views.iter().find_map(|view| {
                let mut parts = parts.iter().enumerate();
                let (place, part) = parts.find(|(_, part)| part.name == *view)?;
                Some((place, *view, part))
            }),
        };
        let Some((place, view, part)) = found else {
            return Some(Known::Nothing);
        };
        let name = [text, b"#", &place.to_be_bytes()].concat();
        let own = Head::parse(part.head).ok()?;
        let question = self.data_key(name, &own, &head)?;
        Some(Known::Part {
            question,
            place,
            view,
        })
    }

    /// The question for the data key of a head, whose tokens are tagged with `edge_head`; `None` for a
    /// head that has none.
    fn data_key(&mut self, name: Vec<u8>, head: &Head<'_>, edge_head: &[u8]) -> Option<usize> {
        let edge_head = edge_head.to_vec();
        self.questions.push(match head.kind {
            HeadKind::Stored(id) => Question::Stored {
                name,
                id: *id,
                edge_head,
            },
            HeadKind::Envelope(_) => Question::DataKey {
                name,
                head: head.bytes.to_vec(),
                edge_head,
            },
            HeadKind::Rsa | HeadKind::Siv | HeadKind::Views(_) => return None,
        });
        Some(self.questions.len() - 1)
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
            Way::Fpe { .. } if !self.views.is_empty() => Step::NOTHING,
            Way::Fpe { key, version, .. } => self.fpe(class, (key, *version), tenant, text),
            Way::Vault { key, views } => {
                let of_view = |name: &&'a str| {
                    let view = views.iter().find(|(view, _)| **view == **name)?;
                    Some((Some(*name), &*view.1))
                };
                let wanted = match self.views {
                    [] => Some((None, &**key)),
                    names => names.iter().find_map(of_view),
                };
                let Some((view, key)) = wanted else {
                    return Step::NOTHING;
                };
                let gate = self.gate(key);
                self.records.push(Recorded {
                    gate,
                    class,
                    tenant,
                    text,
                    view,
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

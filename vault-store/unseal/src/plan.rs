//! A batch, sorted into the distinct questions that KMS has to be asked.

use crate::opener::Candidate;
use record::{Encoding, Format, Framing, Head, TokenText, token};
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
    /// Which value is in this token, by itself? `rsa`, and what parses as no token.
    Token(Candidate<'a>),
}

/// A batch's distinct questions, and for each token of the batch the index of its question.
pub(crate) struct Plan<'a> {
    pub(crate) questions: Vec<Question<'a>>,
    pub(crate) steps: Vec<Step<'a>>,
}

/// One token of the batch.
pub(crate) struct Step<'a> {
    /// Index into the questions.
    pub(crate) question: usize,
    /// base64url of the body, where the question is about a data key.
    pub(crate) body: Option<&'a [u8]>,
}

/// What a text before the dot stands for.
#[derive(Clone, Copy)]
enum Known {
    DataKey(usize),
    Other,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(framings: &[Framing], candidates: &[Candidate<'a>]) -> Self {
        let mut planner = Planner::default();
        let steps = candidates
            .iter()
            .map(|candidate| planner.step(framings, *candidate))
            .collect();
        Self {
            questions: planner.questions,
            steps,
        }
    }
}

#[derive(Default)]
struct Planner<'a> {
    questions: Vec<Question<'a>>,
    recent: Vec<(&'a [u8], Known)>,
    heads: HashMap<&'a [u8], Known>,
    tokens: HashMap<&'a [u8], usize>,
}

impl<'a> Planner<'a> {
    fn step(&mut self, framings: &[Framing], candidate: Candidate<'a>) -> Step<'a> {
        let framing = candidate.framing.and_then(|index| framings.get(index));
        let parts = framing
            .filter(|framing| framing.encoding() == Encoding::Veilgate)
            .and_then(|framing| TokenText::split(framing, candidate.text));
        if let Some(parts) = parts
            && let Known::DataKey(question) = self.head(parts.head)
        {
            return Step {
                question,
                body: Some(parts.body),
            };
        }
        let questions = &mut self.questions;
        let question = *self.tokens.entry(candidate.text).or_insert_with(|| {
            questions.push(Question::Token(candidate));
            questions.len() - 1
        });
        Step {
            question,
            body: None,
        }
    }

    fn head(&mut self, text: &'a [u8]) -> Known {
        if let Some((_, known)) = self.recent.iter().rev().find(|(recent, _)| *recent == text) {
            return *known;
        }
        let questions = &mut self.questions;
        let known = *self
            .heads
            .entry(text)
            .or_insert_with(|| match envelope(text) {
                Some(head) => {
                    questions.push(Question::DataKey { text, head });
                    Known::DataKey(questions.len() - 1)
                }
                None => Known::Other,
            });
        if self.recent.len() >= RECENT {
            self.recent.remove(0);
        }
        self.recent.push((text, known));
        known
    }
}

/// The head, decoded, if it is an envelope's.
fn envelope(text: &[u8]) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    token::decode(text, &mut head).ok()?;
    let format = Head::parse(&head).ok()?.format();
    (format == Format::Envelope).then_some(head)
}

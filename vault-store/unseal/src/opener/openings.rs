//! From a batch's answers to its values. KMS is done by now: all of it is local.

use super::Answered;
use crate::data_key::ValueKey;
use crate::plan::{Classed, Opening, Plan, Step};
use crate::secret::{FpeKey, SivKey};
use crate::value::{NotRevealed, Value};
use record::{Body, Format, token};
use std::sync::Arc;

/// The answers to a batch's questions, with what is derived from them on the way.
pub(super) struct Openings {
    answers: Vec<Answered>,
    /// For each answer, the key of the latest value that it opened.
    last: Vec<Last>,
    /// The ciphers of the batch's classes; `None` where the key was refused.
    classes: Vec<Option<FpeKey>>,
    /// What the vault keeps, opened.
    records: Vec<Option<Value>>,
    buffer: Vec<u8>,
}

#[derive(Default)]
struct Last {
    value_key: Option<Arc<ValueKey>>,
    siv_key: Option<Arc<SivKey>>,
}

impl Openings {
    pub(super) fn new(
        plan: &Plan<'_>,
        answers: Vec<Answered>,
        records: Vec<Option<Value>>,
    ) -> Self {
        let cipher = |classed: &Classed<'_>| match answers.get(classed.question) {
            Some(Answered::Secret(secret)) => secret.fpe(classed.class, classed.tenant),
            _ => None,
        };
        let classes = plan.classes.iter().map(cipher).collect();
        Self {
            last: answers.iter().map(|_| Last::default()).collect(),
            answers,
            classes,
            records,
            buffer: Vec::new(),
        }
    }

    pub(super) fn open(&mut self, step: &Step<'_>) -> Result<Value, NotRevealed> {
        let answer = self.answers.get(step.question).ok_or(NotRevealed)?;
        match (answer, step.opening) {
            (Answered::Value(value), Opening::Answer) => Ok(value.clone()),
            (Answered::DataKey(data_key), Opening::Body(text)) => {
                let last = self.last.get_mut(step.question).ok_or(NotRevealed)?;
                let body = parse(Format::Envelope, text, &mut self.buffer)?;
                data_key.open_value(&body, &mut last.value_key)
            }
            (Answered::DataKey(data_key), Opening::Part { body, place, view }) => {
                let last = self.last.get_mut(step.question).ok_or(NotRevealed)?;
                let body = parse(Format::Views, body, &mut self.buffer)?;
                data_key.open_part(&body, (place, view), &mut last.value_key)
            }
            (Answered::Secret(secret), Opening::Body(text)) => {
                let last = self.last.get_mut(step.question).ok_or(NotRevealed)?;
                let body = parse(Format::Siv, text, &mut self.buffer)?;
                secret.open_siv(&body, &mut last.siv_key)
            }
            (Answered::Secret(_), Opening::Text { class, text }) => {
                let cipher = self.classes.get(class).and_then(Option::as_ref);
                cipher.ok_or(NotRevealed)?.open(text)
            }
            (Answered::Opens, Opening::Record(record)) => {
                let value = self.records.get_mut(record).and_then(Option::take);
                value.ok_or(NotRevealed)
            }
            _ => Err(NotRevealed),
        }
    }
}

fn parse<'b>(
    format: Format,
    text: &[u8],
    buffer: &'b mut Vec<u8>,
) -> Result<Body<'b>, NotRevealed> {
    token::decode(text, buffer).map_err(|_| NotRevealed)?;
    Body::parse(format, buffer).map_err(|_| NotRevealed)
}

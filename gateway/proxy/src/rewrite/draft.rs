//! What the scanner told of a piece, until its tokens are there.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use policies::Policy;
use record::ValueType;
use scan::{Matched, MatchedType, Sink};
use seal::{Batch, Replacement, Tokens};
use zeroize::Zeroize;

use crate::access::Access;

/// The bytes of a piece as they came, with the places of the values in it.
pub(super) struct Draft {
    policy: Arc<Policy>,
    text: Vec<u8>,
    /// Where values are, in order, each with its class's place in the policy.
    values: Vec<(Range<usize>, usize)>,
    pub(super) batch: Batch,
}

impl Draft {
    pub(super) fn new(policy: Arc<Policy>, capacity: usize) -> Self {
        Self {
            policy,
            text: Vec::with_capacity(capacity),
            values: Vec::new(),
            batch: Batch::new(),
        }
    }

    /// Bytes that wait here.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// The piece with its tokens; the draft is empty afterwards.
    pub(super) fn splice(&mut self, tokens: &Tokens, access: &Access) -> Bytes {
        let length = tokens.iter().map(|token| match token {
            Replacement::Made(token) => token.len() + 2,
            Replacement::Kept => 0,
        });
        let mut spliced = Vec::with_capacity(self.text.len() + length.sum::<usize>());
        let mut from = 0;
        for ((place, class), token) in self.values.iter().zip(tokens.iter()) {
            match token {
                Replacement::Made(token) => {
                    spliced.extend_from_slice(self.text.get(from..place.start).unwrap_or_default());
                    spliced.push(b'"');
                    spliced.extend_from_slice(token);
                    spliced.push(b'"');
                    from = place.end;
                    access.count_made(*class);
                }
                Replacement::Kept => access.count_kept(),
            }
        }
        spliced.extend_from_slice(self.text.get(from..).unwrap_or_default());
        self.clear();
        Bytes::from(spliced)
    }

    /// The piece as it came, when no value was in it; the draft is empty afterwards.
    pub(super) fn take_untouched(&mut self) -> Bytes {
        let text = std::mem::take(&mut self.text);
        self.clear();
        Bytes::from(text)
    }

    fn clear(&mut self) {
        // Values stood in it in plain.
        self.text.zeroize();
        self.values.clear();
        self.batch.clear();
    }
}

impl Sink for Draft {
    fn pass(&mut self, bytes: &[u8]) {
        self.text.extend_from_slice(bytes);
    }

    fn value(&mut self, value: Matched<'_>) {
        let start = self.text.len();
        self.text.extend_from_slice(value.raw);
        // The scanner numbers the rules of the very policy that it was compiled from.
        let Some(rule) = self.policy.rules().get(value.rule) else {
            return;
        };
        self.values
            .push((start..self.text.len(), rule.class.index()));
        self.batch
            .push(rule.class, value_type(value.value_type), &value.content());
    }
}

fn value_type(matched: MatchedType) -> ValueType {
    match matched {
        MatchedType::String => ValueType::Text,
        MatchedType::Number => ValueType::Number,
        MatchedType::Boolean => ValueType::Boolean,
        MatchedType::Null => ValueType::Null,
        MatchedType::Object => ValueType::Object,
        MatchedType::Array => ValueType::Array,
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Draft")
            .field("length", &self.text.len())
            .finish_non_exhaustive()
    }
}

//! The values of one chunk on their way in, and their tokens on the way out.

mod tokens;

pub use tokens::{Replacement, Tokens};

use crate::epoch::{Epoch, ValueKeys};
use policies::ClassId;
use record::ValueType;
use std::fmt;
use std::sync::Arc;
use store::Token;
use zeroize::Zeroize;

/// Values to be sealed together. Zeroized when cleared, grown or dropped; keep one and clear it
/// rather than make many.
#[derive(Default)]
pub struct Batch {
    tenant: Box<str>,
    bytes: SecretBytes,
    values: Vec<Value>,
    pub(crate) prepared: Option<Prepared>,
}

#[derive(Clone, Copy)]
struct Value {
    class: ClassId,
    value_type: ValueType,
    /// Where its content ends, and its subject, which follows.
    content_end: usize,
    end: usize,
    whose: Whose,
}

/// Whether it matters whose a value is.
#[derive(Clone, Copy)]
enum Whose {
    /// Its tenant's is enough.
    Tenant,
    /// A subject's that is not known.
    Unknown,
    /// A subject's that is known.
    Subject,
}

/// The person or thing that a value is about, within its tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Subject<'a> {
    /// It does not matter.
    #[default]
    Any,
    /// It matters, and is not known: the value fits no class that asks for it.
    Unknown,
    /// What tells it from others, which is not empty.
    Known(&'a [u8]),
}

/// A value as the makers see it.
#[derive(Clone, Copy)]
pub(crate) struct ValueRef<'a> {
    pub(crate) class: ClassId,
    pub(crate) value_type: ValueType,
    pub(crate) content: &'a [u8],
    pub(crate) subject: Subject<'a>,
}

/// What is to be done with each value of a batch, with what it takes.
pub(crate) struct Prepared {
    pub(crate) steps: Vec<Step>,
    pub(crate) shares: Vec<KeyShare>,
    /// What takes the places of the values that are [`Step::Local`], in order.
    pub(crate) local: Tokens,
    /// The same of the values that are [`Step::Mac`].
    pub(crate) macs: Tokens,
    /// The tokens of the values that are [`Step::Vault`], in order.
    pub(crate) kept: Vec<Token>,
}

/// What is to be done with one value; the number is the place in the policy of the class that the
/// token will name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Keep,
    Rsa(usize),
    Envelope(usize),
    /// As [`Step::Envelope`], and the token names the epoch's head.
    Stored(usize),
    /// An envelope with views, which carries its heads or names them.
    Viewed(usize),
    /// A MAC that KMS makes.
    Mac,
    /// Made already.
    Local,
    /// In the vault already.
    Vault,
}

/// Values that may be sealed under one epoch of one key.
pub(crate) struct KeyShare {
    pub(crate) keeper: usize,
    pub(crate) epoch: Arc<Epoch>,
    pub(crate) value_keys: Arc<ValueKeys>,
    pub(crate) left: u64,
}

impl Batch {
    /// An empty batch without tenant.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty batch whose tokens will open for `tenant` only.
    pub fn for_tenant(tenant: impl Into<Box<str>>) -> Self {
        Self {
            tenant: tenant.into(),
            ..Self::default()
        }
    }

    /// The same batch, whose tokens will open for `tenant` only.
    #[must_use]
    pub fn of_tenant(self, tenant: impl Into<Box<str>>) -> Self {
        Self {
            tenant: tenant.into(),
            prepared: None,
            ..self
        }
    }

    /// Adds a value: a string unescaped, anything else as it was spelled.
    pub fn push(&mut self, class: ClassId, value_type: ValueType, content: &[u8]) {
        self.push_of(Subject::Any, class, value_type, content);
    }

    /// As [`Batch::push`], a value of this subject.
    pub fn push_of(
        &mut self,
        subject: Subject<'_>,
        class: ClassId,
        value_type: ValueType,
        content: &[u8],
    ) {
        self.prepared = None;
        self.bytes.extend(content);
        let content_end = self.bytes.len();
        let whose = match subject {
            Subject::Any => Whose::Tenant,
            Subject::Known(subject) if !subject.is_empty() => {
                self.bytes.extend(subject);
                Whose::Subject
            }
            Subject::Unknown | Subject::Known(_) => Whose::Unknown,
        };
        self.values.push(Value {
            class,
            value_type,
            content_end,
            end: self.bytes.len(),
            whose,
        });
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Bytes of all values together, with their subjects.
    pub fn value_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// How many values of a prepared batch will each cost an RSA encryption, some 20 µs; 0 before
    /// [`crate::Sealer::prepare`].
    pub fn heavy(&self) -> usize {
        let steps = self
            .prepared
            .as_ref()
            .map_or(&[][..], |prepared| &prepared.steps);
        steps
            .iter()
            .filter(|step| matches!(step, Step::Rsa(_)))
            .count()
    }

    /// Forgets all values; the tenant stays.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.values.clear();
        self.prepared = None;
    }

    pub(crate) fn tenant(&self) -> &str {
        &self.tenant
    }

    pub(crate) fn values(&self) -> impl ExactSizeIterator<Item = ValueRef<'_>> {
        let mut start = 0;
        self.values.iter().map(move |value| {
            let part = |from, to| self.bytes.0.get(from..to).unwrap_or_default();
            let content = part(start, value.content_end);
            start = value.end;
            ValueRef {
                class: value.class,
                value_type: value.value_type,
                content,
                subject: match value.whose {
                    Whose::Tenant => Subject::Any,
                    Whose::Unknown => Subject::Unknown,
                    Whose::Subject => Subject::Known(part(value.content_end, value.end)),
                },
            }
        })
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// Bytes that leave no copy behind: growing zeroizes the old allocation.
#[derive(Default)]
struct SecretBytes(Vec<u8>);

impl SecretBytes {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn extend(&mut self, more: &[u8]) {
        let length = self.0.len() + more.len();
        if length > self.0.capacity() {
            let mut grown = Vec::with_capacity(length.max(self.0.capacity() * 2));
            grown.extend_from_slice(&self.0);
            self.clear();
            self.0 = grown;
        }
        self.0.extend_from_slice(more);
    }

    /// Zeroizes what is in use; what is behind it has been zeroized or never used.
    fn clear(&mut self) {
        self.0.as_mut_slice().zeroize();
        self.0.clear();
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        self.clear();
    }
}

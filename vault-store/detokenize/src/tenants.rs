//! Whose tokens are that do not describe themselves: of the tenant that the caller names, or of the
//! one that the record names which they stand in.

use policies::{Kind, Policy};
use scan::{Matched, OwnerError, RecordEdge, RecordId, Records};
use std::sync::Arc;

/// See the module.
pub enum Tenants {
    /// All are of this one; of none when it is empty.
    One(Box<str>),
    /// Each record of a document says it.
    OfRecords {
        /// What they have said.
        records: Records,
        /// The rule whose values say it; `None` when these are tokens themselves.
        rule: Option<usize>,
    },
}

impl Tenants {
    /// The tenant that a caller names; without it each record's, where the policy has it from there.
    pub(crate) fn new(named: Option<&str>, policy: &Arc<Policy>) -> Self {
        // no tenant has an empty name where records say it
        let is_named = named.is_some_and(|name| !name.is_empty());
        let records = Records::of_tenants(policy).filter(|_| !is_named);
        let Some(records) = records else {
            return Self::One(named.unwrap_or_default().into());
        };
        let readable = |rule: &usize| {
            let rule = policy.rules().get(*rule);
            rule.is_some_and(|rule| matches!(policy.class(rule.class).kind, Kind::Keep))
        };
        Self::OfRecords {
            records,
            rule: policy.tenant_rule().filter(readable),
        }
    }

    /// A record's edge, as the scanner tells it.
    pub(crate) fn edge(&mut self, edge: RecordEdge, offset: u64) {
        if let Self::OfRecords { records, .. } = self {
            records.edge(edge, offset);
        }
    }

    /// A value that a rule selects; gives its record.
    pub(crate) fn see(&mut self, value: &Matched<'_>) -> RecordId {
        match self {
            Self::One(_) => 0,
            Self::OfRecords { records, rule } => {
                let record = records.current();
                if *rule == Some(value.rule) {
                    records.say(record, value);
                }
                record
            }
        }
    }

    /// A token at this offset waits for its record's tenant.
    pub(crate) fn ask(&mut self, record: RecordId, offset: u64) {
        if let Self::OfRecords { records, .. } = self {
            records.ask_tenant(record, offset);
        }
    }

    /// Whether a token waits for more of the document, of which so many bytes have come.
    ///
    /// # Errors
    /// The document does not say its tenant, contradicts itself, or says it too late.
    pub(crate) fn is_waiting(&mut self, seen: u64) -> Result<bool, OwnerError> {
        match self {
            Self::One(_) => Ok(false),
            Self::OfRecords { records, .. } => records.is_waiting(seen),
        }
    }

    /// The document has ended after so many bytes.
    ///
    /// # Errors
    /// As [`Tenants::is_waiting`].
    pub(crate) fn finish(&mut self, seen: u64) -> Result<(), OwnerError> {
        if let Self::OfRecords { records, .. } = self {
            records.end(seen);
        }
        self.is_waiting(seen).map(|_| ())
    }

    /// No token that was told waits any more.
    pub(crate) fn forget(&mut self) {
        if let Self::OfRecords { records, .. } = self {
            records.forget();
        }
    }

    /// The tenant of a record's tokens; `None` while it is not known.
    pub(crate) fn of(&self, record: RecordId) -> Option<&str> {
        match self {
            Self::One(name) => Some(name),
            Self::OfRecords { records, .. } => records.tenant(record),
        }
    }
}

//! Which values belong together, and whose they are.
//!
//! A value of a policy with `tenant` or `subject` belongs to the innermost record that it is in, and
//! waits until the value of another rule there has said whose the record is.

use std::sync::Arc;

use policies::{Policy, is_tenant};
use zeroize::Zeroizing;

use crate::matched::{Matched, MatchedType};
use crate::output::RecordEdge;

mod error;

pub use error::OwnerError;

/// A record: its place among those that are not forgotten.
pub type RecordId = usize;

/// The records that the values of a body are in, and what these say of them.
pub struct Records {
    policy: Arc<Policy>,
    /// The rules whose values say whose a record is; no rule is here twice.
    owners: Box<[usize]>,
    known: Vec<Record>,
    /// The open ones, the innermost last; `None` before its first value, since a body can have very
    /// many empty ones. The body itself, the first, is open until its end.
    open: Vec<Option<RecordId>>,
    /// What is asked of open records and not said yet.
    awaited: usize,
    fault: Option<OwnerError>,
}

/// What a record has said, by owner.
type Record = Box<[Said]>;

/// What a record has said of one owner.
#[derive(Default, Clone)]
struct Said {
    value: Option<Zeroizing<Vec<u8>>>,
    /// Where the first value is that has asked.
    asked_at: Option<u64>,
}

impl Records {
    /// For tenants and subjects; `None` when the policy's values wait for nothing.
    #[must_use]
    pub fn new(policy: &Arc<Policy>) -> Option<Self> {
        Self::of(policy, policy.owner_rules())
    }

    /// For tenants only; `None` when records do not say them.
    #[must_use]
    pub fn of_tenants(policy: &Arc<Policy>) -> Option<Self> {
        Self::of(policy, policy.tenant_rule().into_iter().collect())
    }

    fn of(policy: &Arc<Policy>, owners: Vec<usize>) -> Option<Self> {
        (!owners.is_empty()).then(|| Self {
            policy: policy.clone(),
            owners: owners.into(),
            known: Vec::new(),
            open: vec![None],
            awaited: 0,
            fault: None,
        })
    }

    /// As the scanner tells it.
    pub fn edge(&mut self, edge: RecordEdge, offset: u64) {
        match edge {
            RecordEdge::Begins => self.open.push(None),
            RecordEdge::Ends => self.end(offset),
        }
    }

    /// Ends the innermost record, or the body, before an offset. What it has not said, it never will.
    pub fn end(&mut self, offset: u64) {
        let ended = self.open.pop().flatten();
        let Some(record) = ended.and_then(|ended| self.known.get(ended)) else {
            return;
        };
        for (rule, said) in self.owners.iter().zip(record) {
            let Some(asked_at) = said.asked_at.filter(|_| said.value.is_none()) else {
                continue;
            };
            self.awaited = self.awaited.saturating_sub(1);
            let fault = match too_far(&self.policy, asked_at, offset) {
                None if self.policy.tenant_rule() == Some(*rule) => {
                    Some(OwnerError::NoTenant { offset: asked_at })
                }
                // a date without a subject does not fit its class, which is the sealer's to say
                fault => fault,
            };
            self.fault = self.fault.take().or(fault);
        }
    }

    /// Adds a value, which says whose its record is or asks for it; gives that record.
    pub fn add(&mut self, value: &Matched<'_>) -> RecordId {
        let here = self.current();
        self.say(here, value);
        let subject = self.policy.rules().get(value.rule);
        let subject = subject.and_then(|rule| rule.subject);
        for rule in [self.policy.tenant_rule(), subject].into_iter().flatten() {
            self.ask(here, rule, value.offset);
        }
        here
    }

    /// The innermost record, which has a value now.
    pub fn current(&mut self) -> RecordId {
        let next = self.known.len();
        let here = match self.open.last_mut() {
            Some(innermost) => *innermost.get_or_insert(next),
            None => next,
        };
        if here == next {
            self.add_record();
        }
        here
    }

    /// A record that stands beside the open ones: for what does not come record by record.
    pub fn add_record(&mut self) -> RecordId {
        let said = vec![Said::default(); self.owners.len()];
        self.known.push(said.into());
        self.known.len() - 1
    }

    fn owner(&self, rule: usize) -> Option<usize> {
        self.owners.iter().position(|owner| *owner == rule)
    }

    /// Takes what a value says of its record, if its rule is one of those that do.
    pub fn say(&mut self, record: RecordId, value: &Matched<'_>) {
        let owner = self.owner(value.rule);
        let record = self.known.get_mut(record);
        let said = record.zip(owner);
        let Some(said) = said.and_then(|(record, owner)| record.get_mut(owner)) else {
            return;
        };
        let content = Zeroizing::new(value.content().into_owned());
        let scalar = matches!(value.value_type, MatchedType::String | MatchedType::Number);
        if content.is_empty() || !scalar {
            return;
        }
        let is_tenant_rule = self.policy.tenant_rule() == Some(value.rule);
        let fault = match &said.value {
            Some(before) if *before != content => Some(OwnerError::Ambiguous {
                rule: rule_name(&self.policy, value.rule),
                offset: value.offset,
            }),
            Some(_) => None,
            None if is_tenant_rule && !std::str::from_utf8(&content).is_ok_and(is_tenant) => {
                Some(OwnerError::NoTenant {
                    offset: value.offset,
                })
            }
            None => {
                self.awaited -= usize::from(said.asked_at.is_some());
                said.value = Some(content);
                let asked_at = said.asked_at;
                asked_at.and_then(|asked_at| too_far(&self.policy, asked_at, value.offset))
            }
        };
        self.fault = self.fault.take().or(fault);
    }

    /// A value at an offset of the body waits for its record's tenant.
    pub fn ask_tenant(&mut self, record: RecordId, offset: u64) {
        if let Some(rule) = self.policy.tenant_rule() {
            self.ask(record, rule, offset);
        }
    }

    fn ask(&mut self, record: RecordId, rule: usize, offset: u64) {
        let owner = self.owner(rule);
        let record = self.known.get_mut(record);
        let said = record.zip(owner);
        let Some(said) = said.and_then(|(record, owner)| record.get_mut(owner)) else {
            return;
        };
        if said.asked_at.is_none() {
            said.asked_at = Some(offset);
            self.awaited += usize::from(said.value.is_none());
        }
    }

    /// Whether a value waits for more of the body, of which so many bytes have come.
    ///
    /// # Errors
    /// Why the body is refused: what has been seen of it, or how long it is.
    pub fn is_waiting(&mut self, seen: u64) -> Result<bool, OwnerError> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        if self.awaited == 0 {
            return Ok(false);
        }
        let open = self.open.iter().flatten();
        let open = open.filter_map(|open| self.known.get(*open));
        let said = open.flat_map(|record| record.iter());
        let waiting = said.filter(|said| said.value.is_none());
        let since = waiting.filter_map(|said| said.asked_at).min();
        let fault = since.and_then(|since| too_far(&self.policy, since, seen));
        fault.map_or(Ok(true), Err)
    }

    /// Whether records say their tenants.
    #[must_use]
    pub fn has_tenants(&self) -> bool {
        self.policy.tenant_rule().is_some()
    }

    /// What the value of this rule has said of a record.
    #[must_use]
    pub fn said(&self, record: RecordId, rule: usize) -> Option<&[u8]> {
        let said = self.known.get(record)?.get(self.owner(rule)?)?;
        said.value.as_ref().map(|value| value.as_slice())
    }

    /// The tenant of a record, once it has said it.
    #[must_use]
    pub fn tenant(&self, record: RecordId) -> Option<&str> {
        let said = self.said(record, self.policy.tenant_rule()?)?;
        std::str::from_utf8(said).ok()
    }

    /// Forgets the records that have ended; no value is in any of the draft's.
    pub fn forget(&mut self) {
        let mut kept = Vec::new();
        for record in self.open.iter_mut().flatten() {
            kept.extend(self.known.get_mut(*record).map(std::mem::take));
            *record = kept.len() - 1;
        }
        self.known = kept;
    }

    /// The same body goes on in another draft.
    pub fn hand_on(&self, to: &mut Self) {
        to.known = self.known.clone();
        to.open = self.open.clone();
        to.forget();
        (to.awaited, to.fault) = (self.awaited, None);
    }
}

/// Whether a value that has asked would have to wait longer than the policy allows. The offsets
/// are the body's, so that it does not matter how the body is chunked.
fn too_far(policy: &Policy, asked_at: u64, until: u64) -> Option<OwnerError> {
    let limit = policy.records().max_bytes;
    let waits = until.saturating_sub(asked_at) > limit as u64;
    waits.then_some(OwnerError::TooFar {
        limit,
        offset: asked_at,
    })
}

fn rule_name(policy: &Policy, rule: usize) -> Box<str> {
    let rule = policy.rules().get(rule);
    rule.map_or("", |rule| rule.name.as_str()).into()
}

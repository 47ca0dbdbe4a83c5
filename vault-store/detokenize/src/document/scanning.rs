//! Documents that are read with a policy: the gateway's scanner says where its values stand.

use crate::policy::RevealPolicy;
use crate::problems;
use crate::problems::Refusal;
use crate::splice::Splicer;
use crate::tenants::Tenants;
use scan::{Format, Matched, MatchedType, RecordEdge, Scanner, Sink, Utf8Check};
use std::sync::Arc;

/// Reads a document into a splicer, values apart from what is around them.
pub(super) struct Scanning {
    policy: Arc<RevealPolicy>,
    scanner: Scanner,
    /// JSON is checked by its scanner.
    utf8: Option<Utf8Check>,
    /// In a form, tokens can be spelled with escapes: all that is selected is looked into.
    look_into_all: bool,
    read: u64,
    /// Bytes that the scanner has told of.
    seen: u64,
}

impl Scanning {
    /// Begins with a document of this format.
    pub(super) fn new(policy: &Arc<RevealPolicy>, format: &Format) -> Result<Self, Refusal> {
        let scanner = Scanner::new(Arc::clone(policy.plan()), format)
            .map_err(|error| problems::malformed_document(&error, 400))?;
        let json = matches!(format, Format::Json | Format::JsonLines);
        Ok(Self {
            policy: Arc::clone(policy),
            scanner,
            utf8: (!json).then(Utf8Check::default),
            look_into_all: *format == Format::Form,
            read: 0,
            seen: 0,
        })
    }

    pub(super) fn push(
        &mut self,
        chunk: &[u8],
        splicer: &mut Splicer,
        tenants: &mut Tenants,
    ) -> Result<(), Refusal> {
        let status = self.policy.plan().policy().malformed_status();
        if let Some(utf8) = &mut self.utf8 {
            utf8.push(chunk).map_err(|at| {
                let offset = self.read.saturating_add_signed(at);
                problems::not_utf8("charset-invalid", offset, status)
            })?;
        }
        self.read += chunk.len() as u64;
        let mut sink = Into {
            policy: &self.policy,
            look_into_all: self.look_into_all,
            splicer,
            tenants,
            seen: &mut self.seen,
        };
        let scanned = self.scanner.push(chunk, &mut sink);
        scanned.map_err(|error| problems::malformed_document(&error, status).into())
    }

    pub(super) fn finish(
        &mut self,
        splicer: &mut Splicer,
        tenants: &mut Tenants,
    ) -> Result<(), Refusal> {
        let status = self.policy.plan().policy().malformed_status();
        if let Some(utf8) = &self.utf8 {
            let truncated = |_| problems::not_utf8("charset-truncated", self.read, status);
            utf8.finish().map_err(truncated)?;
        }
        let mut sink = Into {
            policy: &self.policy,
            look_into_all: self.look_into_all,
            splicer,
            tenants,
            seen: &mut self.seen,
        };
        let scanned = self.scanner.finish(&mut sink);
        scanned.map_err(|error| problems::malformed_document(&error, status))?;
        let ended = tenants.finish(self.seen);
        ended.map_err(|error| problems::unknown_owner(&error).into())
    }

    /// Whether a token that was told waits for what says its tenant.
    pub(super) fn is_waiting(&self, tenants: &mut Tenants) -> Result<bool, Refusal> {
        let waiting = tenants.is_waiting(self.seen);
        waiting.map_err(|error| problems::unknown_owner(&error).into())
    }
}

struct Into<'a> {
    policy: &'a RevealPolicy,
    look_into_all: bool,
    splicer: &'a mut Splicer,
    tenants: &'a mut Tenants,
    seen: &'a mut u64,
}

impl Sink for Into<'_> {
    fn pass(&mut self, bytes: &[u8]) {
        *self.seen += bytes.len() as u64;
        self.splicer.push(bytes);
    }

    fn value(&mut self, value: Matched<'_>) {
        *self.seen += value.raw.len() as u64;
        let record = self.tenants.see(&value);
        let class = self.policy.class_of_rule(value.rule);
        // Tokens of kind `fpe` are texts; an object that is selected whole can hold other tokens.
        let text = value.value_type == MatchedType::String;
        if !(text && (class.is_some() || self.look_into_all)) {
            return self.splicer.push(value.raw);
        }
        let class = class.map(|class| (class, record));
        if self.splicer.value(value.raw, value.syntax, class) {
            self.tenants.ask(record, value.offset);
        }
    }

    fn record(&mut self, edge: RecordEdge, offset: u64) {
        self.tenants.edge(edge, offset);
    }
}

//! What a scan knows between two chunks.

use super::error::{Fault, JsonErrorCode};
use super::scalars::{Literal, NumberPart};
use super::stack::Stack;
use super::strings::StringPart;
use crate::error::ScanError;
use crate::held::HeldBytes;
use crate::select::table::StateId;
use crate::syntax::Syntax;

/// What may come next, between two tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// A document.
    Document,
    /// The end of the input, or of the line.
    End,
    Value,
    /// A first element, or `]`.
    ElementOrEnd,
    /// A first key, or `}`.
    KeyOrEnd,
    Key,
    Colon,
    /// `,` or `]`.
    AfterElement,
    /// `,` or `}`.
    AfterMember,
}

/// Where the chunk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resume {
    Between(Expect),
    Key(StringPart),
    String(StringPart),
    Number(NumberPart),
    Literal { literal: Literal, done: usize },
}

/// Why bytes are held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A value that this rule takes.
    Value { rule: u32, first_byte: u8 },
    /// An array or object of this state, whose children only the whole decides.
    Decide { state: StateId },
}

/// Bytes held back until the value that they begin is whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hold {
    pub(crate) purpose: Purpose,
    /// Where the value begins, from the start of the input.
    pub(crate) offset: u64,
}

/// The policy's limits, in the units of the scan.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) depth: usize,
    pub(crate) key: u64,
    pub(crate) value: u64,
    pub(crate) buffer: u64,
}

/// The state of a scan.
pub(crate) struct Machine {
    pub(crate) limits: Limits,
    /// Each line is a document.
    pub(crate) lines: bool,
    pub(crate) stack: Stack,
    pub(crate) resume: Resume,
    /// The state of the value that comes next.
    pub(crate) child: StateId,
    pub(crate) hold: Option<Hold>,
    /// The depths of the open records.
    pub(crate) records: Vec<usize>,
    /// The depth at which the held value ends, or else the innermost record; out of reach when there
    /// is neither.
    pub(crate) watch_depth: usize,
    pub(crate) held: HeldBytes,
    /// How the text at hand is spelled, when texts are told apart.
    pub(crate) text: Option<Syntax>,
    /// Where the key at hand begins, inside its quotes.
    pub(crate) key_offset: Option<u64>,
    /// The key at hand has escapes.
    pub(crate) key_escaped: bool,
    /// The part of the key that came in earlier chunks, when its name matters.
    pub(crate) key: HeldBytes,
    /// States that the table has not.
    pub(crate) own: Vec<crate::select::graph::Target>,
    /// Where the chunk at hand begins.
    pub(crate) base: u64,
    pub(crate) line: u64,
}

impl Machine {
    pub(crate) fn new(limits: Limits, lines: bool) -> Self {
        Self {
            limits,
            lines,
            stack: Stack::new(),
            resume: Resume::Between(Expect::Document),
            child: StateId::DEAD,
            hold: None,
            records: Vec::new(),
            watch_depth: usize::MAX,
            held: HeldBytes::default(),
            text: None,
            key_offset: None,
            key_escaped: false,
            key: HeldBytes::default(),
            own: Vec::new(),
            base: 0,
            line: 1,
        }
    }

    /// The most bytes that a held value may have.
    pub(crate) const fn hold_limit(&self, purpose: Purpose) -> (u64, JsonErrorCode) {
        match purpose {
            Purpose::Value { .. } => (self.limits.value, JsonErrorCode::ValueTooLong),
            Purpose::Decide { .. } => (self.limits.buffer, JsonErrorCode::BufferFull),
        }
    }

    /// The first offset at which something that is held, or a key, would be too long.
    fn fence(&self) -> Option<(u64, JsonErrorCode)> {
        let hold = self.hold.map(|hold| {
            let (limit, code) = self.hold_limit(hold.purpose);
            (hold.offset.saturating_add(limit), code)
        });
        let key = self.key_offset.map(|offset| {
            (
                offset.saturating_add(self.limits.key),
                JsonErrorCode::KeyTooLong,
            )
        });
        hold.into_iter()
            .chain(key)
            .min_by_key(|&(offset, _)| offset)
    }

    /// Fails when what is held grew too long in the chunk of this length.
    pub(crate) fn check_fence(&self, length: usize) -> Result<(), ScanError> {
        match self.fence() {
            Some((offset, code)) if offset < self.base + length as u64 => {
                Err(self.error(offset, code))
            }
            _ => Ok(()),
        }
    }

    /// The error that a fault is: a limit that was passed before it comes first, so that the answer
    /// is the same however the input is chunked.
    #[cold]
    pub(crate) fn fail(&self, fault: Fault) -> ScanError {
        let at = self.base.saturating_add_signed(fault.at);
        match self.fence() {
            Some((offset, code)) if offset <= at => self.error(offset, code),
            _ => self.error(at, fault.code),
        }
    }

    fn error(&self, offset: u64, code: JsonErrorCode) -> ScanError {
        let error = ScanError::new(code, offset);
        if self.lines {
            error.on_line(self.line)
        } else {
            error
        }
    }
}

//! Why it is not known whose a value is.

/// Why it is not known whose a value is, which the policy takes from its record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnerError {
    /// The record does not name its tenant, or names what can be none.
    #[error("no-tenant at byte {offset}: the record does not say whose it is")]
    NoTenant {
        /// Where the value is that has no tenant, or that can be none, in bytes.
        offset: u64,
    },
    /// The record says it twice, and not the same.
    #[error(
        "ambiguous-owner at byte {offset}: rule {rule} finds another value in the record before"
    )]
    Ambiguous {
        /// The rule's name.
        rule: Box<str>,
        /// Where the second is, in bytes.
        offset: u64,
    },
    /// More of the body would have to wait than the policy allows.
    #[error(
        "owner-too-far at byte {offset}: what says whose this is does not come within {limit} bytes"
    )]
    TooFar {
        /// The policy's `records: max_bytes`.
        limit: usize,
        /// Where the value is that waits, in bytes.
        offset: u64,
    },
}

impl OwnerError {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoTenant { .. } => "no-tenant",
            Self::Ambiguous { .. } => "ambiguous-owner",
            Self::TooFar { .. } => "owner-too-far",
        }
    }

    /// Where it shows, in bytes from the start of the body as it is scanned.
    #[must_use]
    pub fn offset(&self) -> u64 {
        match self {
            Self::NoTenant { offset }
            | Self::Ambiguous { offset, .. }
            | Self::TooFar { offset, .. } => *offset,
        }
    }

    /// The status that a body which has it is refused with.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::NoTenant { .. } => 400,
            Self::Ambiguous { .. } => 422,
            Self::TooFar { .. } => 413,
        }
    }

    /// What the sender can do.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::NoTenant { .. } => {
                "Name the tenant once in each record, where the policy's `tenant` rule looks: 1 to 128 ASCII letters, digits, `-`, `_`, `.`, `:` or `@`."
            }
            Self::Ambiguous { .. } => {
                "Send records that belong to one tenant and one subject each. What a record is, the policy says under `records`."
            }
            Self::TooFar { .. } => {
                "Send what says whose a record is before its other values, or raise `records: max_bytes` in the policy."
            }
        }
    }
}

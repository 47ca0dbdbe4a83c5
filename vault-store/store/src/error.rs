//! What can go wrong, whose fault it is, and whether a retry helps.

use std::borrow::Cow;
use std::time::Duration;
use thiserror::Error;

/// Why a vault did not do what it was asked. Holds no byte of a value, a token or a MAC. Cloned to
/// all whose writes shared a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The vault's fault: it cannot be reached, is too slow, or is between two servers. Whether a
    /// write was made is unknown; make it again after `retry_after`.
    #[error("the vault is unavailable: {reason}; try again in {} ms", retry_after.as_millis())]
    Unavailable {
        /// What was seen.
        reason: Cow<'static, str>,
        /// How long to wait before the next try.
        retry_after: Duration,
    },
    /// The operator's fault: no room for another record. A retry helps once there is room.
    #[error("the vault is full: {0}")]
    Full(Cow<'static, str>),
    /// The operator's fault: the vault takes no writes. A retry helps once it does.
    #[error("the vault is read-only: {0}")]
    ReadOnly(Cow<'static, str>),
    /// The operator's fault: the vault's settings, or ours for it. Says what to change; until then
    /// no retry helps.
    #[error("the vault's settings: {0}")]
    Settings(Cow<'static, str>),
    /// The vault's fault: what it holds is not what was written, or not written by veilgate. No
    /// retry helps.
    #[error("the vault is corrupt: {0}")]
    Corrupt(Cow<'static, str>),
    /// The caller's fault: what is to be written contradicts what is there. No retry helps.
    #[error("conflict: {0}")]
    Conflict(Cow<'static, str>),
}

impl StoreError {
    /// How long to wait before a retry can help; `None` when something must be changed first.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } => Some(*retry_after),
            Self::Full(_)
            | Self::ReadOnly(_)
            | Self::Settings(_)
            | Self::Corrupt(_)
            | Self::Conflict(_) => None,
        }
    }

    /// A stable code for problem documents.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "vault-unavailable",
            Self::Full(_) => "vault-full",
            Self::ReadOnly(_) => "vault-read-only",
            Self::Settings(_) => "vault-settings",
            Self::Corrupt(_) => "vault-corrupt",
            Self::Conflict(_) => "vault-conflict",
        }
    }

    pub(crate) fn unavailable(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Unavailable {
            reason: reason.into(),
            retry_after: Duration::from_secs(1),
        }
    }

    /// A data key's id came with two heads: ids are random and never reused.
    pub(crate) fn other_head() -> Self {
        Self::Conflict("this data key's id is kept with another head".into())
    }

    /// An import met another record under its token, or another token under its MAC.
    pub(crate) fn other_record() -> Self {
        Self::Conflict("an imported token or value is kept with another record".into())
    }
}

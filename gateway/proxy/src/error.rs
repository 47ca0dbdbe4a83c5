//! Everything that can go wrong with a request.

use std::time::Duration;

use ::rewrite::RewriteError;
use scan::{OwnerError, ScanError};
use seal::SealError;

use crate::guard::{BodyFault, Refusal};
use crate::path::PathFault;
use crate::tenant::TokenFault;

/// Why a request was not answered by its upstream. [`crate::respond`] makes the problem document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GatewayError {
    /// The head guard refused the head.
    Head(Refusal),
    /// The path has two readings.
    Path(PathFault),
    /// `Host` and `:authority` differ, or neither is there.
    Authority,
    /// CONNECT or TRACE.
    Method,
    /// `Upgrade` to another protocol.
    Upgrade,
    /// `Expect` with something other than `100-continue`.
    Expectation,
    /// No route matches.
    NoRoute,
    /// The request does not say whose it is, or says what is no tenant.
    Tenant,
    /// The request's bearer token is not accepted.
    Token(TokenFault),
    /// An issuer's keys could never be fetched.
    NoIssuerKeys {
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many concurrent requests.
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// The body is of no type that can be inspected, or of none.
    ContentType {
        /// Whether there was a `Content-Type` at all.
        given: bool,
    },
    /// A charset other than UTF-8.
    Charset,
    /// A `Content-Encoding` other than `identity`.
    ContentCoding,
    /// A part of a body (`Content-Range`), which cannot be inspected.
    PartialBody,
    /// The body has more bytes than the limit.
    BodyTooLarge {
        /// In bytes.
        limit: u64,
    },
    /// A chunked body whose framing is malformed.
    BodyFraming(BodyFault),
    /// The client stopped sending: reset, or end of stream before the end of the body.
    BodyIncomplete,
    /// Nothing of the body came for too long.
    BodyTimeout,
    /// A digest field that cannot be read.
    DigestField {
        /// The field's name.
        field: &'static str,
    },
    /// The body differs from its digest.
    DigestMismatch {
        /// The field's name.
        field: &'static str,
    },
    /// The scanner refused the document.
    Scan {
        /// What and where.
        error: ScanError,
        /// The policy's status for what is malformed.
        status: u16,
    },
    /// The body is not what its content coding or charset says.
    Decoding {
        /// The stable code.
        code: &'static str,
        /// What to change.
        advice: &'static str,
        /// The byte of the body as it was sent.
        offset: u64,
        /// Whether it decodes to more than the limits allow.
        too_large: bool,
        /// The policy's status for what is malformed.
        status: u16,
    },
    /// The upstream's answer cannot be inspected.
    Answer {
        /// The code that a request would be refused with.
        reason: &'static str,
    },
    /// A value is too long for the kind of its class.
    ValueTooLong {
        /// The class's name.
        class: Box<str>,
        /// Longest value, in bytes.
        limit: usize,
        /// The value's length, in bytes.
        length: usize,
    },
    /// A value does not fit its class's format.
    ValueUnfit {
        /// The class's name.
        class: Box<str>,
        /// What does not fit.
        why: String,
    },
    /// The body does not say whose its values are.
    Owner(OwnerError),
    /// What takes a value's place cannot be written there.
    ReplacementUnfit {
        /// The class's name.
        class: Box<str>,
        /// A stable word for why.
        reason: &'static str,
    },
    /// The vault did not keep what opens the tokens.
    Vault {
        /// A stable code.
        code: &'static str,
        /// When to try again; `None` when something has to be changed first.
        retry_after: Option<Duration>,
    },
    /// A class has hardly a free token left.
    TokensExhausted {
        /// The class's name.
        class: Box<str>,
    },
    /// No epoch of a key could be begun.
    SignerUnavailable {
        /// The key's name and version.
        key: String,
    },
    /// KMS made no MAC.
    MacUnavailable {
        /// The key's name and version.
        key: String,
    },
    /// Tokens could not be made.
    Seal,
    /// No connection to the upstream.
    UpstreamUnreachable {
        /// The upstream's name.
        upstream: Box<str>,
    },
    /// The upstream did not accept a connection, or answer, in time.
    UpstreamTimeout {
        /// The upstream's name.
        upstream: Box<str>,
    },
    /// The upstream closed or reset the connection, or its answer was not HTTP.
    UpstreamFailed {
        /// The upstream's name.
        upstream: Box<str>,
    },
}

impl GatewayError {
    /// Why a body was not rewritten; `status` is the policy's for what is malformed.
    pub(crate) fn refused(error: RewriteError, status: u16) -> Self {
        match error {
            RewriteError::Scan(error) => Self::Scan { error, status },
            RewriteError::Seal(error) => error.into(),
            RewriteError::Owner(error) => Self::Owner(error),
            RewriteError::Unfit { class, reason } => Self::ReplacementUnfit {
                class,
                reason: reason.reason(),
            },
            RewriteError::Coding(error) => Self::Decoding {
                code: error.code(),
                advice: error.advice(),
                offset: error.offset,
                too_large: error.is_too_large(),
                status,
            },
            RewriteError::Charset(error) => Self::Decoding {
                code: error.code(),
                advice: error.advice(),
                offset: error.offset,
                too_large: false,
                status,
            },
        }
    }

    /// The same of an upstream's answer: not the client's fault.
    pub(crate) fn in_answer(self) -> Self {
        match self {
            ours @ (Self::Seal
            | Self::SignerUnavailable { .. }
            | Self::MacUnavailable { .. }
            | Self::Vault { .. }
            | Self::UpstreamFailed { .. }) => ours,
            other => Self::Answer {
                reason: crate::respond::code(&other),
            },
        }
    }
}

impl From<SealError> for GatewayError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Vault(error) => {
                tracing::warn!(%error, "the vault did not keep what opens tokens");
                Self::Vault {
                    code: error.code(),
                    retry_after: error.retry_after(),
                }
            }
            SealError::Exhausted { class } => Self::TokensExhausted { class },
            SealError::Unfit { class, why, .. } => Self::ValueUnfit { class, why },
            SealError::TooLong {
                class,
                limit,
                length,
                ..
            } => Self::ValueTooLong {
                class,
                limit,
                length,
            },
            SealError::Unavailable { key, source } => {
                tracing::warn!(%key, error = %source, "no epoch could be begun");
                Self::SignerUnavailable {
                    key: key.to_string(),
                }
            }
            SealError::MacUnavailable { key, source } => {
                tracing::warn!(%key, error = %source, "no MAC was made");
                Self::MacUnavailable {
                    key: key.to_string(),
                }
            }
            other => {
                tracing::error!(error = %other, "sealing failed");
                Self::Seal
            }
        }
    }
}

impl std::fmt::Display for GatewayError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(crate::respond::code(self))
    }
}

impl std::error::Error for GatewayError {}

//! The configuration as YAML spells it.

use policies::units::{Size, Span};
use policies::yaml::{Entries, Spanned};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Detokenize {
    pub(super) version: Spanned<u64>,
    pub(super) listen: Spanned<String>,
    pub(super) tls: Option<Spanned<service::TlsFiles>>,
    pub(super) admin: Option<Spanned<String>>,
    pub(super) keys: Spanned<String>,
    #[serde(default)]
    pub(super) policies: Entries<Spanned<String>>,
    pub(super) vault: Option<Spanned<vault_config::RawVault>>,
    pub(super) edge_keys: Spanned<Vec<Spanned<String>>>,
    pub(super) callers: Spanned<Vec<Caller>>,
    #[serde(default)]
    pub(super) cache: Cache,
    pub(super) audit: Option<Spanned<String>>,
    pub(super) audit_sync: Option<Spanned<bool>>,
    #[serde(default)]
    pub(super) limits: Limits,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Caller {
    pub(super) issuer: Spanned<String>,
    pub(super) audience: Option<Spanned<String>>,
    pub(super) role: Option<Spanned<String>>,
    pub(super) roles: Option<Spanned<Vec<ClaimRole>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClaimRole {
    pub(super) claim: Spanned<String>,
    pub(super) value: Spanned<String>,
    pub(super) role: Spanned<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cache {
    pub(super) credentials: Option<Spanned<Span>>,
    pub(super) data_keys: Option<Spanned<Span>>,
    pub(super) refusals: Option<Spanned<Span>>,
    pub(super) callers: Option<Spanned<u64>>,
    pub(super) entries: Option<Spanned<u64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    pub(super) connections: Option<Spanned<u64>>,
    pub(super) requests: Option<Spanned<u64>>,
    pub(super) body: Option<Spanned<Size>>,
    pub(super) small_body: Option<Spanned<Size>>,
    pub(super) token: Option<Spanned<Size>>,
    pub(super) batch_body: Option<Spanned<Size>>,
    pub(super) batch_tokens: Option<Spanned<u64>>,
    pub(super) kms_calls: Option<Spanned<u64>>,
    pub(super) header_timeout: Option<Spanned<Span>>,
    pub(super) body_idle_timeout: Option<Spanned<Span>>,
    pub(super) drain: Option<Spanned<Span>>,
}

//! The configuration as YAML spells it.

use policies::units::{Size, Span};
use policies::yaml::{Entries, OneOrMany, Spanned};
use serde::Deserialize;

use super::{ContentCodings, OtherContentTypes, UpstreamProtocol};
use crate::upstream::UpstreamTlsFiles;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Gateway {
    pub(super) version: Spanned<u64>,
    pub(super) listen: Spanned<String>,
    pub(super) tls: Option<Spanned<service::TlsFiles>>,
    pub(super) admin: Option<Spanned<String>>,
    pub(super) keys: Option<Spanned<String>>,
    pub(super) edge_keys: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) signer: Option<Spanned<Signer>>,
    #[serde(default)]
    pub(super) epochs: Epochs,
    pub(super) vault: Option<Spanned<vault_config::RawVault>>,
    pub(super) upstreams: Spanned<Entries<Upstream>>,
    pub(super) routes: Spanned<Vec<Spanned<Route>>>,
    pub(super) trusted_hops: Option<Spanned<u64>>,
    #[serde(default)]
    pub(super) limits: Limits,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signer {
    pub(super) name: Spanned<String>,
    pub(super) version: Spanned<u64>,
    pub(super) private_key: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Epochs {
    pub(super) age: Option<Spanned<Span>>,
    pub(super) count: Option<Spanned<u64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Upstream {
    pub(super) url: Spanned<String>,
    #[serde(default)]
    pub(super) protocol: UpstreamProtocol,
    pub(super) tls: Option<Spanned<UpstreamTlsFiles>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Route {
    pub(super) name: Option<Spanned<String>>,
    #[serde(default, rename = "match")]
    pub(super) matcher: Matcher,
    pub(super) upstream: Spanned<String>,
    pub(super) policy: Spanned<String>,
    #[serde(default)]
    pub(super) other_content_types: OtherContentTypes,
    pub(super) responses: Option<Spanned<Responses>>,
    pub(super) shadow: Option<Spanned<bool>>,
    #[serde(default)]
    pub(super) content_codings: ContentCodings,
    #[serde(default)]
    pub(super) coverage_header: bool,
    pub(super) tenant: Option<Spanned<Tenant>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tenant {
    pub(super) name: Option<Spanned<String>>,
    pub(super) header: Option<Spanned<String>>,
    pub(super) host: Option<Spanned<String>>,
    pub(super) path: Option<Spanned<String>>,
    pub(super) claim: Option<Spanned<Claim>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claim {
    pub(super) name: Spanned<String>,
    pub(super) issuer: Spanned<String>,
    pub(super) audience: Spanned<OneOrMany<String>>,
    pub(super) jwks: Option<Spanned<String>>,
    pub(super) jwks_url: Option<Spanned<String>>,
    pub(super) refresh: Option<Spanned<Span>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Responses {
    pub(super) policy: Spanned<String>,
    #[serde(default)]
    pub(super) other_content_types: OtherContentTypes,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Matcher {
    pub(super) host: Option<Spanned<String>>,
    pub(super) path: Option<Spanned<String>>,
    pub(super) methods: Option<Spanned<Vec<Spanned<String>>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    pub(super) connections: Option<Spanned<u64>>,
    pub(super) requests: Option<Spanned<u64>>,
    pub(super) head: Option<Spanned<Size>>,
    pub(super) body: Option<Spanned<Size>>,
    pub(super) small_body: Option<Spanned<Size>>,
    pub(super) decoded_body: Option<Spanned<Size>>,
    pub(super) decoding_ratio: Option<Spanned<u64>>,
    pub(super) header_timeout: Option<Spanned<Span>>,
    pub(super) body_idle_timeout: Option<Spanned<Span>>,
    pub(super) connect_timeout: Option<Spanned<Span>>,
    pub(super) answer_timeout: Option<Spanned<Span>>,
    pub(super) upstream_idle_timeout: Option<Spanned<Span>>,
    pub(super) drain: Option<Spanned<Span>>,
}

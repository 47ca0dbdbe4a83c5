//! Whose a request is: tokens, indexes and keys of one tenant mean nothing to another.
//!
//! A tenant that a claim names comes from a bearer token, in these steps:
//!
//! - `bearer`: the token of `Authorization`;
//! - `verifier`: what was verified before, or else all of what follows;
//! - `key_set`, `remote`, `fetch`: the issuer's keys, from a file or from its server;
//! - `token`, `unique`: signature, issuer, audience and times;
//! - `claim`: which claim it is;
//! - `fault`: what can be wrong with a token.

use std::sync::Arc;

use http::HeaderName;
use http::request::Parts;
pub use policies::is_tenant;
use policies::{PathSegment, PathTemplate};

use crate::error::GatewayError;

mod bearer;
mod claim;
mod fault;
mod fetch;
mod key_set;
mod remote;
#[cfg(test)]
mod testing;
mod token;
mod unique;
mod verifier;

pub use claim::ClaimPath;
pub(crate) use fault::TokenFault;
pub use fetch::{JwksUrl, RootsError};
pub use key_set::{KeySet, KeySetError};
pub(crate) use verifier::Verifier;
pub use verifier::{ClaimSource, KeySource};

/// Where a request says whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TenantSource {
    /// All of the route's requests are of this one.
    Name(Arc<str>),
    /// A header field that a trusted hop sets.
    Header(HeaderName),
    /// What stands before this in the host: `.example.com`.
    HostBefore(String),
    /// The segment of the path at the template's `{}`.
    Path(PathTemplate),
    /// A claim of the bearer token: a place in [`crate::config::Config::claims`].
    Claim(usize),
}

impl TenantSource {
    /// The tenant of a request. `verifiers` are those of the configuration's claims.
    ///
    /// # Errors
    /// It does not say, or says what is no tenant; or it has no token that proves it.
    pub(crate) async fn of(
        &self,
        head: &Parts,
        authority: &str,
        verifiers: &[Verifier],
    ) -> Result<Arc<str>, GatewayError> {
        let found: Option<Arc<str>> = match self {
            Self::Name(name) => Some(name.clone()),
            Self::Header(name) => {
                let mut values = head.headers.get_all(name).iter();
                // two could be read as either
                match (values.next(), values.next()) {
                    (Some(value), None) => value.to_str().ok().map(Into::into),
                    _ => None,
                }
            }
            Self::HostBefore(end) => {
                let host = host(authority).to_ascii_lowercase();
                host.strip_suffix(end.as_str()).map(Into::into)
            }
            Self::Path(template) => segment(template, head.uri.path()),
            Self::Claim(place) => match verifiers.get(*place) {
                Some(verifier) => Some(verifier.tenant(&head.headers).await?),
                None => None,
            },
        };
        found
            .filter(|name| is_tenant(name))
            .ok_or(GatewayError::Tenant)
    }
}

/// Without the port.
fn host(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// The path's segment at the template's value, decoded as routes decode paths.
fn segment(template: &PathTemplate, path: &str) -> Option<Arc<str>> {
    let path = crate::path::normalize(path).ok()?;
    let path = std::str::from_utf8(&path).ok()?;
    let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    let enough = segments.len() == template.segments.len()
        || (template.open && segments.len() > template.segments.len());
    let mut found = None;
    for (expected, segment) in template.segments.iter().zip(&segments) {
        match expected {
            PathSegment::Any => {}
            PathSegment::Value => found = Some(*segment),
            PathSegment::Literal(literal) if literal == segment => {}
            PathSegment::Literal(_) => return None,
        }
    }
    found.filter(|_| enough).map(Into::into)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use http::Request;

    async fn of(
        source: &TenantSource,
        uri: &str,
        fields: &[&str],
        authority: &str,
    ) -> Option<String> {
        let mut request = Request::get(uri);
        for field in fields {
            request = request.header("x-tenant", *field);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        source
            .of(&head, authority, &[])
            .await
            .ok()
            .map(|name| name.to_string())
    }

    #[tokio::test]
    async fn tenants_are_found_or_the_request_is_refused() {
        let header = TenantSource::Header(HeaderName::from_static("x-tenant"));
        assert_eq!(of(&header, "/", &["acme"], "").await, Some("acme".into()));
        for fields in [
            &[][..],
            &["acme", "acme"],
            &[""],
            &["a b"],
            &["a,b"],
            &["\u{e9}"],
        ] {
            assert_eq!(of(&header, "/", fields, "").await, None, "{fields:?}");
        }
        assert_eq!(of(&header, "/", &[&"a".repeat(129)], "").await, None);

        let host = TenantSource::HostBefore(".example.com".into());
        for (authority, tenant) in [
            ("acme.example.com", Some("acme")),
            ("ACME.example.com:8443", Some("acme")),
            ("a.b.example.com", Some("a.b")),
            (".example.com", None),
            ("example.com", None),
            ("acme.example.org", None),
            ("", None),
        ] {
            assert_eq!(
                of(&host, "/", &[], authority).await.as_deref(),
                tenant,
                "{authority}"
            );
        }

        let path = TenantSource::Path(PathTemplate::parse("/v1/{}/**").unwrap());
        for (uri, tenant) in [
            ("/v1/acme", Some("acme")),
            ("/v1/acme/orders/1", Some("acme")),
            ("/v1/ac%6de/orders", Some("acme")),
            ("/v2/acme", None),
            ("/v1", None),
        ] {
            assert_eq!(of(&path, uri, &[], "").await.as_deref(), tenant, "{uri}");
        }
        let name = TenantSource::Name("acme".into());
        assert_eq!(of(&name, "/", &[], "").await, Some("acme".into()));
    }
}

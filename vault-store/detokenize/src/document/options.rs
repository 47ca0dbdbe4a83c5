//! What a caller can choose.

use crate::policy;
use crate::problems;
use crate::problems::Refusal;
use http::request::Parts;
use http::{HeaderMap, HeaderName, header};
use percent_encoding::percent_decode_str;

const ON_REFUSED: HeaderName = HeaderName::from_static("x-veilgate-on-refused");
const POLICY: HeaderName = HeaderName::from_static("x-veilgate-policy");
const TENANT: HeaderName = HeaderName::from_static("x-veilgate-tenant");
const VIEW: HeaderName = HeaderName::from_static("x-veilgate-view");

/// What happens to a document with a token that is not revealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnRefused {
    /// The token stays in its place.
    Keep,
    /// The whole document is refused, or, when it has begun to leave, aborted.
    Fail,
}

/// What a caller chose.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) on_refused: OnRefused,
    /// The name of the policy that the document is read with.
    pub(super) policy: Option<String>,
    /// Whose tokens they are that do not describe themselves.
    pub(super) tenant: Option<String>,
    /// Instead of each value the first of these views that it has; empty for values.
    pub(super) views: Box<[Box<str>]>,
}

/// Reads the options, each from the query or a header; given twice, one is not understood.
pub(super) fn read(parts: &Parts) -> Result<Options, Refusal> {
    let on_refused =
        option(parts, "on-refused", &ON_REFUSED).and_then(|given| match given.as_deref() {
            None | Some("keep") => Ok(OnRefused::Keep),
            Some("fail") => Ok(OnRefused::Fail),
            Some(_) => Err(NotUnderstood),
        });
    let on_refused = on_refused.map_err(|NotUnderstood| problems::bad_option())?;
    let bad = |NotUnderstood| problems::bad_policy_option();
    let policy = option(parts, "policy", &POLICY).map_err(bad)?;
    let tenant = option(parts, "tenant", &TENANT).map_err(bad)?;
    let views = views(parts)?;
    if tenant.is_some() && policy.is_none() {
        return Err(problems::bad_policy_option().into());
    }
    Ok(Options {
        on_refused,
        policy,
        tenant,
        views,
    })
}

/// Names with commas between them.
fn views(parts: &Parts) -> Result<Box<[Box<str>]>, Refusal> {
    let given = option(parts, "view", &VIEW);
    let given = given.map_err(|NotUnderstood| problems::bad_views(policy::MAX_VIEWS))?;
    let Some(given) = given else {
        return Ok(Box::default());
    };
    let views: Vec<&str> = given.split(',').map(str::trim).collect();
    policy::check_views(&views)?;
    Ok(views.into_iter().map(Box::from).collect())
}

/// An option that is given twice, or is not in UTF-8.
struct NotUnderstood;

fn option(parts: &Parts, name: &str, header: &HeaderName) -> Result<Option<String>, NotUnderstood> {
    let query = parts.uri.query().unwrap_or_default();
    let from_query = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| percent_decode_str(value).collect());
    let headers = parts.headers.get_all(header).iter();
    let from_headers = headers.map(|value| value.as_bytes().to_vec());
    let mut given = from_query.chain(from_headers);
    match (given.next(), given.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => String::from_utf8(value)
            .map(Some)
            .map_err(|_| NotUnderstood),
        (Some(_), Some(_)) => Err(NotUnderstood),
    }
}

/// Whether the caller reads trailers (RFC 9110, section 10.1.4).
pub(super) fn wants_trailers(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::TE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| {
            value.split(',').any(|coding| {
                let name = coding.split(';').next().unwrap_or_default();
                name.trim().eq_ignore_ascii_case("trailers")
            })
        })
}

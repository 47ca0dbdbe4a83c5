//! What a caller can choose.

use crate::problems;
use crate::problems::Refusal;
use http::request::Parts;
use http::{HeaderMap, HeaderName, header};

const ON_REFUSED: HeaderName = HeaderName::from_static("x-veilgate-on-refused");

/// What happens to a document with a token that is not revealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnRefused {
    /// The token stays in its place.
    Keep,
    /// The whole document is refused, or, when it has begun to leave, aborted.
    Fail,
}

/// Reads the option from the query or a header; given twice, it is not understood.
pub(super) fn on_refused(parts: &Parts) -> Result<OnRefused, Refusal> {
    let query = parts.uri.query().unwrap_or_default();
    let from_query = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("on-refused="))
        .map(str::as_bytes);
    let from_headers = parts
        .headers
        .get_all(ON_REFUSED)
        .iter()
        .map(|value| value.as_bytes());
    let mut given = from_query.chain(from_headers);
    match (given.next(), given.next()) {
        (None, _) | (Some(b"keep"), None) => Ok(OnRefused::Keep),
        (Some(b"fail"), None) => Ok(OnRefused::Fail),
        _ => Err(problems::bad_option().into()),
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

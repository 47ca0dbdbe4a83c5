//! What happens to a body, from the head alone.

use http::header::{self, HeaderMap, HeaderName};
use scan::Documents;

use crate::config::OtherContentTypes;
use crate::error::GatewayError;

/// What happens to a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyPlan {
    /// There is none.
    Absent,
    /// It passes as it is, by decision of the configuration.
    Pass,
    /// It is scanned and rewritten.
    Rewrite(Documents),
}

/// Settles what happens to a body on a route with a policy. What cannot be inspected is refused,
/// unless the route lets other types pass.
pub(crate) fn plan(
    headers: &HeaderMap,
    other: OtherContentTypes,
) -> Result<BodyPlan, GatewayError> {
    if headers.contains_key(header::CONTENT_RANGE) || headers.contains_key(header::RANGE) {
        return Err(GatewayError::PartialBody);
    }
    let media_type = MediaType::of(headers)?;
    let Some(documents) = media_type.documents() else {
        return match other {
            OtherContentTypes::Pass => Ok(BodyPlan::Pass),
            OtherContentTypes::Reject => Err(GatewayError::ContentType { given: true }),
        };
    };
    media_type.check_charset()?;
    if list(headers, header::CONTENT_ENCODING)
        .any(|coding| !coding.eq_ignore_ascii_case("identity"))
    {
        return Err(GatewayError::ContentCoding);
    }
    Ok(BodyPlan::Rewrite(documents))
}

/// The members of a list field; one that is not text is a member that equals nothing.
fn list(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter();
    values.flat_map(|value| value.to_str().unwrap_or("?").split(',').map(str::trim))
}

/// A media type (RFC 9110, section 8.3.1).
struct MediaType<'a> {
    essence: &'a str,
    parameters: &'a str,
}

impl<'a> MediaType<'a> {
    /// The only `Content-Type`, well formed: two, or a broken one, could be read as another type.
    fn of(headers: &'a HeaderMap) -> Result<Self, GatewayError> {
        let mut values = headers.get_all(header::CONTENT_TYPE).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            let given = headers.contains_key(header::CONTENT_TYPE);
            return Err(GatewayError::ContentType { given });
        };
        let unreadable = GatewayError::ContentType { given: true };
        let text = value.to_str().map_err(|_| unreadable.clone())?;
        let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
        let essence = essence.trim();
        let token = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
        };
        match essence.split_once('/') {
            Some((kind, subtype)) if token(kind) && token(subtype) => Ok(Self {
                essence,
                parameters,
            }),
            _ => Err(unreadable),
        }
    }

    fn documents(&self) -> Option<Documents> {
        let is = |name: &str| self.essence.eq_ignore_ascii_case(name);
        let suffix = self.essence.len().checked_sub("+json".len());
        let suffix = suffix.and_then(|start| self.essence.get(start..));
        if is("application/json") || suffix.is_some_and(|end| end.eq_ignore_ascii_case("+json")) {
            Some(Documents::One)
        } else if [
            "application/x-ndjson",
            "application/ndjson",
            "application/jsonl",
        ]
        .into_iter()
        .any(is)
        {
            Some(Documents::Lines)
        } else {
            None
        }
    }

    /// Every `charset` must say UTF-8: servers differ in which of two they take.
    fn check_charset(&self) -> Result<(), GatewayError> {
        for parameter in self.parameters.split(';').map(str::trim) {
            if parameter.is_empty() {
                continue;
            }
            let (name, value) = parameter
                .split_once('=')
                .ok_or(GatewayError::ContentType { given: true })?;
            if name.trim().eq_ignore_ascii_case("charset") {
                let value = value.trim().trim_matches('"');
                if !["utf-8", "utf8"]
                    .iter()
                    .any(|known| value.eq_ignore_ascii_case(known))
                {
                    return Err(GatewayError::Charset);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn settle(fields: &[(&str, &str)], other: OtherContentTypes) -> Result<BodyPlan, &'static str> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        plan(&headers, other).map_err(|error| crate::respond::code(&error))
    }

    #[test]
    fn knows_the_types_that_it_scans() {
        for (value, documents) in [
            ("application/json", Documents::One),
            ("Application/JSON ; charset=\"UTF-8\"", Documents::One),
            ("application/vnd.api+json;profile=x", Documents::One),
            ("application/x-ndjson", Documents::Lines),
            ("application/jsonl;charset=utf8", Documents::Lines),
        ] {
            let settled = settle(&[("content-type", value)], OtherContentTypes::Pass);
            assert_eq!(settled, Ok(BodyPlan::Rewrite(documents)), "{value}");
        }
    }

    #[test]
    fn refuses_what_it_cannot_inspect_even_where_others_pass() {
        let json = ("content-type", "application/json");
        for (fields, code) in [
            (&[][..], "unsupported-content-type"),
            (&[json, json], "unsupported-content-type"),
            (&[("content-type", "json")], "unsupported-content-type"),
            (
                &[("content-type", "text/plain, application/json")],
                "unsupported-content-type",
            ),
            (
                &[("content-type", "application/json; charset")],
                "unsupported-content-type",
            ),
            (
                &[("content-type", "application/json; charset=utf-16")],
                "unsupported-charset",
            ),
            (
                &[("content-type", "application/json;charset=utf-8;charset=x")],
                "unsupported-charset",
            ),
            (
                &[json, ("content-encoding", "gzip")],
                "unsupported-content-coding",
            ),
            (
                &[json, ("content-encoding", "identity, br")],
                "unsupported-content-coding",
            ),
            (&[json, ("content-range", "bytes 0-1/2")], "partial-body"),
        ] {
            assert_eq!(
                settle(fields, OtherContentTypes::Pass),
                Err(code),
                "{fields:?}"
            );
        }
        let identity = settle(
            &[json, ("content-encoding", "identity")],
            OtherContentTypes::Reject,
        );
        assert_eq!(identity, Ok(BodyPlan::Rewrite(Documents::One)));
    }

    #[test]
    fn other_types_pass_only_where_the_route_says_so() {
        let text = [("content-type", "text/csv")];
        assert_eq!(settle(&text, OtherContentTypes::Pass), Ok(BodyPlan::Pass));
        assert_eq!(
            settle(&text, OtherContentTypes::Reject),
            Err("unsupported-content-type")
        );
    }
}

//! What happens to a body, from the head alone.

use http::header::{self, HeaderMap, HeaderName};
use rewrite::{BodyKind, KindError};
use scan::Plan;

use crate::config::OtherContentTypes;
use crate::error::GatewayError;

/// What happens to a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BodyPlan {
    /// There is none.
    Absent,
    /// It passes as it is, by decision of the configuration.
    Pass,
    /// It is scanned and rewritten.
    Rewrite(BodyKind),
}

/// Settles what happens to a body on a route with a policy. What cannot be inspected is refused,
/// unless the route lets other types pass.
pub(crate) fn plan(
    headers: &HeaderMap,
    rules: &Plan,
    other: OtherContentTypes,
) -> Result<BodyPlan, GatewayError> {
    if headers.contains_key(header::CONTENT_RANGE) || headers.contains_key(header::RANGE) {
        return Err(GatewayError::PartialBody);
    }
    let kind = BodyKind::parse(
        content_type(headers)?,
        list(headers, header::CONTENT_ENCODING),
    );
    match kind {
        Ok(kind) if rules.takes(&kind.format) => Ok(BodyPlan::Rewrite(kind)),
        Ok(_) | Err(KindError::NoScanner) => match other {
            OtherContentTypes::Pass => Ok(BodyPlan::Pass),
            OtherContentTypes::Reject => Err(GatewayError::ContentType { given: true }),
        },
        Err(KindError::MediaType) => Err(GatewayError::ContentType { given: true }),
        Err(KindError::Charset) => Err(GatewayError::Charset),
        Err(KindError::Coding) => Err(GatewayError::ContentCoding),
    }
}

/// The only `Content-Type`: two, or one that is no text, could be read as another type.
fn content_type(headers: &HeaderMap) -> Result<&str, GatewayError> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        let given = headers.contains_key(header::CONTENT_TYPE);
        return Err(GatewayError::ContentType { given });
    };
    let unreadable = GatewayError::ContentType { given: true };
    value.to_str().map_err(|_| unreadable)
}

/// The members of a list field; one that is not text is a member that equals nothing.
fn list(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter();
    values.flat_map(|value| value.to_str().unwrap_or("?").split(',').map(str::trim))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use scan::Format;
    use std::sync::Arc;

    fn rules(rule: &str) -> Plan {
        let policy = format!(
            "version: 1\nclasses: {{ a: {{ kind: envelope, key: k }} }}\nrules: [{{ {rule}, class: a }}]\n"
        );
        Plan::compile(Arc::new(policies::compile_policy("p", &policy).unwrap())).unwrap()
    }

    fn settle(fields: &[(&str, &str)], other: OtherContentTypes) -> Result<BodyPlan, &'static str> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        plan(&headers, &rules("select: $.a"), other).map_err(|error| crate::respond::code(&error))
    }

    #[test]
    fn scans_what_rules_take_from() {
        let csv = [("content-type", "text/csv")];
        assert_eq!(
            settle(&csv, OtherContentTypes::Reject),
            Err("unsupported-content-type")
        );
        assert_eq!(settle(&csv, OtherContentTypes::Pass), Ok(BodyPlan::Pass));
        let json = [("content-type", "application/json")];
        let kind = BodyKind::plain(Format::Json);
        assert_eq!(
            settle(&json, OtherContentTypes::Pass),
            Ok(BodyPlan::Rewrite(kind))
        );
        for (rule, takes) in [
            ("columns: a", Format::Csv),
            ("fields: a", Format::Form),
            ("xpath: //a", Format::Xml),
            ("detect: payment-card", Format::Text),
        ] {
            assert!(rules(rule).takes(&takes), "{rule}");
            assert_eq!(
                rules(rule).takes(&Format::Json),
                takes == Format::Text,
                "{rule}"
            );
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
                &[("content-type", "application/json; charset=utf-7")],
                "unsupported-charset",
            ),
            (
                &[("content-type", "application/json;charset=utf-8;charset=x")],
                "unsupported-charset",
            ),
            (
                &[json, ("content-encoding", "compress")],
                "unsupported-content-coding",
            ),
            (
                &[json, ("content-encoding", "identity, sdch")],
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
    }

    #[test]
    fn other_types_pass_only_where_the_route_says_so() {
        let image = [("content-type", "image/png")];
        assert_eq!(settle(&image, OtherContentTypes::Pass), Ok(BodyPlan::Pass));
        assert_eq!(
            settle(&image, OtherContentTypes::Reject),
            Err("unsupported-content-type")
        );
    }
}

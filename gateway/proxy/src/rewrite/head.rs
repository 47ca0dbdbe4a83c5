//! Values in the path, the query and the header fields of a request.

use std::ops::Range;
use std::sync::Arc;

use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue};
use policies::{PathSegment, PathTemplate, Policy};
use rewrite::{Coverage, Draft, Rewriter};
use scan::{Matched, MatchedType, Scanner, Sink, Syntax};

use crate::error::GatewayError;

/// Replaces the values that rules name in the head by tokens.
pub(crate) async fn rewrite_head(
    rewriter: &Arc<Rewriter>,
    head: &mut Parts,
    tenant: &str,
    coverage: &Coverage,
) -> Result<(), GatewayError> {
    let status = rewriter.policy().malformed_status();
    let refused = |error: rewrite::RewriteError| GatewayError::refused(error, status);
    if let Some(draft) = target(rewriter, head)? {
        let mut draft = draft.for_tenant(tenant);
        let target = draft.seal(rewriter, coverage).await;
        let target = target.map_err(refused)?;
        let path = PathAndQuery::from_maybe_shared(target).map_err(|_| GatewayError::Seal)?;
        let mut uri = std::mem::take(&mut head.uri).into_parts();
        uri.path_and_query = Some(path);
        head.uri = http::Uri::from_parts(uri).map_err(|_| GatewayError::Seal)?;
    }
    for (rule, name) in named_headers(rewriter.policy()) {
        let Some(values) = values(head, &name) else {
            continue;
        };
        head.headers.remove(&name);
        for value in values {
            let mut draft = field(rewriter.policy(), rule, &value, tenant);
            let sealed = draft.seal(rewriter, coverage).await;
            let sealed = sealed.map_err(refused)?;
            let mut sealed =
                HeaderValue::from_maybe_shared(sealed).map_err(|_| GatewayError::Seal)?;
            sealed.set_sensitive(value.is_sensitive());
            head.headers.append(&name, sealed);
        }
    }
    Ok(())
}

/// Counts the values that rules name in the head; they stay as they are.
pub(crate) fn count_head(
    rewriter: &Arc<Rewriter>,
    head: &Parts,
    coverage: &Coverage,
) -> Result<(), GatewayError> {
    if let Some(mut draft) = target(rewriter, head)? {
        draft.discard(coverage);
    }
    for (rule, name) in named_headers(rewriter.policy()) {
        for value in values(head, &name).into_iter().flatten() {
            field(rewriter.policy(), rule, &value, "").discard(coverage);
        }
    }
    Ok(())
}

/// Every header field that a rule names; the first rule takes it.
fn named_headers(policy: &Policy) -> Vec<(usize, HeaderName)> {
    let mut named: Vec<(usize, HeaderName)> = Vec::new();
    for (rule, each) in policy.rules().iter().enumerate() {
        for name in &each.places.headers {
            let Ok(name) = HeaderName::try_from(name.as_str()) else {
                continue;
            };
            if !named.iter().any(|(_, taken)| *taken == name) {
                named.push((rule, name));
            }
        }
    }
    named
}

fn values(head: &Parts, name: &HeaderName) -> Option<Vec<HeaderValue>> {
    let values: Vec<_> = head.headers.get_all(name).iter().cloned().collect();
    let any = values.iter().any(|value| !value.is_empty());
    any.then_some(values)
}

fn field(policy: &Arc<Policy>, rule: usize, value: &HeaderValue, tenant: &str) -> Draft {
    let mut draft = Draft::new(policy.clone(), value.len()).for_tenant(tenant);
    if !value.is_empty() {
        draft.value(whole(rule, value.as_bytes(), Syntax::Header, 0));
    }
    draft
}

fn whole(rule: usize, raw: &[u8], syntax: Syntax, offset: usize) -> Matched<'_> {
    Matched {
        rule,
        value_type: MatchedType::String,
        raw,
        syntax,
        offset: offset as u64,
    }
}

/// The path and the query, when any rule takes something in them.
fn target(rewriter: &Arc<Rewriter>, head: &Parts) -> Result<Option<Draft>, GatewayError> {
    let policy = rewriter.policy();
    let path = head.uri.path();
    let taken = path_values(policy, path);
    let query = head.uri.query().filter(|_| rewriter.plan().takes_query());
    if taken.is_empty() && query.is_none() {
        return Ok(None);
    }
    let mut draft = Draft::new(policy.clone(), path.len());
    let bytes = path.as_bytes();
    let mut from = 0;
    for (span, rule) in taken {
        draft.pass(bytes.get(from..span.start).unwrap_or_default());
        from = span.end;
        let raw = bytes.get(span.clone()).unwrap_or_default();
        draft.value(whole(rule, raw, Syntax::Path, span.start));
    }
    draft.pass(bytes.get(from..).unwrap_or_default());
    match (query, head.uri.query()) {
        (Some(query), _) => {
            draft.pass(b"?");
            let mut scanner = Scanner::query(rewriter.plan().clone());
            let scanned = scanner
                .push(query.as_bytes(), &mut draft)
                .and_then(|()| scanner.finish(&mut draft));
            let status = policy.malformed_status();
            scanned.map_err(|error| GatewayError::refused(error.into(), status))?;
        }
        (None, Some(query)) => {
            draft.pass(b"?");
            draft.pass(query.as_bytes());
        }
        (None, None) => {}
    }
    Ok(Some(draft))
}

/// The segments that are values, in order, each with its rule: those of the first template that
/// the path fits, and of the next ones what is left.
fn path_values(policy: &Policy, path: &str) -> Vec<(Range<usize>, usize)> {
    let segments = segments(path);
    let mut taken: Vec<(Range<usize>, usize)> = Vec::new();
    for (rule, each) in policy.rules().iter().enumerate() {
        for template in &each.places.paths {
            for span in fit(template, path, &segments) {
                if !taken.iter().any(|(other, _)| *other == span) {
                    taken.push((span, rule));
                }
            }
        }
    }
    taken.sort_by_key(|(span, _)| span.start);
    taken
}

fn segments(path: &str) -> Vec<Range<usize>> {
    let mut start = 1;
    let inside = path.strip_prefix('/').unwrap_or(path);
    let spans = inside.split('/').map(|segment| {
        let span = start..start + segment.len();
        start = span.end + 1;
        span
    });
    spans.collect()
}

/// The segments that stand where the template has values, when the path fits it.
fn fit(template: &PathTemplate, path: &str, segments: &[Range<usize>]) -> Vec<Range<usize>> {
    let fits = segments.len() == template.segments.len()
        || (template.open && segments.len() > template.segments.len());
    if !fits {
        return Vec::new();
    }
    let mut values = Vec::new();
    for (segment, span) in template.segments.iter().zip(segments) {
        let text = path.get(span.clone()).unwrap_or_default();
        match segment {
            PathSegment::Any => {}
            PathSegment::Value if text.is_empty() => {}
            PathSegment::Value => values.push(span.clone()),
            PathSegment::Literal(literal) => {
                if Syntax::Path.content(text.as_bytes()).as_ref() != literal.as_bytes() {
                    return Vec::new();
                }
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::string_slice, reason = "tests")]
    use super::*;

    fn taken(rules: &str, path: &str) -> Vec<(String, usize)> {
        let yaml = format!(
            "version: 1\nclasses: {{ a: {{ kind: envelope, key: k }} }}\nrules: [{rules}]\n"
        );
        let policy = policies::compile_policy("p", &yaml).unwrap();
        let taken = path_values(&policy, path).into_iter();
        taken
            .map(|(span, rule)| (path[span].to_owned(), rule))
            .collect()
    }

    #[test]
    fn segments_by_template() {
        let rules = "{ path: '/patients/{ssn}/visits/*', class: a }, { path: ['/*/{}', '/p/{}/**'], class: a }";
        let one = |text: &str, rule| vec![(text.to_owned(), rule)];
        assert_eq!(taken(rules, "/patients/123/visits/9"), one("123", 0));
        assert_eq!(taken(rules, "/p%61tients/1%2d3/visits/9"), one("1%2d3", 0));
        assert_eq!(taken(rules, "/patients/123"), one("123", 1));
        assert_eq!(taken(rules, "/p/123"), one("123", 1));
        assert_eq!(taken(rules, "/p/123/x/y"), one("123", 1));
        assert_eq!(taken(rules, "/patients/123/visits"), []);
        assert_eq!(taken(rules, "/patients//visits/9"), []);
        assert_eq!(taken(rules, "/"), []);
    }
}

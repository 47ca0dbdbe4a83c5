//! Settles and does what a route's policy says of a request: of its head, and of its body.

use std::sync::Arc;

use ::rewrite::{Coverage, Rewriter, Shadow};
use http::{HeaderName, HeaderValue, Request, Response, request};
use http_body::Body;
use tower::Layer;
use tower::layer::layer_fn;

use crate::access::Access;
use crate::body::{AnswerBody, ClientBody, UpstreamBody};
use crate::config::{ContentCodings, OtherContentTypes};
use crate::error::GatewayError;
use crate::exchange::{Handler, Outgoing, Routed};
use crate::layer::select_route::authority;
use crate::rewrite::{self, BodyPlan, Job};
use crate::shared::Shared;

/// What an answer says of what was found in its request.
const COVERAGE: HeaderName = HeaderName::from_static("veilgate-coverage");

/// See the file's page.
#[derive(Debug)]
pub(crate) struct Inspect<H> {
    shared: Arc<Shared>,
    inner: H,
}

impl Inspect<()> {
    pub(crate) fn layer<H>(shared: Arc<Shared>) -> impl Layer<H, Service = Inspect<H>> {
        layer_fn(move |inner| Inspect {
            shared: shared.clone(),
            inner,
        })
    }
}

impl<H: Handler<Outgoing>> Handler<Routed> for Inspect<H> {
    async fn handle(&self, routed: Routed) -> Result<Response<AnswerBody>, GatewayError> {
        let Routed {
            request,
            live,
            route,
            connection,
            access,
        } = routed;
        let authority = authority(&request).to_owned();
        let (mut head, body) = request.into_parts();
        let limits = &self.shared.limits;
        let length = body.size_hint().exact();
        if length.is_some_and(|length| length > limits.body) {
            return Err(GatewayError::BodyTooLarge { limit: limits.body });
        }
        let empty = body.is_end_stream();
        let body = ClientBody::new(
            body,
            limits.body_idle_timeout,
            limits.body,
            connection.clone(),
            access.clone(),
        );
        let tenant = match &route.tenant {
            None => "".into(),
            Some(source) => match source.of(&head, &authority, &live.verifiers).await {
                Err(error) if route.shadow => {
                    access.would_refuse(&error);
                    "".into()
                }
                settled => settled?,
            },
        };
        let body = match route.policy {
            None if empty => UpstreamBody::Empty,
            None => UpstreamBody::Untouched(body),
            Some(policy) => {
                // A policy has its rewriter: they are made together.
                let rewriter = live.rewriters.get(policy).ok_or(GatewayError::Seal)?;
                let coverage = Coverage::new(rewriter.policy().clone(), route.shadow);
                access.set_coverage(coverage.clone());
                let inspection = Inspection {
                    shared: &self.shared,
                    rewriter,
                    coverage,
                    other: route.other_content_types,
                    plain: route.content_codings == ContentCodings::Plain,
                    tenant: tenant.clone(),
                };
                let body = (!empty).then_some(body);
                match route.shadow {
                    true => inspection.look(&head, body, &access),
                    false => inspection.rewrite(&mut head, body, length).await?,
                }
            }
        };
        let request = Request::from_parts(head, body);
        let says = route.coverage_header.then(|| access.clone());
        let outgoing = Outgoing {
            request,
            live,
            route,
            connection,
            access,
            tenant,
        };
        let mut response = self.inner.handle(outgoing).await?;
        if let Some(coverage) = says.as_ref().and_then(|access| access.coverage()) {
            response.headers_mut().insert(COVERAGE, receipt(coverage));
        }
        Ok(response)
    }
}

/// One request under its route's policy.
struct Inspection<'a> {
    shared: &'a Shared,
    rewriter: &'a Arc<Rewriter>,
    coverage: Arc<Coverage>,
    other: OtherContentTypes,
    plain: bool,
    tenant: Arc<str>,
}

impl Inspection<'_> {
    /// Replaces values in the head and the body by tokens.
    async fn rewrite(
        self,
        head: &mut request::Parts,
        body: Option<ClientBody>,
        length: Option<u64>,
    ) -> Result<UpstreamBody, GatewayError> {
        rewrite::rewrite_head(self.rewriter, head, &self.tenant, &self.coverage).await?;
        let Some(body) = body else {
            return Ok(UpstreamBody::Empty);
        };
        let kind = match rewrite::plan(&head.headers, self.rewriter.plan(), self.other)? {
            BodyPlan::Absent | BodyPlan::Pass => return Ok(UpstreamBody::Untouched(body)),
            BodyPlan::Rewrite(kind) => kind,
        };
        let access = body.access().clone();
        let job = Job {
            rewriter: self.rewriter.clone(),
            kind,
            plain: self.plain,
            small: self.shared.limits.small_body,
            decoding: self.shared.limits.decoding(),
            coverage: self.coverage,
            tenant: self.tenant,
        };
        let body = rewrite::rewrite(job, &mut head.headers, body, length).await?;
        Ok(match body {
            rewrite::Body::Whole(bytes) => UpstreamBody::Whole(Some(bytes)),
            rewrite::Body::Stream(stream) => UpstreamBody::Stream(stream, access),
        })
    }

    /// Counts values in the head, and has the body looked at as it goes by. Whatever would be
    /// refused goes on all the same, and is noted.
    fn look(
        self,
        head: &request::Parts,
        body: Option<ClientBody>,
        access: &Access,
    ) -> UpstreamBody {
        if let Err(error) = rewrite::count_head(self.rewriter, head, &self.coverage) {
            access.would_refuse(&error);
        }
        let Some(body) = body else {
            return UpstreamBody::Empty;
        };
        let rules = self.rewriter.plan();
        let kind = match rewrite::plan(&head.headers, rules, self.other) {
            Ok(BodyPlan::Rewrite(kind)) => kind,
            Ok(BodyPlan::Absent | BodyPlan::Pass) => return UpstreamBody::Untouched(body),
            Err(error) => {
                access.would_refuse(&error);
                return UpstreamBody::Untouched(body);
            }
        };
        let decoding = self.shared.limits.decoding();
        match Shadow::new(rules.clone(), &kind, decoding, self.coverage) {
            Ok(shadow) => UpstreamBody::Shadowed(body, Some(Box::new(shadow))),
            Err(error) => {
                access.would_refuse(&GatewayError::refused(error, 400));
                UpstreamBody::Untouched(body)
            }
        }
    }
}

/// A list of RFC 8941: each rule that took something, and what became of that.
fn receipt(coverage: &Coverage) -> HeaderValue {
    let rules = coverage.rules().map(|rule| {
        format!(
            "{};class={};found={};tokenized={};kept={};left={}",
            quoted(rule.rule),
            quoted(rule.class),
            rule.found,
            rule.tokenized,
            rule.kept,
            rule.left
        )
    });
    let list = rules.collect::<Vec<_>>().join(", ");
    HeaderValue::try_from(list).unwrap_or(HeaderValue::from_static(""))
}

/// A string of RFC 8941, which is ASCII.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='~' => quoted.push(character),
            _ => quoted.push('?'),
        }
    }
    quoted.push('"');
    quoted
}

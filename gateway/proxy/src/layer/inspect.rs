//! Settles and does what a route's policy says of the body.

use std::sync::Arc;

use http::{Request, Response};
use http_body::Body;
use tower::Layer;
use tower::layer::layer_fn;

use crate::body::{AnswerBody, ClientBody, UpstreamBody};
use crate::error::GatewayError;
use crate::exchange::{Handler, Outgoing, Routed};
use crate::rewrite::{self, BodyPlan};
use crate::shared::Shared;

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
            route,
            connection,
            access,
        } = routed;
        let (mut head, body) = request.into_parts();
        let limits = &self.shared.limits;
        let length = body.size_hint().exact();
        if length.is_some_and(|length| length > limits.body) {
            return Err(GatewayError::BodyTooLarge { limit: limits.body });
        }
        let rewriter = route
            .policy
            .and_then(|policy| self.shared.rewriters.get(policy));
        let plan = match (body.is_end_stream(), route.policy) {
            (true, _) => BodyPlan::Absent,
            (false, None) => BodyPlan::Pass,
            (false, Some(_)) => rewrite::plan(&head.headers, route.other_content_types)?,
        };
        let body = || {
            let (connection, access) = (connection.clone(), access.clone());
            ClientBody::new(
                body,
                limits.body_idle_timeout,
                limits.body,
                connection,
                access,
            )
        };
        let body = match (plan, rewriter) {
            (BodyPlan::Absent, _) => UpstreamBody::Empty,
            (BodyPlan::Pass, _) => UpstreamBody::Untouched(body()),
            (BodyPlan::Rewrite(documents), Some(rewriter)) => {
                let (rewriter, small) = (rewriter.clone(), limits.small_body);
                rewrite::rewrite(
                    rewriter,
                    documents,
                    &mut head.headers,
                    body(),
                    small,
                    length,
                )
                .await?
            }
            // A policy without its rewriter cannot be: they are made together.
            (BodyPlan::Rewrite(_), None) => return Err(GatewayError::Seal),
        };
        let request = Request::from_parts(head, body);
        let upstream = route.upstream;
        self.inner
            .handle(Outgoing {
                request,
                upstream,
                connection,
                access,
            })
            .await
    }
}

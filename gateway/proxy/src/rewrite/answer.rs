//! An upstream's answer, by the rules of a policy.

use std::sync::Arc;

use http::header;
use http::response::Parts;
use rewrite::Coverage;

use super::body::{Body, Job, rewrite};
use super::plan::{BodyPlan, plan};
use super::source::{AnswerSource, Source};
use crate::body::AnswerBody;
use crate::config::{Limits, Responses};
use crate::error::GatewayError;
use crate::live::Live;

/// Rewrites the body of an answer. What cannot be inspected does not reach the client.
pub(crate) async fn rewrite_answer(
    live: &Live,
    responses: Responses,
    limits: &Limits,
    tenant: Arc<str>,
    head: &mut Parts,
    source: AnswerSource,
) -> Result<AnswerBody, GatewayError> {
    let access = source.access.clone();
    let length = hyper::body::Body::size_hint(&source.body).exact();
    let rewriter = live
        .rewriters
        .get(responses.policy)
        .ok_or(GatewayError::Seal)?;
    // the part of a document cannot be inspected, nor told to be one
    head.headers.remove(header::ACCEPT_RANGES);
    let settled = match Source::is_end(&source) {
        true => Ok(BodyPlan::Absent),
        false => plan(
            &head.headers,
            rewriter.plan(),
            responses.other_content_types,
        ),
    };
    let kind = match settled.map_err(GatewayError::in_answer)? {
        BodyPlan::Absent | BodyPlan::Pass => return Ok(AnswerBody::upstream(source)),
        BodyPlan::Rewrite(kind) => kind,
    };
    let coverage = Coverage::new(rewriter.policy().clone(), false);
    access.set_answer_coverage(coverage.clone());
    let job = Job {
        rewriter: Arc::clone(rewriter),
        kind,
        plain: false,
        small: limits.small_body,
        decoding: limits.decoding(),
        coverage,
        tenant,
    };
    // an entity tag names the bytes that the upstream has
    head.headers.remove(header::ETAG);
    let body = rewrite(job, &mut head.headers, source, length).await;
    Ok(match body.map_err(GatewayError::in_answer)? {
        Body::Whole(bytes) => AnswerBody::ours(bytes.into(), access),
        Body::Stream(stream) => AnswerBody::rewritten(stream, access),
    })
}

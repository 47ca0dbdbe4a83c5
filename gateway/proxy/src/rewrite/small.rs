//! Rewrites a body: whole when it is small, else from here on as a stream.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use scan::Documents;

use super::Rewriter;
use super::digest::{self, Digests};
use super::piece::Rewriting;
use super::stream;
use crate::body::{ClientBody, UpstreamBody};
use crate::error::GatewayError;

/// Rewrites `body`, and `headers` for what it becomes. `small` is the small-body limit in bytes,
/// `length` the `Content-Length`, if any.
pub(crate) async fn rewrite(
    rewriter: Arc<Rewriter>,
    documents: Documents,
    headers: &mut HeaderMap,
    mut body: ClientBody,
    small: usize,
    length: Option<u64>,
) -> Result<UpstreamBody, GatewayError> {
    let digests = Digests::expected(headers)?;
    let expected = length.map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
    let access = body.access().clone();
    let mut rewriting = Rewriting::new(
        rewriter,
        documents,
        digests,
        expected.min(small),
        access.clone(),
    );
    if expected > small {
        // There is no end to wait for, but a fault at the very beginning opens no upstream request.
        let rest = stream::first_piece(&mut rewriting, &mut body).await?;
        return Ok(streamed(rewriting, rest, body, headers));
    }
    let mut ended = false;
    while !ended {
        match body.next().await {
            Some(frame) => {
                // Trailers of a body that is rewritten are dropped: they may describe the old one.
                if let Ok(data) = frame?.into_data() {
                    rewriting.push(&data)?;
                }
                ended = rewriting.waiting() > small;
            }
            None => return whole(rewriting, headers).await,
        }
        if body.is_end() && !ended {
            return whole(rewriting, headers).await;
        }
    }
    Ok(streamed(rewriting, Bytes::new(), body, headers))
}

/// Goes on with `rest`, which was read and not yet scanned, and with what is still to come.
fn streamed(
    rewriting: Rewriting,
    rest: Bytes,
    body: ClientBody,
    headers: &mut HeaderMap,
) -> UpstreamBody {
    digest::remove(headers);
    headers.remove(http::header::CONTENT_LENGTH);
    headers.remove(http::header::TRAILER);
    UpstreamBody::Stream(stream::start(rewriting, rest, body))
}

async fn whole(
    mut rewriting: Rewriting,
    headers: &mut HeaderMap,
) -> Result<UpstreamBody, GatewayError> {
    rewriting.finish()?;
    let bytes = rewriting.seal().await?;
    if rewriting.is_changed() {
        digest::replace(headers, &bytes);
    }
    headers.remove(http::header::CONTENT_LENGTH);
    headers.remove(http::header::TRAILER);
    Ok(UpstreamBody::Whole(Some(bytes)))
}

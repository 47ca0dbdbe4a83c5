//! Rewrites a body: whole when it is small, else from here on as a stream.

use std::sync::Arc;

use bytes::Bytes;
use coding::DecodeLimits;
use http::HeaderMap;
use rewrite::{BodyKind, Coverage, Rewriter, Rewriting};

use super::digest::{self, Digests};
use super::source::Source;
use super::stream::{self, RewrittenStream};
use crate::error::GatewayError;

/// How a body is rewritten.
#[derive(Debug)]
pub(crate) struct Job {
    /// By which policy.
    pub rewriter: Arc<Rewriter>,
    /// What the body is.
    pub kind: BodyKind,
    /// Whether it goes on without the content codings that it came with.
    pub plain: bool,
    /// The small-body limit in bytes.
    pub small: usize,
    /// Most bytes that it may decode to, and how many for each that came.
    pub decoding: DecodeLimits,
    /// What was found.
    pub coverage: Arc<Coverage>,
    /// Whose it is; empty without tenants.
    pub tenant: Arc<str>,
}

/// A rewritten body.
#[derive(Debug)]
pub(crate) enum Body {
    /// All of it.
    Whole(Bytes),
    /// As it comes.
    Stream(RewrittenStream),
}

/// A body that is being rewritten, with the digests of how it came.
#[derive(Debug)]
pub(super) struct Progress {
    pub(super) rewriting: Rewriting,
    pub(super) digests: Digests,
    status: u16,
}

impl Progress {
    /// Scans some of `input` into the draft, and takes it off its front.
    pub(super) fn push(&mut self, input: &mut &[u8]) -> Result<(), GatewayError> {
        let before = *input;
        let pushed = self.rewriting.push(input);
        let used = before.get(..before.len() - input.len());
        self.digests.update(used.unwrap_or_default());
        pushed.map_err(|error| GatewayError::refused(error, self.status))
    }

    /// Whether there is more to scan of the input.
    pub(super) fn wants(&self, input: &[u8]) -> bool {
        !input.is_empty() || !self.rewriting.wants_input()
    }

    pub(super) fn finish(&mut self) -> Result<bool, GatewayError> {
        let finished = self.rewriting.finish();
        let finished = finished.map_err(|error| GatewayError::refused(error, self.status))?;
        if finished {
            self.digests.verify()?;
        }
        Ok(finished)
    }

    pub(super) async fn seal(&mut self) -> Result<Bytes, GatewayError> {
        let sealed = self.rewriting.seal().await;
        sealed.map_err(|error| GatewayError::refused(error, self.status))
    }

    /// What waits in encoders.
    pub(super) fn flush(&mut self) -> Result<Bytes, GatewayError> {
        let flushed = self.rewriting.flush();
        flushed.map_err(|error| GatewayError::refused(error, self.status))
    }
}

/// Rewrites `body`, and `headers` for what it becomes. `length` is the `Content-Length`, if any.
pub(crate) async fn rewrite<S: Source>(
    job: Job,
    headers: &mut HeaderMap,
    mut body: S,
    length: Option<u64>,
) -> Result<Body, GatewayError> {
    let small = job.small;
    let expected = length.map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
    let mut progress = begin(job, headers, expected)?;
    if expected > small {
        // There is no end to wait for, but a fault at the very beginning opens no upstream request.
        let rest = stream::first_piece(&mut progress, &mut body).await?;
        return Ok(streamed(progress, rest, body, headers));
    }
    loop {
        if body.is_end() {
            return ended(progress, body, headers, small).await;
        }
        let Some(frame) = body.next().await else {
            return ended(progress, body, headers, small).await;
        };
        // Trailers of a body that is rewritten are dropped: they may describe the old one.
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        let mut input = data.as_ref();
        while progress.wants(input) {
            progress.push(&mut input)?;
            if progress.rewriting.waiting() > small {
                let rest = data.slice_ref(input);
                return Ok(streamed(progress, rest, body, headers));
            }
        }
    }
}

fn begin(job: Job, headers: &mut HeaderMap, expected: usize) -> Result<Progress, GatewayError> {
    let digests = Digests::expected(headers)?;
    let status = job.rewriter.policy().malformed_status();
    let rewriting = Rewriting::new(
        job.rewriter,
        &job.kind,
        job.plain,
        job.decoding,
        expected.min(job.small),
        job.coverage,
    );
    let rewriting = rewriting.map(|rewriting| rewriting.for_tenant(&job.tenant));
    if job.plain {
        headers.remove(http::header::CONTENT_ENCODING);
    }
    Ok(Progress {
        rewriting: rewriting.map_err(|error| GatewayError::refused(error, status))?,
        digests,
        status,
    })
}

/// The body has ended within the limit; what a decoder still holds may yet be long.
async fn ended<S: Source>(
    mut progress: Progress,
    body: S,
    headers: &mut HeaderMap,
    small: usize,
) -> Result<Body, GatewayError> {
    while !progress.finish()? {
        if progress.rewriting.waiting() > small {
            return Ok(streamed(progress, Bytes::new(), body, headers));
        }
    }
    let bytes = progress.seal().await?;
    if progress.rewriting.is_changed() {
        digest::replace(headers, &bytes);
    }
    headers.remove(http::header::CONTENT_LENGTH);
    headers.remove(http::header::TRAILER);
    Ok(Body::Whole(bytes))
}

/// Goes on with `rest`, which was read and not yet scanned, and with what is still to come.
fn streamed<S: Source>(progress: Progress, rest: Bytes, body: S, headers: &mut HeaderMap) -> Body {
    digest::remove(headers);
    headers.remove(http::header::CONTENT_LENGTH);
    headers.remove(http::header::TRAILER);
    Body::Stream(stream::start(progress, rest, body))
}

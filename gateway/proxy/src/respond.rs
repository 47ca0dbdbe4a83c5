//! The one place where errors become answers. `docs/error-codes.md` lists the codes.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Response, StatusCode, Version, header};
use service::{Fault, Problem};

use crate::access::Access;
use crate::body::AnswerBody;
use crate::error::GatewayError;
use crate::guard::Refusal;
use crate::tenant::TokenFault;

/// What `Retry-After` says when the vault lacks something that its operator has to see to.
const VAULT_RETRY: Duration = Duration::from_secs(10);

/// The answer to a request that failed.
pub(crate) fn answer(
    error: &GatewayError,
    access: &Arc<Access>,
    version: Version,
) -> Response<AnswerBody> {
    access.fail(error.clone());
    let mut response = problem(error).into_response(&access.id);
    access.set_status(response.status());
    if version == Version::HTTP_2 {
        // RFC 9113, section 8.2.2.
        response.headers_mut().remove(header::CONNECTION);
    }
    close_unread(response.headers_mut(), access, version);
    response.map(|body| AnswerBody::ours(body, access.clone()))
}

/// Says `Connection: close` on an HTTP/1 answer that comes before the request's body was read. What
/// is left of it may never be read, and then nothing more can come on this connection; a client
/// that is not told would send its next request into the closing.
pub(crate) fn close_unread(headers: &mut HeaderMap, access: &Access, version: Version) {
    if version != Version::HTTP_2 && access.is_body_open() {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
}

/// The stable code of an error.
pub(crate) fn code(error: &GatewayError) -> &'static str {
    match error {
        GatewayError::Head(Refusal::TooLarge) => "head-too-large",
        GatewayError::Head(_) | GatewayError::Authority => "ambiguous-request",
        GatewayError::Path(_) => "ambiguous-path",
        GatewayError::Method => "method-not-supported",
        GatewayError::Upgrade => "upgrade-not-supported",
        GatewayError::Expectation => "expectation-not-supported",
        GatewayError::NoRoute => "no-route",
        GatewayError::Tenant => "no-tenant",
        GatewayError::Token(_) => "bad-token",
        GatewayError::NoIssuerKeys { .. } => "issuer-keys-unavailable",
        GatewayError::Busy { .. } => "too-busy",
        GatewayError::ContentType { .. } => "unsupported-content-type",
        GatewayError::Charset => "unsupported-charset",
        GatewayError::ContentCoding => "unsupported-content-coding",
        GatewayError::PartialBody => "partial-body",
        GatewayError::BodyTooLarge { .. } => "body-too-large",
        GatewayError::BodyFraming(_) => "malformed-framing",
        GatewayError::BodyIncomplete => "body-incomplete",
        GatewayError::BodyTimeout => "body-timeout",
        GatewayError::DigestField { .. } => "malformed-digest",
        GatewayError::DigestMismatch { .. } => "digest-mismatch",
        GatewayError::Scan { error, .. } => error.code(),
        GatewayError::Decoding { code, .. } => code,
        GatewayError::Answer { .. } => "answer-not-inspected",
        GatewayError::ValueTooLong { .. } => "value-too-long",
        GatewayError::ValueUnfit { .. } => "value-unfit",
        GatewayError::Owner(error) => error.code(),
        GatewayError::ReplacementUnfit { .. } => "replacement-unfit",
        GatewayError::SignerUnavailable { .. } => "signer-unavailable",
        GatewayError::MacUnavailable { .. } => "mac-unavailable",
        GatewayError::Vault { code, .. } => code,
        GatewayError::TokensExhausted { .. } => "tokens-exhausted",
        GatewayError::Seal => "seal-failed",
        GatewayError::UpstreamUnreachable { .. } => "upstream-unreachable",
        GatewayError::UpstreamTimeout { .. } => "upstream-timeout",
        GatewayError::UpstreamFailed { .. } => "upstream-failed",
    }
}

/// The problem document of an error.
pub(crate) fn problem(error: &GatewayError) -> Problem {
    match error {
        GatewayError::Head(_)
        | GatewayError::Authority
        | GatewayError::Path(_)
        | GatewayError::Method
        | GatewayError::Upgrade
        | GatewayError::Expectation
        | GatewayError::NoRoute
        | GatewayError::Token(_)
        | GatewayError::Tenant => head_problem(error),
        GatewayError::Busy { .. }
        | GatewayError::NoIssuerKeys { .. }
        | GatewayError::SignerUnavailable { .. }
        | GatewayError::MacUnavailable { .. }
        | GatewayError::Vault { .. }
        | GatewayError::TokensExhausted { .. }
        | GatewayError::Seal
        | GatewayError::UpstreamUnreachable { .. }
        | GatewayError::UpstreamTimeout { .. }
        | GatewayError::UpstreamFailed { .. }
        | GatewayError::Answer { .. } => our_problem(error),
        GatewayError::Scan { .. }
        | GatewayError::Decoding { .. }
        | GatewayError::ValueTooLong { .. }
        | GatewayError::ValueUnfit { .. }
        | GatewayError::Owner(_)
        | GatewayError::ReplacementUnfit { .. } => content_problem(error),
        _ => body_problem(error),
    }
}

fn client(error: &GatewayError, status: StatusCode, title: &'static str) -> Problem {
    Problem::new(status, code(error), title, Fault::Client)
}

fn head_problem(error: &GatewayError) -> Problem {
    let ambiguous = "The request could be read in more than one way";
    match error {
        GatewayError::Head(refusal) => {
            let (status, title) = match refusal {
                Refusal::TooLarge => {
                    (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "The head is too large")
                }
                _ => (StatusCode::BAD_REQUEST, ambiguous),
            };
            client(error, status, title)
                .detail(refusal.detail())
                .member("reason", refusal.reason())
                .close()
        }
        GatewayError::Path(fault) => {
            client(error, StatusCode::BAD_REQUEST, "The path could be read in more than one way")
                .detail("Send the path without dot segments, empty segments, parameters, encoded separators, control characters or double encoding.")
                .member("reason", fault.reason())
        }
        GatewayError::Method => {
            client(error, StatusCode::NOT_IMPLEMENTED, "The method is not supported")
                .detail("CONNECT and TRACE do not pass the gateway.")
        }
        GatewayError::Upgrade => {
            client(error, StatusCode::NOT_IMPLEMENTED, "Upgrades are not supported")
                .detail("After an upgrade nothing could be inspected. Send the request without Upgrade.")
        }
        GatewayError::Expectation => {
            client(error, StatusCode::EXPECTATION_FAILED, "The expectation is not supported")
                .detail("Only 100-continue can be expected.")
        }
        GatewayError::Tenant => {
            client(error, StatusCode::BAD_REQUEST, "The request does not say whose it is")
                .detail("The route needs a tenant: 1 to 128 ASCII letters, digits, `-`, `_`, `.`, `:` or `@`, once, where its configuration says.")
        }
        GatewayError::Token(fault) => token_problem(error, *fault),
        GatewayError::NoRoute => client(error, StatusCode::NOT_FOUND, "No route matches")
            .detail("No route of the gateway matches this host, path and method."),
        _ => client(error, StatusCode::BAD_REQUEST, ambiguous)
            .detail("Send one Host, equal to the authority of the request.")
            .member("reason", Refusal::Host.reason()),
    }
}

/// RFC 6750, section 3: without a token there is nothing to say of it.
fn token_problem(error: &GatewayError, fault: TokenFault) -> Problem {
    let challenge = HeaderValue::from_static(match fault {
        TokenFault::Missing => r#"Bearer realm="veilgate""#,
        _ => r#"Bearer realm="veilgate", error="invalid_token""#,
    });
    client(
        error,
        StatusCode::UNAUTHORIZED,
        "The bearer token is not accepted",
    )
    .detail(fault.advice())
    .member("reason", fault.reason())
    .header(header::WWW_AUTHENTICATE, challenge)
}

fn body_problem(error: &GatewayError) -> Problem {
    let unsupported = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    let bad = StatusCode::BAD_REQUEST;
    match error {
        GatewayError::ContentType { given } => {
            let title = "The content type cannot be inspected";
            client(error, unsupported, title).detail(if *given {
                "The policy of this route has no rules for bodies of this type. Send JSON, NDJSON, CSV, XML, a form or text, as the policy has rules for."
            } else {
                "Send a Content-Type: a body without one cannot be inspected."
            })
        }
        GatewayError::Charset => {
            client(error, unsupported, "The charset cannot be inspected").detail("Send UTF-8, UTF-16, ISO-8859-1 or Windows-1252, and say so once.")
        }
        GatewayError::ContentCoding => {
            client(error, unsupported, "The content coding cannot be inspected")
                .detail("Send the body without Content-Encoding, or with up to three of gzip, deflate, br and zstd.")
        }
        GatewayError::PartialBody => client(error, bad, "Part of a body cannot be inspected")
            .detail("Send the whole body, without Content-Range."),
        GatewayError::BodyTooLarge { limit } => client(
            error,
            StatusCode::PAYLOAD_TOO_LARGE,
            "The body is too large",
        )
        .detail("Send a smaller body; the limit is in bytes.")
        .member("limit", *limit),
        GatewayError::BodyFraming(fault) => {
            client(error, bad, "The body's framing is malformed").detail(fault.to_string())
        }
        GatewayError::BodyTimeout => client(
            error,
            StatusCode::REQUEST_TIMEOUT,
            "The body came too slowly",
        )
        .detail("Nothing of the body came within the gateway's time limit.")
        .retry(),
        GatewayError::DigestField { field } => client(error, bad, "A digest field cannot be read")
            .detail("Write the digest as its RFC says, or leave it out.")
            .member("field", *field),
        GatewayError::DigestMismatch { field } => {
            client(error, bad, "The body differs from its digest")
                .detail("The body was altered on its way, or the digest is of something else.")
                .member("field", *field)
                .retry()
        }
        _ => client(error, bad, "The body is incomplete")
            .detail("The connection or stream ended before the body did.")
            .retry(),
    }
}

fn content_problem(error: &GatewayError) -> Problem {
    match error {
        GatewayError::Scan { error: scan, status } => {
            let problem = malformed(error, scan.code.is_too_large(), *status)
                .detail(scan.advice())
                .member("offset", scan.offset);
            let problem = match scan.line {
                Some(line) => problem.member("line", line),
                None => problem,
            };
            match scan.part {
                Some(part) => problem.member("part", part),
                None => problem,
            }
        }
        GatewayError::Decoding { advice, offset, too_large, status, .. } => {
            malformed(error, *too_large, *status).detail(*advice).member("offset", *offset)
        }
        GatewayError::ValueTooLong { class, limit, length } => {
            client(error, StatusCode::UNPROCESSABLE_ENTITY, "A value is too long for its class")
                .detail("Send a shorter value, or give the class `too_long: <an envelope class>` in the policy. Lengths are in bytes.")
                .member("class", class.as_ref())
                .member("limit", *limit)
                .member("length", *length)
        }
        GatewayError::ValueUnfit { class, why } => {
            client(error, StatusCode::UNPROCESSABLE_ENTITY, "A value does not fit its class")
                .detail("Send a value of the class's format, or give the class `misfit: <a class that takes every value>` in the policy.")
                .member("class", class.as_ref())
                .member("reason", why.as_str())
        }
        GatewayError::Owner(owner) => {
            let status = StatusCode::from_u16(owner.status()).unwrap_or(StatusCode::BAD_REQUEST);
            client(error, status, "The body does not say whose its values are")
                .detail(owner.advice())
                .member("offset", owner.offset())
        }
        GatewayError::ReplacementUnfit { class, reason } => {
            client(error, StatusCode::UNPROCESSABLE_ENTITY, "What replaces a value cannot be written in its place")
                .detail("Where the value stands, what the policy makes of it would read as something else. Send it in another place, or give the class another kind in the policy.")
                .member("class", class.as_ref())
                .member("reason", *reason)
        }
        other => body_problem(other),
    }
}

fn malformed(error: &GatewayError, too_large: bool, status: u16) -> Problem {
    let status = if too_large {
        StatusCode::PAYLOAD_TOO_LARGE
    } else {
        StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST)
    };
    client(error, status, "The document cannot be inspected")
}

fn our_problem(error: &GatewayError) -> Problem {
    let (unavailable, gateway) = (StatusCode::SERVICE_UNAVAILABLE, Fault::Gateway);
    match error {
        GatewayError::Busy { retry_after } => Problem::new(
            unavailable,
            code(error),
            "Too many requests at one time",
            gateway,
        )
        .detail("The gateway has as many open requests as its limit allows.")
        .retry_after(*retry_after),
        GatewayError::NoIssuerKeys { retry_after } => Problem::new(
            unavailable,
            code(error),
            "Bearer tokens cannot be verified",
            gateway,
        )
        .detail("The issuer has not yet answered with its keys. The gateway's log says why.")
        .retry_after(*retry_after),
        GatewayError::MacUnavailable { key } => Problem::new(
            unavailable,
            code(error),
            "No token could be computed",
            gateway,
        )
        .detail("The key service that computes tokens of this class did not answer.")
        .member("key", key.as_str())
        .retry(),
        GatewayError::SignerUnavailable { key } => Problem::new(
            unavailable,
            code(error),
            "No data key could be signed",
            gateway,
        )
        .detail("The signer that vouches for data keys did not answer.")
        .member("key", key.as_str())
        .retry(),
        GatewayError::Vault { retry_after, .. } => Problem::new(
            unavailable,
            code(error),
            "The vault cannot keep tokens",
            gateway,
        )
        .detail("Nothing was forwarded whose token is not kept. The gateway's log says what the vault lacks.")
        .retry_after(retry_after.unwrap_or(VAULT_RETRY)),
        GatewayError::TokensExhausted { class } => Problem::new(
            unavailable,
            code(error),
            "A class has hardly a free token left",
            gateway,
        )
        .detail("All tokens that were drawn are taken. The operator gives the class a longer format.")
        .member("class", class.as_ref()),
        GatewayError::Answer { reason } => Problem::new(
            StatusCode::BAD_GATEWAY,
            code(error),
            "The answer cannot be inspected",
            Fault::Upstream,
        )
        .detail("The route inspects answers, and the upstream's is none that can be.")
        .member("reason", *reason),
        GatewayError::UpstreamUnreachable { upstream } => upstream_problem(
            error,
            StatusCode::BAD_GATEWAY,
            "The upstream cannot be reached",
            upstream,
        )
        .detail("No connection to the upstream could be made; the request was not sent."),
        GatewayError::UpstreamTimeout { upstream } => upstream_problem(
            error,
            StatusCode::GATEWAY_TIMEOUT,
            "The upstream did not answer in time",
            upstream,
        )
        .detail("The upstream may have acted on the request."),
        GatewayError::UpstreamFailed { upstream } => upstream_problem(
            error,
            StatusCode::BAD_GATEWAY,
            "The upstream failed",
            upstream,
        )
        .detail("The upstream broke off the exchange; it may have acted on the request."),
        _ => {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            Problem::new(status, code(error), "Tokens could not be made", gateway)
                .detail("The cryptographic library refused; the gateway's log says more.")
                .retry()
        }
    }
}

fn upstream_problem(
    error: &GatewayError,
    status: StatusCode,
    title: &'static str,
    upstream: &str,
) -> Problem {
    Problem::new(status, code(error), title, Fault::Upstream)
        .member("upstream", upstream)
        .retry()
}

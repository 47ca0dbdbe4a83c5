//! Every problem that the service answers with, in one place. `docs/detokenize.md` lists them.

use http::{HeaderValue, StatusCode, header};
use scan::{OwnerError, ScanError};
use service::{Fault, Problem};
use std::time::Duration;
use unseal::{ExchangeError, OpenError};

/// A problem as functions return it: large, and rare.
pub type Refusal = Box<Problem>;

fn client(status: StatusCode, code: &'static str, title: &'static str) -> Problem {
    Problem::new(status, code, title, Fault::Client)
}

/// No such path.
pub fn no_such_page() -> Problem {
    client(StatusCode::NOT_FOUND, "no-such-page", "No such page")
        .detail("The service knows POST /v1/detokenize and POST /v1/detokenize/batch.")
}

/// Another method than POST.
pub fn method_not_allowed() -> Problem {
    client(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "The method is not allowed here",
    )
    .header(header::ALLOW, HeaderValue::from_static("POST"))
    .detail("Send it with POST.")
}

/// No bearer token, or something odd in its place.
pub fn no_bearer() -> Problem {
    unauthenticated(r#"Bearer realm="veilgate""#)
        .detail("Send one header `Authorization: Bearer <token>` with a token of your issuer.")
}

/// A bearer token that is not accepted, for whatever reason.
pub fn bearer_not_accepted() -> Problem {
    unauthenticated(r#"Bearer realm="veilgate", error="invalid_token""#)
        .detail("The bearer token is not accepted. Get a new one from your issuer.")
}

fn unauthenticated(challenge: &'static str) -> Problem {
    client(
        StatusCode::UNAUTHORIZED,
        "unauthenticated",
        "The caller is not authenticated",
    )
    .header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static(challenge),
    )
}

/// A content type without a form.
pub fn unsupported_content_type() -> Problem {
    client(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported-content-type",
        "The content type is not supported",
    )
    .detail(
        "Send text as application/json, application/x-ndjson, text/csv, text/plain or another text type, in UTF-8; a batch as application/json.",
    )
}

/// A compressed body.
pub fn unsupported_content_encoding() -> Problem {
    client(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported-content-encoding",
        "The content encoding is not supported",
    )
    .header(
        header::ACCEPT_ENCODING,
        HeaderValue::from_static("identity"),
    )
    .detail("Send the body without Content-Encoding.")
}

/// `on-refused` with a value that it does not take.
pub fn bad_option() -> Problem {
    client(StatusCode::BAD_REQUEST, "bad-option", "An option is not understood")
        .detail("Write on-refused=keep or on-refused=fail, once, in the query or as the header X-Veilgate-On-Refused.")
}

/// `policy` or `tenant` where they cannot be.
pub fn bad_policy_option() -> Problem {
    client(StatusCode::BAD_REQUEST, "bad-option", "An option is not understood")
        .detail("Write policy=NAME, and with it tenant=NAME where there are tenants, each once, in the query or as the headers X-Veilgate-Policy and X-Veilgate-Tenant, in UTF-8.")
}

/// Views that no class can have.
pub fn bad_views(limit: usize) -> Problem {
    client(
        StatusCode::BAD_REQUEST,
        "bad-option",
        "An option is not understood",
    )
    .detail("Name views as the policy does: view=last4, or view=last4,domain for the first that a token has, once, in the query or as the header X-Veilgate-View; in a batch a list, `views`.")
    .member("limit", limit)
}

/// A tenant that no token can be of.
pub fn long_tenant(limit: usize) -> Problem {
    client(
        StatusCode::BAD_REQUEST,
        "bad-option",
        "An option is not understood",
    )
    .detail("The tenant is too long. Send the name that tokens were made for.")
    .member("limit", limit)
}

/// A form, whose values only a policy tells apart.
pub fn form_without_policy() -> Problem {
    client(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported-content-type",
        "The content type is not supported",
    )
    .detail("Forms are read with a policy only: name it as policy=NAME.")
}

/// A policy that is not there, or that would have to be named.
pub fn unknown_policy(known: &[&str]) -> Problem {
    let detail = match known {
        [] => "The service has no policies. Leave `policy` and `class` out, or have the operator list the policy under `policies` in detokenize.yaml.".to_owned(),
        known => format!("Name one of the service's policies: {}.", known.join(", ")),
    };
    client(StatusCode::BAD_REQUEST, "unknown-policy", "No such policy").detail(detail)
}

/// A class that the policy has not.
pub fn unknown_class(policy: &str) -> Problem {
    client(StatusCode::BAD_REQUEST, "unknown-class", "No such class")
        .detail(format!("Name a class of the policy {policy}."))
}

/// A class whose values nothing gives back.
pub fn irreversible_class(kind: &str) -> Problem {
    class_not_revealed()
        .detail(format!("Nothing turns back what kind {kind} makes of values. Name a class of kind fpe or vault, or leave `class` out for tokens that describe themselves."))
}

fn class_not_revealed() -> Problem {
    client(
        StatusCode::BAD_REQUEST,
        "irreversible-class",
        "Values of this class are not given back",
    )
}

/// A document that a policy cannot be applied to.
pub fn malformed_document(error: &ScanError, status: u16) -> Problem {
    let status = match error.code.is_too_large() {
        true => StatusCode::PAYLOAD_TOO_LARGE,
        false => StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
    };
    let problem = client(
        status,
        error.code(),
        "The document cannot be read with the policy",
    )
    .detail(error.advice())
    .member("offset", error.offset);
    match error.line {
        Some(line) => problem.member("line", line),
        None => problem,
    }
}

/// A document that does not say of which tenant its tokens are.
pub fn unknown_owner(error: &OwnerError) -> Problem {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    client(
        status,
        error.code(),
        "The document does not say whose its tokens are",
    )
    .detail(format!(
        "{} Or name one tenant for all of it: tenant=NAME.",
        error.advice()
    ))
    .member("offset", error.offset())
}

/// A class of a policy whose tenants only records say, without a tenant.
pub fn tenant_needed(policy: &str) -> Problem {
    client(StatusCode::BAD_REQUEST, "no-tenant", "The tenant is not named")
        .detail(format!("The policy {policy} tells tenants apart. Name the one that the tokens were made for as `tenant`."))
}

/// A document that is not in UTF-8, read with a policy.
pub fn not_utf8(code: &'static str, offset: u64, status: u16) -> Problem {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    client(status, code, "The document cannot be read with the policy")
        .detail("Send it in UTF-8.")
        .member("offset", offset)
}

/// A body over its limit.
pub fn body_too_large(limit: u64) -> Problem {
    client(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body-too-large",
        "The body is too large",
    )
    .detail("Split it, or have limits raised.")
    .member("limit", limit)
    .close()
}

/// Too many tokens in a batch.
pub fn too_many_tokens(limit: usize) -> Problem {
    client(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too-many-tokens",
        "The batch has too many tokens",
    )
    .detail("Split the batch.")
    .member("limit", limit)
}

/// A batch that is not one.
pub fn malformed_batch(line: usize, column: usize) -> Problem {
    client(
        StatusCode::BAD_REQUEST,
        "malformed-batch",
        "The batch cannot be read",
    )
    .detail(r#"Send {"tokens": ["...", "..."]}; `class`, `policy` and `tenant` beside it are texts, `views` is a list of texts, and a token can be {"token": "...", "class": "..."}."#)
    .member("line", line)
    .member("column", column)
}

/// A strict caller's document with a token that is not revealed.
pub fn not_revealed() -> Problem {
    client(StatusCode::FORBIDDEN, "not-revealed", "Not every token is revealed")
        .detail("on-refused=fail was asked for, and at least one token is not revealed to this caller. With on-refused=keep it stays in its place.")
}

/// A silence in the request's body.
pub fn body_timeout() -> Problem {
    client(
        StatusCode::REQUEST_TIMEOUT,
        "body-timeout",
        "The body did not come in time",
    )
    .detail("Send the whole body without long pauses.")
    .retry()
    .close()
}

/// A request's body that broke off.
pub fn body_broken() -> Problem {
    client(StatusCode::BAD_REQUEST, "body-broken", "The body broke off")
        .detail("Send the whole body, framed as its headers say.")
        .retry()
        .close()
}

/// Too many requests at once.
pub fn too_busy() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "too-busy",
        "Too many requests at once",
        Fault::Service,
    )
    .detail("Try again later.")
    .retry_after(Duration::from_secs(1))
}

/// An audit line that cannot be written: nothing is revealed.
pub fn audit_unavailable() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "audit-unavailable",
        "The audit cannot be written",
        Fault::Service,
    )
    .detail(
        "Nothing is revealed without an audit line. The operator has to look at the service's log.",
    )
    .retry_after(Duration::from_secs(5))
}

/// Why a bearer token made no caller.
pub fn exchange(error: ExchangeError) -> Problem {
    match error {
        ExchangeError::NotAccepted => bearer_not_accepted(),
        ExchangeError::Unavailable { retry_after } => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "sts-unavailable",
            "STS is unavailable",
            Fault::Upstream,
        )
        .detail("The bearer token could not be exchanged. Try again later.")
        .retry_after(retry_after),
    }
}

/// Why a whole call could not open its tokens.
pub fn open(error: &OpenError) -> Problem {
    match error {
        OpenError::Unavailable { retry_after } => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "kms-unavailable",
            "KMS is unavailable",
            Fault::Upstream,
        )
        .detail("Try again later.")
        .retry_after(*retry_after),
        OpenError::Vault { retry_after } => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "vault-unavailable",
            "The vault is unavailable",
            Fault::Service,
        )
        .detail("Try again later.")
        .retry_after(*retry_after),
        OpenError::Credentials => bearer_not_accepted(),
        OpenError::TooManyCalls { limit } => client(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-many-kms-calls",
            "The request needs too many KMS calls",
        )
        .detail("Send tokens of fewer data keys, or fewer rsa tokens, at a time.")
        .member("limit", *limit),
    }
}

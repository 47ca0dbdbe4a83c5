//! One request: which protocol, who calls, what it answers, and its audit line.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::Shared;
use super::identity::{NoCaller, authenticate};
use crate::audit::Entry;
use crate::iam::Context;
use crate::kms::{self, KmsError, Notes};
use crate::sigv4::SignatureError;
use crate::sts::{self, Form, StsError};

type Answer = Response<Full<Bytes>>;

/// Far above what any operation takes.
const MOST_BYTES: usize = 256 * 1024;

/// Answers one request. Cryptography and disk run on the blocking pool.
pub(super) async fn handle(shared: Arc<Shared>, request: Request<Incoming>) -> Answer {
    let (parts, body) = request.into_parts();
    let request_id = Uuid::new_v4().to_string();
    if parts.uri.path() == "/_local/calls" {
        return calls(&shared, &parts.method);
    }
    let Ok(body) = Limited::new(body, MOST_BYTES).collect().await else {
        return plain(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The body is too long, or did not end.\n",
        );
    };
    let body = body.to_bytes();
    let work = move || answer(&shared, &parts, &body, &request_id);
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, "An internal error.\n"),
    }
}

fn answer(shared: &Shared, parts: &Parts, body: &[u8], request_id: &str) -> Answer {
    let target = parts.headers.get("x-amz-target").map(HeaderValue::as_bytes);
    if parts.method != Method::POST || parts.uri.path() != "/" {
        return plain(
            StatusCode::NOT_FOUND,
            "AWS KMS and STS for development: POST / speaks them.\n",
        );
    }
    match target {
        Some(target) => kms_answer(shared, parts, body, target, request_id),
        None => sts_answer(shared, parts, body, request_id),
    }
}

fn kms_answer(
    shared: &Shared,
    parts: &Parts,
    body: &[u8],
    target: &[u8],
    request_id: &str,
) -> Answer {
    let target = std::str::from_utf8(target).ok();
    let operation = target.and_then(|target| target.strip_prefix("TrentService."));
    let mut notes = Notes::default();
    let mut principal = None;
    let outcome = operation.ok_or_else(unknown_target).and_then(|operation| {
        let caller = authenticate(&shared.config, &shared.store, parts, body, "kms")
            .map_err(|error| kms_refusal(&error))?;
        principal = Some(caller.arn.clone());
        let mut context = http_context(shared, parts);
        caller.describe(&mut context);
        let (store, config) = (&shared.store, &shared.config);
        let (caller, context) = (&caller, &context);
        let mut call = kms::Call {
            store,
            config,
            caller,
            context,
            notes: Notes::default(),
        };
        let outcome = kms::run(operation, &mut call, body);
        notes = call.notes;
        outcome
    });
    record(
        shared,
        Recorded {
            source: "kms.amazonaws.com",
            name: operation.unwrap_or("-"),
            principal: principal.as_deref(),
            notes: &notes,
            outcome: outcome.as_ref().err().map(|error| error.code),
            request_id,
        },
    );
    let (status, body) = match outcome {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => {
            let body = serde_json::json!({ "__type": error.code, "message": error.message });
            (error.status(), body.to_string().into_bytes())
        }
    };
    reply(status, "application/x-amz-json-1.1", body, request_id)
}

fn sts_answer(shared: &Shared, parts: &Parts, body: &[u8], request_id: &str) -> Answer {
    let form = Form::parse(body);
    let mut principal = None;
    let mut context = http_context(shared, parts);
    let (store, config) = (&shared.store, &shared.config);
    let outcome = if sts::is_unsigned(&form) {
        sts::run_unsigned(
            &sts::Call {
                config,
                store,
                context: &context,
            },
            &form,
        )
        .map(|(body, arn)| {
            principal = Some(arn);
            body
        })
    } else {
        authenticate(config, store, parts, body, "sts")
            .map_err(|error| sts_refusal(&error))
            .and_then(|caller| {
                principal = Some(caller.arn.clone());
                caller.describe(&mut context);
                sts::run(
                    &sts::Call {
                        config,
                        store,
                        context: &context,
                    },
                    &caller,
                    &form,
                )
            })
    };
    record(
        shared,
        Recorded {
            source: "sts.amazonaws.com",
            name: form.action(),
            principal: principal.as_deref(),
            notes: &Notes::default(),
            outcome: outcome.as_ref().err().map(|error| error.code),
            request_id,
        },
    );
    let (status, body) = match outcome {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => (error.status, error.xml(request_id)),
    };
    reply(status, "text/xml", body.into_bytes(), request_id)
}

/// What conditions can ask of any request.
fn http_context(shared: &Shared, parts: &Parts) -> Context {
    let now = OffsetDateTime::now_utc();
    let mut context = Context::default();
    context.add("aws:CurrentTime", rfc3339(now));
    context.add("aws:EpochTime", now.unix_timestamp().to_string());
    context.add("aws:RequestedRegion", &shared.config.region);
    context.add("aws:SecureTransport", "false");
    context.add("aws:ViaAWSService", "false");
    context.add("aws:PrincipalIsAWSService", "false");
    // The port is on loopback alone, so this is where every caller is.
    context.add("aws:SourceIp", "127.0.0.1");
    if let Some(agent) = parts
        .headers
        .get(header::USER_AGENT)
        .and_then(|a| a.to_str().ok())
    {
        context.add("aws:UserAgent", agent);
    }
    context
}

struct Recorded<'a> {
    source: &'static str,
    name: &'a str,
    principal: Option<&'a str>,
    notes: &'a Notes,
    outcome: Option<&'static str>,
    request_id: &'a str,
}

fn record(shared: &Shared, recorded: Recorded<'_>) {
    shared.audit.record(&Entry {
        event_time: rfc3339(OffsetDateTime::now_utc()),
        event_source: recorded.source,
        event_name: recorded.name,
        principal: recorded.principal.unwrap_or("-"),
        key_id: recorded.notes.key_arn.as_deref(),
        algorithm: recorded.notes.algorithm,
        outcome: recorded.outcome.unwrap_or("Success"),
        request_id: recorded.request_id,
    });
}

fn unknown_target() -> KmsError {
    KmsError::new(
        "UnknownOperationException",
        "X-Amz-Target must be TrentService.<Operation>.",
    )
}

fn kms_refusal(error: &NoCaller) -> KmsError {
    let code = match error {
        NoCaller::Signature(SignatureError::Missing) => "MissingAuthenticationTokenException",
        NoCaller::Signature(SignatureError::Incomplete(_)) => "IncompleteSignatureException",
        NoCaller::Signature(SignatureError::Mismatch(_)) => "InvalidSignatureException",
        NoCaller::Unrecognized => "UnrecognizedClientException",
        NoCaller::Expired => "ExpiredTokenException",
    };
    KmsError::new(code, error.to_string())
}

fn sts_refusal(error: &NoCaller) -> StsError {
    let (status, code) = match error {
        NoCaller::Signature(SignatureError::Missing) => {
            (StatusCode::FORBIDDEN, "MissingAuthenticationToken")
        }
        NoCaller::Signature(SignatureError::Incomplete(_)) => {
            (StatusCode::BAD_REQUEST, "IncompleteSignature")
        }
        NoCaller::Signature(SignatureError::Mismatch(_)) => {
            (StatusCode::FORBIDDEN, "SignatureDoesNotMatch")
        }
        NoCaller::Unrecognized => (StatusCode::FORBIDDEN, "InvalidClientTokenId"),
        NoCaller::Expired => (StatusCode::FORBIDDEN, "ExpiredToken"),
    };
    StsError::new(status, code, error.to_string())
}

/// `GET /_local/calls` shows the counts, `DELETE` starts them anew.
fn calls(shared: &Shared, method: &Method) -> Answer {
    match *method {
        Method::GET => {
            let body = shared.audit.counts().to_string().into_bytes();
            reply(StatusCode::OK, "application/json", body, "-")
        }
        Method::DELETE => {
            shared.audit.reset();
            plain(StatusCode::NO_CONTENT, "")
        }
        _ => plain(StatusCode::METHOD_NOT_ALLOWED, "GET or DELETE.\n"),
    }
}

fn rfc3339(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}

fn plain(status: StatusCode, text: &'static str) -> Answer {
    reply(status, "text/plain", text.as_bytes().to_vec(), "-")
}

fn reply(
    status: StatusCode,
    content_type: &'static str,
    body: Vec<u8>,
    request_id: &str,
) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    answer
}

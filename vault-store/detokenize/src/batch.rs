//! `POST /v1/detokenize/batch`: a list of tokens in, a result for each, in order.

use crate::app::{App, Authenticated, Handled, whole_answer};
use crate::audit::Call;
use crate::body::{Reader, RequestBody, wiped};
use crate::document::content_type::{self, ContentType};
use crate::problems;
use crate::problems::Refusal;
use crate::splice::{Form, json_text};
use base64_simd::STANDARD;
use http::HeaderValue;
use http::request::Parts;
use record::ValueType;
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::Arc;
use unseal::{NotRevealed, Value};
use zeroize::Zeroizing;

/// A request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch<'a> {
    #[serde(borrow)]
    tokens: Vec<Text<'a>>,
}

/// A string that borrows where it can.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// What a token that does not open gives, whatever the reason.
const NOT_REVEALED: &[u8] = br#"{"error":{"code":"not-revealed"}}"#;

pub(crate) async fn handle(
    app: &Arc<App>,
    authenticated: &Authenticated,
    parts: &Parts,
    body: RequestBody,
    call: &mut Call,
) -> Result<Handled, Refusal> {
    let content_type: ContentType = content_type::read(&parts.headers)?;
    if content_type.form != Form::Json {
        return Err(problems::unsupported_content_type().into());
    }
    let bytes = read_whole(app, body, call).await?;
    let batch: Batch<'_> = serde_json::from_slice(&bytes)
        .map_err(|error| problems::malformed_batch(error.line(), error.column()))?;
    if batch.tokens.len() > app.limits.batch_tokens {
        return Err(problems::too_many_tokens(app.limits.batch_tokens).into());
    }
    let tokens = batch.tokens.iter();
    let candidates: Vec<_> = tokens
        .map(|Text(text)| app.opener.candidate(text.as_bytes()))
        .collect();
    let opened = app
        .opener
        .open_batch(&authenticated.caller, &call.usage, &candidates)
        .await;
    let values = match opened {
        Ok(values) => values,
        Err(error) => return Err(app.open_failed(authenticated, &error).await.into()),
    };
    let answer = write(&values, call);
    call.bytes_out = answer.len() as u64;
    let json = HeaderValue::from_static("application/json");
    Ok(Handled::Whole(whole_answer(json, wiped(answer))))
}

async fn read_whole(app: &App, body: RequestBody, call: &mut Call) -> Result<Vec<u8>, Refusal> {
    let limit = app.limits.batch_body as u64;
    let mut reader = Reader::new(body, limit, app.limits.body_idle_timeout);
    let mut bytes = Vec::new();
    loop {
        let next = reader.next().await;
        call.bytes_in = reader.read();
        match next? {
            Some(data) => bytes.extend_from_slice(&data),
            None => return Ok(bytes),
        }
    }
}

fn write(values: &[Result<Value, NotRevealed>], call: &mut Call) -> Zeroizing<Vec<u8>> {
    // Room for all of it, twice over for escapes, as no copy of a value is to stay behind.
    let room: usize = values
        .iter()
        .flatten()
        .map(|value| 2 * value.bytes.len())
        .sum();
    let mut out = Zeroizing::new(Vec::with_capacity(room + 64 * values.len() + 16));
    out.extend_from_slice(br#"{"results":["#);
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        match value {
            Ok(value) => {
                call.counts.reveal(&value.class);
                write_value(&mut out, value);
            }
            Err(NotRevealed) => {
                call.counts.refuse();
                out.extend_from_slice(NOT_REVEALED);
            }
        }
    }
    out.extend_from_slice(b"]}");
    out
}

/// `{"value":…,"type":"…"}`, the value with its JSON type and, where it has one, its spelling.
fn write_value(out: &mut Vec<u8>, value: &Value) {
    out.extend_from_slice(br#"{"value":"#);
    let name = match std::str::from_utf8(&value.bytes) {
        Ok(text) if value.value_type != ValueType::Text && is_json(text) => {
            out.extend_from_slice(text.as_bytes());
            value.value_type.name()
        }
        Ok(text) => {
            json_text(out, text);
            ValueType::Text.name()
        }
        // Only an `rsa` token can hold what is no text: its maker is not bound to UTF-8.
        Err(_) => {
            let encoded = Zeroizing::new(STANDARD.encode_to_string(&*value.bytes));
            json_text(out, &encoded);
            "base64"
        }
    };
    out.extend_from_slice(br#","type":""#);
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(br#""}"#);
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

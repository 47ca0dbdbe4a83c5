//! `POST /v1/detokenize/batch`: a list of tokens in, a result for each, in order.

use crate::app::{App, Authenticated, Handled, whole_answer};
use crate::audit::Call;
use crate::body::{Reader, RequestBody, wiped};
use crate::document::content_type::{self, ContentType};
use crate::policy::{self, RevealPolicy};
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
use unseal::{Candidate, NotRevealed, RevealClass, Value};
use zeroize::Zeroizing;

/// A request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch<'a> {
    #[serde(borrow)]
    tokens: Vec<Entry<'a>>,
    /// Which policy `class` is of; may be left out where there is only one.
    #[serde(borrow, default)]
    policy: Option<Text<'a>>,
    /// What tokens are that do not describe themselves.
    #[serde(borrow, default)]
    class: Option<Text<'a>>,
    /// Which tenant those are of.
    #[serde(borrow, default)]
    tenant: Option<Text<'a>>,
    /// Instead of each value, the first of these views that it has.
    #[serde(borrow, default)]
    views: Vec<Text<'a>>,
}

/// A token, by itself or with the class that it is of.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry<'a> {
    #[serde(borrow)]
    Token(Text<'a>),
    #[serde(borrow)]
    OfClass(OfClass<'a>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfClass<'a> {
    #[serde(borrow)]
    token: Text<'a>,
    #[serde(borrow)]
    class: Text<'a>,
}

/// A string that borrows where it can.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Text<'_> {
    fn as_str(&self) -> &str {
        &self.0
    }
}

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
    let candidates = candidates(app, &batch)?;
    let views: Vec<&str> = batch.views.iter().map(Text::as_str).collect();
    policy::check_views(&views)?;
    let opened = app
        .opener
        .open_views(&authenticated.caller, &call.usage, &candidates, &views)
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

/// The batch's tokens, with the classes of those that do not describe themselves. What is refused of
/// it depends on no token.
fn candidates<'a>(app: &'a App, batch: &'a Batch<'_>) -> Result<Vec<Candidate<'a>>, Refusal> {
    let tenant = batch.tenant.as_ref().map_or("", Text::as_str);
    policy::check_tenant(tenant)?;
    let classes = Classes::new(app, batch)?;
    let candidates = batch.tokens.iter().map(|entry| {
        let (text, class) = match entry {
            Entry::Token(text) => (text, classes.default),
            Entry::OfClass(OfClass { token, class }) => (token, classes.named(class)?),
        };
        let candidate = app.opener.candidate(text.as_str().as_bytes());
        Ok(match (candidate, class) {
            (
                Candidate::Framed {
                    framing: None,
                    text,
                },
                Some(class),
            ) => Candidate::OfClass {
                class,
                tenant,
                text,
            },
            (candidate, _) => candidate,
        })
    });
    candidates.collect()
}

/// The classes that a batch names.
struct Classes<'a> {
    /// `None` when no token needs one.
    policy: Option<&'a RevealPolicy>,
    /// Whether the batch names its tenant.
    of_tenant: bool,
    /// Of tokens that come without.
    default: Option<&'a RevealClass>,
}

impl<'a> Classes<'a> {
    fn new(app: &'a App, batch: &Batch<'_>) -> Result<Self, Refusal> {
        let policy = batch.policy.as_ref().map(Text::as_str);
        let has_class = |entry: &Entry<'_>| matches!(entry, Entry::OfClass(_));
        let needed =
            policy.is_some() || batch.class.is_some() || batch.tokens.iter().any(has_class);
        let policy = needed.then(|| app.policies.get(policy)).transpose()?;
        let classes = Self {
            policy: policy.map(AsRef::as_ref),
            of_tenant: batch
                .tenant
                .as_ref()
                .is_some_and(|name| !name.as_str().is_empty()),
            default: None,
        };
        let default = batch.class.as_ref().map(|class| classes.named(class));
        Ok(Self {
            default: default.transpose()?.flatten(),
            ..classes
        })
    }

    fn named(&self, class: &Text<'_>) -> Result<Option<&'a RevealClass>, Refusal> {
        let Some(policy) = self.policy else {
            return Ok(None);
        };
        let class = policy.class(class.as_str())?;
        if class.is_some() && !self.of_tenant {
            policy.check_tenant_needed()?;
        }
        Ok(class.map(AsRef::as_ref))
    }
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

//! The claims of a bearer token (RFC 7519), read without verification.

use base64_simd::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::time::{Duration, SystemTime};

/// What is read of a token. Nothing in it is proven.
pub(crate) struct Claims {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    /// `exp`, if it has one that makes sense.
    pub(crate) expires: Option<SystemTime>,
    audiences: Vec<String>,
    others: Map<String, Value>,
}

#[derive(Deserialize)]
struct Raw {
    iss: String,
    sub: String,
    #[serde(default)]
    aud: Option<Audiences>,
    #[serde(default)]
    exp: Option<f64>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audiences {
    One(String),
    Many(Vec<String>),
}

impl Claims {
    /// Reads the payload of a compact JWS; `None` for anything else.
    pub(crate) fn read(bearer: &str) -> Option<Self> {
        let mut parts = bearer.split('.');
        let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let payload = URL_SAFE_NO_PAD.decode_to_vec(payload).ok()?;
        let raw: Raw = serde_json::from_slice(&payload).ok()?;
        Some(Self {
            issuer: raw.iss,
            subject: raw.sub,
            expires: raw.exp.and_then(after_1970),
            audiences: match raw.aud {
                Some(Audiences::One(one)) => vec![one],
                Some(Audiences::Many(many)) => many,
                None => Vec::new(),
            },
            others: raw.others,
        })
    }

    pub(crate) fn is_for(&self, audience: &str) -> bool {
        self.audiences.iter().any(|known| known == audience)
    }

    /// Whether the claim `name` is `value`, or a list that holds it.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        match self.others.get(name) {
            Some(Value::Array(list)) => list.iter().any(|each| each.as_str() == Some(value)),
            Some(Value::String(text)) => text == value,
            Some(Value::Bool(flag)) => value.parse() == Ok(*flag),
            Some(Value::Number(number)) => {
                let spelled = number.to_string();
                spelled == value
            }
            Some(Value::Null | Value::Object(_)) | None => match name {
                "sub" => self.subject == value,
                "aud" => self.is_for(value),
                _ => false,
            },
        }
    }
}

fn after_1970(seconds: f64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
}

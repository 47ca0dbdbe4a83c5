//! Checking of OIDC tokens against the issuer's public keys.

use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, dangerous, decode, decode_header};
use serde_json::{Map, Value};

use crate::config::{KeySource, Provider};

use super::StsError;

/// A token that has been checked.
pub(super) struct Claims<'a> {
    pub(super) provider: &'a Provider,
    pub(super) subject: String,
    /// `azp` when the token has it, else the audience that was accepted.
    pub(super) audience: String,
    pub(super) token_audiences: Vec<String>,
    pub(super) all: Map<String, Value>,
}

const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// Largest key set that is read.
const MOST_BYTES: usize = 1 << 20;

/// Checks signature, issuer, audience and times; `iss`, `aud`, `sub` and `exp` must be there, and
/// `nbf` counts when it is. Blocking: it reads the issuer's keys anew.
pub(super) fn verify<'a>(providers: &'a [Provider], token: &str) -> Result<Claims<'a>, StsError> {
    let unreadable = |_| StsError::invalid_token("The ID Token provided is not a valid JWT.");
    let header = decode_header(token).map_err(unreadable)?;
    if !ALGORITHMS.contains(&header.alg) {
        let message = "The token must be signed with RS256, ES256 or EdDSA.";
        return Err(StsError::invalid_token(message));
    }
    let unproven: Map<String, Value> =
        dangerous::insecure_decode_claims(token).map_err(unreadable)?;
    let issuer = unproven
        .get("iss")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let provider = providers
        .iter()
        .find(|provider| provider.issuer == issuer)
        .ok_or_else(|| {
            StsError::invalid_token(
                "No OpenIDConnect provider found in your account for the issuer.",
            )
        })?;
    let keys = read_keys(&provider.keys)?;
    let all = check(token, header.alg, header.kid.as_deref(), provider, &keys)?;
    claims(provider, all)
}

/// Tries the keys that the token can be meant for.
fn check(
    token: &str,
    algorithm: Algorithm,
    key_id: Option<&str>,
    provider: &Provider,
    keys: &JwkSet,
) -> Result<Map<String, Value>, StsError> {
    let mut validation = Validation::new(algorithm);
    validation.leeway = 0;
    validation.validate_nbf = true;
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[&provider.issuer]);
    validation.set_audience(&provider.audiences);

    let meant = |key: &&Jwk| key_id.is_none() || key.common.key_id.as_deref() == key_id;
    let mut failure = StsError::invalid_token(
        "Couldn't retrieve verification key from your identity provider: no key has the token's kid.",
    );
    for key in keys.keys.iter().filter(meant) {
        let Ok(key) = DecodingKey::from_jwk(key) else {
            continue;
        };
        match decode::<Map<String, Value>>(token, &key, &validation) {
            Ok(decoded) => return Ok(decoded.claims),
            Err(error) => failure = refusal(error.kind()),
        }
        if failure.code == "ExpiredTokenException" {
            break;
        }
    }
    Err(failure)
}

fn refusal(kind: &ErrorKind) -> StsError {
    match kind {
        ErrorKind::ExpiredSignature => StsError::bad_request(
            "ExpiredTokenException",
            "Token expired: its exp has passed.",
        ),
        ErrorKind::ImmatureSignature => {
            StsError::invalid_token("The token is not valid yet: its nbf is in the future.")
        }
        ErrorKind::InvalidAudience => StsError::invalid_token("Incorrect token audience"),
        ErrorKind::InvalidIssuer => StsError::invalid_token("Incorrect token issuer"),
        ErrorKind::MissingRequiredClaim(claim) => {
            StsError::invalid_token(format!("Missing a required claim: {claim}"))
        }
        _ => StsError::invalid_token("The ID Token provided has an invalid signature or claim."),
    }
}

fn claims(provider: &Provider, all: Map<String, Value>) -> Result<Claims<'_>, StsError> {
    let missing = |claim| StsError::invalid_token(format!("Missing a required claim: {claim}"));
    let subject = all
        .get("sub")
        .and_then(Value::as_str)
        .filter(|sub| !sub.is_empty());
    let subject = subject.ok_or_else(|| missing("sub"))?.to_owned();
    let token_audiences: Vec<String> = match all.get("aud") {
        Some(Value::String(audience)) => vec![audience.clone()],
        Some(Value::Array(items)) => items
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => return Err(missing("aud")),
    };
    let configured = |audience: &&String| provider.audiences.contains(audience);
    let audience = match all.get("azp") {
        Some(party) => party.as_str().map(str::to_owned).filter(|p| configured(&p)),
        None => token_audiences.iter().find(configured).cloned(),
    };
    let audience = audience.ok_or_else(|| StsError::invalid_token("Incorrect token audience"))?;
    Ok(Claims {
        provider,
        subject,
        audience,
        token_audiences,
        all,
    })
}

/// Reads the keys anew for each token, so a new key counts at once.
fn read_keys(source: &KeySource) -> Result<JwkSet, StsError> {
    let unreachable = |what: String| {
        let message =
            format!("Couldn't retrieve verification key from your identity provider: {what}");
        StsError::bad_request("IDPCommunicationError", message)
    };
    let text = match source {
        KeySource::File(path) => std::fs::read(path).map_err(|e| unreachable(e.to_string()))?,
        KeySource::Url(url) => tokio::runtime::Handle::current()
            .block_on(tokio::time::timeout(
                Duration::from_secs(5),
                fetch(url.clone()),
            ))
            .map_err(|_| unreachable("no answer in 5 seconds".to_owned()))?
            .map_err(unreachable)?,
    };
    // One key that is not known must not hide the others.
    let document: Value =
        serde_json::from_slice(&text).map_err(|_| unreachable("not a JWKS".to_owned()))?;
    let items = document.get("keys").and_then(Value::as_array);
    let items = items.ok_or_else(|| unreachable("not a JWKS".to_owned()))?;
    let keys = items
        .iter()
        .filter_map(|key| serde_json::from_value(key.clone()).ok())
        .collect();
    Ok(JwkSet { keys })
}

async fn fetch(url: http::Uri) -> Result<Vec<u8>, String> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<bytes::Bytes>>();
    let answer = client.get(url).await.map_err(|error| error.to_string())?;
    if !answer.status().is_success() {
        return Err(format!("status {}", answer.status()));
    }
    let body = Limited::new(answer.into_body(), MOST_BYTES).collect().await;
    Ok(body.map_err(|error| error.to_string())?.to_bytes().to_vec())
}

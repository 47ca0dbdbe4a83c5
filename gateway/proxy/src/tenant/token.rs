//! Signed JSON Web Tokens (RFC 7515, RFC 7519), read as strictly as RFC 8725 advises.

use jsonwebtoken::{Algorithm, Validation, decode};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::fault::TokenFault;
use super::key_set::KeySet;
use super::unique::Unique;

/// How far clocks may differ, in seconds.
pub(super) const LEEWAY: u64 = 30;

/// What a token's head says, before anything is proven. Keys that it carries or points to (`jwk`,
/// `jku`, `x5c`, `x5u`) are not looked at: only the configured issuer's keys count.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<String>,
}

/// Whom a token must be of, and for.
#[derive(Debug)]
pub(super) struct Expected {
    issuer: String,
    audiences: Vec<String>,
}

/// What a token says that has been proven.
#[derive(Debug)]
pub(super) struct Proven {
    pub(super) claims: Value,
    /// In seconds since 1970.
    pub(super) expires: u64,
}

#[derive(Deserialize)]
struct RawHead {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
}

/// Whatever stands there, `null` too.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

impl Head {
    /// The head of a token in compact form.
    pub(super) fn read(token: &str) -> Result<Self, TokenFault> {
        let mut parts = token.split('.');
        let (Some(head), Some(_), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenFault::Malformed);
        };
        let head = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(head);
        let head = head.map_err(|_| TokenFault::Malformed)?;
        let raw: RawHead = serde_json::from_slice(&head).map_err(|_| TokenFault::Malformed)?;
        if raw.crit || !raw.typ.as_deref().is_none_or(is_access_token) {
            return Err(TokenFault::Head);
        }
        Ok(Self {
            algorithm: algorithm(&raw.alg).ok_or(TokenFault::Algorithm)?,
            key_id: raw.kid,
        })
    }
}

/// One issuer signs tokens of several types, and one type must not pass for another (RFC 8725,
/// section 3.11): a logout token, say. ID tokens have no type of their own.
fn is_access_token(named: &str) -> bool {
    let named = named.to_ascii_lowercase();
    let short = named.strip_prefix("application/").unwrap_or(&named);
    matches!(short, "jwt" | "at+jwt")
}

/// Asymmetric algorithms only: with a secret, whoever can verify can sign.
fn algorithm(name: &str) -> Option<Algorithm> {
    Some(match name {
        "RS256" => Algorithm::RS256,
        "RS384" => Algorithm::RS384,
        "RS512" => Algorithm::RS512,
        "PS256" => Algorithm::PS256,
        "PS384" => Algorithm::PS384,
        "PS512" => Algorithm::PS512,
        "ES256" => Algorithm::ES256,
        "ES384" => Algorithm::ES384,
        "EdDSA" => Algorithm::EdDSA,
        _ => return None,
    })
}

impl Expected {
    pub(super) fn new(issuer: String, audiences: Vec<String>) -> Self {
        Self { issuer, audiences }
    }

    /// Proves a token whose head was read: its signature first, then its claims.
    pub(super) fn prove(
        &self,
        token: &str,
        head: &Head,
        keys: &KeySet,
    ) -> Result<Proven, TokenFault> {
        let validation = self.validation(head.algorithm);
        let mut fault = TokenFault::UnknownKey;
        for key in keys.fitting(head.algorithm, head.key_id.as_deref()) {
            match decode::<Unique>(token, key, &validation) {
                Ok(decoded) => return self.proven(decoded.claims.0),
                Err(error) => fault = TokenFault::from(&error),
            }
            if fault != TokenFault::Signature {
                break;
            }
        }
        Err(fault)
    }

    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&self.audiences);
        validation
    }

    /// What the library takes more loosely: it lets `iss` be a list.
    fn proven(&self, claims: Value) -> Result<Proven, TokenFault> {
        if claims.get("iss").and_then(Value::as_str) != Some(&self.issuer) {
            return Err(TokenFault::Issuer);
        }
        let expires = claims.get("exp").and_then(seconds);
        let expires = expires.ok_or(TokenFault::NoExpiry)?;
        Ok(Proven { claims, expires })
    }
}

/// A NumericDate, which may have a fraction.
fn seconds(date: &Value) -> Option<u64> {
    let fraction = || date.as_f64().filter(|date| *date >= 0.0);
    // What is too big becomes the biggest.
    date.as_u64().or_else(|| fraction().map(|date| date as u64))
}

#[cfg(test)]
mod tests;

//! The callers' identity provider: an ES256 signing key, its JWKS, and a token for each caller.
//!
//! Nothing listens for it: STS reads the JWKS from a file.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use crate::arguments::CallerName;
use crate::failure::Failure;
use crate::folder::{Folder, write, write_private};
use crate::keys::P256Key;

/// Whom the tokens are from. A name only: nothing is fetched from it.
pub(crate) const ISSUER: &str = "https://login.example.com";
/// The issuer as IAM writes it.
pub(crate) const PROVIDER: &str = "login.example.com";
/// For whom the tokens are.
pub(crate) const AUDIENCE: &str = "veilgate";
const KEY_ID: &str = "quickstart-1";
const TOKEN_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

#[derive(Serialize)]
struct Claims {
    iss: &'static str,
    aud: &'static str,
    sub: &'static str,
    groups: [&'static str; 1],
    iat: u64,
    exp: u64,
}

/// Writes `config/jwks.json`, and a fresh token for each caller as `NAME.jwt`.
pub(crate) fn write_callers(folder: &Folder) -> Result<(), Failure> {
    let key = P256Key::read_or_make(&folder.keys().join("login.key"), "login.key")?;
    let key =
        EncodingKey::from_ec_pem(key.private_pem().as_bytes()).map_err(|error| unusable(&error))?;
    write(&folder.config().join("jwks.json"), jwks(&key)?)?;
    for caller in CallerName::ALL {
        write_private(&folder.token(caller), token(&key, caller)?)?;
    }
    Ok(())
}

fn token(key: &EncodingKey, caller: CallerName) -> Result<String, Failure> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let claims = Claims {
        iss: ISSUER,
        aud: AUDIENCE,
        sub: caller.as_str(),
        groups: [caller.role()],
        iat: now.as_secs(),
        exp: now.saturating_add(TOKEN_LIFETIME).as_secs(),
    };
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some(KEY_ID.to_owned());
    jsonwebtoken::encode(&header, &claims, key).map_err(|error| unusable(&error))
}

fn jwks(key: &EncodingKey) -> Result<Vec<u8>, Failure> {
    let mut jwk =
        Jwk::from_encoding_key(key, Algorithm::ES256).map_err(|error| unusable(&error))?;
    jwk.common.key_id = Some(KEY_ID.to_owned());
    serde_json::to_vec_pretty(&JwkSet { keys: vec![jwk] }).map_err(|error| unusable(&error))
}

fn unusable(error: &dyn std::error::Error) -> Failure {
    Failure::Key {
        what: "login.key",
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use jsonwebtoken::{DecodingKey, Validation};
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_token_verifies_with_the_jwks_and_says_who_the_caller_is() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = Folder::new(scratch.path().to_owned());
        folder.create().unwrap();
        write_callers(&folder).unwrap();

        let jwks: JwkSet =
            serde_json::from_slice(&std::fs::read(folder.config().join("jwks.json")).unwrap())
                .unwrap();
        let token = std::fs::read_to_string(folder.token(CallerName::Bob)).unwrap();
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[ISSUER]);
        validation.required_spec_claims = HashSet::from(["exp", "aud", "iss"].map(str::to_owned));
        let key = DecodingKey::from_jwk(jwks.find(KEY_ID).unwrap()).unwrap();
        let claims = jsonwebtoken::decode::<Value>(&token, &key, &validation)
            .unwrap()
            .claims;

        assert_eq!(claims["sub"], "bob");
        assert_eq!(claims["groups"], serde_json::json!(["support"]));
    }
}

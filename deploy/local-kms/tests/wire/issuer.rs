//! An OIDC issuer for tests: keys, a JWKS, tokens.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
};
use base64_simd::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::support::ISSUER;

pub(crate) struct Issuer {
    key: EncodingKey,
    algorithm: Algorithm,
    pub(crate) key_id: String,
    pub(crate) jwk: Value,
}

impl Issuer {
    pub(crate) fn es256(key_id: &str) -> Issuer {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = pair.public_key().as_ref();
        let part = |range| URL_SAFE_NO_PAD.encode_to_string(&point[range]);
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": key_id,
            "x": part(1..33), "y": part(33..65),
        });
        let pkcs8 = pair.to_pkcs8v1().unwrap();
        Issuer {
            key: EncodingKey::from_ec_der(pkcs8.as_ref()),
            algorithm: Algorithm::ES256,
            key_id: key_id.to_owned(),
            jwk,
        }
    }

    pub(crate) fn ed25519(key_id: &str) -> Issuer {
        let pair = Ed25519KeyPair::generate().unwrap();
        let jwk = json!({
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": key_id,
            "x": URL_SAFE_NO_PAD.encode_to_string(pair.public_key().as_ref()),
        });
        let pkcs8 = pair.to_pkcs8().unwrap();
        Issuer {
            key: EncodingKey::from_ed_der(pkcs8.as_ref()),
            algorithm: Algorithm::EdDSA,
            key_id: key_id.to_owned(),
            jwk,
        }
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.key_id.clone());
        encode(&header, claims, &self.key).unwrap()
    }
}

/// A good token's claims, with changes; `null` takes a claim out.
pub(crate) fn claims(changes: Value) -> Value {
    let now = jsonwebtoken::get_current_timestamp();
    let mut claims = json!({
        "iss": ISSUER, "aud": "veilgate", "sub": "user-eve", "iat": now, "nbf": now - 1, "exp": now + 600,
    });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

//! Issuers for tests: they sign with aws-lc itself, not with the library that verifies.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents,
};
use serde_json::{Value, json};

pub(super) const ISSUER: &str = "https://login.example.com/";

/// A private key.
pub(super) enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

/// One key of each type, named `rsa`, `p256`, `p384` and `ed`, and another RSA key that no issuer has.
pub(super) struct Pairs {
    pub(super) rsa: Pair,
    pub(super) p256: Pair,
    pub(super) p384: Pair,
    pub(super) ed: Pair,
    pub(super) stranger: Pair,
}

/// Made once: RSA keys take their time.
pub(super) fn pairs() -> &'static Pairs {
    static PAIRS: OnceLock<Pairs> = OnceLock::new();
    PAIRS.get_or_init(|| {
        let ec = |algorithm| EcdsaKeyPair::generate(algorithm).unwrap();
        Pairs {
            rsa: Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()),
            p256: Pair::P256(ec(&ECDSA_P256_SHA256_FIXED_SIGNING)),
            p384: Pair::P384(ec(&ECDSA_P384_SHA384_FIXED_SIGNING)),
            ed: Pair::Ed(Ed25519KeyPair::generate().unwrap()),
            stranger: Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()),
        }
    })
}

impl Pairs {
    /// The issuer's key set.
    pub(super) fn jwks(&self) -> Value {
        json!({ "keys": [
            self.rsa.jwk("rsa"), self.p256.jwk("p256"), self.p384.jwk("p384"), self.ed.jwk("ed"),
        ] })
    }
}

impl Pair {
    /// The public key.
    pub(super) fn jwk(&self, kid: &str) -> Value {
        let point = |pair: &EcdsaKeyPair, curve| {
            let point = pair.public_key().as_ref();
            let (x, y) = point[1..].split_at(point.len() / 2);
            json!({ "kty": "EC", "crv": curve, "x": base64(x), "y": base64(y), "kid": kid })
        };
        match self {
            Self::Rsa(pair) => {
                let key = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({ "kty": "RSA", "n": base64(&key.n), "e": base64(&key.e), "kid": kid })
            }
            Self::P256(pair) => point(pair, "P-256"),
            Self::P384(pair) => point(pair, "P-384"),
            Self::Ed(pair) => {
                let x = base64(pair.public_key().as_ref());
                json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid })
            }
        }
    }

    /// `algorithm` matters for RSA keys alone.
    pub(super) fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let encoding: &'static dyn RsaEncoding = match algorithm {
                    "RS384" => &RSA_PKCS1_SHA384,
                    "RS512" => &RSA_PKCS1_SHA512,
                    "PS256" => &RSA_PSS_SHA256,
                    "PS384" => &RSA_PSS_SHA384,
                    "PS512" => &RSA_PSS_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature)
                    .unwrap();
                signature
            }
            Self::P256(pair) | Self::P384(pair) => {
                pair.sign(&random, message).unwrap().as_ref().to_vec()
            }
            Self::Ed(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

pub(super) fn base64(bytes: &[u8]) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// Head and claims, which may be any text, and their signature.
pub(super) fn sign(pair: &Pair, algorithm: &str, head: &str, claims: &str) -> String {
    let message = format!("{}.{}", base64(head.as_bytes()), base64(claims.as_bytes()));
    let signature = pair.sign(algorithm, message.as_bytes());
    format!("{message}.{}", base64(&signature))
}

/// Now, and so many seconds later or earlier.
pub(super) fn at(seconds: i64) -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    i64::try_from(now.unwrap().as_secs()).unwrap() + seconds
}

/// The claims of a token that is accepted, with some replaced; null removes one.
pub(super) fn claims(changes: &Value) -> String {
    let mut claims = json!({
        "iss": ISSUER, "aud": "veilgate", "exp": at(600), "tenant_id": "acme",
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
        .as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    claims.to_string()
}

/// A token of the issuer's RSA key.
pub(super) fn token(changes: &Value) -> String {
    let head = json!({ "alg": "RS256", "kid": "rsa", "typ": "JWT" }).to_string();
    sign(&pairs().rsa, "RS256", &head, &claims(changes))
}

//! An issuer's public keys: a JSON Web Key Set (RFC 7517).

use aws_lc_rs::digest;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// Most keys of a set.
const MAX_KEYS: usize = 100;

/// Bits of an RSA modulus that can be verified with.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// The keys of a set that can verify a token. Sets are equal when their texts are.
#[derive(Debug)]
pub struct KeySet {
    digest: [u8; 32],
    keys: Vec<Key>,
}

impl PartialEq for KeySet {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for KeySet {}

/// One key, with what it may be used for.
#[derive(Debug)]
struct Key {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    decoding: DecodingKey,
}

/// Why a text is no key set.
#[derive(Debug, thiserror::Error)]
pub enum KeySetError {
    /// It is not a JSON object with `keys`.
    #[error("it is no JSON Web Key Set: a JSON object with a list `keys`")]
    Shape,
    /// More keys than any issuer has.
    #[error("it has {0} keys, and {MAX_KEYS} are the most")]
    TooMany(usize),
    /// No key can verify a token.
    #[error("none of its {count} keys can verify a token{because}", because = because(*first))]
    Unusable {
        /// How many there are.
        count: usize,
        /// Why the first one cannot.
        first: Option<&'static str>,
    },
}

fn because(first: Option<&'static str>) -> String {
    first.map_or_else(String::new, |reason| format!("; the first {reason}"))
}

#[derive(Deserialize)]
struct RawSet {
    keys: Vec<Value>,
}

impl KeySet {
    /// The keys of a set that can verify tokens. Others are left out, as an issuer may publish keys
    /// for other uses: one key that is not known must not hide the rest.
    ///
    /// # Errors
    /// The text is no key set, or no key of it can verify a token.
    pub fn parse(text: &[u8]) -> Result<Self, KeySetError> {
        let raw: RawSet = serde_json::from_slice(text).map_err(|_| KeySetError::Shape)?;
        let count = raw.keys.len();
        if count > MAX_KEYS {
            return Err(KeySetError::TooMany(count));
        }
        let (mut keys, mut first) = (Vec::new(), None);
        for value in raw.keys {
            match Key::of(value) {
                Ok(key) => keys.push(key),
                Err(reason) => first = first.or(Some(reason)),
            }
        }
        if keys.is_empty() {
            return Err(KeySetError::Unusable { count, first });
        }
        let mut digest = [0; 32];
        let hash = digest::digest(&digest::SHA256, text);
        digest.copy_from_slice(hash.as_ref());
        Ok(Self { digest, keys })
    }

    /// Tells sets apart.
    pub(super) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The keys that a token can be signed with. Without a `kid` that is one key or none: what could
    /// be several is not tried out.
    pub(super) fn fitting(&self, algorithm: Algorithm, key_id: Option<&str>) -> Vec<&DecodingKey> {
        let fits = |key: &&Key| {
            let named = key_id.is_none() || key.id.as_deref() == key_id;
            named && key.algorithms.contains(&algorithm)
        };
        let fitting: Vec<_> = self
            .keys
            .iter()
            .filter(fits)
            .map(|key| &key.decoding)
            .collect();
        match key_id {
            None if fitting.len() > 1 => Vec::new(),
            _ => fitting,
        }
    }
}

impl Key {
    /// Or why it cannot verify a token.
    fn of(value: Value) -> Result<Self, &'static str> {
        let jwk: Jwk = serde_json::from_value(value).map_err(|_| "is no JSON Web Key")?;
        let common = &jwk.common;
        if !matches!(common.public_key_use, None | Some(PublicKeyUse::Signature)) {
            return Err("is not for signatures (`use`)");
        }
        let operations = common.key_operations.as_ref();
        if operations.is_some_and(|them| !them.contains(&KeyOperations::Verify)) {
            return Err("is not for verifying (`key_ops`)");
        }
        let mut algorithms = algorithms(&jwk).to_vec();
        if algorithms.is_empty() {
            return Err("is no RSA, P-256, P-384 or Ed25519 key");
        }
        if let Some(named) = common.key_algorithm {
            let named = Algorithm::try_from(named).ok();
            algorithms.retain(|algorithm| named == Some(*algorithm));
        }
        if algorithms.is_empty() {
            return Err("is for another algorithm (`alg`)");
        }
        if !has_right_size(&jwk) {
            return Err("has another size than such keys have; RSA keys have 2048 to 8192 bits");
        }
        let decoding = DecodingKey::from_jwk(&jwk).map_err(|_| "is not well-formed")?;
        let id = jwk.common.key_id;
        Ok(Self {
            id,
            algorithms,
            decoding,
        })
    }
}

/// What a key of this type can verify. Never HMAC: a public key must not pass for a secret.
fn algorithms(jwk: &Jwk) -> &'static [Algorithm] {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => &[RS256, RS384, RS512, PS256, PS384, PS512],
        AlgorithmParameters::EllipticCurve(point) => match point.curve {
            EllipticCurve::P256 => &[ES256],
            EllipticCurve::P384 => &[ES384],
            _ => &[],
        },
        AlgorithmParameters::OctetKeyPair(point) => match point.curve {
            EllipticCurve::Ed25519 => &[EdDSA],
            _ => &[],
        },
        _ => &[],
    }
}

/// Whether the library would verify with it at all. Better said here than by each token's signature.
fn has_right_size(jwk: &Jwk) -> bool {
    let length = |text: &str| {
        base64_simd::URL_SAFE_NO_PAD
            .decode_to_vec(text)
            .ok()
            .map(|b| b.len())
    };
    match &jwk.algorithm {
        AlgorithmParameters::RSA(key) => {
            let modulus = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(&key.n).ok();
            modulus.is_some_and(|modulus| RSA_BITS.contains(&bits(&modulus)))
        }
        AlgorithmParameters::EllipticCurve(point) => {
            let wanted = match point.curve {
                EllipticCurve::P256 => Some(32),
                _ => Some(48),
            };
            length(&point.x) == wanted && length(&point.y) == wanted
        }
        AlgorithmParameters::OctetKeyPair(point) => length(&point.x) == Some(32),
        _ => false,
    }
}

/// Of a big-endian number.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let first = number
        .get(zeros)
        .map_or(0, |byte| byte.leading_zeros() as usize);
    (number.len() - zeros) * 8 - first
}

#[cfg(test)]
mod tests;

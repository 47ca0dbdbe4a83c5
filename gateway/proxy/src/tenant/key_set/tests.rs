#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]
use super::*;
use crate::tenant::testing::{base64, pairs};
use serde_json::json;

fn parse(value: &Value) -> Result<KeySet, String> {
    KeySet::parse(value.to_string().as_bytes()).map_err(|error| error.to_string())
}

/// A key of the set, with some members replaced.
fn with(mut jwk: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        jwk[name] = value.clone();
    }
    jwk
}

#[test]
fn a_key_verifies_what_its_type_curve_and_alg_allow() {
    use Algorithm::*;
    let set = parse(&pairs().jwks()).unwrap();
    let rsa = [RS256, RS384, RS512, PS256, PS384, PS512];
    for (id, allowed) in [
        ("rsa", &rsa[..]),
        ("p256", &[ES256]),
        ("p384", &[ES384]),
        ("ed", &[EdDSA]),
        ("other", &[]),
    ] {
        for algorithm in [
            HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA,
        ] {
            let found = set.fitting(algorithm, Some(id)).len();
            assert_eq!(
                found,
                usize::from(allowed.contains(&algorithm)),
                "{id} {algorithm:?}"
            );
        }
    }
    let named = with(
        pairs().rsa.jwk("rsa"),
        &json!({ "alg": "PS256", "use": "sig", "key_ops": ["verify"] }),
    );
    let set = parse(&json!({ "keys": [named] })).unwrap();
    assert_eq!(set.fitting(PS256, Some("rsa")).len(), 1);
    assert_eq!(set.fitting(RS256, Some("rsa")).len(), 0);
}

#[test]
fn without_a_kid_only_one_key_may_fit() {
    let set = parse(&pairs().jwks()).unwrap();
    assert_eq!(set.fitting(Algorithm::RS256, None).len(), 1);
    let two = json!({ "keys": [pairs().rsa.jwk("a"), pairs().stranger.jwk("b")] });
    let two = parse(&two).unwrap();
    assert_eq!(two.fitting(Algorithm::RS256, None).len(), 0);
    assert_eq!(two.fitting(Algorithm::RS256, Some("b")).len(), 1);
}

#[test]
fn what_cannot_verify_is_left_out_and_alone_it_is_refused() {
    let rsa = || pairs().rsa.jwk("rsa");
    let short = base64(&[0xff; 128]);
    for (jwk, said) in [
        (with(rsa(), &json!({ "use": "enc" })), "not for signatures"),
        (
            with(rsa(), &json!({ "key_ops": ["sign"] })),
            "not for verifying",
        ),
        (
            with(rsa(), &json!({ "alg": "RSA-OAEP" })),
            "another algorithm",
        ),
        (with(rsa(), &json!({ "alg": "HS256" })), "another algorithm"),
        (with(rsa(), &json!({ "alg": "ES256" })), "another algorithm"),
        (with(rsa(), &json!({ "n": short })), "another size"),
        (with(rsa(), &json!({ "n": "!" })), "another size"),
        (with(rsa(), &json!({ "kty": "EC" })), "no RSA, P-256"),
        (
            with(pairs().p256.jwk("p"), &json!({ "crv": "P-384" })),
            "another size",
        ),
        (
            with(pairs().p256.jwk("p"), &json!({ "crv": "P-521" })),
            "no RSA, P-256",
        ),
        (
            with(pairs().p256.jwk("p"), &json!({ "crv": "secp256k1" })),
            "no RSA, P-256",
        ),
        (
            with(pairs().ed.jwk("e"), &json!({ "x": "AAAA" })),
            "another size",
        ),
        (
            with(pairs().ed.jwk("e"), &json!({ "crv": "X25519" })),
            "no RSA, P-256",
        ),
        (
            json!({ "kty": "oct", "k": "c2VjcmV0", "alg": "HS256" }),
            "no RSA, P-256",
        ),
        (json!("key"), "no JSON Web Key"),
    ] {
        let error = parse(&json!({ "keys": [jwk] })).unwrap_err();
        assert!(
            error.contains("none of its 1 keys") && error.contains(said),
            "{jwk}: {error}"
        );
        let beside = parse(&json!({ "keys": [jwk, rsa()] })).unwrap();
        assert_eq!(beside.keys.len(), 1, "{jwk}");
    }
}

#[test]
fn what_is_no_key_set_is_refused() {
    for text in [
        "",
        "[]",
        "{}",
        r#"{"keys": {}}"#,
        "<html>",
        r#"{"keys": []} {}"#,
    ] {
        let error = KeySet::parse(text.as_bytes()).unwrap_err();
        assert!(matches!(error, KeySetError::Shape), "{text}: {error}");
    }
    assert!(
        parse(&json!({ "keys": [] }))
            .unwrap_err()
            .contains("none of its 0 keys")
    );
    let many = vec![pairs().ed.jwk("e"); MAX_KEYS + 1];
    assert!(
        parse(&json!({ "keys": many }))
            .unwrap_err()
            .contains("101 keys")
    );
    assert!(parse(&json!({ "keys": &many[1..] })).is_ok());
}

#[test]
fn bits_of_numbers() {
    for (number, expected) in [
        (&[][..], 0),
        (&[0, 0], 0),
        (&[1], 1),
        (&[0, 0x80, 0], 16),
        (&[3, 0], 10),
    ] {
        assert_eq!(bits(number), expected, "{number:?}");
    }
}

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]
use super::*;
use crate::tenant::testing::{ISSUER, Pair, at, base64, claims, pairs, sign, token};
use aws_lc_rs::hmac;
use proptest::prelude::*;
use serde_json::json;

fn keys() -> KeySet {
    KeySet::parse(pairs().jwks().to_string().as_bytes()).unwrap()
}

fn prove(token: &str) -> Result<Proven, TokenFault> {
    let audiences = vec!["other".to_owned(), "veilgate".to_owned()];
    let expected = Expected::new(ISSUER.to_owned(), audiences);
    expected.prove(token, &Head::read(token)?, &keys())
}

fn fault(token: &str) -> TokenFault {
    prove(token).unwrap_err()
}

/// With a head of one's own, by any key.
fn signed(pair: &Pair, head: &Value) -> String {
    let algorithm = head["alg"].as_str().unwrap_or_default();
    sign(pair, algorithm, &head.to_string(), &claims(&json!({})))
}

#[test]
fn every_algorithm_and_its_key_are_accepted() {
    let rsa = &pairs().rsa;
    for (algorithm, kid, pair) in [
        ("RS256", "rsa", rsa),
        ("RS384", "rsa", rsa),
        ("RS512", "rsa", rsa),
        ("PS256", "rsa", rsa),
        ("PS384", "rsa", rsa),
        ("PS512", "rsa", rsa),
        ("ES256", "p256", &pairs().p256),
        ("ES384", "p384", &pairs().p384),
        ("EdDSA", "ed", &pairs().ed),
    ] {
        for head in [
            json!({ "alg": algorithm, "kid": kid }),
            json!({ "alg": algorithm, "typ": "at+jwt" }),
            json!({ "alg": algorithm, "typ": "application/JWT", "kid": kid }),
        ] {
            let proven = prove(&signed(pair, &head)).unwrap();
            assert_eq!(proven.claims["tenant_id"], "acme", "{head}");
        }
    }
}

/// Each is a forgery that some verifier once took, or a token that is not for here.
#[test]
fn attacks_are_refused() {
    let Pairs {
        rsa,
        p256,
        stranger,
        ..
    } = pairs();
    let right = json!({ "alg": "RS256", "kid": "rsa" });
    let with = |name: &str, value: Value| {
        let mut head = right.clone();
        head[name] = value;
        head
    };
    let body = base64(claims(&json!({})).as_bytes());
    let none = |name: &str| {
        format!(
            "{}.{body}.",
            base64(with("alg", json!(name)).to_string().as_bytes())
        )
    };
    for (attack, token, fault) in [
        ("no algorithm", none("none"), TokenFault::Algorithm),
        (
            "no algorithm, spelled otherwise",
            none("nOnE"),
            TokenFault::Algorithm,
        ),
        (
            "no algorithm, signed",
            signed(rsa, &with("alg", json!("none"))),
            TokenFault::Algorithm,
        ),
        (
            "the public key as a secret",
            public_key_as_secret(),
            TokenFault::Algorithm,
        ),
        (
            "no signature",
            without_signature(&signed(rsa, &right)),
            TokenFault::Signature,
        ),
        (
            "another's key under this kid",
            signed(stranger, &right),
            TokenFault::Signature,
        ),
        (
            "another's key under another kid",
            signed(stranger, &with("kid", json!("mine"))),
            TokenFault::UnknownKey,
        ),
        (
            "the kid of another key",
            signed(rsa, &with("kid", json!("p256"))),
            TokenFault::UnknownKey,
        ),
        (
            "a key of another type",
            signed(p256, &json!({ "alg": "RS256", "kid": "p256" })),
            TokenFault::UnknownKey,
        ),
        (
            "a key of another curve",
            signed(p256, &json!({ "alg": "ES384", "kid": "p256" })),
            TokenFault::UnknownKey,
        ),
        (
            "a padding for another",
            sign(
                rsa,
                "RS256",
                &with("alg", json!("PS256")).to_string(),
                &claims(&json!({})),
            ),
            TokenFault::Signature,
        ),
        (
            "a hash for another",
            sign(
                rsa,
                "RS256",
                &with("alg", json!("RS512")).to_string(),
                &claims(&json!({})),
            ),
            TokenFault::Signature,
        ),
        (
            "an algorithm of nobody",
            signed(rsa, &with("alg", json!("RS1"))),
            TokenFault::Algorithm,
        ),
        (
            "a key of its own",
            signed(stranger, &with("jwk", stranger.jwk("rsa"))),
            TokenFault::Signature,
        ),
        (
            "a key from elsewhere",
            signed(stranger, &with("jku", json!("https://evil.example/jwks"))),
            TokenFault::Signature,
        ),
        (
            "a certificate from elsewhere",
            signed(stranger, &with("x5u", json!("https://evil.example/x5u"))),
            TokenFault::Signature,
        ),
        (
            "a certificate of its own",
            signed(stranger, &with("x5c", json!(["MIIB"]))),
            TokenFault::Signature,
        ),
        (
            "a kid that is a path",
            signed(stranger, &with("kid", json!("../../dev/null"))),
            TokenFault::UnknownKey,
        ),
        (
            "what must be understood",
            signed(rsa, &with("crit", json!(["b64"]))),
            TokenFault::Head,
        ),
        (
            "nothing that must be understood",
            signed(rsa, &with("crit", json!([]))),
            TokenFault::Head,
        ),
        (
            "crit that is null",
            signed(rsa, &with("crit", Value::Null)),
            TokenFault::Head,
        ),
        (
            "a token of another type",
            signed(rsa, &with("typ", json!("logout+jwt"))),
            TokenFault::Head,
        ),
        (
            "two algorithms",
            sign(
                rsa,
                "RS256",
                r#"{"alg":"none","alg":"RS256","kid":"rsa"}"#,
                &claims(&json!({})),
            ),
            TokenFault::Malformed,
        ),
        (
            "no head",
            sign(rsa, "RS256", "", &claims(&json!({}))),
            TokenFault::Malformed,
        ),
        (
            "an encrypted token",
            format!("{}.a.b", signed(rsa, &right)),
            TokenFault::Malformed,
        ),
        (
            "two parts",
            base64(b"{}") + "." + &body,
            TokenFault::Malformed,
        ),
        (
            "padding of base64",
            signed(rsa, &right) + "=",
            TokenFault::Malformed,
        ),
        ("nothing", String::new(), TokenFault::Malformed),
    ] {
        assert_eq!(self::fault(&token), fault, "{attack}");
    }
    // Ignored, not trusted, and so no harm beside a right signature.
    for name in ["jku", "x5u"] {
        let head = with(name, json!("https://evil.example/"));
        assert!(prove(&signed(rsa, &head)).is_ok(), "{name}");
    }
}

use crate::tenant::testing::Pairs;

/// RS256 turned into HS256: with the PEM or the modulus of the public key, which everybody has.
fn public_key_as_secret() -> String {
    let head = base64(br#"{"alg":"HS256","kid":"rsa"}"#);
    let message = format!("{head}.{}", base64(claims(&json!({})).as_bytes()));
    let secret = pairs().rsa.jwk("rsa").to_string();
    let tag = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()),
        message.as_bytes(),
    );
    format!("{message}.{}", base64(tag.as_ref()))
}

fn without_signature(token: &str) -> String {
    token.rsplit_once('.').unwrap().0.to_owned() + "."
}

#[test]
fn claims_are_required_and_checked() {
    for (changes, fault) in [
        (json!({ "exp": null }), TokenFault::NoExpiry),
        (json!({ "exp": "soon" }), TokenFault::NoExpiry),
        (json!({ "exp": -1 }), TokenFault::NoExpiry),
        (json!({ "exp": at(-31) }), TokenFault::Expired),
        (json!({ "exp": 0 }), TokenFault::Expired),
        (json!({ "nbf": at(60) }), TokenFault::NotYetValid),
        (json!({ "nbf": "now" }), TokenFault::Malformed),
        (json!({ "iss": null }), TokenFault::Issuer),
        (
            json!({ "iss": "https://login.example.com" }),
            TokenFault::Issuer,
        ),
        (
            json!({ "iss": "HTTPS://login.example.com/" }),
            TokenFault::Issuer,
        ),
        (json!({ "iss": [ISSUER] }), TokenFault::Issuer),
        (
            json!({ "iss": [ISSUER, "https://evil.example/"] }),
            TokenFault::Issuer,
        ),
        (json!({ "aud": null }), TokenFault::Audience),
        (json!({ "aud": "Veilgate" }), TokenFault::Audience),
        (json!({ "aud": ["a", "b"] }), TokenFault::Audience),
        (json!({ "aud": [] }), TokenFault::Audience),
        (json!({ "aud": { "veilgate": true } }), TokenFault::Audience),
    ] {
        assert_eq!(self::fault(&token(&changes)), fault, "{changes}");
    }
    for changes in [
        json!({}),
        json!({ "exp": at(-10) }),
        json!({ "exp": at(600) as f64 + 0.5 }),
        json!({ "nbf": at(10) }),
        json!({ "nbf": at(-600) }),
        json!({ "aud": ["else", "veilgate"] }),
        json!({ "aud": "other" }),
    ] {
        assert!(prove(&token(&changes)).is_ok(), "{changes}");
    }
}

#[test]
fn claims_that_come_twice_are_refused_though_they_are_signed() {
    let head = r#"{"alg":"RS256","kid":"rsa"}"#;
    let twice = claims(&json!({})).replacen('{', r#"{"tenant_id":"globex","#, 1);
    assert_eq!(
        fault(&sign(&pairs().rsa, "RS256", head, &twice)),
        TokenFault::Malformed
    );
    for text in ["", "[]", "\"acme\"", "{}", "null"] {
        assert!(
            prove(&sign(&pairs().rsa, "RS256", head, text)).is_err(),
            "{text}"
        );
    }
}

#[test]
fn it_says_when_a_token_expires() {
    let later = at(1234);
    let proven = prove(&token(&json!({ "exp": later }))).unwrap();
    assert_eq!(i64::try_from(proven.expires), Ok(later));
    assert_eq!(seconds(&json!(1e300)), Some(u64::MAX));
    assert_eq!(seconds(&json!(12.9)), Some(12));
    assert_eq!(seconds(&json!(-0.5)), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// No token with another character anywhere is the token that was signed.
    #[test]
    fn one_other_character_is_refused(place in any::<prop::sample::Index>(), other in "[ -~]") {
        let token = token(&json!({}));
        let place = place.index(token.len());
        let mut altered = token.clone();
        altered.replace_range(place..=place, &other);
        prop_assume!(altered != token);
        prop_assert!(prove(&altered).is_err(), "{altered}");
    }

    #[test]
    fn any_text_is_refused_without_a_panic(text in "\\PC{0,200}", parts in "[A-Za-z0-9_.-]{0,200}") {
        prop_assert!(prove(&text).is_err());
        prop_assert!(prove(&parts).is_err());
    }
}

//! Tenants from a claim of the request's bearer token: refused before a byte of the body moves, and
//! the token goes on to the upstream.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use serde_json::json;

use crate::support::{Client, Gateway, Setup, Upstream, post, without_tokens};

fn base64(bytes: &[u8]) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// A key set of one key, as JSON, which is YAML too.
fn jwks(pair: &Ed25519KeyPair) -> String {
    let x = base64(pair.public_key().as_ref());
    json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "a", "x": x }] }).to_string()
}

fn token(pair: &Ed25519KeyPair, tenant: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let expires = (now + Duration::from_secs(600)).as_secs();
    let claims = json!({ "iss": "i", "aud": "a", "exp": expires, "tenant": tenant }).to_string();
    let head = base64(br#"{"alg":"EdDSA","kid":"a"}"#);
    let message = format!("{head}.{}", base64(claims.as_bytes()));
    let signature = pair.sign(message.as_bytes());
    format!("{message}.{}", base64(signature.as_ref()))
}

const ROUTE: &str = "tenant: { claim: { name: tenant, issuer: i, audience: a, jwks: login.jwks } }";
const BODY: &str = r#"{"pan":"4111111111111111"}"#;

fn start(upstream: &Upstream, pair: &Ed25519KeyPair, rules: &str) -> Gateway {
    let setup = Setup {
        route: ROUTE,
        rules,
        ..Setup::to(upstream.address)
    };
    Gateway::start_with(&setup, &[("login.jwks", &jwks(pair))])
}

fn request(fields: &[&str]) -> Vec<u8> {
    let fields = [&["content-type: application/json"], fields].concat();
    post("/v1/x", &fields, BODY)
}

#[test]
fn without_a_right_token_nothing_goes_on() {
    let (upstream, pair) = (Upstream::start(), Ed25519KeyPair::generate().unwrap());
    let gateway = start(&upstream, &pair, "");
    let right = format!("authorization: Bearer {}", token(&pair, "acme"));
    let stranger = Ed25519KeyPair::generate().unwrap();
    let forged = format!("authorization: Bearer {}", token(&stranger, "acme"));
    let nobody = format!("authorization: Bearer {}", token(&pair, "no tenant"));
    let invalid = r#"Bearer realm="veilgate", error="invalid_token""#;
    for (fields, status, code, challenge) in [
        (
            &[][..],
            401,
            "bad-token",
            Some(r#"Bearer realm="veilgate""#),
        ),
        (&[&forged[..]], 401, "bad-token", Some(invalid)),
        (&[&right, &right], 401, "bad-token", Some(invalid)),
        (&[&nobody], 400, "no-tenant", None),
    ] {
        // Only the head: what is refused is refused before the body comes.
        let request = request(fields);
        let head = &request[..request.len() - BODY.len()];
        let answer = Client::connect(gateway.address).ask(head);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{fields:?}"
        );
        assert_eq!(answer.header("www-authenticate"), challenge, "{fields:?}");
        assert_eq!(answer.header("connection"), Some("close"), "{fields:?}");
    }
    let metrics = gateway.metrics();
    assert!(metrics.contains(r#"code="bad-token"} 3"#), "{metrics}");
    let answer = Client::connect(gateway.address).ask(request(&[&right]));
    assert_eq!(answer.status, 200);
    assert_eq!(
        upstream.wait_for(1).len(),
        1,
        "one that broke off would count too"
    );
}

#[test]
fn the_token_goes_on_unless_a_rule_takes_it() {
    let (upstream, pair) = (Upstream::start(), Ed25519KeyPair::generate().unwrap());
    let token = token(&pair, "acme");
    let field = format!("authorization: Bearer {token}");
    let taken = "  - { headers: authorization, class: pan }\n";
    for (rules, expected) in [("", format!("Bearer {token}")), (taken, "T".to_owned())] {
        let gateway = start(&upstream, &pair, rules);
        let answer = Client::connect(gateway.address).ask(request(&[&field]));
        assert_eq!(answer.status, 200, "{rules}");
        let sent = upstream.last().headers["authorization"].clone();
        assert_eq!(without_tokens(sent.as_bytes()), expected, "{rules}");
    }
}

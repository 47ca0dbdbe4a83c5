//! AssumeRoleWithWebIdentity: which tokens are taken, and what they give.

use aws_sdk_kms::primitives::Blob;
use serde_json::{Value, json};

use crate::issuer::{Issuer, claims};
use crate::support::{ANALYST, Server, allow, credentials, static_user};

const TAGS: &str = "https://aws.amazon.com/tags";

fn publish(server: &Server, keys: &[&Issuer]) {
    let keys: Vec<&Value> = keys.iter().map(|issuer| &issuer.jwk).collect();
    let text = json!({ "keys": keys }).to_string();
    std::fs::write(server.folder.path().join("jwks.json"), text).unwrap();
}

/// The session's credentials, or the error's code.
async fn exchange(server: &Server, token: &str) -> Result<aws_sdk_sts::types::Credentials, String> {
    use aws_sdk_sts::error::ProvideErrorMetadata;
    let sts = server.sts(static_user("unused", "unused"));
    let call = sts
        .assume_role_with_web_identity()
        .role_arn(ANALYST)
        .role_session_name("eve");
    match call.web_identity_token(token).send().await {
        Ok(answer) => {
            let arn = answer.assumed_role_user().unwrap().arn().to_owned();
            assert_eq!(arn, "arn:aws:sts::000000000000:assumed-role/analyst/eve");
            Ok(answer.credentials.unwrap())
        }
        Err(error) => Err(error.as_service_error().unwrap().code().unwrap().to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn good_tokens_give_credentials_that_kms_takes() {
    let server = Server::start();
    let key = server.key_with(allow(ANALYST, "kms:Encrypt")).await;
    for issuer in [Issuer::es256("one"), Issuer::ed25519("two")] {
        publish(&server, &[&issuer]);
        let given = exchange(&server, &issuer.token(&claims(json!({}))))
            .await
            .unwrap();
        let kms = server.kms(credentials(&given));
        kms.encrypt()
            .key_id(&key)
            .plaintext(Blob::new("v"))
            .send()
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_prove_nothing_are_refused() {
    let server = Server::start();
    let issuer = Issuer::es256("one");
    publish(&server, &[&issuer]);
    let now = jsonwebtoken::get_current_timestamp();
    let rows = [
        ("as it should be", json!({}), None),
        ("without nbf", json!({ "nbf": null }), None),
        (
            "several audiences",
            json!({ "aud": ["x", "veilgate"] }),
            None,
        ),
        (
            "expired",
            json!({ "exp": now - 1 }),
            Some("ExpiredTokenException"),
        ),
        (
            "no exp",
            json!({ "exp": null }),
            Some("InvalidIdentityToken"),
        ),
        (
            "not yet",
            json!({ "nbf": now + 600 }),
            Some("InvalidIdentityToken"),
        ),
        (
            "no iss",
            json!({ "iss": null }),
            Some("InvalidIdentityToken"),
        ),
        (
            "another iss",
            json!({ "iss": "http://127.0.0.1:9101" }),
            Some("InvalidIdentityToken"),
        ),
        (
            "iss with a slash",
            json!({ "iss": "http://127.0.0.1:9100/" }),
            Some("InvalidIdentityToken"),
        ),
        (
            "no aud",
            json!({ "aud": null }),
            Some("InvalidIdentityToken"),
        ),
        (
            "another aud",
            json!({ "aud": "elsewhere" }),
            Some("InvalidIdentityToken"),
        ),
        (
            "empty aud",
            json!({ "aud": [] }),
            Some("InvalidIdentityToken"),
        ),
        (
            "another azp",
            json!({ "azp": "elsewhere" }),
            Some("InvalidIdentityToken"),
        ),
        (
            "no sub",
            json!({ "sub": null }),
            Some("InvalidIdentityToken"),
        ),
        (
            "empty sub",
            json!({ "sub": "" }),
            Some("InvalidIdentityToken"),
        ),
        (
            "sub that is not trusted",
            json!({ "sub": "robot-1" }),
            Some("AccessDenied"),
        ),
        (
            "aud that is not trusted",
            json!({ "aud": "other" }),
            Some("AccessDenied"),
        ),
        (
            "azp that is not trusted",
            json!({ "azp": "other" }),
            Some("AccessDenied"),
        ),
        (
            "tags that may be",
            json!({ TAGS: { "principal_tags": { "team": ["blue"] } } }),
            None,
        ),
        (
            "tags that may not be",
            json!({ TAGS: { "principal_tags": { "team": ["red"] } } }),
            Some("AccessDenied"),
        ),
        (
            "tags with two values",
            json!({ TAGS: { "principal_tags": { "team": ["a", "b"] } } }),
            Some("InvalidIdentityToken"),
        ),
        (
            "tags of another shape",
            json!({ TAGS: "team=blue" }),
            Some("InvalidIdentityToken"),
        ),
    ];
    for (name, changes, expected) in rows {
        let outcome = exchange(&server, &issuer.token(&claims(changes))).await;
        assert_eq!(outcome.err().as_deref(), expected, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_tokens_are_refused() {
    let server = Server::start();
    let issuer = Issuer::es256("one");
    publish(&server, &[&issuer]);
    let good = issuer.token(&claims(json!({})));
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (header, _) = signed.split_once('.').unwrap();
    let part = |value: Value| base64_simd::URL_SAFE_NO_PAD.encode_to_string(value.to_string());
    let other_claims = part(claims(json!({ "sub": "user-admin" })));
    let forged = Issuer::es256("one").token(&claims(json!({})));
    let unknown = Issuer::es256("two").token(&claims(json!({})));
    let none = part(json!({ "alg": "none", "kid": "one" }));
    let hmac = part(json!({ "alg": "HS256", "kid": "one" }));
    let rows = [
        ("another key", forged),
        ("unknown kid", unknown),
        (
            "changed claims",
            format!("{header}.{other_claims}.{signature}"),
        ),
        ("no signature", format!("{signed}.")),
        ("alg none", format!("{none}.{other_claims}.")),
        ("alg HS256", format!("{hmac}.{other_claims}.{signature}")),
        ("not a token", "a.b.c".to_owned()),
    ];
    for (name, token) in rows {
        let code = exchange(&server, &token).await.unwrap_err();
        assert_eq!(code, "InvalidIdentityToken", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_read_anew_when_the_file_changes() {
    let server = Server::start();
    let (old, new) = (Issuer::es256("old"), Issuer::ed25519("new"));
    assert_eq!(
        exchange(&server, &old.token(&claims(json!({}))))
            .await
            .unwrap_err(),
        "IDPCommunicationError"
    );
    publish(&server, &[&old]);
    assert!(
        exchange(&server, &old.token(&claims(json!({}))))
            .await
            .is_ok()
    );
    assert!(
        exchange(&server, &new.token(&claims(json!({}))))
            .await
            .is_err()
    );
    publish(&server, &[&old, &new]);
    assert!(
        exchange(&server, &new.token(&claims(json!({}))))
            .await
            .is_ok()
    );
    publish(&server, &[&new]);
    assert!(
        exchange(&server, &old.token(&claims(json!({}))))
            .await
            .is_err()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_of_the_token_become_tags_of_the_principal() {
    let server = Server::start();
    let issuer = Issuer::es256("one");
    publish(&server, &[&issuer]);
    let mut statement = allow("*", "kms:Encrypt");
    statement["Condition"] = json!({ "StringEquals": { "aws:PrincipalTag/team": "blue" } });
    let key = server.key_with(statement).await;
    for (team, may) in [("blue", true), ("green", false)] {
        let tags = json!({ TAGS: { "principal_tags": { "team": [team] } } });
        let given = exchange(&server, &issuer.token(&claims(tags)))
            .await
            .unwrap();
        let kms = server.kms(credentials(&given));
        let outcome = kms
            .encrypt()
            .key_id(&key)
            .plaintext(Blob::new("v"))
            .send()
            .await;
        assert_eq!(outcome.is_ok(), may, "{team}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_can_come_from_a_url() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let issuer = Issuer::es256("one");
    let keys = json!({ "keys": [{ "kty": "unknown" }, issuer.jwk] }).to_string();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        // Once with the keys, once with an error.
        for status in ["200 OK", "500 Internal Server Error"] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 4096];
            assert!(stream.read(&mut head).await.unwrap() > 0);
            let length = keys.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{keys}"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let more = format!(
        "  - {{ issuer: \"http://{address}\", audiences: [veilgate], jwks_url: \"http://{address}/keys\" }}\n"
    );
    let server = Server::start_with(&more);
    let token = issuer.token(&claims(json!({ "iss": format!("http://{address}") })));
    // The signature counts; the role's trust speaks of the other issuer.
    assert_eq!(exchange(&server, &token).await.unwrap_err(), "AccessDenied");
    assert_eq!(
        exchange(&server, &token).await.unwrap_err(),
        "IDPCommunicationError"
    );
    serving.await.unwrap();
    assert_eq!(
        exchange(&server, &token).await.unwrap_err(),
        "IDPCommunicationError"
    );
}

//! Who may decrypt under which key policy: the denial matrix, by data.

use aws_sdk_kms::primitives::Blob;
use serde_json::{Value, json};

use crate::support::{ALICE, ANALYST, READER, ROOT, Server, allow, code, policy};

const EVE: &str = "arn:aws:sts::000000000000:assumed-role/analyst/eve";
const DECRYPT: &str = "kms:Decrypt";

fn when(principal: &str, condition: Value) -> Value {
    let mut statement = allow(principal, DECRYPT);
    statement["Condition"] = condition;
    statement
}

fn denied(principal: &str, condition: Value) -> Value {
    let mut statement = when(principal, condition);
    statement["Effect"] = json!("Deny");
    statement
}

/// Name, statements beside admin's, and whether alice, bob, analyst's session `eve`, and reader's
/// session may decrypt. The encryption context is `{"tenant": "a", "class": "pan"}`.
fn rows() -> Vec<(&'static str, Value, [bool; 4])> {
    let none = [false; 4];
    let all = [true; 4];
    let equals = |key: &str, value: &str| json!({ "StringEquals": { key: value } });
    vec![
        ("nobody", Value::Null, none),
        ("user", allow(ALICE, DECRYPT), [true, false, false, false]),
        ("role", allow(ANALYST, DECRYPT), [false, false, true, false]),
        ("session", allow(EVE, DECRYPT), [false, false, true, false]),
        (
            "another session",
            allow(
                "arn:aws:sts::000000000000:assumed-role/analyst/ann",
                DECRYPT,
            ),
            none,
        ),
        ("everyone", allow("*", DECRYPT), all),
        (
            "account: identity policies decide",
            allow(ROOT, DECRYPT),
            [false, true, false, true],
        ),
        ("another account", allow("111111111111", DECRYPT), none),
        ("another action", allow("*", "kms:Encrypt"), none),
        ("wildcard action", allow("*", "kms:De*pt"), all),
        (
            "everyone but alice",
            json!([allow("*", DECRYPT), denied(ALICE, json!({}))]),
            [false, true, true, true],
        ),
        (
            "everyone but the role",
            json!([allow("*", DECRYPT), denied(ANALYST, json!({}))]),
            [true, true, false, true],
        ),
        (
            "deny wins over identity",
            json!([allow(ROOT, DECRYPT), denied(READER, json!({}))]),
            [false, true, false, false],
        ),
        (
            "role by condition",
            when(
                "*",
                json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/an*" } }),
            ),
            [false, false, true, false],
        ),
        (
            "tag of user and role",
            when("*", equals("aws:PrincipalTag/Team", "blue")),
            [true, false, false, false],
        ),
        (
            "tag of role",
            when("*", equals("aws:PrincipalTag/team", "red")),
            [false, false, true, false],
        ),
        (
            "no tag",
            when("*", json!({ "Null": { "aws:PrincipalTag/team": "true" } })),
            [false, true, false, true],
        ),
        (
            "user name",
            when("*", equals("aws:username", "bob")),
            [false, true, false, false],
        ),
        (
            "caller's account",
            when("*", equals("kms:CallerAccount", "000000000000")),
            all,
        ),
        (
            "caller's account differs",
            when("*", equals("kms:CallerAccount", "111111111111")),
            none,
        ),
        (
            "algorithm",
            when("*", equals("kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT")),
            all,
        ),
        (
            "another algorithm",
            when("*", equals("kms:EncryptionAlgorithm", "RSAES_OAEP_SHA_256")),
            none,
        ),
        (
            "context",
            when("*", equals("kms:EncryptionContext:tenant", "a")),
            all,
        ),
        (
            "context differs",
            when("*", equals("kms:EncryptionContext:tenant", "b")),
            none,
        ),
        (
            "context absent",
            when("*", equals("kms:EncryptionContext:purpose", "a")),
            none,
        ),
        (
            "context keys",
            when(
                "*",
                json!({ "ForAllValues:StringEquals": { "kms:EncryptionContextKeys": ["tenant", "class"] } }),
            ),
            all,
        ),
        (
            "context keys, one too many",
            when(
                "*",
                json!({ "ForAllValues:StringEquals": { "kms:EncryptionContextKeys": ["tenant"] } }),
            ),
            none,
        ),
        (
            "context keys, any",
            when(
                "*",
                json!({ "ForAnyValue:StringEquals": { "kms:EncryptionContextKeys": ["tenant"] } }),
            ),
            all,
        ),
        (
            "context of the caller's team",
            when(
                "*",
                json!({ "StringEquals": { "kms:EncryptionContext:tenant": "${aws:PrincipalTag/team}" } }),
            ),
            none,
        ),
        (
            "via a service",
            when("*", equals("kms:ViaService", "s3.us-east-1.amazonaws.com")),
            none,
        ),
        (
            "not via a service",
            when(
                "*",
                json!({ "StringNotEquals": { "kms:ViaService": "s3.us-east-1.amazonaws.com" } }),
            ),
            all,
        ),
        (
            "loopback",
            when(
                "*",
                json!({ "IpAddress": { "aws:SourceIp": "127.0.0.0/8" } }),
            ),
            all,
        ),
        (
            "elsewhere",
            when(
                "*",
                json!({ "IpAddress": { "aws:SourceIp": "192.0.2.0/24" } }),
            ),
            none,
        ),
        (
            "over TLS only",
            denied("*", json!({ "Bool": { "aws:SecureTransport": "false" } })),
            none,
        ),
        (
            "until a day gone by",
            when(
                "*",
                json!({ "DateLessThan": { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }),
            ),
            none,
        ),
        (
            "from a day gone by",
            when(
                "*",
                json!({ "DateGreaterThan": { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }),
            ),
            all,
        ),
        (
            "key spec and usage",
            when(
                "*",
                json!({ "StringEquals": { "kms:KeySpec": "SYMMETRIC_DEFAULT", "kms:KeyUsage": "ENCRYPT_DECRYPT" } }),
            ),
            all,
        ),
        (
            "by alias only",
            when(
                "*",
                json!({ "StringLike": { "kms:RequestAlias": "alias/*" } }),
            ),
            none,
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_policy_decides() {
    let server = Server::start();
    let admin = server.admin();
    let key = server.key_with(Value::Null).await;
    let sealed = admin.encrypt().key_id(&key).plaintext(Blob::new("value"));
    let sealed = sealed
        .encryption_context("tenant", "a")
        .encryption_context("class", "pan");
    let sealed = sealed.send().await.unwrap().ciphertext_blob.unwrap();
    let callers = [
        ("alice", server.alice()),
        ("bob", server.bob()),
        ("eve", server.kms(server.session(ANALYST, "eve").await)),
        ("reader", server.kms(server.session(READER, "ray").await)),
    ];
    for (name, statements, expected) in rows() {
        let put = admin
            .put_key_policy()
            .key_id(&key)
            .policy(policy(statements));
        put.send()
            .await
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
        for ((caller, kms), may) in callers.iter().zip(expected) {
            let decrypt = |bytes: Blob| {
                let call = kms.decrypt().key_id(&key).ciphertext_blob(bytes);
                call.encryption_context("tenant", "a")
                    .encryption_context("class", "pan")
                    .send()
            };
            let outcome = decrypt(sealed.clone()).await;
            // Whoever may not learns nothing of the ciphertext: garbage gets the same answer.
            let garbage = code(decrypt(Blob::new("garbage")).await);
            if may {
                let opened = outcome.unwrap_or_else(|error| panic!("{name}, {caller}: {error:?}"));
                assert_eq!(opened.plaintext.unwrap().as_ref(), b"value");
                assert_eq!(garbage, "InvalidCiphertextException", "{name}, {caller}");
            } else {
                assert_eq!(code(outcome), "AccessDeniedException", "{name}, {caller}");
                assert_eq!(garbage, "AccessDeniedException", "{name}, {caller}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_taken_away_is_gone_with_the_next_call() {
    let server = Server::start();
    let (admin, alice) = (server.admin(), server.alice());
    let key = server.key_with(allow(ALICE, "kms:*")).await;
    let sealed = alice.encrypt().key_id(&key).plaintext(Blob::new("value"));
    let sealed = sealed.send().await.unwrap().ciphertext_blob.unwrap();
    for _ in 0..3 {
        for (statements, may) in [(allow(ALICE, DECRYPT), true), (Value::Null, false)] {
            admin
                .put_key_policy()
                .key_id(&key)
                .policy(policy(statements))
                .send()
                .await
                .unwrap();
            let outcome = alice.decrypt().ciphertext_blob(sealed.clone()).send().await;
            assert_eq!(outcome.is_ok(), may);
        }
    }
}

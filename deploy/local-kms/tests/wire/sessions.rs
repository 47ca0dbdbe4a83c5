//! GetCallerIdentity, AssumeRole, session tags and session policies.

use aws_sdk_kms::primitives::Blob;
use aws_sdk_sts::types::Tag;
use serde_json::json;

use crate::support::{
    ACCOUNT, ADMIN, ANALYST, READER, ROOT, Server, allow, code, credentials, policy, static_user,
};

fn tag(name: &str, value: &str) -> Tag {
    Tag::builder().key(name).value(value).build().unwrap()
}

/// As `support::code`, for STS.
fn sts_code<T: std::fmt::Debug, E, R>(
    outcome: Result<T, aws_sdk_sts::error::SdkError<E, R>>,
) -> String
where
    E: aws_sdk_sts::error::ProvideErrorMetadata,
{
    let error = outcome.err().unwrap();
    error.as_service_error().unwrap().code().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_are_told_who_they_are() {
    let server = Server::start();
    let admin = server
        .admin_sts()
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    assert_eq!((admin.arn(), admin.account()), (Some(ADMIN), Some(ACCOUNT)));
    let session = server.session(ANALYST, "eve").await;
    assert!(session.access_key_id().starts_with("ASIA"));
    let eve = server
        .sts(session)
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    assert_eq!(
        eve.arn(),
        Some("arn:aws:sts::000000000000:assumed-role/analyst/eve")
    );
    assert!(eve.user_id().unwrap().starts_with("AROA"));
    assert!(eve.user_id().unwrap().ends_with(":eve"));
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_given_to_whom_they_trust() {
    let server = Server::start();
    let alice = server.sts(static_user("AKIALOCALALICE000000", "alice-secret"));
    let assume = |sts: &aws_sdk_sts::Client, role: &str| {
        sts.assume_role()
            .role_arn(role)
            .role_session_name("eve")
            .send()
    };
    assert_eq!(sts_code(assume(&alice, ANALYST).await), "AccessDenied");
    let nobody = "arn:aws:iam::000000000000:role/nobody";
    assert_eq!(
        sts_code(assume(&server.admin_sts(), nobody).await),
        "AccessDenied"
    );
    let chained = "arn:aws:iam::000000000000:role/chained";
    assert_eq!(
        sts_code(assume(&server.admin_sts(), chained).await),
        "AccessDenied"
    );
    let eve = server.sts(server.session(ANALYST, "eve").await);
    assume(&eve, chained).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_outside_the_limits_are_refused() {
    let server = Server::start();
    let sts = server.admin_sts();
    let base = || sts.assume_role().role_arn(ANALYST);
    let named = || base().role_session_name("eve");
    let codes = [
        sts_code(base().role_session_name("e").send().await),
        sts_code(base().role_session_name("a b").send().await),
        sts_code(named().duration_seconds(899).send().await),
        sts_code(named().duration_seconds(3601).send().await),
        sts_code(named().duration_seconds(43_201).send().await),
        sts_code(named().tags(tag("aws:x", "1")).send().await),
        sts_code(
            named()
                .tags(tag("team", "b"))
                .transitive_tag_keys("purpose")
                .send()
                .await,
        ),
    ];
    assert!(
        codes.iter().all(|code| code == "ValidationError"),
        "{codes:?}"
    );
    let doubled = named()
        .tags(tag("team", "a"))
        .tags(tag("Team", "b"))
        .send()
        .await;
    assert_eq!(sts_code(doubled), "InvalidParameterValue");
    assert_eq!(
        sts_code(named().policy("{}").send().await),
        "MalformedPolicyDocument"
    );
    let long = json!({ "Statement": { "Effect": "Allow", "Action": "a:".to_owned() + &"x".repeat(2048), "Resource": "*" } });
    assert_eq!(
        sts_code(named().policy(long.to_string()).send().await),
        "PackedPolicyTooLarge"
    );
    let short = named().duration_seconds(900).send().await.unwrap();
    let left = short.credentials().unwrap().expiration().secs()
        - jsonwebtoken::get_current_timestamp() as i64;
    assert!((890..=900).contains(&left), "{left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn session_tags_decide_and_hide_those_of_the_role() {
    let server = Server::start();
    let mut statement = allow("*", "kms:Encrypt");
    statement["Condition"] = json!({ "StringEquals": { "aws:PrincipalTag/team": "blue", "aws:PrincipalTag/level": "1" } });
    let key = server.key_with(statement).await;
    let sts = server.admin_sts();
    let assume = |tags: Vec<Tag>| {
        let call = sts.assume_role().role_arn(ANALYST).role_session_name("eve");
        call.set_tags(Some(tags)).send()
    };
    // The role itself has team red, level 1.
    let rows = [
        (vec![], false),
        (vec![tag("team", "blue")], true),
        (vec![tag("team", "green")], false),
    ];
    for (tags, may) in rows {
        let made = assume(tags.clone()).await.unwrap();
        let kms = server.kms(credentials(made.credentials().unwrap()));
        let outcome = kms
            .encrypt()
            .key_id(&key)
            .plaintext(Blob::new("v"))
            .send()
            .await;
        assert_eq!(outcome.is_ok(), may, "{tags:?}");
    }
    // The trust policy lets admin set `team` and `purpose`, in this spelling.
    for refused in ["other", "Team"] {
        let outcome = assume(vec![tag(refused, "blue")]).await;
        assert_eq!(sts_code(outcome), "AccessDenied", "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn transitive_tags_go_on_into_the_next_role() {
    let server = Server::start();
    let mut statement = allow("arn:aws:iam::000000000000:role/chained", "kms:Encrypt");
    statement["Condition"] = json!({ "StringEquals": { "aws:PrincipalTag/team": "blue" } });
    let key = server.key_with(statement).await;
    for (transitive, may) in [(vec!["team".to_owned()], true), (vec![], false)] {
        let first = server
            .admin_sts()
            .assume_role()
            .role_arn(ANALYST)
            .role_session_name("eve");
        let first = first
            .tags(tag("team", "blue"))
            .set_transitive_tag_keys(Some(transitive));
        let first = server.sts(credentials(
            first.send().await.unwrap().credentials().unwrap(),
        ));
        let second = first
            .assume_role()
            .role_arn("arn:aws:iam::000000000000:role/chained");
        let second = second.role_session_name("eve").send().await.unwrap();
        let kms = server.kms(credentials(second.credentials().unwrap()));
        let outcome = kms
            .encrypt()
            .key_id(&key)
            .plaintext(Blob::new("v"))
            .send()
            .await;
        assert_eq!(outcome.is_ok(), may);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_policy_narrows_the_role() {
    let server = Server::start();
    let session_policy = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*" } });
    let made = server
        .admin_sts()
        .assume_role()
        .role_arn(READER)
        .role_session_name("ray");
    let made = made
        .policy(session_policy.to_string())
        .send()
        .await
        .unwrap();
    let narrowed = server.kms(credentials(made.credentials().unwrap()));
    let whole = server.kms(server.session(READER, "ray").await);
    let session = "arn:aws:sts::000000000000:assumed-role/reader/ray";
    let key = server.key_with(json!([])).await;
    let sealed = server
        .admin()
        .encrypt()
        .key_id(&key)
        .plaintext(Blob::new("v"))
        .send()
        .await
        .unwrap();
    let sealed = sealed.ciphertext_blob.unwrap();
    for (statement, expected) in [
        (allow(ROOT, "kms:*"), [true, false]),
        (allow(READER, "kms:*"), [true, false]),
        (allow(session, "kms:*"), [true, true]),
    ] {
        server
            .admin()
            .put_key_policy()
            .key_id(&key)
            .policy(policy(statement.clone()))
            .send()
            .await
            .unwrap();
        for (kms, may) in [&whole, &narrowed].into_iter().zip(expected) {
            match kms.decrypt().ciphertext_blob(sealed.clone()).send().await {
                Ok(_) => assert!(may, "{statement}"),
                outcome => {
                    assert_eq!(code(outcome), "AccessDeniedException");
                    assert!(!may, "{statement}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn session_credentials_do_not_mix() {
    use aws_credential_types::Credentials;
    let server = Server::start();
    let (eve, ann) = (
        server.session(ANALYST, "eve").await,
        server.session(ANALYST, "ann").await,
    );
    let mix = |id: &str, secret: &str, token: Option<&str>| {
        server.kms(Credentials::new(
            id,
            secret,
            token.map(str::to_owned),
            None,
            "test",
        ))
    };
    let rows = [
        (
            mix(eve.access_key_id(), eve.secret_access_key(), None),
            "UnrecognizedClientException",
        ),
        (
            mix(
                eve.access_key_id(),
                eve.secret_access_key(),
                ann.session_token(),
            ),
            "UnrecognizedClientException",
        ),
        (
            mix(
                eve.access_key_id(),
                ann.secret_access_key(),
                eve.session_token(),
            ),
            "InvalidSignatureException",
        ),
        (
            mix("AKIALOCALADMIN000000", "admin-secret", eve.session_token()),
            "UnrecognizedClientException",
        ),
        (
            mix(
                eve.access_key_id(),
                eve.secret_access_key(),
                Some("bm90IGEgdG9rZW4="),
            ),
            "UnrecognizedClientException",
        ),
    ];
    for (kms, expected) in rows {
        assert_eq!(code(kms.list_keys().send().await), expected);
    }
}

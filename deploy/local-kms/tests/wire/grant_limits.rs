//! Grants that may not be given.

use aws_sdk_kms::types::{GrantConstraints, GrantOperation};
use serde_json::json;

use crate::grants::Setting;
use crate::support::{ALICE, ANALYST, allow, code, policy};

#[tokio::test(flavor = "multi_thread")]
async fn a_grantee_gives_no_more_than_it_has() {
    let setting = Setting::new().await;
    let (server, key) = (&setting.server, &setting.key);
    let limits = GrantConstraints::builder()
        .encryption_context_subset("tenant", "a")
        .build();
    let parent = server
        .admin()
        .create_grant()
        .key_id(key)
        .grantee_principal(ALICE);
    let parent = parent
        .operations(GrantOperation::Decrypt)
        .operations(GrantOperation::CreateGrant);
    parent.constraints(limits.clone()).send().await.unwrap();
    let alice = server.alice();
    let give = |operation: GrantOperation, constraints: Option<GrantConstraints>| {
        let call = alice
            .create_grant()
            .key_id(key)
            .grantee_principal(ANALYST)
            .operations(operation);
        call.set_constraints(constraints).send()
    };
    assert_eq!(
        code(give(GrantOperation::Encrypt, Some(limits.clone())).await),
        "AccessDeniedException"
    );
    assert_eq!(
        code(give(GrantOperation::Decrypt, None).await),
        "AccessDeniedException"
    );
    let looser = GrantConstraints::builder()
        .encryption_context_subset("class", "pan")
        .build();
    assert_eq!(
        code(give(GrantOperation::Decrypt, Some(looser)).await),
        "AccessDeniedException"
    );
    let tighter = GrantConstraints::builder()
        .encryption_context_equals("tenant", "a")
        .encryption_context_equals("class", "pan")
        .build();
    give(GrantOperation::Decrypt, Some(tighter)).await.unwrap();
    give(GrantOperation::Decrypt, Some(limits)).await.unwrap();
    assert!(
        setting
            .decrypts(&server.kms(server.session(ANALYST, "eve").await))
            .await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_create_grants_can_be_limited_by_condition() {
    let setting = Setting::new().await;
    let (server, key) = (&setting.server, &setting.key);
    let mut statement = allow(ALICE, "kms:CreateGrant");
    statement["Condition"] = json!({
        "ForAllValues:StringEquals": { "kms:GrantOperations": ["Decrypt", "Encrypt"] },
        "StringEquals": { "kms:GranteePrincipal": ANALYST },
    });
    server
        .admin()
        .put_key_policy()
        .key_id(key)
        .policy(policy(statement))
        .send()
        .await
        .unwrap();
    let alice = server.alice();
    let give = |grantee: &str, operation: GrantOperation| {
        alice
            .create_grant()
            .key_id(key)
            .grantee_principal(grantee)
            .operations(operation)
            .send()
    };
    give(ANALYST, GrantOperation::Decrypt).await.unwrap();
    assert_eq!(
        code(give(ALICE, GrantOperation::Decrypt).await),
        "AccessDeniedException"
    );
    assert_eq!(
        code(give(ANALYST, GrantOperation::DescribeKey).await),
        "AccessDeniedException"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_that_cannot_be_are_refused() {
    let setting = Setting::new().await;
    let (server, key) = (&setting.server, &setting.key);
    let admin = server.admin();
    let give = |grantee: &str, operation: GrantOperation| {
        admin
            .create_grant()
            .key_id(key)
            .grantee_principal(grantee)
            .operations(operation)
            .send()
    };
    assert_eq!(
        code(give("alice", GrantOperation::Decrypt).await),
        "InvalidArnException"
    );
    let nobody = "arn:aws:iam::000000000000:role/nobody";
    assert_eq!(
        code(give(nobody, GrantOperation::Decrypt).await),
        "InvalidArnException"
    );
    assert_eq!(
        code(give(ALICE, GrantOperation::Sign).await),
        "ValidationException"
    );
    assert_eq!(
        code(give(ALICE, GrantOperation::from("Fly")).await),
        "ValidationException"
    );
    let token = admin
        .describe_key()
        .key_id(key)
        .grant_tokens("made up")
        .send()
        .await;
    assert_eq!(code(token), "InvalidGrantTokenException");
}

//! Grants: given, used within their constraints, listed, retired, revoked.

use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{GrantConstraints, GrantOperation};
use serde_json::{Value, json};

use crate::support::{ADMIN, ALICE, ANALYST, Server, code, policy};

pub(crate) struct Setting {
    pub(crate) server: Server,
    pub(crate) key: String,
    sealed: Blob,
}

impl Setting {
    pub(crate) async fn new() -> Setting {
        let server = Server::start();
        let key = server.key_with(Value::Null).await;
        let sealed = server
            .admin()
            .encrypt()
            .key_id(&key)
            .plaintext(Blob::new("value"));
        let sealed = sealed
            .encryption_context("tenant", "a")
            .encryption_context("class", "pan");
        let sealed = sealed.send().await.unwrap().ciphertext_blob.unwrap();
        Setting {
            server,
            key,
            sealed,
        }
    }

    pub(crate) async fn decrypts(&self, kms: &aws_sdk_kms::Client) -> bool {
        let call = kms.decrypt().ciphertext_blob(self.sealed.clone());
        let call = call
            .encryption_context("tenant", "a")
            .encryption_context("class", "pan");
        match call.send().await {
            Ok(_) => true,
            outcome => {
                assert_eq!(code(outcome), "AccessDeniedException");
                false
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_allows_its_operations_until_it_ends() {
    let setting = Setting::new().await;
    let (server, key) = (&setting.server, &setting.key);
    let (admin, alice) = (server.admin(), server.alice());
    assert!(!setting.decrypts(&alice).await);
    let grant = admin.create_grant().key_id(key).grantee_principal(ALICE);
    let grant = grant
        .operations(GrantOperation::Decrypt)
        .name("for alice")
        .retiring_principal(ALICE);
    let made = grant.clone().send().await.unwrap();
    assert!(setting.decrypts(&alice).await);
    assert_eq!(
        code(alice.describe_key().key_id(key).send().await),
        "AccessDeniedException"
    );
    let again = grant.send().await.unwrap();
    assert_eq!(
        again.grant_id(),
        made.grant_id(),
        "the same named grant is not made twice"
    );

    let listed = admin.list_grants().key_id(key).send().await.unwrap();
    let listed = &listed.grants()[0];
    assert_eq!(
        (listed.name(), listed.grantee_principal()),
        (Some("for alice"), Some(ALICE))
    );
    let retirable = admin
        .list_retirable_grants()
        .retiring_principal(ALICE)
        .send()
        .await
        .unwrap();
    assert_eq!(retirable.grants().len(), 1);
    assert_eq!(
        admin
            .list_grants()
            .key_id(key)
            .grantee_principal(ADMIN)
            .send()
            .await
            .unwrap()
            .grants()
            .len(),
        0
    );

    let deny = json!({ "Effect": "Deny", "Principal": { "AWS": ALICE }, "Action": "kms:Decrypt", "Resource": "*" });
    admin
        .put_key_policy()
        .key_id(key)
        .policy(policy(deny))
        .send()
        .await
        .unwrap();
    assert!(!setting.decrypts(&alice).await, "a deny wins over a grant");
    admin
        .put_key_policy()
        .key_id(key)
        .policy(policy(Value::Null))
        .send()
        .await
        .unwrap();
    assert!(setting.decrypts(&alice).await);

    admin
        .revoke_grant()
        .key_id(key)
        .grant_id(made.grant_id().unwrap())
        .send()
        .await
        .unwrap();
    assert!(!setting.decrypts(&alice).await);
    let gone = admin
        .revoke_grant()
        .key_id(key)
        .grant_id(made.grant_id().unwrap())
        .send()
        .await;
    assert_eq!(code(gone), "NotFoundException");
}

#[tokio::test(flavor = "multi_thread")]
async fn constraints_bind_the_encryption_context() {
    let setting = Setting::new().await;
    let (server, key) = (&setting.server, &setting.key);
    let equals = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .fold(GrantConstraints::builder(), |b, (k, v)| {
                b.encryption_context_equals(*k, *v)
            })
            .build()
    };
    let subset = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .fold(GrantConstraints::builder(), |b, (k, v)| {
                b.encryption_context_subset(*k, *v)
            })
            .build()
    };
    let rows = [
        (equals(&[("tenant", "a"), ("class", "pan")]), true),
        (equals(&[("tenant", "a")]), false),
        (equals(&[("tenant", "a"), ("class", "ssn")]), false),
        (subset(&[("tenant", "a")]), true),
        (subset(&[("tenant", "a"), ("class", "pan")]), true),
        (subset(&[("tenant", "b")]), false),
        (subset(&[("Tenant", "a")]), false),
    ];
    for (constraints, may) in rows {
        let made = server
            .admin()
            .create_grant()
            .key_id(key)
            .grantee_principal(ALICE);
        let made = made
            .operations(GrantOperation::Decrypt)
            .constraints(constraints.clone());
        let made = made.send().await.unwrap();
        assert_eq!(
            setting.decrypts(&server.alice()).await,
            may,
            "{constraints:?}"
        );
        let id = made.grant_id().unwrap();
        server
            .admin()
            .revoke_grant()
            .key_id(key)
            .grant_id(id)
            .send()
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_grant_covers_its_sessions_and_a_session_grant_only_one() {
    let setting = Setting::new().await;
    let (server, key) = (&setting.server, &setting.key);
    let eve = server.kms(server.session(ANALYST, "eve").await);
    let ann = server.kms(server.session(ANALYST, "ann").await);
    let session = "arn:aws:sts::000000000000:assumed-role/analyst/eve";
    for (grantee, expected) in [(ANALYST, [true, true]), (session, [true, false])] {
        let made = server
            .admin()
            .create_grant()
            .key_id(key)
            .grantee_principal(grantee);
        let made = made
            .operations(GrantOperation::Decrypt)
            .send()
            .await
            .unwrap();
        assert_eq!(
            [setting.decrypts(&eve).await, setting.decrypts(&ann).await],
            expected
        );
        let id = made.grant_id().unwrap();
        server
            .admin()
            .revoke_grant()
            .key_id(key)
            .grant_id(id)
            .send()
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_are_retired_by_who_may() {
    let setting = Setting::new().await;
    let (server, key) = (&setting.server, &setting.key);
    let (admin, alice, bob) = (server.admin(), server.alice(), server.bob());
    let give = |retiring: Option<&str>, operations: &[GrantOperation]| {
        let call = admin.create_grant().key_id(key).grantee_principal(ALICE);
        call.set_retiring_principal(retiring.map(str::to_owned))
            .set_operations(Some(operations.to_vec()))
            .send()
    };
    let own = give(
        None,
        &[GrantOperation::Decrypt, GrantOperation::RetireGrant],
    )
    .await
    .unwrap();
    let token = own.grant_token().unwrap();
    assert_eq!(
        code(bob.retire_grant().grant_token(token).send().await),
        "AccessDeniedException"
    );
    alice
        .retire_grant()
        .grant_token(token)
        .send()
        .await
        .unwrap();
    assert_eq!(
        code(alice.retire_grant().grant_token(token).send().await),
        "InvalidGrantTokenException"
    );

    let kept = give(None, &[GrantOperation::Decrypt]).await.unwrap();
    let id = kept.grant_id().unwrap();
    let outcome = alice.retire_grant().key_id(key).grant_id(id).send().await;
    assert_eq!(
        code(outcome),
        "AccessDeniedException",
        "a grantee without RetireGrant may not"
    );
    let retired = give(
        Some("arn:aws:iam::000000000000:user/bob"),
        &[GrantOperation::Decrypt],
    )
    .await
    .unwrap();
    bob.retire_grant()
        .key_id(key)
        .grant_id(retired.grant_id().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(
        admin
            .list_grants()
            .key_id(key)
            .send()
            .await
            .unwrap()
            .grants()
            .len(),
        1
    );
    let neither = admin.retire_grant().key_id(key).send().await;
    assert_eq!(code(neither), "ValidationException");
}

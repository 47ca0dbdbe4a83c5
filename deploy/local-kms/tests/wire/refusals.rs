//! What callers are told who may not, and who are not known.

use aws_sdk_kms::primitives::Blob;
use serde_json::Value;

use crate::support::{ADMIN, ALICE, Server, allow, code, policy, static_user};

#[tokio::test(flavor = "multi_thread")]
async fn missing_keys_and_denied_keys_answer_alike_to_who_may_not() {
    let server = Server::start();
    let key = server.key_with(Value::Null).await;
    server
        .admin()
        .create_alias()
        .alias_name("alias/there")
        .target_key_id(&key)
        .send()
        .await
        .unwrap();
    let absent = "11111111-1111-4111-8111-111111111111";
    for id in [key.as_str(), "alias/there", "alias/absent", absent] {
        let outcome = server.alice().describe_key().key_id(id).send().await;
        assert_eq!(code(outcome), "AccessDeniedException", "{id}");
    }
    let found = server
        .admin()
        .describe_key()
        .key_id("alias/absent")
        .send()
        .await;
    assert_eq!(code(found), "NotFoundException");
    let elsewhere = key.replace("us-east-1", "eu-west-1");
    let found = server.admin().describe_key().key_id(elsewhere).send().await;
    assert_eq!(code(found), "NotFoundException");
    let bad = server
        .admin()
        .describe_key()
        .key_id("arn:aws:s3:::bucket")
        .send()
        .await;
    assert_eq!(code(bad), "InvalidArnException");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_nothing_may_do_nothing() {
    let server = Server::start();
    let alice = server.alice();
    let key = server.key_with(Value::Null).await;
    let codes = [
        code(alice.create_key().send().await),
        code(alice.list_keys().send().await),
        code(alice.list_aliases().send().await),
        code(alice.generate_random().number_of_bytes(1).send().await),
        code(
            alice
                .create_alias()
                .alias_name("alias/a")
                .target_key_id(&key)
                .send()
                .await,
        ),
        code(alice.describe_key().key_id(&key).send().await),
        code(alice.get_public_key().key_id(&key).send().await),
        code(alice.enable_key().key_id(&key).send().await),
        code(alice.disable_key().key_id(&key).send().await),
        code(alice.schedule_key_deletion().key_id(&key).send().await),
        code(alice.cancel_key_deletion().key_id(&key).send().await),
        code(alice.get_key_policy().key_id(&key).send().await),
        code(
            alice
                .put_key_policy()
                .key_id(&key)
                .policy(policy(Value::Null))
                .send()
                .await,
        ),
        code(alice.list_key_policies().key_id(&key).send().await),
        code(alice.list_resource_tags().key_id(&key).send().await),
        code(alice.list_grants().key_id(&key).send().await),
        code(
            alice
                .list_retirable_grants()
                .retiring_principal(ADMIN)
                .send()
                .await,
        ),
        code(
            alice
                .encrypt()
                .key_id(&key)
                .plaintext(Blob::new("v"))
                .send()
                .await,
        ),
        code(
            alice
                .generate_data_key()
                .key_id(&key)
                .number_of_bytes(1)
                .send()
                .await,
        ),
        code(
            alice
                .generate_data_key_without_plaintext()
                .key_id(&key)
                .number_of_bytes(1)
                .send()
                .await,
        ),
        code(alice.revoke_grant().key_id(&key).grant_id("x").send().await),
        code(
            alice
                .update_key_description()
                .key_id(&key)
                .description("x")
                .send()
                .await,
        ),
    ];
    assert!(
        codes.iter().all(|code| code == "AccessDeniedException"),
        "{codes:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn re_encrypt_needs_both_rights() {
    let server = Server::start();
    let from = server.key_with(allow(ALICE, "kms:ReEncryptFrom")).await;
    let to = server.key_with(allow(ALICE, "kms:ReEncryptTo")).await;
    let seal = async |key: &str| {
        let call = server
            .admin()
            .encrypt()
            .key_id(key)
            .plaintext(Blob::new("v"))
            .send();
        call.await.unwrap().ciphertext_blob.unwrap()
    };
    let (sealed, other) = (seal(&from).await, seal(&to).await);
    let alice = server.alice();
    let there = alice
        .re_encrypt()
        .ciphertext_blob(sealed)
        .destination_key_id(&to)
        .send()
        .await;
    assert!(there.is_ok());
    let back = alice
        .re_encrypt()
        .ciphertext_blob(other)
        .destination_key_id(&from)
        .send()
        .await;
    assert_eq!(code(back), "AccessDeniedException");
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_of_strangers_are_refused() {
    let server = Server::start();
    let wrong_secret = server.kms(static_user("AKIALOCALADMIN000000", "guess"));
    assert_eq!(
        code(wrong_secret.list_keys().send().await),
        "InvalidSignatureException"
    );
    let stranger = server.kms(static_user("AKIALOCALNOBODY00000", "guess"));
    assert_eq!(
        code(stranger.list_keys().send().await),
        "UnrecognizedClientException"
    );
    let sts = server.sts(static_user("AKIALOCALADMIN000000", "guess"));
    let outcome = sts.get_caller_identity().send().await;
    let error = outcome.unwrap_err();
    let error = aws_sdk_sts::error::ProvideErrorMetadata::code(error.as_service_error().unwrap());
    assert_eq!(error, Some("SignatureDoesNotMatch"));
}

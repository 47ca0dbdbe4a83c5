//! Making, naming, tagging, disabling and deleting keys.

use aws_sdk_kms::types::{KeySpec, KeyState, KeyUsageType, Tag};

use crate::support::{ADMIN, ALICE, Server, allow, code, policy};

#[tokio::test(flavor = "multi_thread")]
async fn every_spec_is_made_and_described() {
    let server = Server::start();
    let kms = server.admin();
    let rows = [
        (
            KeySpec::SymmetricDefault,
            KeyUsageType::EncryptDecrypt,
            1,
            0,
            0,
            None,
        ),
        (
            KeySpec::Rsa2048,
            KeyUsageType::EncryptDecrypt,
            2,
            0,
            0,
            Some(294),
        ),
        (
            KeySpec::Rsa3072,
            KeyUsageType::SignVerify,
            0,
            6,
            0,
            Some(422),
        ),
        (
            KeySpec::Rsa4096,
            KeyUsageType::EncryptDecrypt,
            2,
            0,
            0,
            Some(550),
        ),
        (
            KeySpec::EccNistP256,
            KeyUsageType::SignVerify,
            0,
            1,
            0,
            Some(91),
        ),
        (
            KeySpec::Hmac256,
            KeyUsageType::GenerateVerifyMac,
            0,
            0,
            1,
            None,
        ),
    ];
    for (spec, usage, encryption, signing, mac, public) in rows {
        let made = kms
            .create_key()
            .key_spec(spec.clone())
            .key_usage(usage.clone())
            .description("d");
        let made = made.send().await.unwrap().key_metadata.unwrap();
        let described = kms
            .describe_key()
            .key_id(made.key_id())
            .send()
            .await
            .unwrap();
        assert_eq!(described.key_metadata(), Some(&made));
        assert_eq!(
            (made.key_spec(), made.key_usage()),
            (Some(&spec), Some(&usage))
        );
        assert_eq!((made.description(), made.enabled()), (Some("d"), true));
        assert_eq!(made.encryption_algorithms().len(), encryption);
        assert_eq!(made.signing_algorithms().len(), signing);
        assert_eq!(made.mac_algorithms().len(), mac);
        let key = kms
            .get_public_key()
            .key_id(made.arn().unwrap())
            .send()
            .await;
        match public {
            Some(length) => assert_eq!(key.unwrap().public_key.unwrap().as_ref().len(), length),
            None => assert_eq!(code(key), "UnsupportedOperationException"),
        }
    }
    let listed = kms.list_keys().into_paginator().page_size(4).items().send();
    assert_eq!(
        listed.collect::<Result<Vec<_>, _>>().await.unwrap().len(),
        6
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn specs_and_usages_that_do_not_go_together_are_refused() {
    let server = Server::start();
    let kms = server.admin();
    let rows = [
        (
            KeySpec::SymmetricDefault,
            KeyUsageType::SignVerify,
            "ValidationException",
        ),
        (
            KeySpec::EccNistP256,
            KeyUsageType::EncryptDecrypt,
            "ValidationException",
        ),
        (
            KeySpec::Hmac256,
            KeyUsageType::EncryptDecrypt,
            "ValidationException",
        ),
        (
            KeySpec::Rsa2048,
            KeyUsageType::GenerateVerifyMac,
            "ValidationException",
        ),
        (
            KeySpec::from("RSA_1024"),
            KeyUsageType::EncryptDecrypt,
            "ValidationException",
        ),
        (
            KeySpec::Rsa2048,
            KeyUsageType::from("WRAP"),
            "ValidationException",
        ),
    ];
    for (spec, usage, expected) in rows {
        let outcome = kms
            .create_key()
            .key_spec(spec.clone())
            .key_usage(usage)
            .send()
            .await;
        assert_eq!(code(outcome), expected, "{spec:?}");
    }
    let multi = kms.create_key().multi_region(true).send().await;
    assert_eq!(code(multi), "UnsupportedOperationException");
}

#[tokio::test(flavor = "multi_thread")]
async fn aliases_name_keys_until_they_are_moved_or_deleted() {
    let server = Server::start();
    let kms = server.admin();
    let first = server.key_with(serde_json::Value::Null).await;
    let second = server.key_with(serde_json::Value::Null).await;
    let create = |name: &str, key: &str| {
        kms.create_alias()
            .alias_name(name)
            .target_key_id(key)
            .send()
    };
    create("alias/pan", &first).await.unwrap();
    assert_eq!(
        code(create("alias/pan", &second).await),
        "AlreadyExistsException"
    );
    assert_eq!(code(create("pan", &first).await), "ValidationException");
    assert_eq!(
        code(create("alias/aws/pan", &first).await),
        "InvalidAliasNameException"
    );
    assert_eq!(
        code(create("alias/x y", &first).await),
        "ValidationException"
    );
    assert_eq!(
        code(create("alias/none", "1234").await),
        "NotFoundException"
    );

    let arn_of = async |id: &str| {
        let answer = kms.describe_key().key_id(id).send().await.unwrap();
        answer.key_metadata.unwrap().arn.unwrap()
    };
    let alias_arn = "arn:aws:kms:us-east-1:000000000000:alias/pan";
    assert_eq!(arn_of("alias/pan").await, first);
    assert_eq!(arn_of(alias_arn).await, first);
    kms.update_alias()
        .alias_name("alias/pan")
        .target_key_id(&second)
        .send()
        .await
        .unwrap();
    assert_eq!(arn_of("alias/pan").await, second);

    let hmac = kms
        .create_key()
        .key_spec(KeySpec::Hmac256)
        .key_usage(KeyUsageType::GenerateVerifyMac);
    let hmac = hmac.send().await.unwrap().key_metadata.unwrap();
    let moved = kms
        .update_alias()
        .alias_name("alias/pan")
        .target_key_id(hmac.key_id())
        .send()
        .await;
    assert_eq!(code(moved), "ValidationException");

    create("alias/other", &first).await.unwrap();
    let of_second = kms.list_aliases().key_id(&second).send().await.unwrap();
    assert_eq!(of_second.aliases()[0].alias_name(), Some("alias/pan"));
    assert_eq!(kms.list_aliases().send().await.unwrap().aliases().len(), 2);
    kms.delete_alias()
        .alias_name("alias/pan")
        .send()
        .await
        .unwrap();
    assert_eq!(
        code(kms.describe_key().key_id("alias/pan").send().await),
        "NotFoundException"
    );
    assert_eq!(
        code(kms.enable_key().key_id("alias/other").send().await),
        "NotFoundException"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_kept_and_checked() {
    let server = Server::start();
    let kms = server.admin();
    let key = server.key_with(serde_json::Value::Null).await;
    let tag = |name: &str, value: &str| {
        Tag::builder()
            .tag_key(name)
            .tag_value(value)
            .build()
            .unwrap()
    };
    let put = |tags: Vec<Tag>| kms.tag_resource().key_id(&key).set_tags(Some(tags)).send();
    put(vec![tag("team", "blue"), tag("level", "1")])
        .await
        .unwrap();
    put(vec![tag("level", "2")]).await.unwrap();
    kms.untag_resource()
        .key_id(&key)
        .tag_keys("team")
        .send()
        .await
        .unwrap();
    let listed = kms.list_resource_tags().key_id(&key).send().await.unwrap();
    assert_eq!(listed.tags(), [tag("level", "2")]);
    assert_eq!(code(put(vec![tag("aws:x", "1")]).await), "TagException");
    assert_eq!(
        code(put(vec![tag("a", "1"), tag("a", "2")]).await),
        "TagException"
    );
    let many = (0..50).map(|n| tag(&format!("t{n}"), "")).collect();
    assert_eq!(code(put(many).await), "TagException");
    assert_eq!(code(put(vec![tag("", "1")]).await), "ValidationException");
    assert_eq!(
        code(put(vec![tag("long", &"x".repeat(257))]).await),
        "ValidationException"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn disabled_and_dying_keys_do_nothing() {
    let server = Server::start();
    let kms = server.admin();
    let key = server.key_with(serde_json::Value::Null).await;
    let encrypt = || {
        kms.encrypt()
            .key_id(&key)
            .plaintext(b"value".to_vec().into())
            .send()
    };
    let sealed = encrypt().await.unwrap().ciphertext_blob.unwrap();
    let decrypt = || kms.decrypt().ciphertext_blob(sealed.clone()).send();

    kms.disable_key().key_id(&key).send().await.unwrap();
    assert_eq!(code(encrypt().await), "DisabledException");
    assert_eq!(code(decrypt().await), "DisabledException");
    kms.enable_key().key_id(&key).send().await.unwrap();
    decrypt().await.unwrap();

    let schedule = |days| {
        kms.schedule_key_deletion()
            .key_id(&key)
            .pending_window_in_days(days)
            .send()
    };
    assert_eq!(code(schedule(6).await), "ValidationException");
    assert_eq!(code(schedule(31).await), "ValidationException");
    let dying = schedule(7).await.unwrap();
    assert_eq!(dying.key_state(), Some(&KeyState::PendingDeletion));
    assert_eq!(code(decrypt().await), "KMSInvalidStateException");
    assert_eq!(code(schedule(7).await), "KMSInvalidStateException");
    assert_eq!(
        code(kms.enable_key().key_id(&key).send().await),
        "KMSInvalidStateException"
    );
    kms.cancel_key_deletion().key_id(&key).send().await.unwrap();
    assert_eq!(code(decrypt().await), "DisabledException");
    let again = kms.cancel_key_deletion().key_id(&key).send().await;
    assert_eq!(code(again), "KMSInvalidStateException");
    kms.enable_key().key_id(&key).send().await.unwrap();
    assert_eq!(
        decrypt().await.unwrap().plaintext.unwrap().as_ref(),
        b"value"
    );
    let described = kms.update_key_description().key_id(&key).description("new");
    described.send().await.unwrap();
    let described = kms.describe_key().key_id(&key).send().await.unwrap();
    assert_eq!(described.key_metadata.unwrap().description(), Some("new"));
}

#[tokio::test(flavor = "multi_thread")]
async fn key_policies_are_kept_checked_and_never_lock_out() {
    let server = Server::start();
    let kms = server.admin();
    let key = server.key_with(serde_json::Value::Null).await;
    let put = |text: String| {
        kms.put_key_policy()
            .key_id(&key)
            .policy_name("default")
            .policy(text)
    };
    let text = policy(allow(ALICE, "kms:Decrypt"));
    put(text.clone()).send().await.unwrap();
    let got = kms
        .get_key_policy()
        .key_id(&key)
        .policy_name("default")
        .send()
        .await
        .unwrap();
    assert_eq!(
        got.policy(),
        Some(text.as_str()),
        "as it was put, byte for byte"
    );
    let names = kms.list_key_policies().key_id(&key).send().await.unwrap();
    assert_eq!(names.policy_names(), ["default"]);

    let only =
        |statement: serde_json::Value| serde_json::json!({ "Statement": statement }).to_string();
    let malformed = [
        "{}".to_owned(),
        only(allow(ALICE, "kms:*")),
        only(allow(ADMIN, "kms:Decrypt")),
        policy(allow("arn:aws:iam::000000000000:role/nobody", "kms:*")),
        policy(
            serde_json::json!({ "Effect": "Deny", "Principal": "*", "Action": "kms:Put*", "Resource": "*" }),
        ),
        policy(
            serde_json::json!({ "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*",
            "Condition": { "StringMatches": { "aws:username": "x" } } }),
        ),
    ];
    for text in malformed {
        let outcome = put(text.clone()).send().await;
        assert_eq!(code(outcome), "MalformedPolicyDocumentException", "{text}");
        let made = kms.create_key().policy(text).send().await;
        assert_eq!(code(made), "MalformedPolicyDocumentException");
    }
    let other = kms
        .get_key_policy()
        .key_id(&key)
        .policy_name("other")
        .send()
        .await;
    assert_eq!(code(other), "NotFoundException");
    let long = put(format!("{}{}", " ".repeat(32_768), text)).send().await;
    assert_eq!(code(long), "ValidationException");
    // With the check left out, a policy that locks admin out is taken, and does lock out.
    let locked = put(only(allow(ALICE, "kms:*"))).bypass_policy_lockout_safety_check(true);
    locked.send().await.unwrap();
    assert_eq!(code(put(text).send().await), "AccessDeniedException");
    assert!(
        server
            .alice()
            .describe_key()
            .key_id(&key)
            .send()
            .await
            .is_ok()
    );
}

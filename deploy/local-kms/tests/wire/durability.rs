//! What was answered is there after `kill -9`; and what the process says of its calls.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;

use aws_sdk_kms::primitives::Blob;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::support::{ALICE, ANALYST, Server, allow, code, policy};

#[tokio::test(flavor = "multi_thread")]
async fn keys_policies_aliases_grants_and_sessions_survive() {
    let mut server = Server::start();
    let key = server.key_with(allow(ANALYST, "kms:Decrypt")).await;
    let admin = server.admin();
    let sealed = admin
        .encrypt()
        .key_id(&key)
        .plaintext(Blob::new("value"))
        .send()
        .await
        .unwrap();
    let sealed = sealed.ciphertext_blob.unwrap();
    admin
        .create_alias()
        .alias_name("alias/kept")
        .target_key_id(&key)
        .send()
        .await
        .unwrap();
    let grant = admin.create_grant().key_id(&key).grantee_principal(ALICE);
    let grant = grant
        .operations(aws_sdk_kms::types::GrantOperation::Decrypt)
        .send()
        .await
        .unwrap();
    let session = server.session(ANALYST, "eve").await;

    server.kill_and_restart();
    let decrypt = |kms: aws_sdk_kms::Client| kms.decrypt().ciphertext_blob(sealed.clone()).send();
    let opened = decrypt(server.kms(session.clone())).await.unwrap();
    assert_eq!(opened.plaintext.unwrap().as_ref(), b"value");
    decrypt(server.alice()).await.unwrap();
    server
        .admin()
        .describe_key()
        .key_id("alias/kept")
        .send()
        .await
        .unwrap();

    let admin = server.admin();
    admin
        .revoke_grant()
        .key_id(&key)
        .grant_id(grant.grant_id().unwrap())
        .send()
        .await
        .unwrap();
    admin
        .put_key_policy()
        .key_id(&key)
        .policy(policy(Value::Null))
        .send()
        .await
        .unwrap();
    server.kill_and_restart();
    assert_eq!(code(decrypt(server.alice()).await), "AccessDeniedException");
    assert_eq!(
        code(decrypt(server.kms(session)).await),
        "AccessDeniedException"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answered_change_is_lost_however_the_process_dies() {
    let mut server = Server::start();
    let answered = Arc::new(Mutex::new(BTreeSet::new()));
    for _ in 0..4 {
        let makers: Vec<_> = (0..4)
            .map(|_| {
                let (kms, answered) = (server.admin(), Arc::clone(&answered));
                tokio::spawn(async move {
                    // Until the process is gone.
                    while let Ok(made) = kms.create_key().send().await {
                        answered
                            .lock()
                            .await
                            .insert(made.key_metadata.unwrap().key_id);
                    }
                })
            })
            .collect();
        let before = answered.lock().await.len();
        while answered.lock().await.len() < before + 10 {
            tokio::task::yield_now().await;
        }
        server.kill_and_restart();
        for maker in makers {
            maker.await.unwrap();
        }
        let listed = server.admin().list_keys().into_paginator().items().send();
        let listed: Vec<_> = listed.collect::<Result<_, _>>().await.unwrap();
        let listed: BTreeSet<_> = listed.into_iter().filter_map(|key| key.key_id).collect();
        assert!(answered.lock().await.is_subset(&listed));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_counted_and_audited_without_secrets() {
    let server = Server::start();
    let key = server.key_with(Value::Null).await;
    let sealed = server
        .admin()
        .encrypt()
        .key_id(&key)
        .plaintext(Blob::new("a plain value"));
    let sealed = sealed.send().await.unwrap().ciphertext_blob.unwrap();
    for _ in 0..2 {
        let denied = server
            .alice()
            .decrypt()
            .ciphertext_blob(sealed.clone())
            .send()
            .await;
        assert_eq!(code(denied), "AccessDeniedException");
    }
    let (_, counts) = crate::protocol::send(&server, "GET", "/_local/calls", "", b"");
    let counts: Value = serde_json::from_str(&counts).unwrap();
    assert_eq!(counts["operations"]["kms:Decrypt"], 2);
    let calls = counts["calls"].as_array().unwrap();
    let denied = calls
        .iter()
        .find(|call| call["operation"] == "kms:Decrypt")
        .unwrap();
    assert_eq!(denied["principal"], ALICE);
    assert_eq!(
        (&denied["outcome"], &denied["count"]),
        (&"AccessDeniedException".into(), &2.into())
    );

    let audit = std::fs::read_to_string(server.folder.path().join("audit.jsonl")).unwrap();
    let lines: Vec<Value> = audit
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[3]["eventName"], "Decrypt");
    assert_eq!(lines[3]["principal"], ALICE);
    assert_eq!(lines[3]["keyId"], Value::from(key));
    assert_eq!(lines[3]["algorithm"], "SYMMETRIC_DEFAULT");
    for secret in [
        "a plain value",
        &base64_simd::STANDARD.encode_to_string("a plain value"),
        "admin-secret",
    ] {
        assert!(!audit.contains(secret));
    }
}

#[test]
fn only_loopback_is_served() {
    let folder = tempfile::tempdir().unwrap();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let run = Command::new(env!("CARGO_BIN_EXE_veilgate-local-kms"))
            .args(["--listen", address, "--state"])
            .arg(folder.path())
            .output()
            .unwrap();
        assert!(!run.status.success());
        assert!(String::from_utf8_lossy(&run.stderr).contains("not a loopback address"));
    }
}

#[test]
fn a_state_folder_has_one_process() {
    let server = Server::start();
    let run = Command::new(env!("CARGO_BIN_EXE_veilgate-local-kms"))
        .args(["--listen", "127.0.0.1:0", "--state"])
        .arg(server.folder.path().join("state"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(
        said.contains("in use by another"),
        "one folder, one process: {said}"
    );
    let help = Command::new(env!("CARGO_BIN_EXE_veilgate-local-kms"))
        .arg("--help")
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&help.stdout).contains("FOR DEVELOPMENT AND TESTS ONLY"));
}

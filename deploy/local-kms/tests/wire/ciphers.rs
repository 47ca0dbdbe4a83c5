//! Encrypt, Decrypt, ReEncrypt, data keys and random bytes.

use std::collections::HashMap;

use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{DataKeySpec, EncryptionAlgorithmSpec, KeySpec, KeyUsageType};
use serde_json::Value;

use crate::support::{Server, code};

fn blob(bytes: &[u8]) -> Blob {
    Blob::new(bytes)
}

fn context(pairs: &[(&str, &str)]) -> Option<HashMap<String, String>> {
    Some(
        pairs
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn symmetric_ciphertexts_open_only_whole_and_in_their_context() {
    let server = Server::start();
    let kms = server.admin();
    let key = server.key_with(Value::Null).await;
    let other = server.key_with(Value::Null).await;
    let pairs = context(&[("tenant", "a"), ("class", "pan")]);
    let sealed = kms.encrypt().key_id(&key).plaintext(blob(b"value"));
    let sealed = sealed
        .set_encryption_context(pairs.clone())
        .send()
        .await
        .unwrap();
    let sealed = sealed.ciphertext_blob.unwrap();
    let decrypt = |bytes: &[u8], pairs| {
        kms.decrypt()
            .ciphertext_blob(blob(bytes))
            .set_encryption_context(pairs)
            .send()
    };
    let opened = decrypt(sealed.as_ref(), pairs.clone()).await.unwrap();
    assert_eq!(opened.plaintext.unwrap().as_ref(), b"value");
    assert_eq!(opened.key_id.as_deref(), Some(key.as_str()));

    for wrong in [
        &[][..],
        &[("tenant", "a")],
        &[("tenant", "b"), ("class", "pan")],
        &[("Tenant", "a"), ("class", "pan")],
    ] {
        let outcome = decrypt(sealed.as_ref(), context(wrong)).await;
        assert_eq!(code(outcome), "InvalidCiphertextException", "{wrong:?}");
    }
    for at in 0..sealed.as_ref().len() {
        let mut altered = sealed.as_ref().to_vec();
        altered[at] ^= 1;
        let outcome = decrypt(&altered, pairs.clone()).await;
        assert_eq!(code(outcome), "InvalidCiphertextException", "byte {at}");
    }
    let wrong_key = kms.decrypt().key_id(&other).ciphertext_blob(sealed.clone());
    let wrong_key = wrong_key.set_encryption_context(pairs).send().await;
    assert_eq!(code(wrong_key), "IncorrectKeyException");
    assert_eq!(code(decrypt(b"", None).await), "ValidationException");
    let long = kms
        .encrypt()
        .key_id(&key)
        .plaintext(Blob::new(vec![0; 4097]))
        .send()
        .await;
    assert_eq!(code(long), "ValidationException");
}

#[tokio::test(flavor = "multi_thread")]
async fn rsa_encrypts_up_to_its_limit_and_answers_every_fault_alike() {
    let server = Server::start();
    let kms = server.admin();
    let key = kms
        .create_key()
        .key_spec(KeySpec::Rsa2048)
        .key_usage(KeyUsageType::EncryptDecrypt);
    let key = key.send().await.unwrap().key_metadata.unwrap().arn.unwrap();
    let sha256 = EncryptionAlgorithmSpec::RsaesOaepSha256;
    for (algorithm, most) in [
        (sha256.clone(), 190),
        (EncryptionAlgorithmSpec::RsaesOaepSha1, 214),
    ] {
        let encrypt = |length: usize| {
            kms.encrypt()
                .key_id(&key)
                .encryption_algorithm(algorithm.clone())
                .plaintext(Blob::new(vec![7; length]))
                .send()
        };
        let sealed = encrypt(most).await.unwrap().ciphertext_blob.unwrap();
        let opened = kms
            .decrypt()
            .key_id(&key)
            .encryption_algorithm(algorithm.clone())
            .ciphertext_blob(sealed);
        assert_eq!(
            opened.send().await.unwrap().plaintext.unwrap().as_ref(),
            vec![7; most]
        );
        assert_eq!(code(encrypt(most + 1).await), "ValidationException");
    }
    let decrypt = |bytes: Vec<u8>, algorithm: EncryptionAlgorithmSpec| {
        kms.decrypt()
            .key_id(&key)
            .encryption_algorithm(algorithm)
            .ciphertext_blob(Blob::new(bytes))
            .send()
    };
    for garbage in [
        vec![0; 256],
        vec![255; 256],
        vec![1; 255],
        vec![1; 257],
        vec![1],
    ] {
        assert_eq!(
            code(decrypt(garbage, sha256.clone()).await),
            "InvalidCiphertextException"
        );
    }
    let symmetric = decrypt(vec![0; 256], EncryptionAlgorithmSpec::SymmetricDefault).await;
    assert_eq!(code(symmetric), "InvalidKeyUsageException");
    let unknown = decrypt(vec![0; 256], EncryptionAlgorithmSpec::from("ROT13")).await;
    assert_eq!(code(unknown), "ValidationException");
    let unnamed = kms
        .decrypt()
        .encryption_algorithm(sha256.clone())
        .ciphertext_blob(Blob::new(vec![0; 256]));
    assert_eq!(code(unnamed.send().await), "ValidationException");
    let in_context = kms
        .encrypt()
        .key_id(&key)
        .encryption_algorithm(sha256)
        .plaintext(blob(b"v"));
    let in_context = in_context.encryption_context("a", "b").send().await;
    assert_eq!(code(in_context), "ValidationException");
    let data_key = kms
        .generate_data_key()
        .key_id(&key)
        .key_spec(DataKeySpec::Aes256)
        .send()
        .await;
    assert_eq!(code(data_key), "InvalidKeyUsageException");
}

#[tokio::test(flavor = "multi_thread")]
async fn re_encrypt_moves_a_value_between_keys() {
    let server = Server::start();
    let kms = server.admin();
    let from = server.key_with(Value::Null).await;
    let to = kms
        .create_key()
        .key_spec(KeySpec::Rsa2048)
        .key_usage(KeyUsageType::EncryptDecrypt);
    let to = to.send().await.unwrap().key_metadata.unwrap().arn.unwrap();
    let sealed = kms
        .encrypt()
        .key_id(&from)
        .plaintext(blob(b"value"))
        .encryption_context("a", "1");
    let sealed = sealed.send().await.unwrap().ciphertext_blob.unwrap();
    let algorithm = EncryptionAlgorithmSpec::RsaesOaepSha256;
    let moved = kms
        .re_encrypt()
        .ciphertext_blob(sealed)
        .source_encryption_context("a", "1")
        .destination_key_id(&to)
        .destination_encryption_algorithm(algorithm.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(moved.source_key_id(), Some(from.as_str()));
    let opened = kms
        .decrypt()
        .key_id(&to)
        .encryption_algorithm(algorithm.clone());
    let opened = opened
        .ciphertext_blob(moved.ciphertext_blob.unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(opened.plaintext.unwrap().as_ref(), b"value");
}

#[tokio::test(flavor = "multi_thread")]
async fn data_keys_come_with_their_ciphertext() {
    let server = Server::start();
    let kms = server.admin();
    let key = server.key_with(Value::Null).await;
    let made = kms
        .generate_data_key()
        .key_id(&key)
        .key_spec(DataKeySpec::Aes256);
    let made = made.encryption_context("a", "1").send().await.unwrap();
    assert_eq!(made.plaintext().unwrap().as_ref().len(), 32);
    let opened = kms.decrypt().ciphertext_blob(made.ciphertext_blob.unwrap());
    let opened = opened.encryption_context("a", "1").send().await.unwrap();
    assert_eq!(opened.plaintext, made.plaintext);

    let hidden = kms
        .generate_data_key_without_plaintext()
        .key_id(&key)
        .number_of_bytes(24);
    let hidden = hidden.send().await.unwrap().ciphertext_blob.unwrap();
    let opened = kms.decrypt().ciphertext_blob(hidden).send().await.unwrap();
    assert_eq!(opened.plaintext.unwrap().as_ref().len(), 24);

    let neither = kms.generate_data_key().key_id(&key).send().await;
    assert_eq!(code(neither), "ValidationException");
    let both = kms
        .generate_data_key()
        .key_id(&key)
        .key_spec(DataKeySpec::Aes128)
        .number_of_bytes(16);
    assert_eq!(code(both.send().await), "ValidationException");
    let many = kms
        .generate_data_key()
        .key_id(&key)
        .number_of_bytes(1025)
        .send()
        .await;
    assert_eq!(code(many), "ValidationException");
    let random = || async {
        kms.generate_random()
            .number_of_bytes(32)
            .send()
            .await
            .unwrap()
            .plaintext
    };
    assert_ne!(random().await, random().await);
    let dry = kms
        .generate_data_key()
        .key_id(&key)
        .number_of_bytes(16)
        .dry_run(true)
        .send()
        .await;
    assert_eq!(code(dry), "DryRunOperationException");
}

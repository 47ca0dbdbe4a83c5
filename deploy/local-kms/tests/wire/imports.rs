//! Key material that was made outside.

use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use aws_sdk_kms::Client;
use aws_sdk_kms::operation::get_parameters_for_import::GetParametersForImportOutput;
use aws_sdk_kms::primitives::{Blob, DateTime};
use aws_sdk_kms::types::{
    AlgorithmSpec, ExpirationModelType, KeySpec, KeyState, KeyUsageType, OriginType,
    WrappingKeySpec,
};

use crate::support::{ADMIN, Server, allow, code};

const OAEP: AlgorithmSpec = AlgorithmSpec::RsaesOaepSha256;
const THROUGH_AES: AlgorithmSpec = AlgorithmSpec::RsaAesKeyWrapSha256;

async fn external(kms: &Client, spec: KeySpec) -> String {
    let made = kms.create_key().origin(OriginType::External).key_spec(spec);
    let made = made.key_usage(KeyUsageType::EncryptDecrypt).send().await;
    let made = made.unwrap().key_metadata.unwrap();
    assert_eq!(made.key_state(), Some(&KeyState::PendingImport));
    assert!(!made.enabled() && made.expiration_model().is_none());
    made.key_id
}

async fn parameters(kms: &Client, key: &str, how: AlgorithmSpec) -> GetParametersForImportOutput {
    let call = kms.get_parameters_for_import().key_id(key);
    let call = call.wrapping_algorithm(how);
    let call = call.wrapping_key_spec(WrappingKeySpec::Rsa3072);
    call.send().await.unwrap()
}

fn oaep(given: &GetParametersForImportOutput, bytes: &[u8]) -> Vec<u8> {
    let public = given.public_key().unwrap().as_ref();
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(public).unwrap());
    let key = key.unwrap();
    let mut wrapped = vec![0; key.ciphertext_size()];
    let wrapped = key.encrypt(&OAEP_SHA256_MGF1SHA256, bytes, &mut wrapped, None);
    wrapped.unwrap().to_vec()
}

fn through_aes(given: &GetParametersForImportOutput, bytes: &[u8]) -> Vec<u8> {
    let mut wrapped = vec![0; bytes.len() + 16];
    let kek = AesKek::new(&AES_256, &[7; 32]).unwrap();
    let sealed = kek.wrap_with_padding(bytes, &mut wrapped).unwrap();
    [oaep(given, &[7; 32]), sealed.to_vec()].concat()
}

async fn import(
    kms: &Client,
    key: &str,
    given: &GetParametersForImportOutput,
    wrapped: Vec<u8>,
    valid_to: Option<i64>,
) -> String {
    let model = match valid_to {
        Some(_) => ExpirationModelType::KeyMaterialExpires,
        None => ExpirationModelType::KeyMaterialDoesNotExpire,
    };
    let call = kms
        .import_key_material()
        .key_id(key)
        .expiration_model(model);
    let call = call.import_token(given.import_token().unwrap().clone());
    let call = call.set_valid_to(valid_to.map(DateTime::from_secs));
    let call = call.encrypted_key_material(Blob::new(wrapped)).send().await;
    if call.is_ok() {
        "ok".to_owned()
    } else {
        code(call)
    }
}

async fn state(kms: &Client, key: &str) -> KeyState {
    let described = kms.describe_key().key_id(key).send().await.unwrap();
    described.key_metadata.unwrap().key_state.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_symmetric_key_takes_its_own_material_and_no_other() {
    let mut server = Server::start();
    let kms = server.admin();
    let key = external(&kms, KeySpec::SymmetricDefault).await;
    let encrypt = |kms: &Client| kms.encrypt().key_id(&key).plaintext(Blob::new("v")).send();
    assert_eq!(code(encrypt(&kms).await), "KMSInvalidStateException");
    assert_eq!(
        code(kms.enable_key().key_id(&key).send().await),
        "KMSInvalidStateException"
    );

    let given = parameters(&kms, &key, OAEP).await;
    for (wrapped, expected) in [
        (vec![1; 384], "InvalidCiphertextException"),
        (oaep(&given, &[5; 31]), "IncorrectKeyMaterialException"),
        (oaep(&given, &[5; 32]), "ok"),
        (oaep(&given, &[6; 32]), "IncorrectKeyMaterialException"),
        (oaep(&given, &[5; 32]), "ok"),
    ] {
        assert_eq!(import(&kms, &key, &given, wrapped, None).await, expected);
    }
    let sealed = encrypt(&kms).await.unwrap().ciphertext_blob.unwrap();

    let deleted = kms.delete_imported_key_material().key_id(&key).send().await;
    deleted.unwrap();
    assert_eq!(state(&kms, &key).await, KeyState::PendingImport);
    server.kill_and_restart();
    let kms = server.admin();
    assert_eq!(state(&kms, &key).await, KeyState::PendingImport);
    let other = oaep(&given, &[6; 32]);
    let refused = import(&kms, &key, &given, other, None).await;
    assert_eq!(refused, "IncorrectKeyMaterialException");
    let same = oaep(&given, &[5; 32]);
    assert_eq!(import(&kms, &key, &given, same, None).await, "ok");
    let opened = kms.decrypt().ciphertext_blob(sealed).send().await.unwrap();
    assert_eq!(opened.plaintext.unwrap().as_ref(), b"v");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_key_comes_through_aes_and_has_its_specs_size() {
    let server = Server::start();
    let kms = server.admin();
    let key = external(&kms, KeySpec::Rsa2048).await;
    let short = kms.get_parameters_for_import().key_id(&key);
    let short = short.wrapping_algorithm(OAEP);
    let short = short.wrapping_key_spec(WrappingKeySpec::Rsa4096).send();
    assert_eq!(code(short.await), "UnsupportedOperationException");

    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
    let private = |size| PrivateDecryptingKey::generate(size).unwrap();
    let (own, large) = (private(KeySize::Rsa2048), private(KeySize::Rsa3072));
    let given = parameters(&kms, &key, THROUGH_AES).await;
    for (private, expected) in [(&large, "IncorrectKeyMaterialException"), (&own, "ok")] {
        let wrapped = through_aes(&given, private.as_der().unwrap().as_ref());
        assert_eq!(import(&kms, &key, &given, wrapped, None).await, expected);
    }
    let public = kms.get_public_key().key_id(&key).send().await.unwrap();
    let expected = own.public_key().as_der().unwrap();
    assert_eq!(public.public_key.unwrap().as_ref(), expected.as_ref());
}

#[tokio::test(flavor = "multi_thread")]
async fn material_expires_and_tokens_belong_to_one_key() {
    let server = Server::start();
    let kms = server.admin();
    let key = external(&kms, KeySpec::SymmetricDefault).await;
    let other = external(&kms, KeySpec::SymmetricDefault).await;
    let given = parameters(&kms, &key, OAEP).await;
    let wrapped = || oaep(&given, &[5; 32]);
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    for (key, valid_to, expected) in [
        (&other, None, "InvalidImportTokenException"),
        (&key, Some(now - 1), "ValidationException"),
        (&key, Some(now + 366 * 86_400), "ValidationException"),
        (&key, Some(now + 2), "ok"),
    ] {
        let got = import(&kms, key, &given, wrapped(), valid_to).await;
        assert_eq!(got, expected);
    }
    while state(&kms, &key).await == KeyState::Enabled {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(state(&kms, &key).await, KeyState::PendingImport);
    assert_eq!(import(&kms, &key, &given, wrapped(), None).await, "ok");
    assert_eq!(state(&kms, &key).await, KeyState::Enabled);

    let own = kms.create_key().send().await.unwrap().key_metadata.unwrap();
    let refused = kms.get_parameters_for_import().key_id(own.key_id());
    let refused = refused.wrapping_algorithm(OAEP);
    let refused = refused.wrapping_key_spec(WrappingKeySpec::Rsa2048).send();
    assert_eq!(code(refused.await), "UnsupportedOperationException");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_policy_says_who_imports() {
    let server = Server::start();
    let kms = server.admin();
    let made = kms.create_key().origin(OriginType::External);
    let policy = serde_json::json!({ "Statement": allow(ADMIN, "kms:PutKeyPolicy") });
    let made = made.policy(policy.to_string()).send().await;
    let key = made.unwrap().key_metadata.unwrap().key_id;
    let call = kms.get_parameters_for_import().key_id(&key);
    let call = call.wrapping_algorithm(OAEP);
    let call = call.wrapping_key_spec(WrappingKeySpec::Rsa2048).send();
    assert_eq!(code(call.await), "AccessDeniedException");
}

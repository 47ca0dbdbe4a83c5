//! GenerateMac, VerifyMac, Sign and Verify.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{
    KeySpec, KeyUsageType, MacAlgorithmSpec, MessageType, SigningAlgorithmSpec,
};

use crate::support::{Server, code};

async fn key(server: &Server, spec: KeySpec, usage: KeyUsageType) -> String {
    let made = server
        .admin()
        .create_key()
        .key_spec(spec)
        .key_usage(usage)
        .send()
        .await
        .unwrap();
    made.key_metadata.unwrap().key_id
}

#[tokio::test(flavor = "multi_thread")]
async fn macs_verify_and_altered_ones_do_not() {
    let server = Server::start();
    let kms = server.admin();
    let key = key(&server, KeySpec::Hmac256, KeyUsageType::GenerateVerifyMac).await;
    let algorithm = MacAlgorithmSpec::HmacSha256;
    let made = kms
        .generate_mac()
        .key_id(&key)
        .mac_algorithm(algorithm.clone());
    let mac = made
        .message(Blob::new("m"))
        .send()
        .await
        .unwrap()
        .mac
        .unwrap();
    let verify = |message: &str, mac: Blob| {
        let call = kms
            .verify_mac()
            .key_id(&key)
            .mac_algorithm(algorithm.clone());
        call.message(Blob::new(message)).mac(mac).send()
    };
    assert!(verify("m", mac.clone()).await.unwrap().mac_valid());
    assert_eq!(
        code(verify("n", mac.clone()).await),
        "KMSInvalidMacException"
    );
    let mut altered = mac.into_inner();
    altered[0] ^= 1;
    assert_eq!(
        code(verify("m", Blob::new(altered)).await),
        "KMSInvalidMacException"
    );
    let other = kms
        .encrypt()
        .key_id(&key)
        .plaintext(Blob::new("m"))
        .send()
        .await;
    assert_eq!(code(other), "InvalidKeyUsageException");
    let unknown = kms
        .generate_mac()
        .key_id(&key)
        .mac_algorithm(MacAlgorithmSpec::HmacSha512);
    assert_eq!(
        code(unknown.message(Blob::new("m")).send().await),
        "ValidationException"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_verify_here_and_with_the_public_key_alone() {
    let server = Server::start();
    let kms = server.admin();
    let ecc = key(&server, KeySpec::EccNistP256, KeyUsageType::SignVerify).await;
    let rsa = key(&server, KeySpec::Rsa2048, KeyUsageType::SignVerify).await;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"message");
    let forms = [
        (MessageType::Raw, b"message".to_vec()),
        (MessageType::Digest, digest.as_ref().to_vec()),
    ];
    let rows = [
        (&ecc, SigningAlgorithmSpec::EcdsaSha256),
        (&rsa, SigningAlgorithmSpec::RsassaPssSha256),
        (&rsa, SigningAlgorithmSpec::RsassaPkcs1V15Sha256),
    ];
    for (key, algorithm) in rows {
        for (form, message) in &forms {
            let signed = kms.sign().key_id(key).signing_algorithm(algorithm.clone());
            let signed = signed
                .message_type(form.clone())
                .message(Blob::new(message.clone()));
            let signature = signed.send().await.unwrap().signature.unwrap();
            for (form, message) in &forms {
                let verified = kms
                    .verify()
                    .key_id(key)
                    .signing_algorithm(algorithm.clone());
                let verified = verified
                    .message_type(form.clone())
                    .message(Blob::new(message.clone()));
                assert!(
                    verified
                        .signature(signature.clone())
                        .send()
                        .await
                        .unwrap()
                        .signature_valid()
                );
            }
            let wrong = kms
                .verify()
                .key_id(key)
                .signing_algorithm(algorithm.clone());
            let wrong = wrong
                .message(Blob::new("other"))
                .signature(signature.clone())
                .send()
                .await;
            assert_eq!(code(wrong), "KMSInvalidSignatureException");
            if *key == ecc {
                let public = kms.get_public_key().key_id(key).send().await.unwrap();
                let public = public.public_key.unwrap().into_inner();
                let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, public);
                public.verify(b"message", signature.as_ref()).unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_signed_is_refused() {
    let server = Server::start();
    let kms = server.admin();
    let ecc = key(&server, KeySpec::EccNistP256, KeyUsageType::SignVerify).await;
    let encrypts = key(&server, KeySpec::Rsa2048, KeyUsageType::EncryptDecrypt).await;
    let sign = |key: &str, algorithm: SigningAlgorithmSpec, form: MessageType, length: usize| {
        let call = kms
            .sign()
            .key_id(key)
            .signing_algorithm(algorithm)
            .message_type(form);
        call.message(Blob::new(vec![1; length])).send()
    };
    let (ecdsa, pss) = (
        SigningAlgorithmSpec::EcdsaSha256,
        SigningAlgorithmSpec::RsassaPssSha256,
    );
    let (raw, digest) = (MessageType::Raw, MessageType::Digest);
    assert_eq!(
        code(sign(&ecc, pss.clone(), raw.clone(), 4).await),
        "InvalidKeyUsageException"
    );
    assert_eq!(
        code(sign(&encrypts, pss, raw.clone(), 4).await),
        "InvalidKeyUsageException"
    );
    assert_eq!(
        code(sign(&ecc, ecdsa.clone(), digest, 31).await),
        "ValidationException"
    );
    assert_eq!(
        code(sign(&ecc, ecdsa.clone(), raw, 4097).await),
        "ValidationException"
    );
    assert_eq!(
        code(sign(&ecc, ecdsa, MessageType::from("XML"), 4).await),
        "ValidationException"
    );
}

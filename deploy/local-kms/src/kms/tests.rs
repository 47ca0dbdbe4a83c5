//! Key material and the form of ciphertexts; the operations are tested over the wire, in `tests/`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use proptest::prelude::*;

use super::algorithm::{EncryptionAlgorithm, KeySpec, MessageType};
use super::blob::{Ciphertext, EncryptionContext, additional_data};
use super::material::{Material, digest_algorithm};

#[test]
fn every_signing_algorithm_takes_messages_and_digests() {
    for spec in [KeySpec::Rsa2048, KeySpec::EccP256] {
        let key = Material::generate(spec).unwrap();
        for algorithm in spec.signing_algorithms().iter().copied() {
            let digest = aws_lc_rs::digest::digest(digest_algorithm(algorithm), b"message");
            let forms: [(MessageType, &[u8]); 2] = [
                (MessageType::Raw, b"message"),
                (MessageType::Digest, digest.as_ref()),
            ];
            for (signing, signed) in forms {
                let signature = key.sign(algorithm, signing, signed).unwrap();
                for (checking, checked) in forms {
                    assert!(
                        key.verify(algorithm, checking, checked, &signature).is_ok(),
                        "{algorithm:?}"
                    );
                }
                let mut altered = signature.clone();
                *altered.last_mut().unwrap() ^= 1;
                assert!(
                    key.verify(algorithm, signing, signed, &altered).is_err(),
                    "{algorithm:?}"
                );
                assert!(
                    key.verify(algorithm, MessageType::Raw, b"other", &signature)
                        .is_err()
                );
            }
            assert!(key.sign(algorithm, MessageType::Digest, b"short").is_err());
        }
    }
}

#[test]
fn rsa_sizes_are_those_of_their_specs() {
    // RFC 8017, 7.1.1: modulus − 2 × hash − 2.
    for (spec, modulus, sha256, sha1) in [
        (KeySpec::Rsa2048, 256, 190, 214),
        (KeySpec::Rsa3072, 384, 318, 342),
    ] {
        let key = Material::generate(spec).unwrap();
        assert_eq!(
            key.longest_plaintext(EncryptionAlgorithm::OaepSha256),
            Some(sha256)
        );
        assert_eq!(
            key.longest_plaintext(EncryptionAlgorithm::OaepSha1),
            Some(sha1)
        );
        let ciphertext = key
            .encrypt_oaep(EncryptionAlgorithm::OaepSha256, &vec![7; sha256])
            .unwrap();
        assert_eq!(ciphertext.len(), modulus);
        assert_eq!(
            *key.decrypt_oaep(EncryptionAlgorithm::OaepSha256, &ciphertext)
                .unwrap(),
            vec![7; sha256]
        );
        assert!(
            key.decrypt_oaep(EncryptionAlgorithm::OaepSha1, &ciphertext)
                .is_err()
        );
    }
}

#[test]
fn debug_output_shows_no_material() {
    let key = Material::generate(KeySpec::Symmetric).unwrap();
    assert_eq!(format!("{key:?}"), "Material(SYMMETRIC_DEFAULT)");
}

fn context() -> impl Strategy<Value = EncryptionContext> {
    prop::collection::btree_map("[ab=]{0,3}", "[ab=]{0,3}", 0..3)
}

proptest! {
    #[test]
    fn ciphertexts_are_read_as_they_were_made(arn in "[a-z:/0-9]{0,80}", sealed in prop::collection::vec(any::<u8>(), 0..80)) {
        let blob = Ciphertext::build(&arn, &sealed);
        prop_assert_eq!(Ciphertext::parse(&blob), Some(Ciphertext { key_arn: &arn, sealed: &sealed }));
    }

    #[test]
    fn no_bytes_make_the_reader_fail(blob in prop::collection::vec(any::<u8>(), 0..80)) {
        if let Some(ciphertext) = Ciphertext::parse(&blob) {
            prop_assert_eq!(Ciphertext::build(ciphertext.key_arn, ciphertext.sealed), blob);
        }
    }

    #[test]
    fn two_contexts_never_look_the_same(a in context(), b in context()) {
        prop_assert_eq!(additional_data("k", &a) == additional_data("k", &b), a == b);
    }
}

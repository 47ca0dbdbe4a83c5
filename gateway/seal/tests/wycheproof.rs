//! Wycheproof's vectors for the primitives that tokens are made of, as this workspace calls them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::panic,
    reason = "tests"
)]

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::rsa::{
    OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
};
use serde_json::Value;
use std::path::Path;

/// The file's groups; `None`, and a line that says so, where the vectors are not to be had.
fn groups(file: &str) -> Option<Vec<Value>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = here
        .ancestors()
        .map(|folder| folder.join("shared/vectors/wycheproof").join(file))
        .find(|path| path.is_file());
    let Some(path) = found else {
        eprintln!("skipped: shared/vectors/wycheproof/{file} is not here");
        return None;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    Some(file["testGroups"].as_array().unwrap().clone())
}

fn hex(value: &Value) -> Vec<u8> {
    let (pairs, rest) = value.as_str().unwrap().as_bytes().as_chunks::<2>();
    assert!(rest.is_empty());
    let digit = |digit: u8| u8::try_from(char::from(digit).to_digit(16).unwrap()).unwrap();
    pairs
        .iter()
        .map(|[high, low]| digit(*high) << 4 | digit(*low))
        .collect()
}

fn each_case(groups: &[Value], mut check: impl FnMut(&Value, &Value)) {
    for group in groups {
        for case in group["tests"].as_array().unwrap() {
            check(group, case);
        }
    }
}

fn oaep(file: &str) {
    let Some(groups) = groups(file) else { return };
    let mut checked = 0;
    each_case(&groups, |group, case| {
        // KMS uses the empty label only.
        if case["label"] != "" {
            return;
        }
        let private = PrivateDecryptingKey::from_pkcs8(&hex(&group["privateKeyPkcs8"])).unwrap();
        let public = OaepPublicEncryptingKey::new(private.public_key()).unwrap();
        let private = OaepPrivateDecryptingKey::new(private).unwrap();
        let mut value = vec![0; private.min_output_size()];
        let opened = private.decrypt(&OAEP_SHA256_MGF1SHA256, &hex(&case["ct"]), &mut value, None);
        let id = &case["tcId"];
        match case["result"].as_str().unwrap() {
            "valid" => assert_eq!(opened.unwrap(), hex(&case["msg"]), "{id}"),
            "invalid" => assert!(opened.is_err(), "{id}"),
            _ => {}
        }
        if case["result"] == "valid" {
            let mut sealed = vec![0; public.ciphertext_size()];
            let message = hex(&case["msg"]);
            public
                .encrypt(&OAEP_SHA256_MGF1SHA256, &message, &mut sealed, None)
                .unwrap();
            let mut value = vec![0; private.min_output_size()];
            let opened = private.decrypt(&OAEP_SHA256_MGF1SHA256, &sealed, &mut value, None);
            assert_eq!(opened.unwrap(), message, "{id}");
        }
        checked += 1;
    });
    assert!(checked > 20, "{checked}");
}

#[test]
fn rsa_oaep_2048() {
    oaep("rsa_oaep_2048_sha256_mgf1sha256_test.json");
}

#[test]
fn rsa_oaep_4096() {
    oaep("rsa_oaep_4096_sha256_mgf1sha256_test.json");
}

#[test]
fn aes_256_gcm() {
    let Some(groups) = groups("aes_gcm_test.json") else {
        return;
    };
    let mut checked = 0;
    each_case(&groups, |group, case| {
        if group["keySize"] != 256 || group["ivSize"] != 96 || group["tagSize"] != 128 {
            return;
        }
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &hex(&case["key"])).unwrap());
        let nonce = || Nonce::try_assume_unique_for_key(&hex(&case["iv"])).unwrap();
        let aad = hex(&case["aad"]);
        let message = hex(&case["msg"]);
        let sealed = [hex(&case["ct"]), hex(&case["tag"])].concat();
        let mut buffer = sealed.clone();
        let opened = key.open_in_place(nonce(), Aad::from(&aad), &mut buffer);
        if case["result"] == "valid" {
            assert_eq!(opened.unwrap(), message, "{}", case["tcId"]);
            let mut made = vec![0; message.len() + 16];
            let (ciphertext, tag) = made.split_at_mut(message.len());
            key.seal_out_of_place_scatter(nonce(), Aad::from(&aad), &message, ciphertext, &[], tag)
                .unwrap();
            assert_eq!(made, sealed, "{}", case["tcId"]);
        } else {
            assert!(opened.is_err(), "{}", case["tcId"]);
        }
        checked += 1;
    });
    assert!(checked > 50, "{checked}");
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[test]
fn hkdf_sha256() {
    let Some(groups) = groups("hkdf_sha256_test.json") else {
        return;
    };
    let mut checked = 0;
    each_case(&groups, |_, case| {
        let size = usize::try_from(case["size"].as_u64().unwrap()).unwrap();
        let prk = Salt::new(HKDF_SHA256, &hex(&case["salt"])).extract(&hex(&case["ikm"]));
        let info = hex(&case["info"]);
        let mut made = vec![0; size];
        let outcome = prk
            .expand(&[&info], Length(size))
            .and_then(|okm| okm.fill(&mut made));
        if case["result"] == "valid" {
            outcome.unwrap();
            assert_eq!(made, hex(&case["okm"]), "{}", case["tcId"]);
        } else {
            assert!(outcome.is_err(), "{}", case["tcId"]);
        }
        checked += 1;
    });
    assert!(checked > 50, "{checked}");
}

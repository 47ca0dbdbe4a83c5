//! AES-256-SIV beside another implementation, and public vectors.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

use aes_siv::KeyInit;
use aes_siv::siv::Aes256Siv;
use proptest::prelude::*;
use serde_json::Value;
use std::path::Path;
use symmetric::{Siv, TAG_BYTES};

fn hex(value: &Value) -> Vec<u8> {
    let (pairs, rest) = value.as_str().unwrap().as_bytes().as_chunks::<2>();
    assert!(rest.is_empty());
    let digit = |digit: u8| u8::try_from(char::from(digit).to_digit(16).unwrap()).unwrap();
    pairs
        .iter()
        .map(|[high, low]| digit(*high) << 4 | digit(*low))
        .collect()
}

fn open(siv: &Siv, sealed: &[u8]) -> Option<Vec<u8>> {
    let (tag, ciphertext) = sealed.split_first_chunk::<TAG_BYTES>()?;
    let mut bytes = ciphertext.to_vec();
    let opened = siv.open(&mut bytes, tag);
    if opened.is_err() {
        assert!(
            bytes.iter().all(|byte| *byte == 0),
            "nothing is left behind"
        );
    }
    opened.ok().map(|()| bytes)
}

fn seal(siv: &Siv, message: &[u8]) -> Vec<u8> {
    let mut bytes = message.to_vec();
    let tag = siv.seal(&mut bytes);
    [&tag[..], &bytes].concat()
}

/// Wycheproof's vectors with keys of 512 bits: one associated string, and one with a nonce behind it.
#[test]
fn wycheproof() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/wycheproof");
    let mut tried = 0;
    for name in ["aes_siv_cmac_test.json", "aead_aes_siv_cmac_test.json"] {
        let Ok(text) = std::fs::read_to_string(folder.join(name)) else {
            eprintln!("skipped: no vectors at {}", folder.display());
            return;
        };
        let file: Value = serde_json::from_str(&text).unwrap();
        for group in file["testGroups"].as_array().unwrap() {
            for test in group["tests"].as_array().unwrap() {
                let Ok(key) = <[u8; 64]>::try_from(hex(&test["key"])) else {
                    continue;
                };
                let aad = hex(&test["aad"]);
                let nonce = test.get("iv").map(hex);
                let tag = test.get("tag").map_or(Vec::new(), hex);
                let associated: Vec<&[u8]> =
                    std::iter::once(&aad[..]).chain(nonce.as_deref()).collect();
                let siv = Siv::new(&key, &associated);
                // of the two files, one has the tag in front of the ciphertext
                let sealed = [tag, hex(&test["ct"])].concat();
                let valid = test["result"] == "valid";
                assert_eq!(
                    open(&siv, &sealed),
                    valid.then(|| hex(&test["msg"])),
                    "{test}"
                );
                if valid {
                    assert_eq!(seal(&siv, &hex(&test["msg"])), sealed, "{test}");
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "{tried}");
}

proptest! {
    #[test]
    fn equals_another_implementation(
        key: [[u8; 32]; 2],
        associated in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..70), 0..4),
        message in prop::collection::vec(any::<u8>(), 0..120),
        flip: (u8, u16),
    ) {
        let key: [u8; 64] = key.as_flattened().try_into().unwrap();
        let strings: Vec<&[u8]> = associated.iter().map(Vec::as_slice).collect();
        let ours = seal(&Siv::new(&key, &strings), &message);
        let theirs = Aes256Siv::new(&key.into()).encrypt(&strings, &message).unwrap();
        prop_assert_eq!(&ours, &theirs);

        let siv = Siv::new(&key, &strings);
        prop_assert_eq!(open(&siv, &ours), Some(message));
        let mut altered = ours;
        let at = usize::from(flip.1) % altered.len();
        altered[at] ^= 1 << (flip.0 % 8);
        prop_assert_eq!(open(&siv, &altered), None);
    }
}

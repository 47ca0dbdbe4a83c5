//! Keys, signers and policies: what fits together, and what is refused at the start.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod support;

use record::KeyId;
use seal::{EdgeKey, KeyError, PublicKey, Sealer, SetupError};
use support::{Bench, block_on, material, opener, policy, public_keys, veilgate};

#[test]
fn the_newest_version_of_a_key_makes_the_tokens() {
    let mut material = material();
    let newer = include_bytes!("keys/identity.1.pem");
    let newer = PublicKey::from_pem(KeyId::new("payments", 2), &veilgate(), newer).unwrap();
    material.keys.insert(0, newer);
    let bench = Bench::with(material);
    let opener = opener().with_key("payments", 2, include_bytes!("keys/identity.1.key"));
    for class in ["pan", "ssn"] {
        let token = block_on(bench.token(class, b"1"));
        assert_eq!(opener.open(&token).unwrap().key, ("payments".into(), 2));
    }
}

#[test]
fn what_does_not_fit_together_is_refused_at_the_start() {
    let refused = |change: fn(&mut seal::Material)| {
        let mut material = material();
        change(&mut material);
        Sealer::new(&policy(), material).unwrap_err()
    };
    assert_eq!(
        refused(|material| material.edge_keys.clear()),
        SetupError::NoEdgeKey
    );
    assert_eq!(
        refused(|material| material.keys.truncate(1)),
        SetupError::NoKey {
            class: "note".into(),
            key: "identity".into()
        }
    );
    assert_eq!(
        refused(|material| material.signer_id = KeyId::new("s".repeat(92), 1)),
        SetupError::SignerName {
            length: 92,
            limit: 91,
            key: "payments".into()
        }
    );
    assert_eq!(
        refused(|material| material.signer_id = KeyId::new("", 1)),
        SetupError::Name {
            what: "signer",
            name: "".into()
        }
    );
    assert_eq!(
        refused(|material| {
            let pem = include_bytes!("keys/payments.1.pem");
            let key = PublicKey::from_pem(KeyId::new("payments", 9), &support::original(), pem);
            material.keys.push(key.unwrap());
        }),
        SetupError::EnvelopeOriginal {
            class: "pan".into(),
            key: "payments".into()
        }
    );
    let mut longest = material();
    longest.signer_id = KeyId::new("s".repeat(91), 1);
    let bench = Bench::with(longest);
    let signer = seal::LocalSigner::from_pem(support::SIGNER_PEM).unwrap();
    let opener = opener().with_signer(&"s".repeat(91), 1, signer.public_key());
    assert!(opener.open(&block_on(bench.token("pan", b"1"))).is_some());
}

#[test]
fn keys_of_other_sorts_and_sizes_are_refused() {
    let id = || KeyId::new("k", 1);
    let key = |pem: &[u8]| PublicKey::from_pem(id(), &veilgate(), pem).unwrap_err();
    assert_eq!(
        key(b"nonsense"),
        KeyError::Pem {
            label: "PUBLIC KEY"
        }
    );
    assert_eq!(
        key(include_bytes!("keys/payments.1.key")),
        KeyError::Pem {
            label: "PUBLIC KEY"
        }
    );
    assert_eq!(key(include_bytes!("keys/signer.1.pem")), KeyError::NotRsa);
    let small = key(include_bytes!("keys/small.pem"));
    assert!(
        matches!(small, KeyError::RsaSize { bits: 1024 } | KeyError::NotRsa),
        "{small}"
    );
    assert_eq!(
        PublicKey::from_der(id(), &veilgate(), &[0x30, 0]).unwrap_err(),
        KeyError::NotRsa
    );
    let sizes: Vec<usize> = public_keys()
        .iter()
        .map(PublicKey::max_value_bytes)
        .collect();
    assert_eq!(sizes, [190, 318, 446, 446]);

    let signer = |pem: &[u8]| seal::LocalSigner::from_pem(pem).unwrap_err();
    assert_eq!(
        signer(include_bytes!("keys/signer.1.pem")),
        KeyError::Pem {
            label: "PRIVATE KEY"
        }
    );
    assert_eq!(
        signer(include_bytes!("keys/payments.1.key")),
        KeyError::NotP256
    );

    for wrong in [
        "",
        "00",
        &"0".repeat(63),
        &"0".repeat(65),
        &"0".repeat(66),
        &"g".repeat(64),
    ] {
        assert_eq!(EdgeKey::from_hex(wrong).unwrap_err(), KeyError::EdgeKey);
    }
    let hex: String = support::EDGE_KEY
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    let mut material = material();
    material.edge_keys = vec![EdgeKey::from_hex(&format!("{hex}\n")).unwrap()];
    assert!(
        opener()
            .open(&block_on(Bench::with(material).token("ssn", b"1")))
            .is_some()
    );
}

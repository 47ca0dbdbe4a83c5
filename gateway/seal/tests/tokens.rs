//! Tokens of both kinds: they open as what they were made for, and as nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod support;

use aws_lc_rs::hmac;
use proptest::prelude::*;
use record::ValueType;
use seal::{Batch, SealError, Tokens};
use support::{Bench, block_on, decoded, encoded, opener};

#[test]
fn every_class_and_type_opens_as_what_it_was() {
    let bench = Bench::new();
    let opener = opener();
    let values: [(ValueType, &[u8]); 6] = [
        (ValueType::Text, "Zoë \u{0} \"quoted\"".as_bytes()),
        (ValueType::Number, b"-1.50E+3"),
        (ValueType::Boolean, b"true"),
        (ValueType::Object, b"{\"a\": [1, 2]}"),
        (ValueType::Array, b"[ ]"),
        (ValueType::Null, b"null"),
    ];
    let classes = [
        ("pan", 2),
        ("iban", 2),
        ("note", 2),
        ("ssn", 1),
        ("ssn-3072", 1),
        ("ssn-4096", 1),
    ];
    for tenant in ["", "acme"] {
        let mut batch = Batch::for_tenant(tenant);
        for (class, _) in classes {
            for (value_type, value) in values {
                bench.push(&mut batch, class, value_type, value);
            }
        }
        let tokens = block_on(bench.seal(&mut batch)).unwrap();
        assert_eq!(batch.heavy(), 0, "a sealed batch has to be prepared anew");
        let mut tokens = tokens.iter();
        for (class, format) in classes {
            for (value_type, value) in values {
                let token = tokens.next().unwrap().as_ref().unwrap();
                let opened = opener.open(token).unwrap();
                assert_eq!(opened.class, class);
                assert_eq!(opened.format, format);
                assert_eq!(opened.tenant, tenant);
                assert_eq!(opened.value_type, value_type.code());
                assert_eq!(opened.value, value);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_round_trip(
        envelope in prop::collection::vec(any::<u8>(), 0..3000),
        rsa in prop::collection::vec(any::<u8>(), 0..=190),
        tenant in "\\PC{0,40}",
    ) {
        let bench = Bench::new();
        let mut batch = Batch::for_tenant(tenant.as_str());
        bench.push(&mut batch, "pan", ValueType::Text, &envelope);
        bench.push(&mut batch, "ssn", ValueType::Text, &rsa);
        bench.push(&mut batch, "legacy", ValueType::Text, &rsa);
        let tokens = block_on(bench.seal(&mut batch)).unwrap();
        let opened = opener().open(tokens[0].as_ref().unwrap()).unwrap();
        prop_assert_eq!((opened.tenant, opened.value), (tenant.clone(), envelope));
        let opened = opener().open(tokens[1].as_ref().unwrap()).unwrap();
        prop_assert_eq!((opened.tenant, opened.value), (tenant, rsa.clone()));
        let opened = opener().open_original("legacy", tokens[2].as_ref().unwrap()).unwrap();
        prop_assert_eq!(opened, rsa);
    }
}

#[test]
fn a_flipped_bit_anywhere_breaks_a_token() {
    let bench = Bench::new();
    let opener = opener();
    for class in ["pan", "ssn"] {
        let token = block_on(bench.token(class, b"4111111111111111"));
        let (head, body) = decoded(&token);
        assert!(opener.open(&encoded(&head, &body)).is_some());
        for bit in 0..head.len() * 8 {
            let mut head = head.clone();
            head[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                opener.open(&encoded(&head, &body)),
                None,
                "{class} head bit {bit}"
            );
        }
        for bit in 0..body.len() * 8 {
            let mut body = body.clone();
            body[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                opener.open(&encoded(&head, &body)),
                None,
                "{class} body bit {bit}"
            );
        }
        for bit in 0..token.len() * 8 {
            let mut token = token.clone();
            token[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(opener.open(&token), None, "{class} text bit {bit}");
            let kept = block_on(bench.try_token("pan", &token)).unwrap().is_none();
            assert!(!kept, "{class} text bit {bit} is kept");
        }
    }
}

#[test]
fn a_token_moved_to_another_class_tenant_or_type_does_not_open() {
    let bench = Bench::new();
    let opener = opener();
    let mut batch = Batch::for_tenant("acme");
    for class in ["pan", "ssn"] {
        bench.push(&mut batch, class, ValueType::Number, b"42");
    }
    for token in block_on(bench.seal(&mut batch)).unwrap() {
        let (head, body) = decoded(&token.unwrap());
        assert!(opener.open(&encoded(&head, &body)).is_some());
        let rest = &body[1 + 3 + 1 + 4 + 1..];
        for (class, tenant, value_type) in [
            ("ban", "acme", 1),
            ("iban", "acme", 1),
            ("pan", "acmf", 1),
            ("pan", "", 1),
            ("ssn", "", 1),
            ("ssn", "acme", 0),
            ("pan", "acme", 2),
            ("pa", "nacme", 1),
        ] {
            let lengths = [class.len() as u8, tenant.len() as u8];
            let moved = [
                &lengths[..1],
                class.as_bytes(),
                &lengths[1..],
                tenant.as_bytes(),
                &[value_type],
                rest,
            ]
            .concat();
            if moved != body {
                assert_eq!(
                    opener.open(&encoded(&head, &moved)),
                    None,
                    "{class}/{tenant}"
                );
            }
        }
    }
}

/// The value key binds an envelope's class, tenant and type even for those who
/// leave the edge tag out: an edge key in the wrong hands moves no envelope.
#[test]
fn whoever_has_the_edge_key_moves_no_envelope() {
    let bench = Bench::new();
    let opener = opener();
    let (head, body) = decoded(&block_on(bench.token("pan", b"42")));
    let tagged = |class: &str, value_type: u8| {
        let mut tagged = [
            &[class.len() as u8],
            class.as_bytes(),
            &[0, value_type],
            &body[6..],
        ]
        .concat();
        tagged.truncate(tagged.len() - 16);
        tagged
    };
    let forged = |tagged: &[u8]| {
        let message = [b"veilgate/1 edge envelope\0", &head[..]].concat();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &support::EDGE_KEY);
        let edge = hmac::sign(&key, &message);
        let tag = support::siphash::siphash(edge.as_ref()[..16].try_into().unwrap(), tagged);
        encoded(&head, &[tagged, &tag].concat())
    };
    assert_eq!(
        opener.open(&forged(&tagged("pan", 0))).unwrap().value,
        b"42"
    );
    assert_eq!(opener.open(&forged(&tagged("ban", 0))), None);
    assert_eq!(opener.open(&forged(&tagged("pan", 1))), None);
}

#[test]
fn a_value_too_long_for_rsa_is_refused_or_given_to_an_envelope_class() {
    let bench = Bench::new();
    for (class, limit) in [
        ("ssn", 190),
        ("ssn-3072", 318),
        ("ssn-4096", 446),
        ("legacy", 446),
    ] {
        let fits = vec![b'x'; limit];
        assert!(block_on(bench.try_token(class, &fits)).unwrap().is_some());
        let mut batch = Batch::new();
        bench.push(&mut batch, "pan", ValueType::Text, b"1");
        bench.push(&mut batch, class, ValueType::Text, &vec![b'x'; limit + 1]);
        match block_on(bench.seal(&mut batch)) {
            Err(SealError::TooLong {
                class: named,
                index,
                limit: stated,
                length,
            }) => {
                assert_eq!(
                    (&*named, index, stated, length),
                    (class, 1, limit, limit + 1)
                );
            }
            other => panic!("{other:?}"),
        }
    }
    let long = vec![b'x'; 191];
    let token = block_on(bench.token("name", &long));
    let opened = opener().open(&token).unwrap();
    assert_eq!(
        (opened.format, &*opened.class, opened.value),
        (2, "note", long)
    );
    assert!(
        block_on(bench.try_token("name", &token)).unwrap().is_none(),
        "kept when it comes by"
    );
    let short = block_on(bench.token("name", b"Ada"));
    assert_eq!(opener().open(&short).unwrap().format, 1);
    assert!(block_on(bench.try_token("note", &short)).unwrap().is_some());
}

#[test]
fn an_error_names_its_code_and_no_value() {
    let bench = Bench::new();
    let secret = "s3cret".repeat(40);
    let error = block_on(bench.try_token("ssn", secret.as_bytes())).unwrap_err();
    assert_eq!(error.code(), "value-too-long");
    assert!(!error.is_retryable());
    let text = format!("{error} {error:?}");
    assert!(text.contains("190") && text.contains("240") && !text.contains("s3cret"));
    let mut batch = Batch::for_tenant("t".repeat(256));
    bench.push(&mut batch, "ssn", ValueType::Text, b"s3cret");
    assert!(!format!("{batch:?}").contains("s3cret"));
    assert_eq!(
        block_on(bench.seal(&mut batch)).unwrap_err().code(),
        "tenant-too-long"
    );
}

#[test]
fn tokens_of_other_implementations_of_the_original_pattern_open() {
    for token in [
        &include_bytes!("keys/legacy.pycryptodome.token")[..],
        include_bytes!("keys/legacy.openssl.token"),
    ] {
        let value = opener().open_original("legacy", token).unwrap();
        assert_eq!(value, "Zoë 123-45-6789".as_bytes());
        let original = record::Framing::new("#01#", "#10#", record::Encoding::Original).unwrap();
        assert_eq!(
            record::OriginalToken::from_text(&original, token)
                .unwrap()
                .sealed
                .len(),
            512
        );
    }
}

#[test]
fn a_batch_is_prepared_before_it_is_sealed() {
    let bench = Bench::new();
    let (mut batch, mut tokens) = (Batch::new(), Tokens::new());
    bench.push(&mut batch, "pan", ValueType::Text, b"1");
    let outcome = bench.sealer.seal_batch(&mut batch, &mut tokens);
    assert!(matches!(outcome, Err(SealError::NotPrepared)));
    block_on(bench.sealer.prepare(&mut batch)).unwrap();
    bench.push(&mut batch, "ssn", ValueType::Text, b"2");
    let outcome = bench.sealer.seal_batch(&mut batch, &mut tokens);
    assert!(matches!(outcome, Err(SealError::NotPrepared)));
    block_on(bench.sealer.prepare(&mut batch)).unwrap();
    assert_eq!((batch.len(), batch.heavy(), batch.value_bytes()), (2, 1, 2));
    bench.sealer.seal_batch(&mut batch, &mut tokens).unwrap();
    let outcome = bench.sealer.seal_batch(&mut batch, &mut tokens);
    assert!(
        matches!(outcome, Err(SealError::NotPrepared)),
        "its places in epochs are used"
    );
    assert!(tokens.is_empty());
    batch.clear();
    assert!(batch.is_empty());
    assert!(block_on(bench.seal(&mut batch)).unwrap().is_empty());
}

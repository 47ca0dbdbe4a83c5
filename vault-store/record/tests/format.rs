//! Heads, bodies, payloads and framings: what is built parses back, and nothing else parses.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use proptest::prelude::*;
use record::body::build_binding;
use record::token::{append_body, append_head, append_original, decode};
use record::{
    Body, Buffers, Encoding, Format, Framing, FramingError, Head, HeadKind, KeyId, OriginalToken,
    Payload, Sealed, Token, ValueType, head, payload,
};

fn rsa_length() -> impl Strategy<Value = usize> {
    prop::sample::select(vec![256usize, 384, 512])
}

fn envelope_head(key: &KeyId, made: u32, wrapped: usize) -> Vec<u8> {
    let bound = head::build_bound(key, made).unwrap();
    head::build_envelope(&bound, &[7; 32], &vec![9; wrapped]).unwrap()
}

fn body(class: &str, tenant: &str, value_type: ValueType, rest: &[u8]) -> Vec<u8> {
    let mut body = build_binding(class, tenant).unwrap();
    body.push(value_type.code());
    body.extend_from_slice(rest);
    body.extend_from_slice(&[3; 16]);
    body
}

proptest! {
    #[test]
    fn heads_parse_back(name in "\\PC{1,60}", version: u16, made: u32, wrapped in rsa_length()) {
        let key = KeyId::new(name, version);
        let rsa = head::build_rsa(&key).unwrap();
        let parsed = Head::parse(&rsa).unwrap();
        prop_assert_eq!(parsed.kind, HeadKind::Rsa);
        prop_assert_eq!(parsed.key_id(), key.clone());

        let envelope = envelope_head(&key, made, wrapped);
        let parsed = Head::parse(&envelope).unwrap();
        prop_assert_eq!(parsed.key_id(), key.clone());
        prop_assert_eq!(parsed.bytes, &envelope[..]);
        let HeadKind::Envelope(key_of_epoch) = parsed.kind else { panic!("not an envelope") };
        prop_assert_eq!(key_of_epoch.made, made);
        prop_assert_eq!(key_of_epoch.bound, &head::build_bound(&key, made).unwrap()[..]);
        prop_assert_eq!(key_of_epoch.commitment, &[7; 32]);
        prop_assert_eq!(key_of_epoch.wrapped, &vec![9; wrapped][..]);
        for length in 0..envelope.len() {
            prop_assert!(Head::parse(&envelope[..length]).is_err());
        }
        let mut longer = envelope;
        longer.push(0);
        prop_assert!(Head::parse(&longer).is_err());
    }

    #[test]
    fn bodies_parse_back(
        class in "\\PC{1,60}", tenant in "\\PC{0,60}",
        value_type in prop::sample::select(ValueType::ALL.to_vec()),
        value in prop::collection::vec(any::<u8>(), 28..100), sealed in rsa_length(),
    ) {
        let envelope = body(&class, &tenant, value_type, &value);
        let parsed = Body::parse(Format::Envelope, &envelope).unwrap();
        prop_assert_eq!(parsed.class, &class);
        prop_assert_eq!(parsed.tenant, &tenant);
        prop_assert_eq!(parsed.value_type, value_type);
        prop_assert_eq!(parsed.edge_tag, &[3; 16]);
        prop_assert_eq!(parsed.tagged, &envelope[..envelope.len() - 16]);
        let Sealed::Envelope { nonce, ciphertext } = parsed.sealed else { panic!("not an envelope") };
        prop_assert_eq!(&nonce[..], &value[..12]);
        prop_assert_eq!(ciphertext, &value[12..]);
        prop_assert!(Body::parse(Format::Rsa, &envelope).is_err());

        let rsa = body(&class, &tenant, value_type, &vec![5; sealed]);
        prop_assert_eq!(Body::parse(Format::Rsa, &rsa).unwrap().sealed, Sealed::Rsa(&vec![5; sealed]));
        prop_assert!(Body::parse(Format::Rsa, &rsa[..rsa.len() - 1]).is_err());
    }

    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
        let _ = Head::parse(&bytes);
        let _ = Body::parse(Format::Rsa, &bytes);
        let _ = Body::parse(Format::Envelope, &bytes);
        let _ = Payload::parse(&bytes);
        let _ = Token::from_text(&Framing::veilgate(), &bytes, &mut Buffers::default());
        let _ = OriginalToken::from_text(&Framing::veilgate(), &bytes);
    }

    #[test]
    fn only_one_spelling_decodes(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        const ALPHABET: &[u8] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let text = base64_simd::URL_SAFE_NO_PAD.encode_type::<Vec<u8>>(&bytes);
        let mut out = vec![1];
        decode(&text, &mut out).unwrap();
        prop_assert_eq!(&out, &bytes);
        if let Some((_, before)) = text.split_last() {
            for last in 0..=255 {
                let other = [before, &[last]].concat();
                if other != text && decode(&other, &mut out).is_ok() {
                    // It may spell other bytes; it must not be a second spelling of the same.
                    prop_assert_ne!(&out, &bytes);
                    prop_assert!(ALPHABET.contains(&last));
                }
            }
        }
        prop_assert!(decode(&[&text[..], b"="].concat(), &mut out).is_err());
        prop_assert!(decode(&[&text[..], b"\n"].concat(), &mut out).is_err());
    }
}

#[test]
fn trailing_bits_must_be_zero() {
    let mut out = Vec::new();
    decode(b"QQ", &mut out).unwrap();
    assert_eq!(out, b"A");
    assert!(decode(b"QR", &mut out).is_err());
    assert!(decode(b"QUI", &mut out).is_ok());
    assert!(decode(b"QUJ", &mut out).is_err());
    assert!(decode(b"Q", &mut out).is_err());
    let original = Framing::new("#01#", "#10#", Encoding::Original).unwrap();
    let spelled = base64_simd::STANDARD.encode_to_string([0u8; 256]);
    assert!(OriginalToken::from_text(&original, format!("#01#{spelled}#10#").as_bytes()).is_ok());
    let other = spelled.replace("A==", "B==");
    assert_ne!(other, spelled);
    assert!(OriginalToken::from_text(&original, format!("#01#{other}#10#").as_bytes()).is_err());
    let unpadded = spelled.trim_end_matches('=');
    assert!(OriginalToken::from_text(&original, format!("#01#{unpadded}#10#").as_bytes()).is_err());
}

#[test]
fn tokens_parse_back_from_their_text() {
    let framing = Framing::new("<vg:".trim_start_matches('<'), "!end", Encoding::Veilgate).unwrap();
    let head = envelope_head(&KeyId::new("payments", 3), 1_700_000_000, 256);
    let body = body("pan", "", ValueType::Number, &[0; 40]);
    let mut text = Vec::new();
    append_head(&mut text, &framing, &head);
    append_body(&mut text, &framing, &body);
    let mut buffers = Buffers::default();
    let token = Token::from_text(&framing, &text, &mut buffers).unwrap();
    assert_eq!(token.head.bytes, head);
    assert_eq!(token.body, Body::parse(Format::Envelope, &body).unwrap());
    assert!(Token::from_text(&Framing::veilgate(), &text, &mut Buffers::default()).is_err());

    let original = Framing::new("#01#", "#10#", Encoding::Original).unwrap();
    let mut text = Vec::new();
    append_original(&mut text, &original, &[1; 384]);
    assert_eq!(
        OriginalToken::from_text(&original, &text).unwrap().sealed,
        [1; 384]
    );
}

#[test]
fn payloads_parse_back() {
    let mut bytes = Vec::new();
    payload::build(&mut bytes, &[1; 32], &KeyId::new("edge", 258), &[2; 64]).unwrap();
    assert_eq!(bytes.len(), payload::length(4));
    let parsed = Payload::parse(&bytes).unwrap();
    assert_eq!(parsed.data_key, &[1; 32]);
    assert_eq!(parsed.signer_id(), KeyId::new("edge", 258));
    assert_eq!(parsed.signature, &[2; 64]);
    for length in 0..bytes.len() {
        assert!(Payload::parse(&bytes[..length]).is_err());
    }
    bytes.push(0);
    assert!(Payload::parse(&bytes).is_err());
}

#[test]
fn fields_out_of_range_are_refused() {
    let key = KeyId::new("k", 1);
    assert!(head::build_rsa(&KeyId::new("", 1)).is_err());
    assert!(head::build_rsa(&KeyId::new("k".repeat(256), 1)).is_err());
    assert!(head::build_envelope(&[1], &[0; 32], &[0; 255]).is_err());
    assert!(build_binding("", "").is_err());
    assert!(build_binding("c", &"t".repeat(256)).is_err());
    let mut format = head::build_rsa(&key).unwrap();
    format[0] = 9;
    assert!(Head::parse(&format).is_err());
    assert!(Head::parse(&[1, 0, 0, 1]).is_err(), "empty key name");
    assert!(
        Head::parse(&[1, 1, 0xff, 0, 1]).is_err(),
        "key name not UTF-8"
    );
    let mut wrapped = envelope_head(&key, 1, 256);
    wrapped.truncate(wrapped.len() - 256);
    let at = wrapped.len() - 2;
    wrapped[at..].copy_from_slice(&0u16.to_be_bytes());
    assert!(Head::parse(&wrapped).is_err(), "nothing wrapped");
    let mut unknown_type = body("c", "", ValueType::Null, &[0; 40]);
    unknown_type[3] = 6;
    assert!(Body::parse(Format::Envelope, &unknown_type).is_err());
    assert!(Body::parse(Format::Envelope, &body("c", "", ValueType::Text, &[0; 27])).is_err());
    assert!(Body::parse(Format::Envelope, &body("c", "", ValueType::Text, &[0; 28])).is_ok());
    assert_eq!(ValueType::try_from(5), Ok(ValueType::Null));
    assert!(ValueType::try_from(6).is_err());
}

#[test]
fn framings_keep_their_rule() {
    let veilgate = |prefix: &str, suffix: &str| Framing::new(prefix, suffix, Encoding::Veilgate);
    assert_eq!(veilgate("~vg1.", "~"), Ok(Framing::veilgate()));
    assert_eq!(veilgate("vg1.", "~"), Err(FramingError::PrefixInside));
    assert_eq!(veilgate("+", "_~"), Err(FramingError::SuffixInside));
    assert_eq!(veilgate("~", "."), Err(FramingError::SuffixInside));
    assert_eq!(
        veilgate("", "~"),
        Err(FramingError::Length { which: "prefix" })
    );
    assert_eq!(
        veilgate("~", ""),
        Err(FramingError::Length { which: "suffix" })
    );
    assert_eq!(
        veilgate(&"~".repeat(33), "~"),
        Err(FramingError::Length { which: "prefix" })
    );
    for found in ['"', '\'', '\\', ',', '<', '>', '&', ' ', '\n', 'é'] {
        let prefix = format!("~{found}");
        assert_eq!(
            veilgate(&prefix, "~"),
            Err(FramingError::Character {
                which: "prefix",
                found
            })
        );
    }
    let original = |prefix: &str, suffix: &str| Framing::new(prefix, suffix, Encoding::Original);
    assert!(original("#01#", "#10#").is_ok());
    assert!(original("-", "-").is_ok());
    assert_eq!(original("AWS=", "#"), Err(FramingError::PrefixInside));
    assert_eq!(original("#", "="), Err(FramingError::SuffixInside));
}

//! Tokens made by `docs/token-format.md` step by step, apart from the crate `seal`.

use super::{EDGE_KEY, joins, wrap};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::signature::EcdsaKeyPair;
use aws_lc_rs::{hkdf, hmac, rand};
use record::{Framing, KeyId, ValueType, body, context, head, payload, token};
use siphasher::sip128::SipHasher24;

fn expand(prk: &hkdf::Prk, info: &[&[u8]]) -> [u8; 32] {
    let mut out = [0; 32];
    prk.expand(info, hkdf::HKDF_SHA256)
        .unwrap()
        .fill(&mut out)
        .unwrap();
    out
}

pub fn gcm(key: &[u8]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap())
}

/// An epoch's head and data key, made by section 4.
pub struct Epoch {
    pub head: Vec<u8>,
    prk: hkdf::Prk,
}

impl Epoch {
    pub fn new(key: &KeyId, kms_key: &str, signer: &EcdsaKeyPair) -> Self {
        let mut data_key = [0; 32];
        rand::fill(&mut data_key).unwrap();
        let bound = head::build_bound(key, 1_700_000_000).unwrap();
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, &bound).extract(&data_key);
        let commitment = expand(&prk, &[b"veilgate/1 commitment"]);
        let signed = context::signed(&bound, &commitment);
        let signature = signer.sign(&rand::SystemRandom::new(), &signed).unwrap();
        let signature: [u8; 64] = signature.as_ref().try_into().unwrap();
        let mut wrapped = Vec::new();
        payload::build(&mut wrapped, &data_key, &KeyId::new("edge", 1), &signature).unwrap();
        let wrapped = wrap(kms_key, &wrapped);
        let head = head::build_envelope(&bound, &commitment, &wrapped).unwrap();
        Self { head, prk }
    }

    /// A body, edge tag included.
    pub fn body(&self, class: &str, tenant: &str, value_type: ValueType, value: &[u8]) -> Vec<u8> {
        let mut out = body::build_binding(class, tenant).unwrap();
        out.push(value_type.code());
        let key = gcm(&expand(&self.prk, &[b"veilgate/1 value\0", &out]));
        let mut nonce = [0; 12];
        rand::fill(&mut nonce).unwrap();
        let mut sealed = value.to_vec();
        let unique = Nonce::assume_unique_for_key;
        key.seal_in_place_append_tag(unique(nonce), Aad::empty(), &mut sealed)
            .unwrap();
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        let edge = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, &EDGE_KEY),
            &[b"veilgate/1 edge envelope\0", self.head.as_slice()].concat(),
        );
        let edge = edge.as_ref().first_chunk().unwrap();
        let tag = SipHasher24::new_with_key(edge).hash(&out);
        out.extend_from_slice(&tag.as_bytes());
        out
    }

    pub fn text(&self, value: &str) -> Vec<u8> {
        self.token("pan", ValueType::Text, value.as_bytes())
    }

    pub fn token(&self, class: &str, value_type: ValueType, value: &[u8]) -> Vec<u8> {
        frame(&self.head, &self.body(class, "", value_type, value))
    }
}

/// An `rsa` token under key `identity`, class `ssn`.
pub fn rsa_parts(value_type: ValueType, value: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let head = head::build_rsa(&KeyId::new("identity", 1)).unwrap();
    let mut body = body::build_binding("ssn", "").unwrap();
    body.push(value_type.code());
    body.extend_from_slice(&wrap("kms-id-1", value));
    let length = u16::try_from(head.len()).unwrap().to_be_bytes();
    let tag = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, &EDGE_KEY),
        &[b"veilgate/1 edge rsa\0".as_slice(), &length, &head, &body].concat(),
    );
    body.extend_from_slice(&tag.as_ref()[..16]);
    (head, body)
}

pub fn rsa(value_type: ValueType, value: &[u8]) -> Vec<u8> {
    let (head, body) = rsa_parts(value_type, value);
    frame_in(
        &Framing::new("[tok:", "]", record::Encoding::Veilgate).unwrap(),
        &head,
        &body,
    )
}

/// Head and body of a `siv` token under this version of `joins`, made by section 8.
pub fn siv(
    version: u16,
    class: &str,
    tenant: &str,
    value_type: ValueType,
    value: &[u8],
) -> (Vec<u8>, Vec<u8>) {
    siv_of(
        &KeyId::new("joins", version),
        version,
        class,
        tenant,
        value_type,
        value,
    )
}

/// The same, with a head that names `key`.
pub fn siv_of(
    key: &KeyId,
    version: u16,
    class: &str,
    tenant: &str,
    value_type: ValueType,
    value: &[u8],
) -> (Vec<u8>, Vec<u8>) {
    let head = head::build_siv(key).unwrap();
    let mut body = body::build_binding(class, tenant).unwrap();
    let key = symmetric::derive(&joins(version), symmetric::Purpose::Siv, &body).unwrap();
    body.push(value_type.code());
    let mut sealed = value.to_vec();
    let tag = symmetric::Siv::new(&key, &[&head, &body]).seal(&mut sealed);
    body.extend_from_slice(&sealed);
    body.extend_from_slice(&tag);
    (head, body)
}

/// A `siv` token of class `mail`.
pub fn siv_text(version: u16, value: &str) -> Vec<u8> {
    let (head, body) = siv(version, "mail", "", ValueType::Text, value.as_bytes());
    frame(&head, &body)
}

/// A token of the original AWS pattern.
pub fn original(kms_key: &str, value: &[u8]) -> Vec<u8> {
    let framing = Framing::new("#01#", "#10#", record::Encoding::Original).unwrap();
    let mut out = Vec::new();
    token::append_original(&mut out, &framing, &wrap(kms_key, value));
    out
}

pub fn frame(head: &[u8], body: &[u8]) -> Vec<u8> {
    frame_in(&Framing::veilgate(), head, body)
}

pub fn frame_in(framing: &Framing, head: &[u8], body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    token::append_head(&mut out, framing, head);
    token::append_body(&mut out, framing, body);
    out
}

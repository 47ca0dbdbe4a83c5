//! Opens tokens by `docs/token-format.md` and nothing else: it shares no code with what makes
//! them. The comments name the page's sections.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::siphash::siphash;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64_simd::{STANDARD, URL_SAFE_NO_PAD};
use std::collections::HashMap;

/// What a token was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub key: (String, u16),
    pub format: u8,
    pub class: String,
    pub tenant: String,
    pub value_type: u8,
    pub value: Vec<u8>,
}

pub struct Opener {
    edge_key: [u8; 32],
    keys: HashMap<(String, u16), OaepPrivateDecryptingKey>,
    signers: HashMap<(String, u16), Vec<u8>>,
}

impl Opener {
    pub fn new(edge_key: [u8; 32]) -> Self {
        Self {
            edge_key,
            keys: HashMap::new(),
            signers: HashMap::new(),
        }
    }

    pub fn with_key(mut self, name: &str, version: u16, pem: &[u8]) -> Self {
        let pem = std::str::from_utf8(pem).unwrap();
        let base64: String = pem
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .collect();
        let pkcs8 = STANDARD.decode_to_vec(base64).unwrap();
        let key = PrivateDecryptingKey::from_pkcs8(&pkcs8).unwrap();
        self.keys.insert(
            (name.into(), version),
            OaepPrivateDecryptingKey::new(key).unwrap(),
        );
        self
    }

    /// `point`: the uncompressed P-256 point.
    pub fn with_signer(mut self, name: &str, version: u16, point: &[u8]) -> Self {
        self.signers.insert((name.into(), version), point.to_vec());
        self
    }

    /// Section 7.
    pub fn open_original(&self, key: &str, token: &[u8]) -> Option<Vec<u8>> {
        let inner = token.strip_prefix(b"#01#")?.strip_suffix(b"#10#")?;
        self.decrypt(&(key.into(), 1), &STANDARD.decode_to_vec(inner).ok()?)
    }

    /// Sections 1 to 6.
    pub fn open(&self, token: &[u8]) -> Option<Opened> {
        let inner = token.strip_prefix(b"~vg1.")?.strip_suffix(b"~")?;
        let dot = inner.iter().position(|byte| *byte == b'.')?;
        let head = URL_SAFE_NO_PAD.decode_to_vec(&inner[..dot]).ok()?;
        let body = URL_SAFE_NO_PAD.decode_to_vec(&inner[dot + 1..]).ok()?;
        match head.first()? {
            1 => self.open_rsa(&head, &body),
            2 => self.open_envelope(&head, &body),
            _ => None,
        }
    }

    fn open_rsa(&self, head: &[u8], body: &[u8]) -> Option<Opened> {
        let (key, rest) = key(head.get(1..)?)?;
        if !rest.is_empty() {
            return None;
        }
        let tagged = body.get(..body.len().checked_sub(16)?)?;
        let length = u16::try_from(head.len()).ok()?.to_be_bytes();
        let message = [b"veilgate/1 edge rsa\0", &length[..], head, tagged].concat();
        if self.hmac(&message)[..16] != body[tagged.len()..] {
            return None;
        }
        let (class, tenant, value_type, sealed) = binding(tagged)?;
        let value = self.decrypt(&key, sealed)?;
        Some(Opened {
            key,
            format: 1,
            class,
            tenant,
            value_type,
            value,
        })
    }

    fn open_envelope(&self, head: &[u8], body: &[u8]) -> Option<Opened> {
        let (key, rest) = key(head.get(1..)?)?;
        let bound = head.get(..head.len() - rest.len() + 4)?;
        let commitment = rest.get(4..36)?;
        let length = usize::from(u16::from_be_bytes(rest.get(36..38)?.try_into().ok()?));
        let wrapped = rest.get(38..)?;
        if wrapped.len() != length {
            return None;
        }
        let payload = self.decrypt(&key, wrapped)?;
        let prk = self.check_data_key(bound, commitment, &payload)?;
        self.open_body(&prk, head, key, body)
    }

    /// Section 4, steps 2 to 4.
    fn check_data_key(&self, bound: &[u8], commitment: &[u8], payload: &[u8]) -> Option<[u8; 32]> {
        let (data_key, rest) = payload.split_at_checked(32)?;
        let (signer, rest) = text(rest)?;
        let (version, signature) = rest.split_at_checked(2)?;
        let version = u16::from_be_bytes(version.try_into().ok()?);
        let prk = hmac_sha256(bound, data_key);
        if expand(&prk, b"veilgate/1 commitment") != commitment {
            return None;
        }
        let message = [b"veilgate/1 data key\0", bound, commitment].concat();
        let point = self.signers.get(&(signer, version))?;
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(&message, signature)
            .ok()?;
        Some(prk)
    }

    /// Section 4, steps 5 and 6, and section 6.
    fn open_body(
        &self,
        prk: &[u8; 32],
        head: &[u8],
        key: (String, u16),
        body: &[u8],
    ) -> Option<Opened> {
        let tagged = body.get(..body.len().checked_sub(16)?)?;
        let (class, tenant, value_type, rest) = binding(tagged)?;
        let (nonce, sealed) = rest.split_at_checked(12)?;
        let edge = self.hmac(&[b"veilgate/1 edge envelope\0", head].concat());
        let tag = siphash(edge[..16].try_into().ok()?, tagged);
        (tag == body[tagged.len()..]).then_some(())?;
        let names = &tagged[..3 + class.len() + tenant.len()];
        let value_key = expand(prk, &[b"veilgate/1 value\0", names].concat());
        let value = gcm_open(&value_key, nonce, &[], sealed)?;
        Some(Opened {
            key,
            format: 2,
            class,
            tenant,
            value_type,
            value,
        })
    }

    fn decrypt(&self, key: &(String, u16), sealed: &[u8]) -> Option<Vec<u8>> {
        let key = self.keys.get(key)?;
        let mut value = vec![0; key.min_output_size()];
        let length = key
            .decrypt(&OAEP_SHA256_MGF1SHA256, sealed, &mut value, None)
            .ok()?
            .len();
        value.truncate(length);
        Some(value)
    }

    fn hmac(&self, message: &[u8]) -> [u8; 32] {
        hmac_sha256(&self.edge_key, message)
    }
}

fn text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = bytes.split_first()?;
    let (text, rest) = rest.split_at_checked(usize::from(*length))?;
    Some((String::from_utf8(text.to_vec()).ok()?, rest))
}

fn key(bytes: &[u8]) -> Option<((String, u16), &[u8])> {
    let (name, rest) = text(bytes)?;
    let (version, rest) = rest.split_at_checked(2)?;
    Some(((name, u16::from_be_bytes(version.try_into().ok()?)), rest))
}

fn binding(tagged: &[u8]) -> Option<(String, String, u8, &[u8])> {
    let (class, rest) = text(tagged)?;
    let (tenant, rest) = text(rest)?;
    let (value_type, rest) = rest.split_first()?;
    (*value_type <= 5).then_some((class, tenant, *value_type, rest))
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    tag.as_ref().try_into().unwrap()
}

/// HKDF-Expand to 32 bytes is one block: HMAC(PRK, info ‖ 0x01) (RFC 5869, section 2.3).
fn expand(prk: &[u8; 32], info: &[u8]) -> [u8; 32] {
    hmac_sha256(prk, &[info, &[1]].concat())
}

fn gcm_open(key: &[u8; 32], nonce: &[u8], aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap());
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut sealed = sealed.to_vec();
    Some(
        key.open_in_place(nonce, Aad::from(aad), &mut sealed)
            .ok()?
            .to_vec(),
    )
}

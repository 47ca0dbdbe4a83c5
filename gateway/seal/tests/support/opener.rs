//! Opens tokens by `docs/token-format.md` and nothing else: it shares no code with what makes
//! them. The comments name the page's sections.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::siphash::siphash;
use aes_siv::KeyInit;
use aes_siv::siv::Aes256Siv;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use aws_lc_rs::{digest, hmac};
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
    secrets: HashMap<(String, u16), [u8; 32]>,
    heads: HashMap<Vec<u8>, Vec<u8>>,
}

impl Opener {
    pub fn new(edge_key: [u8; 32]) -> Self {
        Self {
            edge_key,
            keys: HashMap::new(),
            signers: HashMap::new(),
            secrets: HashMap::new(),
            heads: HashMap::new(),
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

    /// A symmetric key, unwrapped.
    pub fn with_secret(mut self, name: &str, version: u16, bytes: [u8; 32]) -> Self {
        self.secrets.insert((name.into(), version), bytes);
        self
    }

    /// A head that a vault keeps.
    pub fn with_head(mut self, id: &[u8], head: &[u8]) -> Self {
        self.heads.insert(id.to_vec(), head.to_vec());
        self
    }

    /// Section 7.
    pub fn open_original(&self, key: &str, token: &[u8]) -> Option<Vec<u8>> {
        let inner = token.strip_prefix(b"#01#")?.strip_suffix(b"#10#")?;
        self.decrypt(&(key.into(), 1), &STANDARD.decode_to_vec(inner).ok()?)
    }

    /// Sections 1 to 6, 8 and 12.
    pub fn open(&self, token: &[u8]) -> Option<Opened> {
        let inner = token.strip_prefix(b"~vg1.")?.strip_suffix(b"~")?;
        let dot = inner.iter().position(|byte| *byte == b'.')?;
        let head = URL_SAFE_NO_PAD.decode_to_vec(&inner[..dot]).ok()?;
        let body = URL_SAFE_NO_PAD.decode_to_vec(&inner[dot + 1..]).ok()?;
        match head.first()? {
            1 => self.open_rsa(&head, &body),
            2 => self.open_envelope(&head, &head, &body),
            3 => self.open_siv(&head, &body),
            4 => {
                let whole = self.kept_head(head.get(1..)?)?;
                let opened = self.open_envelope(whole, &head, &body)?;
                Some(Opened {
                    format: 4,
                    ..opened
                })
            }
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

    /// Section 8.
    fn open_siv(&self, head: &[u8], body: &[u8]) -> Option<Opened> {
        let (key, rest) = key(head.get(1..)?)?;
        if !rest.is_empty() {
            return None;
        }
        let (tagged, tag) = body.split_at_checked(body.len().checked_sub(16)?)?;
        let (class, tenant, value_type, sealed) = binding(tagged)?;
        let (bound, _) = tagged.split_at_checked(tagged.len() - sealed.len())?;
        let names = &bound[..bound.len() - 1];
        let siv_key = self.derive(&key, &[b"veilgate/1 siv\0", names].concat())?;
        let mut cipher = Aes256Siv::new(&siv_key.into());
        let value = cipher.decrypt([head, bound], &[tag, sealed].concat());
        Some(Opened {
            key,
            format: 3,
            class,
            tenant,
            value_type,
            value: value.ok()?,
        })
    }

    /// Section 12: the value's type, and the value.
    pub fn open_record(
        &self,
        record: &[u8],
        class: &str,
        tenant: &str,
        token: &str,
    ) -> Option<(u8, Vec<u8>)> {
        let (start, rest) = record.split_at_checked(2)?;
        let (id, rest) = rest.split_at_checked(16)?;
        let (nonce, sealed) = rest.split_at_checked(12)?;
        let [1, value_type @ 0..=5] = *start else {
            return None;
        };
        let (_, prk) = self.data_key(self.kept_head(id)?)?;
        let names = [&name(class)[..], &name(tenant)[..], &[value_type]].concat();
        let value_key = expand(&prk, &[b"veilgate/1 value\0", &names[..]].concat());
        let bound = [b"veilgate/1 vault\0", token.as_bytes()].concat();
        let value = gcm_open(&value_key, nonce, &bound, sealed)?;
        Some((value_type, value))
    }

    /// Section 12: what a value is found by.
    pub fn index(
        &self,
        key: (&str, u16),
        class: &str,
        tenant: &str,
        value_type: u8,
        value: &[u8],
    ) -> Option<[u8; 32]> {
        let names = [name(class), name(tenant)].concat();
        let secret = self.secrets.get(&(key.0.into(), key.1))?;
        let index_key = expand(secret, &[b"veilgate/1 index\0", &names[..]].concat());
        Some(hmac_sha256(&index_key, &[&[value_type], value].concat()))
    }

    /// HKDF-Expand to 64 bytes is two blocks (RFC 5869, section 2.3).
    fn derive(&self, key: &(String, u16), info: &[u8]) -> Option<[u8; 64]> {
        let secret = self.secrets.get(key)?;
        let first = hmac_sha256(secret, &[info, &[1]].concat());
        let second = hmac_sha256(secret, &[&first[..], info, &[2]].concat());
        [first, second].concat().try_into().ok()
    }

    /// The head of this name, if that is its name.
    fn kept_head(&self, id: &[u8]) -> Option<&[u8]> {
        let head = self.heads.get(id)?;
        let named = digest::digest(&digest::SHA256, head);
        (named.as_ref().get(..16)? == id).then_some(head)
    }

    /// Section 4. `shown` is what stands in the token: `head`, or what names it.
    fn open_envelope(&self, head: &[u8], shown: &[u8], body: &[u8]) -> Option<Opened> {
        let (key, prk) = self.data_key(head)?;
        self.open_body(&prk, shown, key, body)
    }

    /// Section 4, steps 1 to 4.
    fn data_key(&self, head: &[u8]) -> Option<((String, u16), [u8; 32])> {
        if head.first() != Some(&2) {
            return None;
        }
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
        Some((key, prk))
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

fn name(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    [&[length], text.as_bytes()].concat()
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

//! The edge tag: tells what a gateway made from what merely looks like it (section 6).

use crate::error::KeyError;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{constant_time, hmac};
use record::{EDGE_TAG_BYTES, KEY_BYTES, NONCE_BYTES, context};
use std::fmt;
use zeroize::Zeroizing;

/// A key that gateways and the detokenize service share. It opens nothing.
pub struct EdgeKey {
    hmac: hmac::Key,
}

impl EdgeKey {
    /// Takes the key's 32 bytes; the caller zeroizes its own copy.
    pub fn new(bytes: &[u8; KEY_BYTES]) -> Self {
        Self {
            hmac: hmac::Key::new(hmac::HMAC_SHA256, bytes),
        }
    }

    /// Reads an edge key file: 64 hexadecimal digits, with white space around them.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        let digits = text.trim_ascii().as_bytes();
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        let (pairs, rest) = digits.as_chunks::<2>();
        if pairs.len() != KEY_BYTES || !rest.is_empty() {
            return Err(KeyError::EdgeKey);
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = hex_digit(*high)? << 4 | hex_digit(*low)?;
        }
        Ok(Self::new(&bytes))
    }

    /// The tag of an `rsa` token whose body up to the tag is `tagged`.
    pub(crate) fn rsa_tag(&self, head: &[u8], tagged: &[u8]) -> [u8; EDGE_TAG_BYTES] {
        let mut mac = hmac::Context::with_key(&self.hmac);
        mac.update(context::EDGE_RSA);
        // A head has at most 809 bytes.
        mac.update(&u16::try_from(head.len()).unwrap_or(u16::MAX).to_be_bytes());
        mac.update(head);
        mac.update(tagged);
        let whole = mac.sign();
        let mut tag = [0; EDGE_TAG_BYTES];
        tag.iter_mut()
            .zip(whole.as_ref())
            .for_each(|(to, from)| *to = *from);
        tag
    }

    pub(crate) fn is_rsa_tag(
        &self,
        head: &[u8],
        tagged: &[u8],
        tag: &[u8; EDGE_TAG_BYTES],
    ) -> bool {
        constant_time::verify_slices_are_equal(&self.rsa_tag(head, tagged), tag).is_ok()
    }

    /// What tags the envelopes under one head.
    pub(crate) fn envelope_tagger(&self, head: &[u8]) -> Result<EnvelopeTagger, Unspecified> {
        let mut mac = hmac::Context::with_key(&self.hmac);
        mac.update(context::EDGE_ENVELOPE);
        mac.update(head);
        let key = mac.sign();
        Ok(EnvelopeTagger {
            key: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_ref())?),
        })
    }
}

impl fmt::Debug for EdgeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EdgeKey").finish_non_exhaustive()
    }
}

/// Tags the envelopes of one epoch: `E` of section 6.
pub(crate) struct EnvelopeTagger {
    key: LessSafeKey,
}

impl EnvelopeTagger {
    /// The tag of a body that has `nonce` and is `tagged` up to the tag.
    pub(crate) fn tag(
        &self,
        nonce: &[u8; NONCE_BYTES],
        tagged: &[u8],
    ) -> Result<[u8; EDGE_TAG_BYTES], Unspecified> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let mut tag = [0; EDGE_TAG_BYTES];
        self.key.seal_out_of_place_scatter(
            nonce,
            Aad::from(tagged),
            &[],
            &mut [],
            &[],
            &mut tag,
        )?;
        Ok(tag)
    }

    pub(crate) fn is_tag(
        &self,
        nonce: &[u8; NONCE_BYTES],
        tagged: &[u8],
        tag: &[u8; EDGE_TAG_BYTES],
    ) -> bool {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let mut nothing_and_tag = *tag;
        self.key
            .open_in_place(nonce, Aad::from(tagged), &mut nothing_and_tag)
            .is_ok()
    }
}

fn hex_digit(digit: u8) -> Result<u8, KeyError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(KeyError::EdgeKey),
    }
}

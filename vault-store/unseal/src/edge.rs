//! Edge keys: what a gateway made is told from what merely looks like it (section 6). They open
//! nothing.

use crate::error::SetupError;
use aws_lc_rs::{constant_time, hmac};
use record::{Body, EDGE_TAG_BYTES, KEY_BYTES, context};
use siphasher::sip128::SipHasher24;
use zeroize::Zeroizing;

/// A 32-byte edge key. No `Debug`.
pub struct EdgeKey(hmac::Key);

impl EdgeKey {
    /// From its bytes.
    pub fn new(bytes: &[u8; KEY_BYTES]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// From 64 hex digits, white space around them aside.
    pub fn from_hex(text: &str) -> Result<Self, SetupError> {
        let digits = text.trim_ascii().as_bytes();
        let (pairs, rest) = digits.as_chunks::<2>();
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        if pairs.len() != KEY_BYTES || !rest.is_empty() {
            return Err(SetupError::BadEdgeKey);
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = hex_digit(*high)? << 4 | hex_digit(*low)?;
        }
        Ok(Self::new(&bytes))
    }

    /// `E` of one envelope's head: the first half of the HMAC.
    fn envelope(&self, head: &[u8]) -> Option<EnvelopeKey> {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(context::EDGE_ENVELOPE);
        context.update(head);
        let key = context.sign();
        let key = key.as_ref().first_chunk()?;
        Some(Zeroizing::new(*key))
    }

    /// Whether `body` of an `rsa` token carries this key's tag.
    fn tags_rsa(&self, head: &[u8], body: &Body<'_>) -> bool {
        let Ok(length) = u16::try_from(head.len()) else {
            return false;
        };
        let mut context = hmac::Context::with_key(&self.0);
        context.update(context::EDGE_RSA);
        context.update(&length.to_be_bytes());
        context.update(head);
        context.update(body.tagged);
        let tag = context.sign();
        tag.as_ref()
            .first_chunk::<EDGE_TAG_BYTES>()
            .is_some_and(|tag| constant_time::verify_slices_are_equal(tag, body.edge_tag).is_ok())
    }
}

fn hex_digit(digit: u8) -> Result<u8, SetupError> {
    let value = char::from(digit)
        .to_digit(16)
        .ok_or(SetupError::BadEdgeKey)?;
    u8::try_from(value).map_err(|_| SetupError::BadEdgeKey)
}

/// Whether any of the edge keys made the tag of an `rsa` token.
pub(crate) fn tags_rsa(keys: &[EdgeKey], head: &[u8], body: &Body<'_>) -> bool {
    keys.iter()
        .fold(false, |found, key| found | key.tags_rsa(head, body))
}

type EnvelopeKey = Zeroizing<[u8; EDGE_TAG_BYTES]>;

/// The edge keys as they apply to one envelope's head.
pub(crate) struct EnvelopeEdge(Vec<EnvelopeKey>);

impl EnvelopeEdge {
    pub(crate) fn new(keys: &[EdgeKey], head: &[u8]) -> Self {
        Self(keys.iter().filter_map(|key| key.envelope(head)).collect())
    }

    /// Whether any of the edge keys made this body's tag: SipHash-2-4 with 128 bits.
    pub(crate) fn tags(&self, body: &Body<'_>) -> bool {
        self.0.iter().any(|key| {
            let tag = SipHasher24::new_with_key(key).hash(body.tagged).as_bytes();
            constant_time::verify_slices_are_equal(&tag, body.edge_tag).is_ok()
        })
    }
}

//! The edge tag: tells what a gateway made from what merely looks like it (section 6).

use crate::error::KeyError;
use aws_lc_rs::{constant_time, hmac};
use record::{EDGE_TAG_BYTES, KEY_BYTES, context};
use siphasher::sip128::SipHasher24;
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
        first_half(&mac.sign())
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
    pub(crate) fn envelope_tagger(&self, head: &[u8]) -> EnvelopeTagger {
        let mut mac = hmac::Context::with_key(&self.hmac);
        mac.update(context::EDGE_ENVELOPE);
        mac.update(head);
        EnvelopeTagger {
            key: Zeroizing::new(first_half(&mac.sign())),
        }
    }
}

impl fmt::Debug for EdgeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EdgeKey").finish_non_exhaustive()
    }
}

/// Tags the envelopes of one epoch: SipHash-2-4 with a 128-bit tag, under `E` of section 6
/// (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012).
pub(crate) struct EnvelopeTagger {
    key: Zeroizing<[u8; EDGE_TAG_BYTES]>,
}

impl EnvelopeTagger {
    /// The tag of a body that is `tagged` up to the tag.
    pub(crate) fn tag(&self, tagged: &[u8]) -> [u8; EDGE_TAG_BYTES] {
        SipHasher24::new_with_key(&self.key).hash(tagged).as_bytes()
    }

    pub(crate) fn is_tag(&self, tagged: &[u8], tag: &[u8; EDGE_TAG_BYTES]) -> bool {
        constant_time::verify_slices_are_equal(&self.tag(tagged), tag).is_ok()
    }
}

/// The first 16 of an HMAC's 32 bytes.
fn first_half(mac: &hmac::Tag) -> [u8; EDGE_TAG_BYTES] {
    let mut half = [0; EDGE_TAG_BYTES];
    half.iter_mut()
        .zip(mac.as_ref())
        .for_each(|(to, from)| *to = *from);
    half
}

fn hex_digit(digit: u8) -> Result<u8, KeyError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(KeyError::EdgeKey),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the reference implementation's `vectors.h` of SipHash with 128 bits of output: the key is
    /// the bytes from 0, and so is the message.
    #[test]
    fn envelopes_are_tagged_by_siphash() {
        let mut key = Zeroizing::new([0; EDGE_TAG_BYTES]);
        (0..).zip(key.iter_mut()).for_each(|(at, byte)| *byte = at);
        let tagger = EnvelopeTagger { key };
        let expected: [(usize, u128); 2] = [
            (0, 0xa381_7f04_ba25_a8e6_6df6_7214_c755_0293),
            (1, 0xda87_c1d8_6b99_af44_3476_5911_9b22_fc45),
        ];
        for (length, tag) in expected {
            let message: Vec<u8> = (0..).take(length).collect();
            assert_eq!(u128::from_be_bytes(tagger.tag(&message)), tag);
            assert!(tagger.is_tag(&message, &tag.to_be_bytes()));
            assert!(!tagger.is_tag(&message, &(tag ^ 1).to_be_bytes()));
        }
    }
}

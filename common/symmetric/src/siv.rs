//! AES-256-SIV (RFC 5297): deterministic authenticated encryption.
//!
//! What a value is bound to comes first in S2V and is the same for all values of a class, so that the
//! part of S2V that covers it is computed once: a value of up to 16 bytes then costs two AES blocks
//! for its tag and one for its ciphertext.

use aes::Aes256Enc;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use constant_time_eq::constant_time_eq_16;
use std::fmt;
use thiserror::Error;
use zeroize::Zeroize;

/// Bytes of the tag, V in the RFC.
pub const TAG_BYTES: usize = 16;
const BLOCK: usize = 16;

/// Seals values that are bound to the same associated strings. Keys are zeroized on drop.
pub struct Siv {
    mac: Cmac,
    counter: Aes256Enc,
    /// D of S2V (section 2.4) after all associated strings.
    bound: u128,
}

/// Why a sealed value does not open: the tag is not of it, this key and these strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the tag does not match")]
pub struct SivError;

impl Siv {
    /// From the 64 bytes of K1 ‖ K2, and what values are bound to: up to 126 strings (section 2.6).
    pub fn new(key: &[u8; 64], associated: &[&[u8]]) -> Self {
        let (mac_key, counter_key) = key.split_at(32);
        let mac = Cmac::new(cipher(mac_key));
        let zero = mac.compute(&[0; BLOCK]);
        let bound = associated
            .iter()
            .fold(zero, |bound, each| double(bound) ^ mac.compute(each));
        Self {
            mac,
            counter: cipher(counter_key),
            bound,
        }
    }

    /// Encrypts in place, and returns the tag.
    pub fn seal(&self, value: &mut [u8]) -> [u8; TAG_BYTES] {
        let tag = self.tag(value);
        self.apply_counter(&tag, value);
        tag
    }

    /// Decrypts in place. On an error the buffer is zeroized.
    ///
    /// # Errors
    /// The tag does not match.
    pub fn open(&self, sealed: &mut [u8], tag: &[u8; TAG_BYTES]) -> Result<(), SivError> {
        self.apply_counter(tag, sealed);
        if constant_time_eq_16(&self.tag(sealed), tag) {
            Ok(())
        } else {
            sealed.zeroize();
            Err(SivError)
        }
    }

    /// The last step of S2V (section 2.4).
    fn tag(&self, value: &[u8]) -> [u8; TAG_BYTES] {
        let tag = match value.len().checked_sub(BLOCK) {
            Some(before) => {
                let (first, last) = value.split_at(before);
                let last = pad_zero(last) ^ self.bound;
                self.mac.compute_ending(first, last)
            }
            None => self
                .mac
                .compute_ending(&[], double(self.bound) ^ pad(value)),
        };
        tag.to_be_bytes()
    }

    /// CTR (section 2.5): two bits of the tag are cleared, so that the sum of the last 64 bits carries
    /// nowhere in messages that there are.
    fn apply_counter(&self, tag: &[u8; TAG_BYTES], bytes: &mut [u8]) {
        const CLEARED: u128 = !(1 << 63 | 1 << 31);
        let first = u128::from_be_bytes(*tag) & CLEARED;
        for (index, chunk) in bytes.chunks_mut(BLOCK).enumerate() {
            let counter = first.wrapping_add(index as u128);
            let stream = encrypt(&self.counter, counter).to_be_bytes();
            for (byte, mask) in chunk.iter_mut().zip(stream) {
                *byte ^= mask;
            }
        }
    }
}

impl fmt::Debug for Siv {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Siv").finish_non_exhaustive()
    }
}

/// AES-CMAC (RFC 4493).
struct Cmac {
    cipher: Aes256Enc,
    /// K1: mixed into a last block that is whole.
    whole: u128,
    /// K2: into one that was padded.
    padded: u128,
}

impl Cmac {
    fn new(cipher: Aes256Enc) -> Self {
        let whole = double(encrypt(&cipher, 0));
        Self {
            cipher,
            whole,
            padded: double(whole),
        }
    }

    fn compute(&self, message: &[u8]) -> u128 {
        let mut chain = 0;
        let last_at = message.len().saturating_sub(1) / BLOCK * BLOCK;
        let (before, rest) = message.split_at(last_at);
        for each in before.chunks_exact(BLOCK) {
            chain = encrypt(&self.cipher, chain ^ pad_zero(each));
        }
        let last = if rest.len() == BLOCK {
            pad_zero(rest) ^ self.whole
        } else {
            pad(rest) ^ self.padded
        };
        encrypt(&self.cipher, chain ^ last)
    }

    /// Of `first` and 16 bytes more, which come as `last`: for xorend of the RFC.
    fn compute_ending(&self, first: &[u8], last: u128) -> u128 {
        // the replaced bytes straddle two blocks when the length is no multiple of one
        let (blocks, rest) = first.as_chunks::<BLOCK>();
        let mut chain = 0;
        for each in blocks {
            chain = encrypt(&self.cipher, chain ^ u128::from_be_bytes(*each));
        }
        if rest.is_empty() {
            return encrypt(&self.cipher, chain ^ last ^ self.whole);
        }
        let taken = 8 * (BLOCK - rest.len());
        let head = pad_zero(rest) | (last >> (128 - taken));
        chain = encrypt(&self.cipher, chain ^ head);
        // what is left of `last`, a bit, and zeros
        let left = (last << taken) | (1 << (taken - 1));
        encrypt(&self.cipher, chain ^ left ^ self.padded)
    }
}

impl Drop for Cmac {
    fn drop(&mut self) {
        self.whole.zeroize();
        self.padded.zeroize();
    }
}

fn cipher(key: &[u8]) -> Aes256Enc {
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(key) {
        *to = *from;
    }
    let cipher = Aes256Enc::new(&bytes.into());
    bytes.zeroize();
    cipher
}

fn encrypt(cipher: &Aes256Enc, block: u128) -> u128 {
    let mut bytes = block.to_be_bytes().into();
    cipher.encrypt_block(&mut bytes);
    u128::from_be_bytes(bytes.into())
}

/// Multiplication by x in GF(2^128), without a branch on the secret (section 2.3).
fn double(block: u128) -> u128 {
    (block << 1) ^ ((block >> 127) * 0x87)
}

/// Up to 16 bytes, and zeros.
fn pad_zero(bytes: &[u8]) -> u128 {
    let mut padded = [0; BLOCK];
    for (to, from) in padded.iter_mut().zip(bytes) {
        *to = *from;
    }
    u128::from_be_bytes(padded)
}

/// Fewer than 16 bytes, a bit, and zeros.
fn pad(bytes: &[u8]) -> u128 {
    pad_zero(bytes) | (0x80 << (8 * (BLOCK - 1 - bytes.len().min(BLOCK - 1))))
}

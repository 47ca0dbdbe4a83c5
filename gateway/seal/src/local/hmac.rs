//! Kind `hmac`: HMAC-SHA-256 of the value (section 10), which nothing turns back.

use super::Unfit;
use super::keyed::UnderKey;
use crate::batch::{Tokens, ValueRef};
use crate::error::SealError;
use crate::secret_key::SecretKey;
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64_simd::URL_SAFE_NO_PAD;
use policies::HmacOutput;
use std::fmt::Write;
use symmetric::{Purpose, derive};

/// How a class's HMACs are written.
pub(crate) struct Hmac {
    output: HmacOutput,
}

impl Hmac {
    pub(crate) fn new(output: HmacOutput) -> Self {
        Self { output }
    }
}

impl UnderKey for Hmac {
    type Key = Key;

    fn derive(&self, secret: &SecretKey, binding: &[u8]) -> Result<Key, SealError> {
        let key = derive::<32>(secret.bytes(), Purpose::Hmac, binding);
        let key = key.map_err(|_| SealError::Cryptography)?;
        Ok(Key::new(HMAC_SHA256, key.as_ref()))
    }

    /// A value's type does not count: a number is joined with the text that spells it.
    fn make(&self, key: &Key, value: ValueRef<'_>, tokens: &mut Tokens) -> Result<(), Unfit> {
        self.write(sign(key, value.content).as_ref(), tokens)
    }
}

impl Hmac {
    /// Adds the token of a value with this MAC of 32 bytes.
    pub(crate) fn write(&self, bytes: &[u8], tokens: &mut Tokens) -> Result<(), Unfit> {
        if self.output == HmacOutput::Integer {
            tokens.number(&(word(bytes) >> 1).to_string());
            return Ok(());
        }
        tokens.make(|out| {
            let mut text = String::with_capacity(64);
            match self.output {
                HmacOutput::Hex(length) => {
                    hex(bytes, &mut text);
                    text.truncate(length);
                }
                HmacOutput::Base64url(length) => {
                    text.push_str(&URL_SAFE_NO_PAD.encode_to_string(bytes));
                    text.truncate(length);
                }
                HmacOutput::Digits(length) => digits(bytes, length, &mut text),
                HmacOutput::Uuid => uuid(bytes, &mut text),
                HmacOutput::Integer => {}
            }
            out.extend_from_slice(text.as_bytes());
            Ok(())
        })
    }
}

fn hex(bytes: &[u8], text: &mut String) {
    for byte in bytes {
        // writing to a string does not fail
        let _ = write!(text, "{byte:02x}");
    }
}

fn word(bytes: &[u8]) -> u64 {
    bytes
        .first_chunk()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

fn double_word(bytes: &[u8]) -> u128 {
    bytes
        .first_chunk()
        .map_or(0, |bytes| u128::from_be_bytes(*bytes))
}

/// The first 128 bits modulo 10^length, which is at most 36: no digit is likelier by a hundredth.
fn digits(bytes: &[u8], length: usize, text: &mut String) {
    let exponent = u32::try_from(length).unwrap_or(36);
    let number = double_word(bytes) % 10_u128.saturating_pow(exponent);
    let _ = write!(text, "{number:0length$}");
}

/// The first 128 bits, of which six say that it is of version 8 (RFC 9562, section 5.8).
fn uuid(bytes: &[u8], text: &mut String) {
    let uuid = double_word(bytes) & !(0xf << 76) & !(0x3 << 62) | 0x8 << 76 | 0x2 << 62;
    let field = |shift: u32, bits: u32| (uuid >> shift) & ((1 << bits) - 1);
    let _ = write!(
        text,
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        field(96, 32),
        field(80, 16),
        field(64, 16),
        field(48, 16),
        field(0, 48)
    );
}

//! Bytes in JSON, and the form of a symmetric ciphertext.

use std::collections::BTreeMap;
use std::fmt;

use base64_simd::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// Bytes that the API carries as base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blob(pub(crate) Vec<u8>);

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode_to_string(&self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        decode(deserializer).map(Blob)
    }
}

/// Secret bytes as base64: wiped when dropped, and never shown.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) Zeroizing<Vec<u8>>);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = Zeroizing::new(STANDARD.encode_to_string(self.0.as_slice()));
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        decode(deserializer).map(|bytes| Secret(Zeroizing::new(bytes)))
    }
}

fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = Zeroizing::new(String::deserialize(deserializer)?);
    STANDARD
        .decode_to_vec(text.as_bytes())
        .map_err(|_| serde::de::Error::custom("not base64"))
}

/// An encryption context: names and values that are authenticated with the ciphertext.
pub(crate) type EncryptionContext = BTreeMap<String, String>;

/// The parts of a symmetric ciphertext:
/// `format (1) ‖ length of the key's ARN (2) ‖ ARN ‖ nonce (12) ‖ AES-256-GCM ciphertext ‖ tag (16)`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ciphertext<'a> {
    pub(crate) key_arn: &'a str,
    pub(crate) sealed: &'a [u8],
}

const FORMAT: u8 = 1;

impl<'a> Ciphertext<'a> {
    pub(crate) fn parse(blob: &'a [u8]) -> Option<Ciphertext<'a>> {
        let (format, rest) = blob.split_first()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (arn, sealed) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        let key_arn = std::str::from_utf8(arn).ok()?;
        (*format == FORMAT).then_some(Ciphertext { key_arn, sealed })
    }

    pub(crate) fn build(key_arn: &str, sealed: &[u8]) -> Vec<u8> {
        let length = u16::try_from(key_arn.len()).unwrap_or(u16::MAX);
        [
            &[FORMAT],
            length.to_be_bytes().as_slice(),
            key_arn.as_bytes(),
            sealed,
        ]
        .concat()
    }
}

/// What AES-GCM authenticates beside the plaintext: the key's ARN, then each pair of the context in
/// order of names; every text with its length before it, so that no two contexts look the same.
pub(crate) fn additional_data(key_arn: &str, context: &EncryptionContext) -> Vec<u8> {
    let mut data = vec![FORMAT];
    let pairs = context
        .iter()
        .flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    for text in std::iter::once(key_arn).chain(pairs) {
        data.extend_from_slice(&(text.len() as u64).to_be_bytes());
        data.extend_from_slice(text.as_bytes());
    }
    data
}

//! What a vault keeps for a token (section 12), and what names an epoch's head in it.

use crate::reader::{Malformed, Reader};
use crate::types::ValueType;
use crate::{GCM_TAG_BYTES, NONCE_BYTES};

/// Bytes of the name of an epoch's head: the first of its SHA-256.
pub const HEAD_ID_BYTES: usize = 16;
/// The first byte of every record of this version.
const VERSION: u8 = 1;

/// A parsed record; borrows its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VaultRecord<'a> {
    /// What the value was.
    pub value_type: ValueType,
    /// Names the head whose data key opens the value.
    pub head_id: &'a [u8; HEAD_ID_BYTES],
    /// The nonce.
    pub nonce: &'a [u8; NONCE_BYTES],
    /// AES-256-GCM: ciphertext ‖ 16-byte tag.
    pub ciphertext: &'a [u8],
}

impl<'a> VaultRecord<'a> {
    /// Reads a whole record.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        if reader.u8("version")? != VERSION {
            return Err(Malformed("version"));
        }
        let value_type = ValueType::try_from(reader.u8("type")?).map_err(|_| Malformed("type"))?;
        let head_id = reader.array("head id")?;
        let nonce = reader.array("nonce")?;
        let ciphertext = reader.take(reader.remaining(), "sealed")?;
        if ciphertext.len() < GCM_TAG_BYTES {
            return Err(Malformed("sealed length"));
        }
        Ok(Self {
            value_type,
            head_id,
            nonce,
            ciphertext,
        })
    }
}

/// What a record begins with; ciphertext and tag follow.
pub fn build_start(
    value_type: ValueType,
    head_id: &[u8; HEAD_ID_BYTES],
    nonce: &[u8; NONCE_BYTES],
) -> Vec<u8> {
    let mut record = vec![VERSION, value_type.code()];
    record.extend_from_slice(head_id);
    record.extend_from_slice(nonce);
    record
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_built_and_nothing_else_is() {
        let mut record = build_start(ValueType::Number, &[7; 16], &[9; 12]);
        record.extend_from_slice(&[1; 19]);
        let parsed = VaultRecord::parse(&record).unwrap();
        let expected = VaultRecord {
            value_type: ValueType::Number,
            head_id: &[7; 16],
            nonce: &[9; 12],
            ciphertext: &[1; 19],
        };
        assert_eq!(parsed, expected);
        for length in 0..2 + 16 + 12 + 16 {
            assert!(VaultRecord::parse(&record[..length]).is_err(), "{length}");
        }
        for (at, byte) in [(0, 0), (0, 2), (1, 6)] {
            let mut other = record.clone();
            other[at] = byte;
            assert!(VaultRecord::parse(&other).is_err());
        }
    }
}

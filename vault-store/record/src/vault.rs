//! What a vault keeps for a token (sections 12 and 13), and what names an epoch's head in it.

use crate::reader::{Malformed, Reader};
use crate::types::ValueType;
use crate::views::{RecordView, RecordViews, push_record_view};
use crate::{GCM_TAG_BYTES, NONCE_BYTES};

/// Bytes of the name of an epoch's head: the first of its SHA-256.
pub const HEAD_ID_BYTES: usize = 16;
/// The first byte of a record without views.
const PLAIN: u8 = 1;
/// The first byte of a record with views.
const WITH_VIEWS: u8 = 2;

/// A parsed record; borrows its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VaultRecord<'a> {
    /// What the value was.
    pub value_type: ValueType,
    /// Names the head whose data key opens the value.
    pub head_id: &'a [u8; HEAD_ID_BYTES],
    /// The nonce.
    pub nonce: &'a [u8; NONCE_BYTES],
    /// The value's views.
    pub views: RecordViews<'a>,
    /// AES-256-GCM: ciphertext ‖ 16-byte tag.
    pub ciphertext: &'a [u8],
}

impl<'a> VaultRecord<'a> {
    /// Reads a whole record.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let version = reader.u8("version")?;
        if ![PLAIN, WITH_VIEWS].contains(&version) {
            return Err(Malformed("version"));
        }
        let value_type = ValueType::try_from(reader.u8("type")?).map_err(|_| Malformed("type"))?;
        let head_id = reader.array("head id")?;
        let nonce = reader.array("nonce")?;
        let views = match version {
            WITH_VIEWS => RecordViews::parse(&mut reader)?,
            _ => RecordViews::default(),
        };
        let ciphertext = reader.take(reader.remaining(), "sealed")?;
        if ciphertext.len() < GCM_TAG_BYTES {
            return Err(Malformed("sealed length"));
        }
        Ok(Self {
            value_type,
            head_id,
            nonce,
            views,
            ciphertext,
        })
    }
}

impl<'a> VaultRecord<'a> {
    /// The names of all heads whose data keys open something of it.
    pub fn head_ids(&self) -> impl Iterator<Item = &'a [u8; HEAD_ID_BYTES]> + use<'a> {
        let views = self.views.iter().map(|view| view.head_id);
        std::iter::once(self.head_id).chain(views)
    }
}

/// What a record begins with; the value's ciphertext and tag follow.
pub fn build_start(
    value_type: ValueType,
    head_id: &[u8; HEAD_ID_BYTES],
    nonce: &[u8; NONCE_BYTES],
    views: &[RecordView<'_>],
) -> Result<Vec<u8>, Malformed> {
    let version = if views.is_empty() { PLAIN } else { WITH_VIEWS };
    let mut record = vec![version, value_type.code()];
    record.extend_from_slice(head_id);
    record.extend_from_slice(nonce);
    if !views.is_empty() {
        record.push(u8::try_from(views.len()).map_err(|_| Malformed("views"))?);
    }
    for view in views {
        push_record_view(&mut record, view)?;
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_built_and_nothing_else_is() {
        let mut record = build_start(ValueType::Number, &[7; 16], &[9; 12], &[]).unwrap();
        record.extend_from_slice(&[1; 19]);
        let parsed = VaultRecord::parse(&record).unwrap();
        let expected = VaultRecord {
            value_type: ValueType::Number,
            head_id: &[7; 16],
            nonce: &[9; 12],
            views: RecordViews::default(),
            ciphertext: &[1; 19],
        };
        assert_eq!(parsed, expected);
        for length in 0..2 + 16 + 12 + 16 {
            assert!(VaultRecord::parse(&record[..length]).is_err(), "{length}");
        }
        for (at, byte) in [(0, 0), (0, 3), (1, 6)] {
            let mut other = record.clone();
            other[at] = byte;
            assert!(VaultRecord::parse(&other).is_err());
        }
    }
}

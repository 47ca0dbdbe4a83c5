//! What an envelope's wrapped part holds once KMS has decrypted it (section 4, step 1).

use crate::reader::{Malformed, Reader, push_text};
use crate::types::KeyId;
use crate::{KEY_BYTES, SIGNATURE_BYTES};

/// A parsed payload. It views a data key: no `Debug`.
#[derive(Clone, Copy)]
pub struct Payload<'a> {
    /// The epoch's data key.
    pub data_key: &'a [u8; KEY_BYTES],
    /// Name of the signer in the key ring.
    pub signer_name: &'a str,
    /// Version of that signer.
    pub signer_version: u16,
    /// ECDSA P-256 with SHA-256 over [`crate::context::signed`], as `r ‖ s`.
    pub signature: &'a [u8; SIGNATURE_BYTES],
}

impl<'a> Payload<'a> {
    /// Reads a whole payload.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let data_key = reader.array("data key")?;
        let signer_name = reader.name("signer name")?;
        let signer_version = reader.u16("signer version")?;
        let signature = reader.array("signature")?;
        reader.end("bytes after the payload")?;
        Ok(Self {
            data_key,
            signer_name,
            signer_version,
            signature,
        })
    }

    /// The signer's identifier.
    pub fn signer_id(&self) -> KeyId {
        KeyId::new(self.signer_name, self.signer_version)
    }
}

/// Bytes of a payload signed by a signer whose name has `signer_name` bytes.
pub const fn length(signer_name: usize) -> usize {
    KEY_BYTES + 1 + signer_name + 2 + SIGNATURE_BYTES
}

/// Appends a payload to `out`, which the caller zeroizes; it is reserved once, so no copy of the
/// data key stays behind in a buffer that has grown.
pub fn build(
    out: &mut Vec<u8>,
    data_key: &[u8; KEY_BYTES],
    signer: &KeyId,
    signature: &[u8; SIGNATURE_BYTES],
) -> Result<(), Malformed> {
    if signer.name.is_empty() {
        return Err(Malformed("signer name"));
    }
    out.reserve_exact(length(signer.name.len()));
    out.extend_from_slice(data_key);
    push_text(out, &signer.name, "signer name")?;
    out.extend_from_slice(&signer.version.to_be_bytes());
    out.extend_from_slice(signature);
    Ok(())
}

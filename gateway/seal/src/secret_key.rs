//! Symmetric keys that tokens are made with. Unlike a public key, one opens what it makes.

use crate::error::KeyError;
use crate::public_key::framing_of;
use policies::TokenFormat;
use record::{Encoding, Framing, KEY_BYTES, KeyId};
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// One version of a symmetric key: what it is called, how its tokens are framed, and its bytes,
/// which are zeroized on drop.
#[derive(Clone)]
pub struct SecretKey {
    id: KeyId,
    framing: Framing,
    /// On the heap, so that no move leaves a copy behind.
    bytes: Arc<Zeroizing<[u8; KEY_BYTES]>>,
}

impl SecretKey {
    /// A key of 32 bytes, as KMS unwrapped it. The original pattern has no tokens under such a key.
    pub fn new(id: KeyId, format: &TokenFormat, bytes: &[u8]) -> Result<Self, KeyError> {
        let framing = framing_of(format)?;
        if framing.encoding() == Encoding::Original {
            return Err(KeyError::SecretOriginal);
        }
        if bytes.len() != KEY_BYTES {
            let length = bytes.len();
            return Err(KeyError::SecretSize { length });
        }
        let mut held = Arc::new(Zeroizing::new([0; KEY_BYTES]));
        Arc::make_mut(&mut held).copy_from_slice(bytes);
        Ok(Self {
            id,
            framing,
            bytes: held,
        })
    }

    /// The key's name and version in the key ring.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// What stands around the key's tokens.
    pub fn framing(&self) -> &Framing {
        &self.framing
    }

    /// The key itself, for the kinds that are made with it.
    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.bytes
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    const SECRET: [u8; KEY_BYTES] = [0xC5; KEY_BYTES];

    fn new(format: &TokenFormat, bytes: &[u8]) -> Result<SecretKey, KeyError> {
        SecretKey::new(KeyId::new("joins", 3), format, bytes)
    }

    fn veilgate() -> TokenFormat {
        TokenFormat::Veilgate {
            prefix: "~vg1.".into(),
            suffix: "~".into(),
        }
    }

    #[test]
    fn a_key_has_32_bytes_and_shows_none() {
        let key = new(&veilgate(), &SECRET).unwrap();
        assert_eq!((key.bytes(), key.id().version), (&SECRET, 3));
        assert_eq!(key.framing(), &Framing::veilgate());
        let shown = format!("{key:?} {key:#?}");
        assert!(shown.contains("joins"));
        assert!(
            !shown.contains("197") && !shown.to_lowercase().contains("c5"),
            "{shown}"
        );
        for length in [0, 16, 31, 33, 64] {
            let refused = new(&veilgate(), &vec![0; length]).err();
            assert_eq!(refused, Some(KeyError::SecretSize { length }));
        }
    }

    #[test]
    fn the_original_pattern_has_no_such_keys() {
        let original = TokenFormat::Original {
            prefix: "#01#".into(),
            suffix: "#10#".into(),
        };
        assert_eq!(
            new(&original, &SECRET).err(),
            Some(KeyError::SecretOriginal)
        );
    }
}

//! Public keys: from files, or from KMS.

use policies::{Key, KeyVersion};
use record::KeyId;
use seal::PublicKey;

use super::{KeysError, Kms, read};

/// A public key that was read but not yet joined to a policy: every sealer gets its own.
pub(super) struct Loaded {
    id: KeyId,
    format: policies::TokenFormat,
    bytes: PublicBytes,
    what: String,
    origin: String,
}

enum PublicBytes {
    Pem(Vec<u8>),
    Der(Vec<u8>),
}

impl Loaded {
    /// One for a sealer.
    pub(super) fn key(&self) -> Result<PublicKey, KeysError> {
        let id = self.id.clone();
        let key = match &self.bytes {
            PublicBytes::Pem(pem) => PublicKey::from_pem(id, &self.format, pem),
            PublicBytes::Der(der) => PublicKey::from_der(id, &self.format, der),
        };
        key.map_err(|source| KeysError::Key {
            what: self.what.clone(),
            origin: self.origin.clone(),
            source,
        })
    }
}

/// From the file that the ring names, or from KMS.
pub(super) async fn load(key: &Key, version: &KeyVersion, kms: &Kms) -> Result<Loaded, KeysError> {
    let what = super::what(key, version);
    let (bytes, origin) = match version.public_key() {
        Some(path) => (
            PublicBytes::Pem(read(&what, path)?),
            path.display().to_string(),
        ),
        None => {
            let der = kms.public_key(&version.kms_key).await;
            let der = der.map_err(|fault| KeysError::Kms {
                what: what.clone(),
                kms_key: version.kms_key.clone(),
                fault,
            })?;
            (
                PublicBytes::Der(der),
                format!("KMS key `{}`", version.kms_key),
            )
        }
    };
    let id = KeyId::new(key.name.as_str(), version.version);
    Ok(Loaded {
        id,
        format: key.format.clone(),
        bytes,
        what,
        origin,
    })
}

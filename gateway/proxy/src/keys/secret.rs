//! Symmetric keys: unwrapped by KMS, from the files that the ring names.

use std::path::Path;

use policies::{Key, KeyVersion, encryption_context};
use record::{KeyId, key_file};
use seal::SecretKey;

use super::{KeysError, Kms, read, what};

/// Unwraps this version of a symmetric key from the file at `path`, by `kms:Decrypt` under the
/// credentials of this process.
///
/// # Errors
/// When the file cannot be read or holds no wrapped key, or KMS does not give a key of 32 bytes.
pub async fn unwrap_secret(
    key: &Key,
    version: &KeyVersion,
    path: &Path,
    kms: &Kms,
) -> Result<SecretKey, KeysError> {
    let wrapped = read_wrapped(key, version, path)?;
    let context = encryption_context(&key.name, version.version);
    let kms_key = &version.kms_key;
    let bytes = match kms.unwrap(kms_key, wrapped, &context).await {
        Ok(bytes) => bytes,
        Err(fault) => {
            return Err(KeysError::Unwrap {
                what: what(key, version),
                path: path.to_owned(),
                kms_key: kms_key.clone(),
                context: Box::new(context),
                fault,
            });
        }
    };
    let id = KeyId::new(key.name.as_str(), version.version);
    SecretKey::new(id, &key.format, &bytes).map_err(|source| KeysError::Key {
        what: what(key, version),
        origin: path.display().to_string(),
        source,
    })
}

/// The ciphertext in the file at `path`.
pub(super) fn read_wrapped(
    key: &Key,
    version: &KeyVersion,
    path: &Path,
) -> Result<Vec<u8>, KeysError> {
    let text = read(&what(key, version), path)?;
    key_file::parse(&text).ok_or_else(|| KeysError::Wrapped {
        what: what(key, version),
        path: path.to_owned(),
    })
}

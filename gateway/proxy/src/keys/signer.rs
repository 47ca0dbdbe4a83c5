//! The signer whose private key is in a file.

use std::path::Path;

use seal::LocalSigner;
use zeroize::Zeroizing;

use super::{KeysError, read};
use crate::config::Sealing;

/// The signer whose private key is in a file; it must be that of the ring's public key.
///
/// # Errors
/// When a file cannot be read, holds no key, or holds another one.
pub fn local_signer(sealing: &Sealing, path: &Path) -> Result<LocalSigner, KeysError> {
    let choice = &sealing.signer;
    let what = format!("signer {} version {}", choice.name, choice.version);
    let pem = Zeroizing::new(read(&what, path)?);
    let origin = path.display().to_string();
    let signer = LocalSigner::from_pem(&pem).map_err(|source| KeysError::Key {
        what: what.clone(),
        origin,
        source,
    })?;
    let ring = sealing.ring.signer(&choice.name);
    let version = ring.and_then(|signer| signer.version(choice.version));
    if let Some(public) = version.and_then(|version| version.public_key.as_ref())
        && !spki_ends_with(&read(&what, public)?, signer.public_key())
    {
        let (name, version) = (choice.name.clone(), choice.version);
        return Err(KeysError::SignerMismatch {
            name,
            version,
            path: path.to_owned(),
        });
    }
    Ok(signer)
}

/// Whether a PEM file of a P-256 SubjectPublicKeyInfo holds this point: it is the DER's end
/// (RFC 5480, section 2).
fn spki_ends_with(pem: &[u8], point: &[u8]) -> bool {
    use rustls_pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};
    SubjectPublicKeyInfoDer::from_pem_slice(pem).is_ok_and(|der| der.ends_with(point))
}

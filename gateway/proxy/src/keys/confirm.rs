//! What the ring says, confirmed by KMS: for a check before anything depends on it.

use std::path::Path;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use policies::{Key, KeyVersion, SignerKey, SignerVersion};
use rustls_pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};
use seal::Signer;

use super::{KeysError, Kms, public, read, what};

/// What is signed to see whether a key signs: no data key's signature is over such a text, and no
/// token's MAC.
const PROBE: &[u8] = b"veilgate keys check";

/// Checks that KMS has this version of an RSA key, and that the file, where the ring names one,
/// holds its public key.
///
/// # Errors
/// What is missing or wrong.
pub async fn confirm_public(key: &Key, version: &KeyVersion, kms: &Kms) -> Result<(), KeysError> {
    let loaded = public::load(key, version, kms).await?;
    loaded.key()?;
    let Some(path) = version.public_key() else {
        return Ok(());
    };
    let what = what(key, version);
    let pem = read(&what, path)?;
    agrees(&what, path, &pem, &version.kms_key, kms).await
}

/// Checks that KMS makes MACs with this version of a MAC key.
///
/// # Errors
/// What is missing or wrong.
pub async fn confirm_mac(key: &Key, version: &KeyVersion, kms: &Kms) -> Result<(), KeysError> {
    let kms_key = &version.kms_key;
    let made = kms.mac(kms_key, PROBE).await;
    made.map(drop).map_err(|fault| KeysError::Mac {
        what: what(key, version),
        kms_key: kms_key.clone(),
        fault,
    })
}

/// Checks that this version of a signer has a public key on file, and that its KMS key, where the
/// ring names one, is that key and signs.
///
/// # Errors
/// What is missing or wrong.
pub async fn confirm_signer(
    signer: &SignerKey,
    version: &SignerVersion,
    kms: &Kms,
) -> Result<(), KeysError> {
    let what = format!("signer {} version {}", signer.name, version.version);
    let Some(path) = &version.public_key else {
        return Err(KeysError::NoSignerFile { what });
    };
    let pem = read(&what, path)?;
    let der = SubjectPublicKeyInfoDer::from_pem_slice(&pem).ok();
    let public = der.and_then(|der| ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &*der).ok());
    let Some(public) = public else {
        let path = path.clone();
        return Err(KeysError::SignerPublic { what, path });
    };
    let Some(kms_key) = &version.kms_key else {
        return Ok(());
    };
    agrees(&what, path, &pem, kms_key, kms).await?;
    let signature = match kms.signer(kms_key).await.sign(PROBE).await {
        Ok(signature) => signature,
        Err(source) => return Err(KeysError::Sign { what, source }),
    };
    public
        .verify_sig(PROBE, &signature)
        .map_err(|_| differs(&what, path, kms_key))
}

/// Whether the file's key is that of KMS.
async fn agrees(
    what: &str,
    path: &Path,
    pem: &[u8],
    kms_key: &str,
    kms: &Kms,
) -> Result<(), KeysError> {
    let theirs = kms.public_key(kms_key).await;
    let theirs = theirs.map_err(|fault| KeysError::Unconfirmed {
        what: what.to_owned(),
        kms_key: kms_key.to_owned(),
        fault,
    })?;
    let ours = SubjectPublicKeyInfoDer::from_pem_slice(pem);
    if ours.is_ok_and(|ours| *ours == *theirs) {
        Ok(())
    } else {
        Err(differs(what, path, kms_key))
    }
}

fn differs(what: &str, path: &Path, kms_key: &str) -> KeysError {
    KeysError::Differs {
        what: what.to_owned(),
        path: path.to_owned(),
        kms_key: kms_key.to_owned(),
    }
}

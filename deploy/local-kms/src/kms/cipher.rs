//! Encrypt, Decrypt and ReEncrypt.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::access::Access;
use super::algorithm::{EncryptionAlgorithm, KeyUsage};
use super::blob::{Blob, Ciphertext, EncryptionContext, Secret, additional_data};
use super::grant_operation::GrantOperation;
use super::input::{choice, length};
use super::{Call, KmsError};
use crate::store::Key;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Encrypt {
    key_id: String,
    plaintext: Secret,
    #[serde(default)]
    encryption_context: EncryptionContext,
    grant_tokens: Option<Vec<String>>,
    encryption_algorithm: Option<String>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Encrypted {
    ciphertext_blob: Blob,
    key_id: String,
    encryption_algorithm: &'static str,
}

pub(super) fn encrypt(call: &mut Call<'_>, input: Encrypt) -> Result<Encrypted, KmsError> {
    let algorithm = algorithm("encryptionAlgorithm", input.encryption_algorithm.as_deref())?;
    length("plaintext", input.plaintext.0.len(), 1..=4096)?;
    call.notes.algorithm = Some(algorithm.name());
    let access = Access::to("kms:Encrypt")
        .or_grant(GrantOperation::Encrypt, input.grant_tokens.as_ref())
        .with("kms:EncryptionAlgorithm", algorithm.name())
        .in_context(&input.encryption_context);
    let key = call.open_key(&input.key_id, access)?;
    let usable = UsableKey::new(call, key, algorithm, &input.encryption_context)?;
    not_dry(input.dry_run)?;
    let ciphertext = usable.encrypt(&input.plaintext.0)?;
    Ok(Encrypted {
        ciphertext_blob: Blob(ciphertext),
        key_id: usable.arn,
        encryption_algorithm: algorithm.name(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Decrypt {
    key_id: Option<String>,
    ciphertext_blob: Blob,
    #[serde(default)]
    encryption_context: EncryptionContext,
    grant_tokens: Option<Vec<String>>,
    encryption_algorithm: Option<String>,
    recipient: Option<serde_json::Value>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Decrypted {
    key_id: String,
    plaintext: Secret,
    encryption_algorithm: &'static str,
}

/// Decrypts. Whether the caller may is decided before the ciphertext is opened; of a symmetric
/// ciphertext only the name of its key is read before, when the request names none.
pub(super) fn decrypt(call: &mut Call<'_>, input: Decrypt) -> Result<Decrypted, KmsError> {
    let algorithm = algorithm("encryptionAlgorithm", input.encryption_algorithm.as_deref())?;
    length("ciphertextBlob", input.ciphertext_blob.0.len(), 1..=6144)?;
    if input.recipient.is_some() {
        let message = "veilgate-local-kms has no attested enclaves: leave Recipient out.";
        return Err(KmsError::new("UnsupportedOperationException", message));
    }
    call.notes.algorithm = Some(algorithm.name());
    let access = Access::to("kms:Decrypt")
        .or_grant(GrantOperation::Decrypt, input.grant_tokens.as_ref())
        .with("kms:EncryptionAlgorithm", algorithm.name())
        .in_context(&input.encryption_context);
    let blob = &input.ciphertext_blob.0;
    let named = input.key_id.as_deref();
    let open = || {
        let key = call.open_key(&key_of(named, algorithm, blob)?, access)?;
        let usable = UsableKey::new(call, key, algorithm, &input.encryption_context)?;
        not_dry(input.dry_run)?;
        Ok((usable.decrypt(blob)?, usable.arn))
    };
    let (plaintext, arn) = open().map_err(|error| blame_ciphertext(named, error))?;
    Ok(Decrypted {
        key_id: arn,
        plaintext: Secret(plaintext),
        encryption_algorithm: algorithm.name(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReEncrypt {
    ciphertext_blob: Blob,
    #[serde(default)]
    source_encryption_context: EncryptionContext,
    source_key_id: Option<String>,
    source_encryption_algorithm: Option<String>,
    destination_key_id: String,
    #[serde(default)]
    destination_encryption_context: EncryptionContext,
    destination_encryption_algorithm: Option<String>,
    grant_tokens: Option<Vec<String>>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReEncrypted {
    ciphertext_blob: Blob,
    source_key_id: String,
    key_id: String,
    source_encryption_algorithm: &'static str,
    destination_encryption_algorithm: &'static str,
}

/// Needs `kms:ReEncryptFrom` on the one key and `kms:ReEncryptTo` on the other.
pub(super) fn re_encrypt(call: &mut Call<'_>, input: ReEncrypt) -> Result<ReEncrypted, KmsError> {
    let from = algorithm(
        "sourceEncryptionAlgorithm",
        input.source_encryption_algorithm.as_deref(),
    )?;
    let to = input.destination_encryption_algorithm.as_deref();
    let to = algorithm("destinationEncryptionAlgorithm", to)?;
    let blob = &input.ciphertext_blob.0;
    length("ciphertextBlob", blob.len(), 1..=6144)?;

    let named = input.source_key_id.as_deref();
    let source = call
        .find(&key_of(named, from, blob)?, "kms:ReEncryptFrom")
        .map_err(|error| blame_ciphertext(named, error))?;
    let destination = call.find(&input.destination_key_id, "kms:ReEncryptTo")?;
    let same = (source.key.id == destination.key.id).to_string();
    call.notes.algorithm = Some(to.name());
    let tokens = input.grant_tokens.as_ref();
    let from_access = Access::to("kms:ReEncryptFrom")
        .or_grant(GrantOperation::ReEncryptFrom, tokens)
        .with("kms:EncryptionAlgorithm", from.name())
        .with("kms:ReEncryptOnSameKey", same.as_str())
        .in_context(&input.source_encryption_context);
    call.allow(&source, from_access)?;
    let to_access = Access::to("kms:ReEncryptTo")
        .or_grant(GrantOperation::ReEncryptTo, tokens)
        .with("kms:EncryptionAlgorithm", to.name())
        .with("kms:ReEncryptOnSameKey", same)
        .in_context(&input.destination_encryption_context);
    call.allow(&destination, to_access)?;

    let source = UsableKey::new(call, source.key, from, &input.source_encryption_context)?;
    let destination = UsableKey::new(
        call,
        destination.key,
        to,
        &input.destination_encryption_context,
    )?;
    not_dry(input.dry_run)?;
    let plaintext = source
        .decrypt(blob)
        .map_err(|error| blame_ciphertext(named, error))?;
    Ok(ReEncrypted {
        ciphertext_blob: Blob(destination.encrypt(&plaintext)?),
        source_key_id: source.arn,
        key_id: destination.arn,
        source_encryption_algorithm: from.name(),
        destination_encryption_algorithm: to.name(),
    })
}

/// A key that is enabled and has the algorithm.
pub(super) struct UsableKey<'a> {
    key: Arc<Key>,
    pub(super) arn: String,
    algorithm: EncryptionAlgorithm,
    context: &'a EncryptionContext,
}

impl<'a> UsableKey<'a> {
    pub(super) fn new(
        call: &Call<'_>,
        key: Arc<Key>,
        algorithm: EncryptionAlgorithm,
        context: &'a EncryptionContext,
    ) -> Result<UsableKey<'a>, KmsError> {
        let arn = call.state().arn(&format!("key/{}", key.id));
        key.usable(&arn)?;
        require(&key, &arn, KeyUsage::EncryptDecrypt)?;
        if !key.spec.encryption_algorithms().contains(&algorithm) {
            return Err(incompatible(&arn, algorithm.name()));
        }
        if algorithm != EncryptionAlgorithm::Symmetric && !context.is_empty() {
            return Err(KmsError::validation(
                "An encryption context is not supported with asymmetric keys.",
            ));
        }
        Ok(UsableKey {
            key,
            arn,
            algorithm,
            context,
        })
    }

    pub(super) fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>, KmsError> {
        if self.algorithm == EncryptionAlgorithm::Symmetric {
            let data = additional_data(&self.arn, self.context);
            let sealed = self.key.material.seal(&data, plaintext)?;
            return Ok(Ciphertext::build(&self.arn, &sealed));
        }
        let longest = self
            .key
            .material
            .longest_plaintext(self.algorithm)
            .unwrap_or(0);
        if plaintext.len() > longest {
            return Err(KmsError::validation(format!(
                "Algorithm {} and key spec {} cannot encrypt data larger than {longest} bytes.",
                self.algorithm.name(),
                self.key.spec.name()
            )));
        }
        Ok(self.key.material.encrypt_oaep(self.algorithm, plaintext)?)
    }

    /// Every way in which a ciphertext can be wrong gives the same answer.
    fn decrypt(&self, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, KmsError> {
        let opened = if self.algorithm == EncryptionAlgorithm::Symmetric {
            let ciphertext = Ciphertext::parse(blob).ok_or_else(KmsError::invalid_ciphertext)?;
            if ciphertext.key_arn != self.arn {
                return Err(KmsError::new(
                    "IncorrectKeyException",
                    "The key ID in the request does not identify a CMK that can perform this operation.",
                ));
            }
            self.key
                .material
                .open(&additional_data(&self.arn, self.context), ciphertext.sealed)
        } else {
            self.key.material.decrypt_oaep(self.algorithm, blob)
        };
        opened.map_err(|_| KmsError::invalid_ciphertext())
    }
}

/// The key that the request names, or else the one that a symmetric ciphertext names.
fn key_of(
    named: Option<&str>,
    algorithm: EncryptionAlgorithm,
    blob: &[u8],
) -> Result<String, KmsError> {
    match (named, algorithm) {
        (Some(id), _) => Ok(id.to_owned()),
        (None, EncryptionAlgorithm::Symmetric) => {
            let ciphertext = Ciphertext::parse(blob).ok_or_else(KmsError::invalid_ciphertext)?;
            Ok(ciphertext.key_arn.to_owned())
        }
        (None, _) => Err(KmsError::validation(
            "KeyId is required with an asymmetric encryption algorithm.",
        )),
    }
}

/// Where the ciphertext itself named the key, a name that leads nowhere is one more way in which the
/// ciphertext is wrong. Denials stay denials.
fn blame_ciphertext(named: Option<&str>, error: KmsError) -> KmsError {
    match (named, error.code) {
        (None, "NotFoundException" | "InvalidArnException" | "IncorrectKeyException") => {
            KmsError::invalid_ciphertext()
        }
        _ => error,
    }
}

fn algorithm(member: &str, name: Option<&str>) -> Result<EncryptionAlgorithm, KmsError> {
    let name = name.unwrap_or("SYMMETRIC_DEFAULT");
    choice(
        member,
        name,
        EncryptionAlgorithm::from_name,
        EncryptionAlgorithm::NAMES,
    )
}

/// Refuses a key that was made for something else.
pub(super) fn require(key: &Key, arn: &str, usage: KeyUsage) -> Result<(), KmsError> {
    if key.usage == usage {
        return Ok(());
    }
    let message = format!(
        "{arn} key usage is {} which is not valid here.",
        key.usage.name()
    );
    Err(KmsError::new("InvalidKeyUsageException", message))
}

pub(super) fn incompatible(arn: &str, algorithm: &str) -> KmsError {
    let message = format!("Algorithm {algorithm} is incompatible with {arn}.");
    KmsError::new("InvalidKeyUsageException", message)
}

/// A dry run answers with an error of its own once everything has been allowed.
pub(super) fn not_dry(dry_run: bool) -> Result<(), KmsError> {
    if dry_run {
        let message = "The request would have succeeded, but the DryRun option is set.";
        return Err(KmsError::new("DryRunOperationException", message));
    }
    Ok(())
}

//! Data keys and random bytes.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::access::Access;
use super::algorithm::EncryptionAlgorithm;
use super::blob::{Blob, EncryptionContext, Secret};
use super::cipher::{UsableKey, not_dry};
use super::grant_operation::GrantOperation;
use super::material::random;
use super::{Call, KmsError};
use crate::iam::Context;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GenerateDataKey {
    key_id: String,
    #[serde(default)]
    encryption_context: EncryptionContext,
    number_of_bytes: Option<usize>,
    key_spec: Option<String>,
    grant_tokens: Option<Vec<String>>,
    recipient: Option<serde_json::Value>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DataKey {
    ciphertext_blob: Blob,
    #[serde(skip_serializing_if = "Option::is_none")]
    plaintext: Option<Secret>,
    key_id: String,
}

pub(super) fn generate(call: &mut Call<'_>, input: GenerateDataKey) -> Result<DataKey, KmsError> {
    let access = Access::to("kms:GenerateDataKey")
        .or_grant(GrantOperation::GenerateDataKey, input.grant_tokens.as_ref());
    make(call, &input, access, true)
}

pub(super) fn generate_without_plaintext(
    call: &mut Call<'_>,
    input: GenerateDataKey,
) -> Result<DataKey, KmsError> {
    let access = Access::to("kms:GenerateDataKeyWithoutPlaintext").or_grant(
        GrantOperation::GenerateDataKeyWithoutPlaintext,
        input.grant_tokens.as_ref(),
    );
    make(call, &input, access, false)
}

fn make<'a>(
    call: &mut Call<'_>,
    input: &'a GenerateDataKey,
    access: Access<'a>,
    show: bool,
) -> Result<DataKey, KmsError> {
    let size = size(input)?;
    if input.recipient.is_some() {
        let message = "veilgate-local-kms has no attested enclaves: leave Recipient out.";
        return Err(KmsError::new("UnsupportedOperationException", message));
    }
    let algorithm = EncryptionAlgorithm::Symmetric;
    call.notes.algorithm = Some(algorithm.name());
    let access = access
        .with("kms:EncryptionAlgorithm", algorithm.name())
        .in_context(&input.encryption_context);
    let key = call.open_key(&input.key_id, access)?;
    let usable = UsableKey::new(call, key, algorithm, &input.encryption_context)?;
    not_dry(input.dry_run)?;
    let mut plaintext = Zeroizing::new(vec![0; size]);
    random(&mut plaintext)?;
    Ok(DataKey {
        ciphertext_blob: Blob(usable.encrypt(&plaintext)?),
        plaintext: show.then_some(Secret(plaintext)),
        key_id: usable.arn,
    })
}

fn size(input: &GenerateDataKey) -> Result<usize, KmsError> {
    match (input.key_spec.as_deref(), input.number_of_bytes) {
        (Some("AES_256"), None) => Ok(32),
        (Some("AES_128"), None) => Ok(16),
        (Some(other), None) => Err(KmsError::not_one_of(
            "keySpec",
            other,
            &["AES_256", "AES_128"],
        )),
        (None, Some(size)) => checked_size(size),
        _ => Err(KmsError::validation(
            "Please specify either number of bytes or key spec, and not both.",
        )),
    }
}

fn checked_size(size: usize) -> Result<usize, KmsError> {
    if (1..=1024).contains(&size) {
        return Ok(size);
    }
    Err(KmsError::outside(
        "numberOfBytes",
        "Member must be between 1 and 1024",
    ))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GenerateRandom {
    number_of_bytes: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RandomBytes {
    plaintext: Secret,
}

pub(super) fn generate_random(
    call: &mut Call<'_>,
    input: GenerateRandom,
) -> Result<RandomBytes, KmsError> {
    let size = checked_size(input.number_of_bytes)?;
    call.allow_in_account("kms:GenerateRandom", "*", &Context::default())?;
    let mut plaintext = Zeroizing::new(vec![0; size]);
    random(&mut plaintext)?;
    Ok(RandomBytes {
        plaintext: Secret(plaintext),
    })
}

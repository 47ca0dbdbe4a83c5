//! GenerateMac and VerifyMac.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::access::Access;
use super::algorithm::{KeyUsage, MacAlgorithm};
use super::blob::{Blob, Secret};
use super::cipher::{not_dry, require};
use super::grant_operation::GrantOperation;
use super::input::{choice, length};
use super::{Call, KmsError};
use crate::store::Key;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MacInput {
    key_id: String,
    message: Secret,
    mac_algorithm: String,
    /// `VerifyMac` only.
    mac: Option<Blob>,
    grant_tokens: Option<Vec<String>>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Mac {
    mac: Blob,
    mac_algorithm: &'static str,
    key_id: String,
}

pub(super) fn generate(call: &mut Call<'_>, input: MacInput) -> Result<Mac, KmsError> {
    let access = Access::to("kms:GenerateMac")
        .or_grant(GrantOperation::GenerateMac, input.grant_tokens.as_ref());
    let (key, algorithm) = open(call, &input, access)?;
    Ok(Mac {
        mac: Blob(key.material.mac(&input.message.0)?),
        mac_algorithm: algorithm.name(),
        key_id: call.state().arn(&format!("key/{}", key.id)),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MacVerified {
    key_id: String,
    mac_valid: bool,
    mac_algorithm: &'static str,
}

pub(super) fn verify(call: &mut Call<'_>, input: MacInput) -> Result<MacVerified, KmsError> {
    let Some(mac) = &input.mac else {
        return Err(KmsError::outside("mac", "Member must not be null"));
    };
    let access = Access::to("kms:VerifyMac")
        .or_grant(GrantOperation::VerifyMac, input.grant_tokens.as_ref());
    let (key, algorithm) = open(call, &input, access)?;
    key.material
        .verify_mac(&input.message.0, &mac.0)
        .map_err(|_| KmsError::new("KMSInvalidMacException", "The MAC is not valid."))?;
    Ok(MacVerified {
        key_id: call.state().arn(&format!("key/{}", key.id)),
        mac_valid: true,
        mac_algorithm: algorithm.name(),
    })
}

fn open<'a>(
    call: &mut Call<'_>,
    input: &'a MacInput,
    access: Access<'a>,
) -> Result<(Arc<Key>, MacAlgorithm), KmsError> {
    let name = &input.mac_algorithm;
    let algorithm = choice(
        "macAlgorithm",
        name,
        MacAlgorithm::from_name,
        MacAlgorithm::NAMES,
    )?;
    length("message", input.message.0.len(), 1..=4096)?;
    call.notes.algorithm = Some(algorithm.name());
    let key = call.open_key(
        &input.key_id,
        access.with("kms:MacAlgorithm", algorithm.name()),
    )?;
    let arn = call.state().arn(&format!("key/{}", key.id));
    key.usable(&arn)?;
    require(&key, &arn, KeyUsage::Mac)?;
    not_dry(input.dry_run)?;
    Ok((key, algorithm))
}

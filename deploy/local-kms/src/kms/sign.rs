//! Sign and Verify.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::access::Access;
use super::algorithm::{KeyUsage, MessageType, SigningAlgorithm};
use super::blob::{Blob, Secret};
use super::cipher::{incompatible, not_dry, require};
use super::grant_operation::GrantOperation;
use super::input::{choice, length};
use super::material::digest_algorithm;
use super::{Call, KmsError};
use crate::store::Key;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SignInput {
    key_id: String,
    message: Secret,
    message_type: Option<String>,
    signing_algorithm: String,
    /// `Verify` only.
    signature: Option<Blob>,
    grant_tokens: Option<Vec<String>>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Signed {
    key_id: String,
    signature: Blob,
    signing_algorithm: &'static str,
}

/// ECDSA signatures are DER (ANSI X9.62), RSA signatures one block.
pub(super) fn sign(call: &mut Call<'_>, input: SignInput) -> Result<Signed, KmsError> {
    let access = Access::to("kms:Sign").or_grant(GrantOperation::Sign, input.grant_tokens.as_ref());
    let Opened {
        key,
        arn,
        algorithm,
        message_type,
    } = Opened::new(call, &input, access)?;
    let signature = key
        .material
        .sign(algorithm, message_type, &input.message.0)?;
    Ok(Signed {
        key_id: arn,
        signature: Blob(signature),
        signing_algorithm: algorithm.name(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Verified {
    key_id: String,
    signature_valid: bool,
    signing_algorithm: &'static str,
}

pub(super) fn verify(call: &mut Call<'_>, input: SignInput) -> Result<Verified, KmsError> {
    let Some(signature) = &input.signature else {
        return Err(KmsError::outside("signature", "Member must not be null"));
    };
    length("signature", signature.0.len(), 1..=6144)?;
    let access =
        Access::to("kms:Verify").or_grant(GrantOperation::Verify, input.grant_tokens.as_ref());
    let Opened {
        key,
        arn,
        algorithm,
        message_type,
    } = Opened::new(call, &input, access)?;
    key.material
        .verify(algorithm, message_type, &input.message.0, &signature.0)
        .map_err(|_| {
            KmsError::new(
                "KMSInvalidSignatureException",
                "The signature is not valid.",
            )
        })?;
    Ok(Verified {
        key_id: arn,
        signature_valid: true,
        signing_algorithm: algorithm.name(),
    })
}

/// A key that may sign, with the request's choices.
struct Opened {
    key: Arc<Key>,
    arn: String,
    algorithm: SigningAlgorithm,
    message_type: MessageType,
}

impl Opened {
    fn new<'a>(
        call: &mut Call<'_>,
        input: &'a SignInput,
        access: Access<'a>,
    ) -> Result<Opened, KmsError> {
        let name = &input.signing_algorithm;
        let algorithm = choice(
            "signingAlgorithm",
            name,
            SigningAlgorithm::from_name,
            SigningAlgorithm::NAMES,
        )?;
        let message_type = input.message_type.as_deref().unwrap_or("RAW");
        let message_type = choice(
            "messageType",
            message_type,
            MessageType::from_name,
            MessageType::NAMES,
        )?;
        length("message", input.message.0.len(), 1..=4096)?;
        let expected = digest_algorithm(algorithm).output_len();
        if message_type == MessageType::Digest && input.message.0.len() != expected {
            return Err(KmsError::validation(format!(
                "Digest is invalid length for algorithm {}: it must have {expected} bytes.",
                algorithm.name()
            )));
        }
        call.notes.algorithm = Some(algorithm.name());
        let access = access
            .with("kms:SigningAlgorithm", algorithm.name())
            .with("kms:MessageType", message_type.name());
        let key = call.open_key(&input.key_id, access)?;
        let arn = call.state().arn(&format!("key/{}", key.id));
        key.usable(&arn)?;
        require(&key, &arn, KeyUsage::SignVerify)?;
        if !key.spec.signing_algorithms().contains(&algorithm) {
            return Err(incompatible(&arn, algorithm.name()));
        }
        not_dry(input.dry_run)?;
        Ok(Opened {
            key,
            arn,
            algorithm,
            message_type,
        })
    }
}

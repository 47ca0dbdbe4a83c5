//! AWS KMS: JSON 1.1, `X-Amz-Target: TrentService.<Operation>`.
//!
//! One file for each family of operations; [`access`] decides who may, before any of them looks at
//! what it was given.

mod access;
pub(crate) mod algorithm;
mod aliases;
pub(crate) mod blob;
mod cipher;
mod data_keys;
mod error;
pub(crate) mod grant_operation;
mod grants;
mod import;
mod input;
mod key_life;
mod keys;
mod mac;
pub(crate) mod material;
mod policies;
mod sign;
mod tags;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::config::Config;
use crate::iam::{Caller, Context};
use crate::store::{State, Store};

pub(crate) use error::KmsError;

/// One authenticated request.
pub(crate) struct Call<'a> {
    pub(crate) store: &'a Store,
    pub(crate) config: &'a Config,
    pub(crate) caller: &'a Caller,
    /// What conditions can ask of the caller and of the HTTP request.
    pub(crate) context: &'a Context,
    /// What the audit line says beside the outcome.
    pub(crate) notes: Notes,
}

/// What an operation tells the audit line; never a secret.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    pub(crate) key_arn: Option<String>,
    pub(crate) algorithm: Option<&'static str>,
}

impl Call<'_> {
    fn state(&self) -> Arc<State> {
        self.store.read()
    }
}

/// Runs an operation: JSON in, JSON out. Blocking: it may sign, make keys and write to disk.
///
/// # Errors
/// Whatever the operation answers; `UnknownOperationException` for a name that there is not.
pub(crate) fn run(operation: &str, call: &mut Call<'_>, body: &[u8]) -> Result<Vec<u8>, KmsError> {
    match operation {
        "CreateKey" => answer(call, body, keys::create),
        "DescribeKey" => answer(call, body, keys::describe),
        "ListKeys" => answer(call, body, keys::list),
        "GetPublicKey" => answer(call, body, keys::public_key),
        "EnableKey" => answer(call, body, key_life::enable),
        "DisableKey" => answer(call, body, key_life::disable),
        "UpdateKeyDescription" => answer(call, body, key_life::update_description),
        "ScheduleKeyDeletion" => answer(call, body, key_life::schedule_deletion),
        "CancelKeyDeletion" => answer(call, body, key_life::cancel_deletion),
        "GetParametersForImport" => answer(call, body, import::parameters),
        "ImportKeyMaterial" => answer(call, body, import::import),
        "DeleteImportedKeyMaterial" => answer(call, body, import::delete),
        "CreateAlias" => answer(call, body, aliases::create),
        "UpdateAlias" => answer(call, body, aliases::update),
        "DeleteAlias" => answer(call, body, aliases::delete),
        "ListAliases" => answer(call, body, aliases::list),
        "TagResource" => answer(call, body, tags::tag),
        "UntagResource" => answer(call, body, tags::untag),
        "ListResourceTags" => answer(call, body, tags::list),
        "PutKeyPolicy" => answer(call, body, policies::put),
        "GetKeyPolicy" => answer(call, body, policies::get),
        "ListKeyPolicies" => answer(call, body, policies::list),
        "CreateGrant" => answer(call, body, grants::create),
        "ListGrants" => answer(call, body, grants::list),
        "ListRetirableGrants" => answer(call, body, grants::list_retirable),
        "RetireGrant" => answer(call, body, grants::retire),
        "RevokeGrant" => answer(call, body, grants::revoke),
        "Encrypt" => answer(call, body, cipher::encrypt),
        "Decrypt" => answer(call, body, cipher::decrypt),
        "ReEncrypt" => answer(call, body, cipher::re_encrypt),
        "GenerateDataKey" => answer(call, body, data_keys::generate),
        "GenerateDataKeyWithoutPlaintext" => {
            answer(call, body, data_keys::generate_without_plaintext)
        }
        "GenerateRandom" => answer(call, body, data_keys::generate_random),
        "GenerateMac" => answer(call, body, mac::generate),
        "VerifyMac" => answer(call, body, mac::verify),
        "Sign" => answer(call, body, sign::sign),
        "Verify" => answer(call, body, sign::verify),
        other => Err(KmsError::new(
            "UnknownOperationException",
            format!("veilgate-local-kms has no operation {other}."),
        )),
    }
}

fn answer<I: DeserializeOwned, O: Serialize>(
    call: &mut Call<'_>,
    body: &[u8],
    operation: impl FnOnce(&mut Call<'_>, I) -> Result<O, KmsError>,
) -> Result<Vec<u8>, KmsError> {
    let input = serde_json::from_slice(body)
        .map_err(|error| KmsError::new("SerializationException", error.to_string()))?;
    let output = operation(call, input)?;
    serde_json::to_vec(&output).map_err(|_| KmsError::internal())
}

/// The answer of operations that have nothing to say.
#[derive(Serialize)]
struct Empty {}

//! Key material that was made outside: GetParametersForImport, ImportKeyMaterial and
//! DeleteImportedKeyMaterial.

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::access::Access;
use super::algorithm::{
    EncryptionAlgorithm, ExpirationModel, KeySpec, WrappingAlgorithm, WrappingKeySpec,
};
use super::blob::{Blob, Secret};
use super::input::{choice, length};
use super::keys::KeyInput;
use super::material::{CryptoFailed, Material, open_with, seal_with};
use super::{Call, Empty, KmsError};
use crate::store::{Key, State, now};

/// Public key and token serve for 24 hours, as in AWS.
const VALID_SECONDS: i64 = 24 * 3600;
/// Imported material expires within a year.
const LONGEST_SECONDS: i64 = 365 * 24 * 3600;
/// The context that tells import tokens from other uses of the secret.
const CONTEXT: &[u8] = b"veilgate-local-kms import token 1";
/// What an RSA-wrapped AES key has before the wrapped material.
const AES_KEY_BYTES: usize = 32;

/// What an import token says, sealed under the secret of the state folder: nothing is stored for it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    key_id: String,
    algorithm: WrappingAlgorithm,
    /// The private wrapping key, PKCS#8.
    private_key: Secret,
    expires: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetParameters {
    key_id: String,
    wrapping_algorithm: String,
    wrapping_key_spec: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Parameters {
    key_id: String,
    import_token: Blob,
    public_key: Blob,
    parameters_valid_to: i64,
}

/// Makes an RSA key to wrap material with, and a token that brings it back.
pub(super) fn parameters(
    call: &mut Call<'_>,
    input: GetParameters,
) -> Result<Parameters, KmsError> {
    let algorithm = choice(
        "wrappingAlgorithm",
        &input.wrapping_algorithm,
        WrappingAlgorithm::from_name,
        WrappingAlgorithm::NAMES,
    )?;
    let spec = choice(
        "wrappingKeySpec",
        &input.wrapping_key_spec,
        WrappingKeySpec::from_name,
        WrappingKeySpec::NAMES,
    )?;
    let access = Access::to("kms:GetParametersForImport")
        .with("kms:WrappingAlgorithm", algorithm.name())
        .with("kms:WrappingKeySpec", spec.name());
    let key = call.manage_key(&input.key_id, access)?;
    let state = call.state();
    let arn = state.arn(&format!("key/{}", key.id));
    key.takes_import(&arn)?;
    if !algorithm.wraps(key.spec) {
        return Err(KmsError::new(
            "UnsupportedOperationException",
            format!(
                "Material of a {} key cannot be wrapped with {}.",
                key.spec.name(),
                algorithm.name()
            ),
        ));
    }
    let wrapping = Material::generate(spec.key_spec())?;
    let token = Token {
        key_id: key.id.clone(),
        algorithm,
        private_key: wrapping.secret(),
        expires: now() + VALID_SECONDS,
    };
    Ok(Parameters {
        key_id: arn,
        import_token: Blob(token.seal(&state)?),
        public_key: Blob(wrapping.public_key().ok_or(CryptoFailed)?.to_vec()),
        parameters_valid_to: token.expires,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ImportMaterial {
    key_id: String,
    import_token: Blob,
    encrypted_key_material: Blob,
    valid_to: Option<f64>,
    expiration_model: Option<String>,
}

/// Takes material in. The same material may come again, other material never.
pub(super) fn import(call: &mut Call<'_>, input: ImportMaterial) -> Result<Empty, KmsError> {
    length("importToken", input.import_token.0.len(), 1..=6144)?;
    let wrapped = &input.encrypted_key_material.0;
    length("encryptedKeyMaterial", wrapped.len(), 1..=6144)?;
    let (model, valid_to) = expiration(&input)?;
    let mut access = Access::to("kms:ImportKeyMaterial").with("kms:ExpirationModel", model.name());
    if let Some(valid_to) = valid_to {
        access = access.with("kms:ValidTo", valid_to.to_string());
    }
    let key = call.manage_key(&input.key_id, access)?;
    let state = call.state();
    let arn = state.arn(&format!("key/{}", key.id));
    key.takes_import(&arn)?;
    let token = Token::open(&state, &input.import_token.0, &key)?;
    let secret = token
        .unwrap(wrapped)
        .map_err(|_| KmsError::invalid_ciphertext())?;
    let fingerprint = digest(&SHA256, &secret).as_ref().to_vec();
    let material = Material::import(key.spec, secret).map_err(|_| wrong_material(&key))?;
    call.change_key(&key.id, |key, _| {
        let other = || wrong_material(key);
        let external = key.external.as_ref().ok_or_else(other)?;
        if external
            .first
            .as_ref()
            .is_some_and(|first| first.0 != fingerprint)
        {
            return Err(other());
        }
        key.take_material(material, Blob(fingerprint), valid_to);
        Ok(Empty {})
    })
}

/// Takes the material away; the key waits for the same again.
pub(super) fn delete(call: &mut Call<'_>, input: KeyInput) -> Result<Empty, KmsError> {
    let access = Access::to("kms:DeleteImportedKeyMaterial");
    let key = call.manage_key(&input.key_id, access)?;
    call.change_key(&key.id, |key, arn| {
        key.takes_import(arn)?;
        key.drop_material();
        Ok(Empty {})
    })
}

fn expiration(input: &ImportMaterial) -> Result<(ExpirationModel, Option<i64>), KmsError> {
    let model = input.expiration_model.as_deref();
    let model = choice(
        "expirationModel",
        model.unwrap_or(ExpirationModel::Expires.name()),
        ExpirationModel::from_name,
        ExpirationModel::NAMES,
    )?;
    match (model, input.valid_to) {
        (ExpirationModel::DoesNotExpire, None) => Ok((model, None)),
        (ExpirationModel::DoesNotExpire, Some(_)) => Err(KmsError::validation(
            "ValidTo must be left out with KEY_MATERIAL_DOES_NOT_EXPIRE.",
        )),
        (ExpirationModel::Expires, None) => Err(KmsError::validation(
            "ValidTo is required with KEY_MATERIAL_EXPIRES.",
        )),
        (ExpirationModel::Expires, Some(at)) => {
            let (at, now) = (whole_seconds(at), now());
            if at <= now || at > now + LONGEST_SECONDS {
                let message = "ValidTo must be in the future, by at most 365 days.";
                return Err(KmsError::validation(message));
            }
            Ok((model, Some(at)))
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "what is out of range saturates, and is refused as too far"
)]
fn whole_seconds(at: f64) -> i64 {
    at as i64
}

fn wrong_material(key: &Key) -> KmsError {
    KmsError::new(
        "IncorrectKeyMaterialException",
        format!(
            "The material is no {} key, or not the one that was imported before.",
            key.spec.name()
        ),
    )
}

impl Token {
    fn seal(&self, state: &State) -> Result<Vec<u8>, KmsError> {
        let text = serde_json::to_vec(self).map_err(|_| KmsError::internal())?;
        Ok(seal_with(
            &sealing_key(state)?,
            CONTEXT,
            &Zeroizing::new(text),
        )?)
    }

    fn open(state: &State, sealed: &[u8], key: &Key) -> Result<Token, KmsError> {
        let invalid = || {
            let message = "The import token is not of this key.";
            KmsError::new("InvalidImportTokenException", message)
        };
        let text = open_with(&sealing_key(state)?, CONTEXT, sealed).map_err(|_| invalid())?;
        let token: Token = serde_json::from_slice(&text).map_err(|_| invalid())?;
        if token.key_id != key.id {
            return Err(invalid());
        }
        if token.expires <= now() {
            let message = "The import token has expired: get another.";
            return Err(KmsError::new("ExpiredImportTokenException", message));
        }
        Ok(token)
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoFailed> {
        let private = Material::wrapping(self.private_key.clone())?;
        let oaep = self.algorithm.oaep();
        if !self.algorithm.through_aes() {
            return private.decrypt_oaep(oaep, wrapped);
        }
        let block = private.public_modulus_len().ok_or(CryptoFailed)?;
        let (key, wrapped) = wrapped.split_at_checked(block).ok_or(CryptoFailed)?;
        let key = private.decrypt_oaep(oaep, key)?;
        if key.len() != AES_KEY_BYTES {
            return Err(CryptoFailed);
        }
        let mut material = Zeroizing::new(vec![0; wrapped.len()]);
        let unwrapped = AesKek::new(&AES_256, &key)?.unwrap_with_padding(wrapped, &mut material)?;
        let length = unwrapped.len();
        material.truncate(length);
        Ok(material)
    }
}

fn sealing_key(state: &State) -> Result<LessSafeKey, CryptoFailed> {
    let key = UnboundKey::new(&AES_256_GCM, &state.session_secret.0)?;
    Ok(LessSafeKey::new(key))
}

impl WrappingAlgorithm {
    /// RSA private keys are too long for OAEP; bytes of a symmetric key go without an AES key.
    fn wraps(self, spec: KeySpec) -> bool {
        match spec {
            KeySpec::Symmetric | KeySpec::Hmac256 => !self.through_aes(),
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => self.through_aes(),
            KeySpec::EccP256 => true,
        }
    }

    /// Whether an AES key that OAEP wraps wraps the material (AES-KWP, RFC 5649).
    fn through_aes(self) -> bool {
        matches!(self, Self::AesSha1 | Self::AesSha256)
    }

    fn oaep(self) -> EncryptionAlgorithm {
        match self {
            Self::OaepSha1 | Self::AesSha1 => EncryptionAlgorithm::OaepSha1,
            Self::OaepSha256 | Self::AesSha256 => EncryptionAlgorithm::OaepSha256,
        }
    }
}

impl WrappingKeySpec {
    fn key_spec(self) -> KeySpec {
        match self {
            Self::Rsa2048 => KeySpec::Rsa2048,
            Self::Rsa3072 => KeySpec::Rsa3072,
            Self::Rsa4096 => KeySpec::Rsa4096,
        }
    }
}

impl Key {
    /// Refuses keys of KMS's own material, and those that are waiting for deletion.
    fn takes_import(&self, arn: &str) -> Result<(), KmsError> {
        if self.external.is_none() {
            let message = format!("{arn} origin is AWS_KMS which is not valid for this operation.");
            return Err(KmsError::new("UnsupportedOperationException", message));
        }
        self.alive(arn)
    }
}

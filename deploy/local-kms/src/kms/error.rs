//! Errors of KMS, by the names that the AWS SDKs map to their exception types.

use http::StatusCode;

use crate::iam::PolicyError;
use crate::kms::material::CryptoFailed;
use crate::store::StoreError;

/// An error answer: what the SDKs see as `__type` and `message`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub(crate) struct KmsError {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl KmsError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> KmsError {
        KmsError {
            code,
            message: message.into(),
        }
    }

    /// KMS answers 400 for all that is the caller's fault.
    pub(crate) fn status(&self) -> StatusCode {
        match self.code {
            "KMSInternalException" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    pub(crate) fn not_found(what: impl Into<String>) -> KmsError {
        KmsError::new("NotFoundException", what)
    }

    pub(crate) fn validation(message: impl Into<String>) -> KmsError {
        KmsError::new("ValidationException", message)
    }

    /// In the words that the AWS services use for a member outside its choices.
    pub(crate) fn not_one_of(member: &str, value: &str, choices: &[&str]) -> KmsError {
        KmsError::validation(format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy \
             constraint: Member must satisfy enum value set: [{}]",
            choices.join(", ")
        ))
    }

    pub(crate) fn outside(member: &str, constraint: &str) -> KmsError {
        KmsError::validation(format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: \
             {constraint}"
        ))
    }

    pub(crate) fn invalid_ciphertext() -> KmsError {
        KmsError::new(
            "InvalidCiphertextException",
            "The ciphertext cannot be decrypted.",
        )
    }

    pub(crate) fn internal() -> KmsError {
        KmsError::new("KMSInternalException", "An internal error. Try again.")
    }
}

impl From<PolicyError> for KmsError {
    fn from(error: PolicyError) -> Self {
        KmsError::new("MalformedPolicyDocumentException", error.to_string())
    }
}

impl From<CryptoFailed> for KmsError {
    fn from(_: CryptoFailed) -> Self {
        KmsError::internal()
    }
}

impl From<StoreError> for KmsError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the state was not written");
        KmsError::internal()
    }
}

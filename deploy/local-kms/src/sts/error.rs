//! Errors of STS, by the codes that the AWS SDKs map to their exception types.

use http::StatusCode;

use crate::iam::PolicyError;

use super::reply::Xml;

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub(crate) struct StsError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl StsError {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
    ) -> StsError {
        StsError {
            status,
            code,
            message: message.into(),
        }
    }

    pub(crate) fn bad_request(code: &'static str, message: impl Into<String>) -> StsError {
        StsError::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn validation(message: impl Into<String>) -> StsError {
        let message = format!("1 validation error detected: {}", message.into());
        StsError::bad_request("ValidationError", message)
    }

    pub(crate) fn denied(message: impl Into<String>) -> StsError {
        StsError::new(StatusCode::FORBIDDEN, "AccessDenied", message)
    }

    pub(crate) fn invalid_token(message: impl Into<String>) -> StsError {
        StsError::bad_request("InvalidIdentityToken", message)
    }

    pub(crate) fn internal() -> StsError {
        let message = "An internal error. Try again.";
        StsError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalFailure",
            message,
        )
    }

    /// The answer's body.
    pub(crate) fn xml(&self, request_id: &str) -> String {
        Xml::error(
            self.status.is_server_error(),
            self.code,
            &self.message,
            request_id,
        )
    }
}

impl From<PolicyError> for StsError {
    fn from(error: PolicyError) -> Self {
        StsError::bad_request("MalformedPolicyDocument", error.to_string())
    }
}

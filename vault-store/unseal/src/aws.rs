//! KMS and STS, through the AWS SDK.
//!
//! Region and endpoints come from the standard variables. The clients have no credentials of their
//! own: STS takes the bearer token unsigned, and every KMS call brings its caller's credentials.

use crate::exchange::{AssumeError, Assumed, IdentityService};
use crate::key_service::{CallerCredentials, DecryptError, KeyService};
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::operation::decrypt::builders::DecryptFluentBuilder;
use aws_sdk_kms::types::EncryptionAlgorithmSpec;
use aws_smithy_types::Blob;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use policies::EncryptionContext;
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

/// When to try again, where the service does not say.
const RETRY_AFTER: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 3;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(12);

/// Error codes with which a service says that it is too busy, whatever their HTTP status.
const BUSY: [&str; 6] = [
    "LimitExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// Error codes about the credentials themselves, not about what they may do.
const CREDENTIALS: [&str; 7] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

/// Region and endpoints from the environment (`AWS_REGION`, `AWS_ENDPOINT_URL_KMS`,
/// `AWS_ENDPOINT_URL_STS`, ...), and no credentials at all: no chain is consulted.
pub async fn configuration() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    aws_config::defaults(BehaviorVersion::latest())
        .no_credentials()
        .region(EnvironmentVariableRegionProvider::new())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(timeouts)
        .load()
        .await
}

/// AWS KMS.
pub struct Kms(aws_sdk_kms::Client);

impl Kms {
    /// A client without credentials of its own.
    pub fn new(configuration: &SdkConfig) -> Self {
        let config = aws_sdk_kms::config::Builder::from(configuration)
            // An identity cache would keep callers' credentials after we have dropped them.
            .identity_cache(aws_sdk_kms::config::IdentityCache::no_cache())
            .build();
        Self(aws_sdk_kms::Client::from_conf(config))
    }
}

async fn send(
    request: DecryptFluentBuilder,
    credentials: &CallerCredentials,
) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    let with = aws_sdk_kms::config::Builder::new().credentials_provider(credentials.sdk());
    match request.customize().config_override(with).send().await {
        Ok(output) => {
            let plaintext = output.plaintext.ok_or(DecryptError::Refused)?;
            Ok(Zeroizing::new(plaintext.into_inner()))
        }
        Err(error) => Err(decrypt_error(Fault::of(&error), error.code())),
    }
}

impl KeyService for Kms {
    fn decrypt<'a>(
        &'a self,
        credentials: &'a CallerCredentials,
        kms_key: &'a str,
        ciphertext: &'a [u8],
    ) -> BoxFuture<'a, Result<Zeroizing<Vec<u8>>, DecryptError>> {
        let request = self
            .0
            .decrypt()
            .key_id(kms_key)
            .encryption_algorithm(EncryptionAlgorithmSpec::RsaesOaepSha256)
            .ciphertext_blob(Blob::new(ciphertext));
        send(request, credentials).boxed()
    }

    fn unwrap<'a>(
        &'a self,
        credentials: &'a CallerCredentials,
        kms_key: &'a str,
        wrapped: &'a [u8],
        context: &'a EncryptionContext,
    ) -> BoxFuture<'a, Result<Zeroizing<Vec<u8>>, DecryptError>> {
        let context = context
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        let request = self
            .0
            .decrypt()
            .key_id(kms_key)
            .encryption_algorithm(EncryptionAlgorithmSpec::SymmetricDefault)
            .set_encryption_context(Some(context.collect()))
            .ciphertext_blob(Blob::new(wrapped));
        send(request, credentials).boxed()
    }
}

fn decrypt_error(fault: Fault, code: Option<&str>) -> DecryptError {
    match fault {
        Fault::Service => DecryptError::Unavailable {
            retry_after: RETRY_AFTER,
        },
        Fault::Request if code.is_some_and(|code| CREDENTIALS.contains(&code)) => {
            DecryptError::Credentials
        }
        Fault::Request => DecryptError::Refused,
    }
}

/// AWS STS.
pub struct Sts(aws_sdk_sts::Client);

impl Sts {
    /// A client without credentials.
    pub fn new(configuration: &SdkConfig) -> Self {
        Self(aws_sdk_sts::Client::new(configuration))
    }
}

impl IdentityService for Sts {
    fn assume<'a>(
        &'a self,
        role: &'a str,
        session_name: &'a str,
        bearer: &'a str,
    ) -> BoxFuture<'a, Result<Assumed, AssumeError>> {
        async move {
            let answer = self
                .0
                .assume_role_with_web_identity()
                .role_arn(role)
                .role_session_name(session_name)
                .web_identity_token(bearer)
                .send()
                .await;
            match answer {
                Ok(output) => assumed(output).ok_or(AssumeError::Refused),
                Err(error) => Err(match (Fault::of(&error), error.code()) {
                    // The issuer, whom STS asks for its keys, did not answer: not the token's fault.
                    (_, Some("IDPCommunicationError")) | (Fault::Service, _) => {
                        AssumeError::Unavailable {
                            retry_after: RETRY_AFTER,
                        }
                    }
                    (Fault::Request, _) => AssumeError::Refused,
                }),
            }
        }
        .boxed()
    }
}

type AssumeOutput =
    aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityOutput;

fn assumed(output: AssumeOutput) -> Option<Assumed> {
    let credentials = output.credentials?;
    let expires = SystemTime::try_from(credentials.expiration).ok()?;
    Some(Assumed {
        principal: output.assumed_role_user?.arn,
        subject: output.subject_from_web_identity_token,
        credentials: CallerCredentials::new(
            &credentials.access_key_id,
            &Zeroizing::new(credentials.secret_access_key),
            &Zeroizing::new(credentials.session_token),
            expires,
        ),
        expires,
    })
}

/// Whose fault a failed call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The request's: trying again changes nothing.
    Request,
    /// The service's, or the network's.
    Service,
}

impl Fault {
    fn of<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Self {
        let SdkError::ServiceError(answer) = error else {
            return Self::Service;
        };
        let status = answer.raw().status();
        let busy = answer.err().code().is_some_and(|code| BUSY.contains(&code));
        if busy || status.is_server_error() || status.as_u16() == 429 {
            Self::Service
        } else {
            Self::Request
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_fault_of_the_service_is_never_a_refusal() {
        for code in [
            None,
            Some("AccessDeniedException"),
            Some("ExpiredTokenException"),
        ] {
            assert!(matches!(
                decrypt_error(Fault::Service, code),
                DecryptError::Unavailable { .. }
            ));
        }
    }

    #[test]
    fn only_codes_about_credentials_end_the_call() {
        for code in CREDENTIALS {
            assert_eq!(
                decrypt_error(Fault::Request, Some(code)),
                DecryptError::Credentials
            );
        }
        for code in [
            "AccessDeniedException",
            "InvalidCiphertextException",
            "NotFoundException",
        ] {
            assert_eq!(
                decrypt_error(Fault::Request, Some(code)),
                DecryptError::Refused
            );
        }
    }
}

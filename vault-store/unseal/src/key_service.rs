//! The seam to KMS.

use aws_credential_types::Credentials;
use futures_util::future::BoxFuture;
use policies::EncryptionContext;
use std::time::{Duration, SystemTime};
use thiserror::Error;
use zeroize::Zeroizing;

/// A caller's own short-lived credentials, from STS. No `Debug`; the SDK zeroizes its strings.
#[derive(Clone)]
pub struct CallerCredentials(Credentials);

impl CallerCredentials {
    /// Credentials as STS gives them.
    pub fn new(access_key_id: &str, secret: &str, session: &str, expires: SystemTime) -> Self {
        let session = Some(session.to_owned());
        Self(Credentials::new(
            access_key_id,
            secret,
            session,
            Some(expires),
            "veilgate-caller",
        ))
    }

    /// The access key id: public, and in KMS's own log.
    pub fn access_key_id(&self) -> &str {
        self.0.access_key_id()
    }

    pub(crate) fn sdk(&self) -> Credentials {
        self.0.clone()
    }
}

/// Decrypts under a caller's credentials. Production is [`crate::aws::Kms`] and nothing else; the
/// trait is there so that tests can count calls and play faults.
pub trait KeyService: Send + Sync + 'static {
    /// RSAES-OAEP-SHA-256 decryption of `ciphertext` with the KMS key `kms_key` (an id, ARN or
    /// alias from the key ring), asked for with `credentials`.
    fn decrypt<'a>(
        &'a self,
        credentials: &'a CallerCredentials,
        kms_key: &'a str,
        ciphertext: &'a [u8],
    ) -> BoxFuture<'a, Result<Zeroizing<Vec<u8>>, DecryptError>>;

    /// Decryption of `wrapped`, a symmetric key, with the symmetric KMS key `kms_key` under
    /// `context`, which its key policy may test; asked for with `credentials`.
    fn unwrap<'a>(
        &'a self,
        credentials: &'a CallerCredentials,
        kms_key: &'a str,
        wrapped: &'a [u8],
        context: &'a EncryptionContext,
    ) -> BoxFuture<'a, Result<Zeroizing<Vec<u8>>, DecryptError>>;
}

/// What KMS answers instead of a plaintext.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecryptError {
    /// It will not, whatever the reason: denied, no such key, disabled, not its ciphertext.
    #[error("refused")]
    Refused,
    /// It does not take the credentials.
    #[error("credentials not accepted")]
    Credentials,
    /// It cannot now.
    #[error("unavailable")]
    Unavailable {
        /// When to try again.
        retry_after: Duration,
    },
}

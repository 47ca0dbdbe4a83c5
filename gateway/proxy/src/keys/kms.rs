//! What the gateway asks KMS for: public keys, signatures, and `Decrypt` of the ring's wrapped
//! symmetric keys, at start and reload. It decrypts nothing else, and no token: the key policies of
//! RSA keys need not name it.

use std::fmt;

use aws_sdk_kms::Client;
use aws_sdk_kms::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{
    DataKeySpec, EncryptionAlgorithmSpec, MacAlgorithmSpec, MessageType, SigningAlgorithmSpec,
};
use policies::EncryptionContext;
use seal::{MacService, Macing, SignError, Signer, Signing};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use super::der::fixed_from_der;

/// A KMS client that is made when it is first used, so that a gateway that needs none looks for
/// no credentials. Endpoint and region come from AWS's standard variables.
#[derive(Clone, Debug, Default)]
pub struct Kms {
    client: OnceCell<Client>,
    offline: bool,
}

impl Kms {
    /// For checks: what would need KMS is left out.
    pub(super) fn offline() -> Self {
        Self {
            client: OnceCell::new(),
            offline: true,
        }
    }

    #[cfg(test)]
    pub(super) fn with(client: Client) -> Self {
        Self {
            client: OnceCell::new_with(Some(client)),
            offline: false,
        }
    }

    pub(super) fn is_offline(&self) -> bool {
        self.offline
    }

    async fn client(&self) -> &Client {
        let load = || async {
            let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
            Client::new(&config)
        };
        self.client.get_or_init(load).await
    }

    /// The public key of a KMS key, as SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// When KMS does not give it.
    pub async fn public_key(&self, kms_key: &str) -> Result<Vec<u8>, KmsFault> {
        let request = self.client().await.get_public_key().key_id(kms_key);
        let answer = request.send().await.map_err(|error| fault(&error))?;
        let key = answer.public_key.ok_or_else(KmsFault::empty)?;
        Ok(key.into_inner())
    }

    /// A symmetric key, unwrapped with the KMS key `kms_key` under `context`. The algorithm is
    /// fixed: an RSA key, which opens tokens, does not answer to it.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one exception: kinds like siv are made with a key that the gateway must hold"
    )]
    pub(super) async fn unwrap(
        &self,
        kms_key: &str,
        wrapped: Vec<u8>,
        context: &EncryptionContext,
    ) -> Result<Zeroizing<Vec<u8>>, KmsFault> {
        let request = self
            .client()
            .await
            .decrypt()
            .key_id(kms_key)
            .encryption_algorithm(EncryptionAlgorithmSpec::SymmetricDefault)
            .set_encryption_context(Some(owned(context)))
            .ciphertext_blob(Blob::new(wrapped));
        let answer = request.send().await.map_err(|error| fault(&error))?;
        let plaintext = answer.plaintext.ok_or_else(KmsFault::empty)?;
        Ok(Zeroizing::new(plaintext.into_inner()))
    }

    /// A new symmetric key of 32 bytes that nobody has seen, wrapped with the KMS key `kms_key`
    /// under `context`.
    ///
    /// # Errors
    /// When KMS does not make one.
    pub async fn new_wrapped_key(
        &self,
        kms_key: &str,
        context: &EncryptionContext,
    ) -> Result<Vec<u8>, KmsFault> {
        let request = self
            .client()
            .await
            .generate_data_key_without_plaintext()
            .key_id(kms_key)
            .key_spec(DataKeySpec::Aes256)
            .set_encryption_context(Some(owned(context)));
        let answer = request.send().await.map_err(|error| fault(&error))?;
        let wrapped = answer.ciphertext_blob.ok_or_else(KmsFault::empty)?;
        Ok(wrapped.into_inner())
    }

    /// HMAC-SHA-256 of `message` under an HMAC key in KMS, which sees it.
    pub(super) async fn mac(&self, kms_key: &str, message: &[u8]) -> Result<[u8; 32], KmsFault> {
        mac(self.client().await, kms_key, message).await
    }

    /// Makes MACs with an HMAC key in KMS.
    pub(super) async fn mac_service(&self, kms_key: &str) -> KmsMac {
        KmsMac {
            client: self.client().await.clone(),
            kms_key: kms_key.to_owned(),
        }
    }

    /// Signs with a P-256 key in KMS.
    pub async fn signer(&self, kms_key: &str) -> KmsSigner {
        KmsSigner {
            client: self.client().await.clone(),
            kms_key: kms_key.to_owned(),
        }
    }
}

fn owned(context: &EncryptionContext) -> std::collections::HashMap<String, String> {
    let pairs = context.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

/// What KMS, or the way there, answered instead of what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsFault {
    /// Where KMS refuses for one of these reasons.
    pub refusal: Option<Refusal>,
    reason: String,
}

/// Refusals that have a remedy of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The key policy does not allow it.
    Denied,
    /// The ciphertext is not of this key and encryption context.
    Ciphertext,
    /// The key policy is malformed, names nobody, or would lock out who puts it.
    KeyPolicy,
}

impl KmsFault {
    /// What an error of the SDK says.
    pub fn of<E>(error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        fault(error)
    }

    /// An answer without what was asked for.
    pub fn empty() -> Self {
        Self {
            refusal: None,
            reason: "the answer is empty".to_owned(),
        }
    }
}

impl std::error::Error for KmsFault {}

impl fmt::Display for KmsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

fn fault<E>(error: &SdkError<E>) -> KmsFault
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let refusal = match error.code() {
        Some("AccessDeniedException") => Some(Refusal::Denied),
        Some("InvalidCiphertextException" | "IncorrectKeyException") => Some(Refusal::Ciphertext),
        Some("MalformedPolicyDocumentException") => Some(Refusal::KeyPolicy),
        _ => None,
    };
    let reason = match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        (None, _) => DisplayErrorContext(error).to_string(),
    };
    KmsFault { refusal, reason }
}

async fn mac(client: &Client, kms_key: &str, message: &[u8]) -> Result<[u8; 32], KmsFault> {
    let request = client.generate_mac().key_id(kms_key);
    let request = request.mac_algorithm(MacAlgorithmSpec::HmacSha256);
    let answer = request.message(Blob::new(message)).send().await;
    let answer = answer.map_err(|error| fault(&error))?;
    let mac = answer.mac.as_ref().map(Blob::as_ref).unwrap_or_default();
    mac.try_into().map_err(|_| KmsFault::empty())
}

/// An HMAC key in KMS: one call for each MAC.
#[derive(Debug)]
pub(super) struct KmsMac {
    client: Client,
    kms_key: String,
}

impl MacService for KmsMac {
    fn mac<'a>(&'a self, message: &'a [u8]) -> Macing<'a> {
        Box::pin(async move {
            let made = mac(&self.client, &self.kms_key, message).await;
            made.map_err(|fault| {
                SignError::new(format!("KMS made no MAC with `{}`: {fault}", self.kms_key))
            })
        })
    }
}

/// A signer whose private key is in KMS: one call for each epoch.
#[derive(Debug)]
pub struct KmsSigner {
    client: Client,
    kms_key: String,
}

impl Signer for KmsSigner {
    fn sign<'a>(&'a self, message: &'a [u8]) -> Signing<'a> {
        Box::pin(async move {
            let request = self
                .client
                .sign()
                .key_id(&self.kms_key)
                .message_type(MessageType::Raw)
                .signing_algorithm(SigningAlgorithmSpec::EcdsaSha256)
                .message(Blob::new(message));
            let answer = request.send().await.map_err(|error| {
                let fault = fault(&error);
                SignError::new(format!("KMS did not sign with `{}`: {fault}", self.kms_key))
            })?;
            let signature = answer
                .signature
                .as_ref()
                .map(Blob::as_ref)
                .unwrap_or_default();
            fixed_from_der(signature)
                .ok_or_else(|| SignError::new("KMS answered with something else than a signature"))
        })
    }
}

/// Stands for a signer in KMS where KMS is not asked.
pub(super) struct NoSigner;

impl Signer for NoSigner {
    fn sign<'a>(&'a self, _message: &'a [u8]) -> Signing<'a> {
        Box::pin(async { Err(SignError::new("KMS is not asked during a check")) })
    }
}

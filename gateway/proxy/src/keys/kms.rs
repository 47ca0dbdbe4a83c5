//! What the gateway asks KMS for: public keys, and signatures. Never `Decrypt`.

use aws_sdk_kms::Client;
use aws_sdk_kms::error::DisplayErrorContext;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{MessageType, SigningAlgorithmSpec};
use seal::{SignError, Signer, Signing};
use tokio::sync::OnceCell;

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
    pub(super) async fn public_key(&self, kms_key: &str) -> Result<Vec<u8>, String> {
        let request = self.client().await.get_public_key().key_id(kms_key);
        let answer = request.send().await;
        let answer = answer.map_err(|error| DisplayErrorContext(&error).to_string())?;
        let key = answer.public_key.ok_or("the answer holds no key")?;
        Ok(key.into_inner())
    }

    /// Signs with a P-256 key in KMS.
    pub(super) async fn signer(&self, kms_key: &str) -> KmsSigner {
        KmsSigner {
            client: self.client().await.clone(),
            kms_key: kms_key.to_owned(),
        }
    }
}

/// A signer whose private key is in KMS: one call for each epoch.
#[derive(Debug)]
pub(super) struct KmsSigner {
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
                let reason = DisplayErrorContext(&error).to_string();
                SignError::new(format!(
                    "KMS did not sign with `{}`: {reason}",
                    self.kms_key
                ))
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

/// ECDSA's DER form (RFC 3279, section 2.2.3), `SEQUENCE { r INTEGER, s INTEGER }`, as `r ‖ s`.
pub(super) fn fixed_from_der(der: &[u8]) -> Option<[u8; 64]> {
    let [0x30, length, rest @ ..] = der else {
        return None;
    };
    if usize::from(*length) != rest.len() {
        return None;
    }
    let (r, rest) = integer(rest)?;
    let (s, rest) = integer(rest)?;
    let mut fixed = [0; 64];
    let (first, second) = fixed.split_at_mut(32);
    first.copy_from_slice(&r);
    second.copy_from_slice(&s);
    rest.is_empty().then_some(fixed)
}

/// A positive INTEGER of at most 256 bits, and what follows it.
fn integer(der: &[u8]) -> Option<([u8; 32], &[u8])> {
    let [0x02, length, rest @ ..] = der else {
        return None;
    };
    let (content, rest) = rest.split_at_checked(usize::from(*length))?;
    let digits = match content {
        [0, digits @ ..] if digits.first().is_some_and(|first| *first >= 0x80) => digits,
        [1..0x80, ..] | [0] => content,
        _ => return None,
    };
    let mut fixed = [0; 32];
    let start = fixed.len().checked_sub(digits.len())?;
    fixed.get_mut(start..)?.copy_from_slice(digits);
    Some((fixed, rest))
}

//! RSA keys behind a KMS double that counts its calls.

use super::gcm;
use aws_lc_rs::aead::{Aad, Nonce};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use policies::EncryptionContext;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use unseal::{CallerCredentials, DecryptError, KeyService};
use zeroize::Zeroizing;

pub const KEYS: [&str; 5] = [
    "kms-pay-1",
    "kms-pay-2",
    "kms-id-1",
    "kms-old-1",
    "kms-view-1",
];
/// The symmetric KMS key that wraps the ring's key `joins`.
pub const JOINS: &str = "kms-joins";

/// One RSA key for each of [`KEYS`]; made once, as they take a while.
fn private_keys() -> &'static HashMap<&'static str, PrivateDecryptingKey> {
    static MADE: OnceLock<HashMap<&'static str, PrivateDecryptingKey>> = OnceLock::new();
    MADE.get_or_init(|| {
        let make = |name| {
            (
                name,
                PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap(),
            )
        };
        KEYS.into_iter().map(make).collect()
    })
}

/// RSAES-OAEP-SHA-256 with the public key of `kms_key`.
pub fn wrap(kms_key: &str, plaintext: &[u8]) -> Vec<u8> {
    let public = OaepPublicEncryptingKey::new(private_keys()[kms_key].public_key()).unwrap();
    let mut out = vec![0; public.ciphertext_size()];
    public
        .encrypt(&OAEP_SHA256_MGF1SHA256, plaintext, &mut out, None)
        .unwrap();
    out
}

/// A wrapped key, as the double unwraps it: AES-256-GCM bound to KMS key and encryption context.
pub fn wrap_secret(kms_key: &str, context: &EncryptionContext, plaintext: &[u8]) -> Vec<u8> {
    let mut wrapped = plaintext.to_vec();
    let aad = Aad::from(format!("{kms_key} {context:?}"));
    let nonce = Nonce::assume_unique_for_key([0; 12]);
    gcm(&[5; 32])
        .seal_in_place_append_tag(nonce, aad, &mut wrapped)
        .unwrap();
    wrapped
}

/// The ring's key `joins`, by its version.
pub fn joins(version: u16) -> [u8; 32] {
    [version.to_be_bytes()[1]; 32]
}

/// The public key of `kms_key`, as KMS's GetPublicKey gives it, in PEM.
pub fn public_key_pem(kms_key: &str) -> String {
    let der: PublicKeyX509Der<'_> = private_keys()[kms_key].public_key().as_der().unwrap();
    pem("PUBLIC KEY", der.as_ref())
}

pub fn pem(label: &str, der: &[u8]) -> String {
    let body = base64_simd::STANDARD.encode_to_string(der);
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

/// What the double answers to everybody.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Works,
    Unavailable,
    ExpiredCredentials,
}

/// KMS with private keys, a list of who may use which, and a memory of its calls.
pub struct KmsDouble {
    allowed: Mutex<HashSet<(String, String)>>,
    calls: Mutex<Vec<(String, String)>>,
    mood: Mutex<Mood>,
}

impl KmsDouble {
    pub fn new() -> Arc<Self> {
        let mood = Mutex::new(Mood::Works);
        Arc::new(Self {
            allowed: Mutex::default(),
            calls: Mutex::default(),
            mood,
        })
    }

    pub fn allow(&self, caller: &str, kms_key: &str) {
        self.allowed
            .lock()
            .unwrap()
            .insert((caller.into(), kms_key.into()));
    }

    pub fn deny(&self, caller: &str, kms_key: &str) {
        self.allowed
            .lock()
            .unwrap()
            .remove(&(caller.into(), kms_key.into()));
    }

    pub fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Who called with which key, since the last time that this was asked.
    pub fn take_calls(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    /// Remembers the call, and says whether the caller may.
    async fn called(
        &self,
        credentials: &CallerCredentials,
        kms_key: &str,
    ) -> Result<(), DecryptError> {
        let caller = credentials.access_key_id();
        let call = (caller.to_owned(), kms_key.to_owned());
        self.calls.lock().unwrap().push(call.clone());
        // Others get their turn while a call is under way.
        tokio::task::yield_now().await;
        match *self.mood.lock().unwrap() {
            Mood::Works => {}
            Mood::Unavailable => {
                let retry_after = Duration::from_secs(2);
                return Err(DecryptError::Unavailable { retry_after });
            }
            Mood::ExpiredCredentials => return Err(DecryptError::Credentials),
        }
        let allowed = self.allowed.lock().unwrap().contains(&call);
        allowed.then_some(()).ok_or(DecryptError::Refused)
    }

    fn open(kms_key: &str, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
        let key = private_keys().get(kms_key).ok_or(DecryptError::Refused)?;
        let key = OaepPrivateDecryptingKey::new(key.clone()).unwrap();
        let mut out = vec![0; key.min_output_size()];
        let length = key
            .decrypt(&OAEP_SHA256_MGF1SHA256, ciphertext, &mut out, None)
            .map_err(|_| DecryptError::Refused)?
            .len();
        out.truncate(length);
        Ok(Zeroizing::new(out))
    }
}

impl KeyService for KmsDouble {
    fn decrypt<'a>(
        &'a self,
        credentials: &'a CallerCredentials,
        kms_key: &'a str,
        ciphertext: &'a [u8],
    ) -> BoxFuture<'a, Result<Zeroizing<Vec<u8>>, DecryptError>> {
        async move {
            self.called(credentials, kms_key).await?;
            Self::open(kms_key, ciphertext)
        }
        .boxed()
    }

    fn unwrap<'a>(
        &'a self,
        credentials: &'a CallerCredentials,
        kms_key: &'a str,
        wrapped: &'a [u8],
        context: &'a EncryptionContext,
    ) -> BoxFuture<'a, Result<Zeroizing<Vec<u8>>, DecryptError>> {
        async move {
            self.called(credentials, kms_key).await?;
            let aad = Aad::from(format!("{kms_key} {context:?}"));
            let nonce = Nonce::assume_unique_for_key([0; 12]);
            let mut bytes = wrapped.to_vec();
            let opened = gcm(&[5; 32]).open_in_place(nonce, aad, &mut bytes);
            let length = opened.map_err(|_| DecryptError::Refused)?.len();
            bytes.truncate(length);
            Ok(Zeroizing::new(bytes))
        }
        .boxed()
    }
}

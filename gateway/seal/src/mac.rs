//! Kind `hmac` under a key that stays in KMS: one call for each value that is not remembered
//! (section 10). The gateway has nothing with which values could be tried offline.

use crate::batch::Tokens;
use crate::error::{SealError, SignError};
use crate::local::{Hmac, binding};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use aws_lc_rs::rand;
use moka::future::Cache;
use record::{KEY_BYTES, KeyId, context};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How long a MAC is remembered, and how many are.
const REMEMBERED: Duration = Duration::from_secs(300);
const MOST_REMEMBERED: u64 = 100_000;
/// Calls under way at once.
const CALLS: usize = 32;

/// What a [`MacService`] answers with.
pub type Macing<'a> = Pin<Box<dyn Future<Output = Result<[u8; KEY_BYTES], SignError>> + Send + 'a>>;

/// Makes MACs with a key that it does not give away: KMS `GenerateMac`.
pub trait MacService: Send + Sync {
    /// HMAC-SHA-256 of `message`, up to 4,096 bytes.
    fn mac<'a>(&'a self, message: &'a [u8]) -> Macing<'a>;
}

/// One version of a MAC key that stays in KMS.
#[derive(Clone)]
pub struct MacKey {
    /// Its name and version in the key ring.
    pub id: KeyId,
    /// What makes MACs with it.
    pub service: Arc<dyn MacService>,
}

/// Makes the tokens of one class.
pub(crate) struct MacMaker {
    key: MacKey,
    class: Box<str>,
    written: Hmac,
}

impl MacMaker {
    pub(crate) fn new(key: MacKey, class: &str, written: Hmac) -> Self {
        Self {
            key,
            class: class.into(),
            written,
        }
    }

    /// Adds the token of a value with this MAC.
    pub(crate) fn write(
        &self,
        mac: &[u8; KEY_BYTES],
        tokens: &mut Tokens,
    ) -> Result<(), SealError> {
        self.written
            .write(mac, tokens)
            .map_err(|_| SealError::Cryptography)
    }

    /// KMS is told a digest, and not the value.
    fn message(&self, tenant: &str, value: &[u8]) -> Result<Vec<u8>, SealError> {
        let binding = binding(&self.class, tenant)?;
        let value = digest(&SHA256, value);
        Ok([context::MAC, &binding, value.as_ref()].concat())
    }
}

/// What was made lately, and how many calls may be under way.
pub(crate) struct Macs {
    remembered: Cache<[u8; KEY_BYTES], [u8; KEY_BYTES]>,
    /// Names what is remembered, so that memory holds nothing that values could be tried with once
    /// the key is gone with the process.
    naming: hmac::Key,
    calls: Semaphore,
}

impl Macs {
    pub(crate) fn new() -> Result<Self, SealError> {
        let mut naming = [0; KEY_BYTES];
        rand::fill(&mut naming)?;
        Ok(Self {
            remembered: Cache::builder()
                .max_capacity(MOST_REMEMBERED)
                .time_to_live(REMEMBERED)
                .build(),
            naming: hmac::Key::new(HMAC_SHA256, &naming),
            calls: Semaphore::new(CALLS),
        })
    }

    /// The MAC of a value: remembered, or asked for once however many wait for it.
    pub(crate) async fn mac(
        &self,
        maker: &MacMaker,
        tenant: &str,
        value: &[u8],
    ) -> Result<[u8; KEY_BYTES], SealError> {
        let message = maker.message(tenant, value)?;
        let key = &maker.key;
        let name = self.name(&key.id, &message)?;
        let made = self.remembered.try_get_with(name, async {
            // never closed; were it, the call would go on without a permit
            let _permit = self.calls.acquire().await.ok();
            key.service.mac(&message).await
        });
        made.await.map_err(|source| SealError::MacUnavailable {
            key: key.id.clone(),
            source,
        })
    }

    fn name(&self, key: &KeyId, message: &[u8]) -> Result<[u8; KEY_BYTES], SealError> {
        let mut name = hmac::Context::with_key(&self.naming);
        // names of keys hold no zero byte
        name.update(key.to_string().as_bytes());
        name.update(&[0]);
        name.update(message);
        let name = name.sign();
        name.as_ref()
            .try_into()
            .map_err(|_| SealError::Cryptography)
    }
}

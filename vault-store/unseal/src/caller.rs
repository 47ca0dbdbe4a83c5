//! One caller: its credentials, and what KMS has decrypted for it.

use crate::data_key::DataKey;
use crate::digest::Digest;
use crate::key_service::CallerCredentials;
use crate::secret::Secret;
use crate::timed::TimedCache;
use std::sync::Arc;
use std::time::Duration;

/// Who a caller is, for the audit record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The ARN of the assumed role's session, as STS gave it.
    pub principal: String,
    /// The bearer token's issuer.
    pub issuer: String,
    /// The bearer token's subject, as STS gave it.
    pub subject: String,
}

/// How long and how much is remembered for one caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheSettings {
    /// How long a data key or a symmetric key is kept after KMS decrypted it, however much it is
    /// used: within this time, taking a right away takes effect.
    pub data_keys: Duration,
    /// How long a refusal is kept: within this time, giving a right takes effect.
    pub refusals: Duration,
    /// Most keys and refusals that are kept for one caller.
    pub entries: u64,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            data_keys: Duration::from_secs(60),
            refusals: Duration::from_secs(5),
            entries: 10_000,
        }
    }
}

/// What KMS said about one data key, one symmetric key or one token, as it is remembered.
#[derive(Clone)]
pub(crate) enum Answer {
    /// An epoch's data key.
    DataKey(Arc<DataKey>),
    /// A symmetric key of the ring.
    Secret(Arc<Secret>),
    /// What was sealed under a public key.
    Opens,
    /// It will not.
    Refused,
}

/// A caller that STS has vouched for. Nothing in it is shared with another caller.
pub struct Caller {
    identity: Identity,
    credentials: CallerCredentials,
    settings: CacheSettings,
    answers: TimedCache<Answer>,
}

impl Caller {
    /// A caller of whom nothing is remembered yet.
    pub fn new(
        identity: Identity,
        credentials: CallerCredentials,
        settings: CacheSettings,
    ) -> Self {
        let answers = TimedCache::new(settings.entries);
        Self {
            identity,
            credentials,
            settings,
            answers,
        }
    }

    /// Who it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Drops, and so zeroizes, keys that have ended. Call it now and then: a caller that
    /// never comes back would otherwise keep them until it is dropped itself.
    pub async fn sweep(&self) {
        self.answers.sweep().await;
    }

    pub(crate) fn credentials(&self) -> &CallerCredentials {
        &self.credentials
    }

    pub(crate) fn answers(&self) -> &TimedCache<Answer> {
        &self.answers
    }

    /// How long an answer is remembered.
    pub(crate) fn lifetime(&self, answer: &Answer) -> Duration {
        match answer {
            Answer::DataKey(_) | Answer::Secret(_) | Answer::Opens => self.settings.data_keys,
            Answer::Refused => self.settings.refusals,
        }
    }

    /// Whether a refusal is remembered under `digest`.
    pub(crate) async fn is_refused(&self, digest: &Digest) -> bool {
        matches!(self.answers.get(digest).await, Some(Answer::Refused))
    }

    pub(crate) async fn remember_refusal(&self, digest: Digest) {
        self.answers
            .insert(digest, Answer::Refused, self.settings.refusals)
            .await;
    }
}

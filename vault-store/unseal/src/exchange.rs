//! A bearer token for a caller's own AWS credentials, at STS (AssumeRoleWithWebIdentity).
//!
//! The token's claims are read without verification, only to choose the role to ask for. STS, which
//! has the issuer's keys, is the judge of the token.

mod claims;
mod roles;
mod session_name;
#[cfg(test)]
mod tests;

use crate::caller::{CacheSettings, Caller, Identity};
use crate::digest::{Digest, digest};
use crate::key_service::CallerCredentials;
use crate::timed::TimedCache;
use claims::Claims;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use thiserror::Error;

pub use roles::{ChooseRole, ClaimRole, TrustedIssuer};

/// Longest bearer token that STS takes, in bytes.
const MAX_BEARER_BYTES: usize = 20_000;
/// Credentials are given up this long before they end.
const MARGIN: Duration = Duration::from_secs(10);

/// What STS gave for a bearer token.
pub struct Assumed {
    /// ARN of the assumed role's session.
    pub principal: String,
    /// The token's subject as STS read it.
    pub subject: Option<String>,
    /// The caller's own credentials.
    pub credentials: CallerCredentials,
    /// When they end.
    pub expires: SystemTime,
}

/// Why STS gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AssumeError {
    /// It does not take the token for this role, whatever the reason.
    #[error("refused")]
    Refused,
    /// It cannot now.
    #[error("unavailable")]
    Unavailable {
        /// When to try again.
        retry_after: Duration,
    },
}

/// Asks for a role with a bearer token. Production is [`crate::aws::Sts`].
pub trait IdentityService: Send + Sync + 'static {
    /// Asks for `role` (an ARN) with the caller's token.
    fn assume<'a>(
        &'a self,
        role: &'a str,
        session_name: &'a str,
        bearer: &'a str,
    ) -> BoxFuture<'a, Result<Assumed, AssumeError>>;
}

/// Why a bearer token makes no caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ExchangeError {
    /// It is no token of a configured issuer, or STS does not take it: not told apart.
    #[error("the bearer token is not accepted")]
    NotAccepted,
    /// STS is unreachable, throttles, or has a fault of its own. A retry helps.
    #[error("STS is unavailable")]
    Unavailable {
        /// When to try again.
        retry_after: Duration,
    },
}

/// How bearer tokens are exchanged.
#[derive(Debug, Clone)]
pub struct ExchangeSettings {
    /// Whose tokens are taken; the first that fits decides.
    pub issuers: Vec<TrustedIssuer>,
    /// How long a caller is remembered, at most: its token's end and its credentials' end come
    /// first.
    pub credentials: Duration,
    /// How long a refused token is remembered.
    pub refusals: Duration,
    /// Most callers that are remembered.
    pub callers: u64,
    /// Each caller's own cache.
    pub cache: CacheSettings,
}

/// See the module.
pub struct Exchange {
    service: Arc<dyn IdentityService>,
    settings: ExchangeSettings,
    callers: TimedCache<Option<Arc<Caller>>>,
}

impl Exchange {
    /// An exchange that remembers nobody yet.
    pub fn new(service: Arc<dyn IdentityService>, settings: ExchangeSettings) -> Self {
        let callers = TimedCache::new(settings.callers);
        Self {
            service,
            settings,
            callers,
        }
    }

    /// The caller whose token this is: remembered, or vouched for by STS now.
    pub async fn caller(&self, bearer: &str) -> Result<Arc<Caller>, ExchangeError> {
        if bearer.len() > MAX_BEARER_BYTES {
            return Err(ExchangeError::NotAccepted);
        }
        let claims = Claims::read(bearer).ok_or(ExchangeError::NotAccepted)?;
        let role = roles::choose(&self.settings.issuers, &claims);
        let role = role.ok_or(ExchangeError::NotAccepted)?;
        let made = self.ask(role, &claims, bearer);
        let caller = self.callers.get_or_make(&key(bearer), made).await?;
        caller.ok_or(ExchangeError::NotAccepted)
    }

    /// Forgets a caller whose credentials KMS no longer takes.
    pub async fn forget(&self, bearer: &str) {
        self.callers.forget(&key(bearer)).await;
    }

    /// Drops, and so zeroizes, what has ended: credentials, and data keys of callers that do not
    /// come back. Call it every few seconds.
    pub async fn sweep(&self) {
        self.callers.sweep().await;
        for caller in self.callers.values().into_iter().flatten() {
            caller.sweep().await;
        }
    }

    async fn ask(
        &self,
        role: &str,
        claims: &Claims,
        bearer: &str,
    ) -> Result<(Option<Arc<Caller>>, Duration), ExchangeError> {
        let session_name = session_name::derive(&claims.issuer, &claims.subject);
        match self.service.assume(role, &session_name, bearer).await {
            Ok(assumed) => {
                let lifetime = self.lifetime(claims, assumed.expires);
                let identity = Identity {
                    principal: assumed.principal,
                    issuer: claims.issuer.clone(),
                    subject: assumed.subject.unwrap_or_else(|| claims.subject.clone()),
                };
                let caller = Caller::new(identity, assumed.credentials, self.settings.cache);
                Ok((Some(Arc::new(caller)), lifetime))
            }
            Err(AssumeError::Refused) => Ok((None, self.settings.refusals)),
            Err(AssumeError::Unavailable { retry_after }) => {
                Err(ExchangeError::Unavailable { retry_after })
            }
        }
    }

    /// Until the token's end, the credentials' end or the configured time, whichever is first.
    fn lifetime(&self, claims: &Claims, expires: SystemTime) -> Duration {
        let now = SystemTime::now();
        let left = |end: SystemTime| end.duration_since(now).unwrap_or_default();
        let token = claims.expires.map_or(Duration::ZERO, left);
        let credentials = left(expires).saturating_sub(MARGIN);
        self.settings.credentials.min(token).min(credentials)
    }
}

/// What a caller is remembered under: never the token itself.
fn key(bearer: &str) -> Digest {
    digest("bearer", bearer.as_bytes())
}

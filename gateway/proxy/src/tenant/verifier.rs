//! From a request's bearer token to its tenant.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest;
use http::HeaderMap;
use moka::sync::Cache;

use super::bearer::bearer;
use super::claim::ClaimPath;
use super::fault::TokenFault;
use super::fetch::{Fetcher, JwksUrl, RootsError};
use super::is_tenant;
use super::key_set::KeySet;
use super::remote::{Pace, RemoteKeys};
use super::token::{Expected, Head, LEEWAY};
use crate::error::GatewayError;
use crate::metrics::Metrics;

/// Most tokens that are remembered, about a hundred bytes each.
const REMEMBERED: u64 = 10_000;
/// How long, however late they expire.
const REMEMBERED_FOR: Duration = Duration::from_secs(600);

/// A tenant that stands in a claim of a verified token: the configuration's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimSource {
    /// Which claim.
    pub claim: ClaimPath,
    /// Who must have made the token.
    pub issuer: String,
    /// Whom it must be for: one of these.
    pub audiences: Vec<String>,
    /// The issuer's keys.
    pub keys: KeySource,
}

/// Where an issuer's keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// They were read from a file.
    File(Arc<KeySet>),
    /// They are fetched.
    Url {
        /// From here.
        url: JwksUrl,
        /// So often.
        refresh: Duration,
    },
}

/// Verifies tokens, and remembers what it verified.
pub(crate) struct Verifier {
    claim: ClaimPath,
    expected: Expected,
    keys: Keys,
    /// By the digest of a token and of the key set that verified it: under other keys nothing of it
    /// counts.
    remembered: Cache<[u8; 32], Remembered>,
}

enum Keys {
    Given(Arc<KeySet>),
    Fetched(Arc<RemoteKeys>),
}

#[derive(Clone)]
struct Remembered {
    tenant: Arc<str>,
    /// In seconds since 1970.
    expires: u64,
}

impl Verifier {
    /// One for each source. Keys that `previous` ones fetch from the same place go on to be used,
    /// and are fetched once more. `metrics` counts the fetches.
    ///
    /// # Errors
    /// There are no certificates to know an issuer's server by.
    pub(crate) fn all(
        sources: Vec<ClaimSource>,
        previous: &[Self],
        metrics: &Arc<Metrics>,
    ) -> Result<Vec<Self>, RootsError> {
        let mut made: Vec<Self> = Vec::new();
        for source in sources {
            let keys = match &source.keys {
                KeySource::File(set) => Keys::Given(Arc::clone(set)),
                KeySource::Url { url, refresh } => {
                    let pace = Pace::every(*refresh);
                    match fetched(&made, url).filter(|known| known.pace() == pace) {
                        Some(known) => Keys::Fetched(known),
                        None => Keys::Fetched(remote(url, pace, previous, metrics)?),
                    }
                }
            };
            made.push(Self::new(source, keys));
        }
        Ok(made)
    }

    fn new(source: ClaimSource, keys: Keys) -> Self {
        let remembered = Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(REMEMBERED_FOR)
            .build();
        Self {
            claim: source.claim,
            expected: Expected::new(source.issuer, source.audiences),
            keys,
            remembered,
        }
    }

    /// The tenant that the claim of the request's token names.
    ///
    /// # Errors
    /// The token is not accepted, the issuer's keys cannot be had, or the claim names no tenant.
    pub(crate) async fn tenant(&self, headers: &HeaderMap) -> Result<Arc<str>, GatewayError> {
        let token = bearer(headers)?;
        let head = Head::read(token)?;
        let mut keys = self.keys.now().await?;
        if let Some(tenant) = self.recall(&digest(&keys, token)) {
            return Ok(tenant);
        }
        let known = keys.fitting(head.algorithm, head.key_id.as_deref());
        if known.is_empty() {
            keys = self.keys.newer(keys).await;
        }
        let proven = self.expected.prove(token, &head, &keys)?;
        let tenant = self.claim.find(&proven.claims);
        let tenant = tenant.filter(|name| is_tenant(name));
        let tenant: Arc<str> = tenant.ok_or(GatewayError::Tenant)?.into();
        let remembered = Remembered {
            tenant: Arc::clone(&tenant),
            expires: proven.expires,
        };
        self.remembered.insert(digest(&keys, token), remembered);
        Ok(tenant)
    }

    fn recall(&self, digest: &[u8; 32]) -> Option<Arc<str>> {
        let found = self.remembered.get(digest)?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = now.map_or(u64::MAX, |since| since.as_secs());
        (now <= found.expires.saturating_add(LEEWAY)).then_some(found.tenant)
    }
}

impl Keys {
    async fn now(&self) -> Result<Arc<KeySet>, GatewayError> {
        match self {
            Self::Given(set) => Ok(Arc::clone(set)),
            Self::Fetched(remote) => remote.current().await.ok_or(GatewayError::NoIssuerKeys {
                retry_after: remote.pace().retry,
            }),
        }
    }

    /// What the issuer may have published since.
    async fn newer(&self, than: Arc<KeySet>) -> Arc<KeySet> {
        match self {
            Self::Given(_) => than,
            Self::Fetched(remote) => remote.newer().await.unwrap_or(than),
        }
    }
}

/// What is fetched from this place already.
fn fetched(verifiers: &[Verifier], url: &JwksUrl) -> Option<Arc<RemoteKeys>> {
    verifiers.iter().find_map(|verifier| match &verifier.keys {
        Keys::Fetched(remote) if remote.url() == url => Some(Arc::clone(remote)),
        _ => None,
    })
}

fn remote(
    url: &JwksUrl,
    pace: Pace,
    previous: &[Verifier],
    metrics: &Arc<Metrics>,
) -> Result<Arc<RemoteKeys>, RootsError> {
    let known = fetched(previous, url);
    if let Some(known) = known.as_ref().filter(|known| known.pace() == pace) {
        known.fetch_soon();
        return Ok(Arc::clone(known));
    }
    let seed = known.and_then(|known| known.last());
    let fetcher = Arc::new(Fetcher::new(url)?);
    let metrics = Arc::clone(metrics);
    let fetch = move || {
        let (fetcher, metrics) = (Arc::clone(&fetcher), Arc::clone(&metrics));
        async move {
            let fetched = fetcher.fetch().await;
            metrics.count_key_fetch(fetched.is_ok());
            fetched
        }
    };
    Ok(RemoteKeys::start(url.clone(), pace, seed, fetch))
}

/// A token is remembered by this, not by its text: who reads the memory finds none to use.
fn digest(keys: &KeySet, token: &str) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(keys.digest());
    context.update(token.as_bytes());
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

impl From<TokenFault> for GatewayError {
    fn from(fault: TokenFault) -> Self {
        Self::Token(fault)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Verifier")
            .field("claim", &self.claim)
            .field("expected", &self.expected)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

//! What a [`crate::Sealer`] needs beside its policy.

use crate::{EdgeKey, MacKey, PublicKey, SecretKey, Signer, Vault};
use record::KeyId;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Keys, signer and limits of a gateway. Only `secrets` open tokens: those of their own kinds.
pub struct Material {
    /// The newest version of every key that the policy's classes use. Of several versions of one
    /// key, the highest makes the tokens.
    pub keys: Vec<PublicKey>,
    /// Every version of the symmetric keys that the policy's classes use: the highest makes tokens,
    /// all recognize theirs.
    pub secrets: Vec<SecretKey>,
    /// The same of MAC keys that stay in KMS.
    pub macs: Vec<MacKey>,
    /// The first marks the gateway's tokens; all recognize.
    pub edge_keys: Vec<EdgeKey>,
    /// Signs each epoch's data key.
    pub signer: Arc<dyn Signer>,
    /// The signer's name and version in the key ring.
    pub signer_id: KeyId,
    /// When epochs end.
    pub epochs: EpochLimits,
    /// Keeps what opens tokens that do not carry it: for kind `vault`, and for `envelope` with
    /// `stored`.
    pub vault: Option<Vault>,
}

/// An epoch ends when it has lived for `age` or sealed `count` values, whichever is first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochLimits {
    age: Duration,
    count: u64,
}

impl EpochLimits {
    /// Most values that one epoch may seal: 2³², so that random 96-bit nonces under one key repeat
    /// with a probability below 2⁻³² (SP 800-38D, section 8.3).
    pub const MAX_COUNT: u64 = 1 << 32;

    /// `None` when `age` is zero or `count` is not 1 to [`EpochLimits::MAX_COUNT`].
    pub fn new(age: Duration, count: u64) -> Option<Self> {
        (!age.is_zero() && (1..=Self::MAX_COUNT).contains(&count)).then_some(Self { age, count })
    }

    /// How long an epoch lives.
    pub fn age(&self) -> Duration {
        self.age
    }

    /// How many values an epoch seals.
    pub fn count(&self) -> u64 {
        self.count
    }
}

impl Default for EpochLimits {
    /// Ten minutes, 2²⁴ values.
    fn default() -> Self {
        Self {
            age: Duration::from_secs(600),
            count: 1 << 24,
        }
    }
}

/// Tells the time; tests bring their own.
pub trait Clock: Send + Sync {
    /// Time since some fixed moment; never goes back.
    fn elapsed(&self) -> Duration;
    /// Seconds since 1970.
    fn unix_seconds(&self) -> u32;
}

/// The system's monotonic and calendar clocks.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Starts at zero now.
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Saturates: 0 before 1970, the last second that fits from 2106 on. `made` is information
    /// for people; no decision rests on it.
    fn unix_seconds(&self) -> u32 {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
    }
}

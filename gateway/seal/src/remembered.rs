//! The vault as a sealer has it, and the tokens that it is known to keep: most values of a
//! deterministic class come again and again.

use moka::sync::Cache;
use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;
use store::{Found, Timestamp, Token, Writer};

/// Bytes of a [`Fingerprint`].
pub(crate) const FINGERPRINT_BYTES: usize = 16;

/// What a vault's tokens are remembered by: SipHash-2-4 with 128 bits, under a key of its class,
/// tenant and version of the index key, of a value and its type. Two values share one with a
/// probability of 2⁻¹²⁸, and nobody without the key can choose them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint(pub(crate) [u8; FINGERPRINT_BYTES]);

/// A vault that is open, and what is remembered of it. Clones share both.
#[derive(Clone)]
pub struct Vault {
    writer: Arc<dyn Writer>,
    remembered: Arc<Remembered>,
}

impl Vault {
    /// Of `writer`, up to `tokens` tokens of deterministic classes are remembered, of some 400 bytes
    /// each, and none for longer than `longest`: the time within which an erasure takes effect.
    pub fn new(writer: Arc<dyn Writer>, tokens: u64, longest: Duration) -> Self {
        Self {
            writer,
            remembered: Arc::new(Remembered::new(tokens, longest)),
        }
    }

    pub(crate) fn writer(&self) -> &dyn Writer {
        self.writer.as_ref()
    }

    pub(crate) fn remembered(&self) -> &Arc<Remembered> {
        &self.remembered
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

/// Tokens that the vault keeps, durably, by their values' fingerprints.
pub(crate) struct Remembered {
    tokens: Cache<Fingerprint, Found, BuildHasherDefault<FirstBytes>>,
}

impl Remembered {
    fn new(tokens: u64, longest: Duration) -> Self {
        Self {
            tokens: Cache::builder()
                .max_capacity(tokens)
                .time_to_live(longest)
                .build_with_hasher(BuildHasherDefault::default()),
        }
    }

    /// The token of a value. One whose record has ended is none.
    pub(crate) fn get(&self, fingerprint: &Fingerprint) -> Option<Token> {
        let found = self.tokens.get(fingerprint)?;
        let ended = found.expires.is_some_and(|end| end <= Timestamp::now());
        (!ended).then_some(found.token)
    }

    /// Remembers what was seen in the vault just now.
    pub(crate) fn learn(&self, fingerprint: Fingerprint, found: Found) {
        self.tokens.insert(fingerprint, found);
    }
}

impl Hash for Fingerprint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.0);
    }
}

/// Takes a fingerprint's first bytes for its hash: they are as good as random.
#[derive(Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn write(&mut self, bytes: &[u8]) {
        let first = bytes.first_chunk().copied().unwrap_or_default();
        self.0 = u64::from_le_bytes(first);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

//! Opens tokens: token -> value, through KMS, under the caller's own credentials.
//!
//! This crate is the only one that can open a token, and it can do so only while a caller asks:
//! it holds public keys, edge keys (which open nothing), and, for a stated time, what KMS has
//! decrypted for one caller under that caller's own credentials. The service that it runs in needs
//! no AWS credentials, and no credential chain is ever consulted.
//!
//! - [`Exchange`]: a bearer token -> a [`Caller`], at STS;
//! - [`Caller`]: one caller's credentials, and that caller's own cache of data keys and symmetric
//!   keys;
//! - [`Opener`]: a batch of tokens -> values, one KMS call for each data key and symmetric key;
//! - [`RevealClass`]: what tokens are opened as that do not describe themselves;
//! - [`KeyService`], [`IdentityService`]: the seams behind which [`aws`] speaks to KMS and STS.
//!
//! `docs/token-format.md` says what the steps are; `docs/detokenize.md` what a failure costs.

pub mod aws;
mod caller;
mod class;
mod data_key;
mod digest;
mod edge;
mod error;
mod exchange;
mod key_service;
mod opener;
mod pem;
mod plan;
mod ring;
mod rsa;
mod secret;
mod timed;
mod usage;
mod value;

// Tests of what is private stand on the suite's world, which names this crate as others do.
#[cfg(test)]
extern crate self as unseal;
#[cfg(test)]
#[path = "../tests/suite/support.rs"]
mod support;

pub use caller::{CacheSettings, Caller, Identity};
pub use class::RevealClass;
pub use edge::EdgeKey;
pub use error::{OpenError, SetupError};
pub use exchange::{
    AssumeError, Assumed, ChooseRole, ClaimRole, Exchange, ExchangeError, ExchangeSettings,
    IdentityService, TrustedIssuer,
};
pub use key_service::{CallerCredentials, DecryptError, KeyService};
pub use opener::{Candidate, Opener, OpenerSettings};
pub use usage::Usage;
pub use value::{NotRevealed, Value};

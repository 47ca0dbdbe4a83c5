//! Makes tokens. Those of kinds `rsa` and `envelope` it cannot open: it has public keys, and data
//! keys that are forgotten with their epoch.
//!
//! `docs/token-format.md` is the specification that this crate keeps. The way of a value:
//!
//! 1. [`Batch::push`] takes the values of a chunk.
//! 2. [`Sealer::prepare`] settles what each becomes (kept, a token of some kind, refused), makes what
//!    can be made at once, reserves places in epochs, and has the vault keep what it is to keep; it
//!    waits only for the vault, and when an epoch has to be begun.
//! 3. [`Sealer::seal_batch`] makes the tokens, without waiting.
//!
//! | module | what |
//! |---|---|
//! | `rsa`, `envelope`, `vault`, `local` | one file for each kind |
//! | `mac` | kind `hmac` under a key that stays in KMS |
//! | `views` | parts of a value that are sealed beside it |
//! | `epoch` | data keys: begun, signed, wrapped, shared out, ended |
//! | `edge` | the tag that tells what a gateway made |
//! | `recognize` | is this value a token already? |
//! | `remembered` | the vault, and the tokens that it is known to keep |
//! | `signer`, `public_key`, `secret_key`, `material` | what a sealer is given |
//! | `sealer`, `batch` | where they meet |

mod batch;
mod edge;
mod envelope;
mod epoch;
mod error;
mod local;
mod mac;
mod material;
mod public_key;
mod recognize;
mod remembered;
mod rsa;
mod sealer;
mod secret_key;
mod signer;
mod vault;
mod views;

pub use batch::{Batch, Replacement, Subject, Tokens};
pub use edge::EdgeKey;
pub use error::{KeyError, SealError, SetupError, SignError};
pub use mac::{MacKey, MacService, Macing};
pub use material::{Clock, EpochLimits, Material, SystemClock};
pub use public_key::PublicKey;
pub use remembered::Vault;
pub use sealer::Sealer;
pub use secret_key::SecretKey;
pub use signer::{LocalSigner, Signer, Signing};
pub use vault::index_mac;

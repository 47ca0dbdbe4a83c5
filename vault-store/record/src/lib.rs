//! The wire format of tokens: parse, build and find them. No keys, no cryptography, no I/O.
//!
//! `docs/token-format.md` is the specification; section numbers in this crate's docs are its own.
//!
//! | module | what |
//! |---|---|
//! | [`types`] | value types and key identifiers |
//! | [`framing`] | what stands around a token: prefix, suffix, encoding |
//! | [`head`] | which key opens a token |
//! | [`body`] | the sealed value, and what it is bound to |
//! | [`token`] | a token's text, split and decoded |
//! | [`payload`] | what an envelope's wrapped part holds |
//! | [`context`] | the byte strings that keys, signatures and tags are computed over |
//! | [`vault`] | what a vault keeps for a token |
//! | [`views`] | parts of a value beside it, each under a key of its own |
//! | [`finder`] | framed candidates in a stream of chunks |
//! | [`key_file`] | the file of a wrapped symmetric key |

pub mod body;
pub mod context;
pub mod finder;
pub mod framing;
pub mod head;
pub mod key_file;
pub mod payload;
mod reader;
pub mod token;
pub mod types;
pub mod vault;
pub mod views;

pub use body::{Body, Sealed};
pub use finder::{DEFAULT_MAX_TOKEN_BYTES, Finder, Sink};
pub use framing::{Encoding, Framing, FramingError};
pub use head::{Head, HeadKind, WrappedKey};
pub use payload::Payload;
pub use reader::Malformed;
pub use token::{Buffers, OriginalToken, Token, TokenText};
pub use types::{Format, KeyId, UnknownValueType, ValueType};
pub use vault::{HEAD_ID_BYTES, VaultRecord};
pub use views::{MAX_VIEW_BYTES, MAX_VIEWS, PartHead, PartHeads, RecordView, SealedViews};

/// Bytes of an edge tag (section 6).
pub const EDGE_TAG_BYTES: usize = 16;
/// Bytes of an AES-GCM nonce (SP 800-38D, section 8.2.2).
pub const NONCE_BYTES: usize = 12;
/// Bytes of an AES-GCM tag.
pub const GCM_TAG_BYTES: usize = 16;
/// Bytes of a data key's commitment (section 4).
pub const COMMITMENT_BYTES: usize = 32;
/// Bytes of an ECDSA P-256 signature as `r ‖ s`.
pub const SIGNATURE_BYTES: usize = 64;
/// Bytes of a data key, of an edge key and of every key derived from them.
pub const KEY_BYTES: usize = 32;
/// Longest name of a key, class, tenant or signer, in bytes of UTF-8.
pub const MAX_NAME_BYTES: usize = 255;

/// Whether `length` is that of an RSA-2048, RSA-3072 or RSA-4096 ciphertext, in bytes.
pub const fn is_rsa_length(length: usize) -> bool {
    matches!(length, 256 | 384 | 512)
}

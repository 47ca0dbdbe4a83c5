//! The byte strings that keys, signatures and tags are computed over (sections 4, 6, 10, 12 and 13).
//!
//! Each begins with its own label, so that nothing made for one purpose serves another.

use crate::COMMITMENT_BYTES;

/// HKDF-Expand's info for the commitment (section 4, step 3).
pub const COMMITMENT: &[u8] = b"veilgate/1 commitment";
/// What a value key's info begins with, before the body's binding (section 4, step 5).
pub const VALUE_KEY: &[u8] = b"veilgate/1 value\0";
/// What a view's key's info begins with, before the body's binding (section 13).
pub const VIEW_KEY: &[u8] = b"veilgate/1 view\0";
/// What the message begins with that KMS makes a MAC of (section 10).
pub const MAC: &[u8] = b"veilgate/1 mac\0";
/// What the signed message begins with (section 4, step 4).
pub const DATA_KEY: &[u8] = b"veilgate/1 data key\0";
/// What an `rsa` token's edge tag begins with (section 6).
pub const EDGE_RSA: &[u8] = b"veilgate/1 edge rsa\0";
/// What an envelope's edge tag key begins with (section 6).
pub const EDGE_ENVELOPE: &[u8] = b"veilgate/1 edge envelope\0";

/// What the associated data of a vault's record begins with, before the token (section 12).
pub const VAULT_RECORD: &[u8] = b"veilgate/1 vault\0";

/// What a signer signs for one epoch: `bound` is `P` of section 4.
pub fn signed(bound: &[u8], commitment: &[u8; COMMITMENT_BYTES]) -> Vec<u8> {
    [DATA_KEY, bound, commitment].concat()
}

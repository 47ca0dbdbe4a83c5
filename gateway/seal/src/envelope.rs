//! Kind `envelope`: AES-256-GCM under an epoch's data key, which the token carries wrapped
//! (sections 3 and 4).

use crate::epoch::Epoch;
use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};
use aws_lc_rs::error::Unspecified;
use record::{Framing, GCM_TAG_BYTES, NONCE_BYTES, ValueType, token};

/// One value on its way into an envelope.
pub(crate) struct Letter<'a> {
    /// `class ‖ tenant`.
    pub(crate) binding: &'a [u8],
    pub(crate) value_type: ValueType,
    pub(crate) value: &'a [u8],
    /// Random, and never used before with `value_key`.
    pub(crate) nonce: [u8; NONCE_BYTES],
}

/// Appends the token of `letter` to `out`; `body` is a buffer.
pub(crate) fn seal(
    epoch: &Epoch,
    value_key: &LessSafeKey,
    framing: &Framing,
    letter: &Letter<'_>,
    body: &mut Vec<u8>,
    out: &mut Vec<u8>,
) -> Result<(), Unspecified> {
    body.clear();
    body.extend_from_slice(letter.binding);
    body.push(letter.value_type.code());
    body.extend_from_slice(&letter.nonce);
    append_sealed(value_key, letter, body)?;
    let edge_tag = epoch.tagger().tag(body);
    body.extend_from_slice(&edge_tag);
    out.extend_from_slice(epoch.head_text());
    token::append_body(out, framing, body);
    Ok(())
}

/// Ciphertext and tag go straight to their place: the plaintext is copied nowhere.
fn append_sealed(
    value_key: &LessSafeKey,
    letter: &Letter<'_>,
    body: &mut Vec<u8>,
) -> Result<(), Unspecified> {
    let start = body.len();
    body.resize(start + letter.value.len() + GCM_TAG_BYTES, 0);
    let place = body.get_mut(start..).ok_or(Unspecified)?;
    let (ciphertext, tag) = place
        .split_at_mut_checked(letter.value.len())
        .ok_or(Unspecified)?;
    value_key.seal_out_of_place_scatter(
        Nonce::assume_unique_for_key(letter.nonce),
        Aad::empty(),
        letter.value,
        ciphertext,
        &[],
        tag,
    )
}

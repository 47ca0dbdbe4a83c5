//! Kind `envelope`: AES-256-GCM under an epoch's data key, which the token carries wrapped, or names
//! (sections 3, 4 and 12).

use crate::edge::EnvelopeTagger;
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

/// Appends the token of `letter` to `out`; `body` is a buffer, and `form` what the epoch's tokens
/// begin with and are tagged with.
pub(crate) fn seal(
    form: (&[u8], &EnvelopeTagger),
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
    append_sealed(value_key, &letter.nonce, &[], letter.value, body)?;
    let (head_text, tagger) = form;
    let edge_tag = tagger.tag(body);
    body.extend_from_slice(&edge_tag);
    out.extend_from_slice(head_text);
    token::append_body(out, framing, body);
    Ok(())
}

/// Appends ciphertext and tag, which go straight to their place: the plaintext is copied nowhere. The
/// nonce has never been used with the key before; `bound` is the additional data.
pub(crate) fn append_sealed(
    key: &LessSafeKey,
    nonce: &[u8; NONCE_BYTES],
    bound: &[u8],
    plaintext: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Unspecified> {
    let start = out.len();
    out.resize(start + plaintext.len() + GCM_TAG_BYTES, 0);
    let place = out.get_mut(start..).ok_or(Unspecified)?;
    let (ciphertext, tag) = place
        .split_at_mut_checked(plaintext.len())
        .ok_or(Unspecified)?;
    key.seal_out_of_place_scatter(
        Nonce::assume_unique_for_key(*nonce),
        Aad::from(bound),
        plaintext,
        ciphertext,
        &[],
        tag,
    )
}

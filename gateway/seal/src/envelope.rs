//! Kind `envelope`: AES-256-GCM under an epoch's data key, which the token carries wrapped, or names
//! (sections 3, 4 and 12).

use crate::edge::EnvelopeTagger;
use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};
use aws_lc_rs::error::Unspecified;
use record::{EDGE_TAG_BYTES, Framing, GCM_TAG_BYTES, NONCE_BYTES, ValueType, token};

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
    let body = room(body, letter)?;
    let (tagged, edge_tag) = body
        .split_last_chunk_mut::<EDGE_TAG_BYTES>()
        .ok_or(Unspecified)?;
    write_tagged(value_key, letter, tagged)?;
    let (head_text, tagger) = form;
    *edge_tag = tagger.tag(tagged);
    out.extend_from_slice(head_text);
    token::append_body(out, framing, body);
    Ok(())
}

/// The part of a buffer that the body of `letter` takes. What it held before, another body, stays there
/// to be written over.
fn room<'a>(buffer: &'a mut Vec<u8>, letter: &Letter<'_>) -> Result<&'a mut [u8], Unspecified> {
    let around = 1 + NONCE_BYTES + GCM_TAG_BYTES + EDGE_TAG_BYTES;
    let bytes = letter.binding.len() + letter.value.len() + around;
    if buffer.len() < bytes {
        buffer.resize(bytes, 0);
    }
    buffer.get_mut(..bytes).ok_or(Unspecified)
}

/// Writes all of a body that its edge tag covers.
fn write_tagged(
    value_key: &LessSafeKey,
    letter: &Letter<'_>,
    tagged: &mut [u8],
) -> Result<(), Unspecified> {
    let (binding, rest) = tagged
        .split_at_mut_checked(letter.binding.len())
        .ok_or(Unspecified)?;
    binding.copy_from_slice(letter.binding);
    let (value_type, rest) = rest.split_first_mut().ok_or(Unspecified)?;
    *value_type = letter.value_type.code();
    let (nonce, sealed) = rest.split_first_chunk_mut().ok_or(Unspecified)?;
    *nonce = letter.nonce;
    seal_into(value_key, nonce, &[], letter.value, sealed)
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
    seal_into(key, nonce, bound, plaintext, place)
}

/// Writes ciphertext and tag to their place, which is as long as both.
fn seal_into(
    key: &LessSafeKey,
    nonce: &[u8; NONCE_BYTES],
    bound: &[u8],
    plaintext: &[u8],
    place: &mut [u8],
) -> Result<(), Unspecified> {
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

//! A token's text, split and decoded (sections 1 and 7).

use crate::body::Body;
use crate::framing::{Encoding, Framing};
use crate::head::Head;
use crate::is_rsa_length;
use crate::reader::Malformed;
use base64_simd::{STANDARD, URL_SAFE_NO_PAD};

/// A token's two parts, still in base64url. All tokens of an epoch share their head's text, so it
/// can serve as the key of a cache and be decoded once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenText<'a> {
    /// base64url of the head.
    pub head: &'a [u8],
    /// base64url of the body.
    pub body: &'a [u8],
}

impl<'a> TokenText<'a> {
    /// Splits a whole framed token; `None` when it is not framed so.
    pub fn split(framing: &Framing, text: &'a [u8]) -> Option<Self> {
        if framing.encoding() != Encoding::Veilgate {
            return None;
        }
        let inner = framing.strip(text)?;
        let dot = memchr::memchr(b'.', inner)?;
        let (head, body) = inner.split_at_checked(dot)?;
        Some(Self {
            head,
            body: body.split_first()?.1,
        })
    }
}

/// Decodes base64url without padding into `out`, which is cleared first. Refuses everything but
/// the one spelling that an encoder gives: other characters, padding, trailing bits that are set.
pub fn decode(text: &[u8], out: &mut Vec<u8>) -> Result<(), Malformed> {
    out.clear();
    URL_SAFE_NO_PAD
        .decode_append(text, out)
        .map_err(|_| Malformed("base64url"))
}

/// Buffers that tokens are decoded into; keep them to decode many.
#[derive(Default)]
pub struct Buffers {
    head: Vec<u8>,
    body: Vec<u8>,
}

/// A whole parsed token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// Which key opens it.
    pub head: Head<'a>,
    /// The sealed value.
    pub body: Body<'a>,
}

impl<'a> Token<'a> {
    /// Parses a token from its decoded parts.
    pub fn parse(head: &'a [u8], body: &'a [u8]) -> Result<Self, Malformed> {
        let head = Head::parse(head)?;
        let body = Body::parse(head.format(), body)?;
        Ok(Self { head, body })
    }

    /// Parses a token from its text, prefix and suffix included.
    pub fn from_text(
        framing: &Framing,
        text: &[u8],
        buffers: &'a mut Buffers,
    ) -> Result<Self, Malformed> {
        let parts = TokenText::split(framing, text).ok_or(Malformed("framing"))?;
        decode(parts.head, &mut buffers.head)?;
        decode(parts.body, &mut buffers.body)?;
        Self::parse(&buffers.head, &buffers.body)
    }
}

/// A token of the original AWS pattern: one RSA ciphertext of 256, 384 or 512 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginalToken {
    /// RSAES-OAEP-SHA-256 of the value.
    pub sealed: Vec<u8>,
}

impl OriginalToken {
    /// Parses a token from its text, prefix and suffix included.
    pub fn from_text(framing: &Framing, text: &[u8]) -> Result<Self, Malformed> {
        if framing.encoding() != Encoding::Original {
            return Err(Malformed("framing"));
        }
        let inner = framing.strip(text).ok_or(Malformed("framing"))?;
        let sealed = STANDARD
            .decode_to_vec(inner)
            .map_err(|_| Malformed("base64"))?;
        if !is_rsa_length(sealed.len()) {
            return Err(Malformed("sealed length"));
        }
        Ok(Self { sealed })
    }
}

/// Appends what every token under one head begins with: prefix, base64url of the head, dot.
pub fn append_head(out: &mut Vec<u8>, framing: &Framing, head: &[u8]) {
    out.extend_from_slice(framing.prefix().as_bytes());
    URL_SAFE_NO_PAD.encode_append(head, out);
    out.push(b'.');
}

/// Appends the rest of a token: base64url of the body, suffix.
pub fn append_body(out: &mut Vec<u8>, framing: &Framing, body: &[u8]) {
    URL_SAFE_NO_PAD.encode_append(body, out);
    out.extend_from_slice(framing.suffix().as_bytes());
}

/// Appends a token of the original AWS pattern.
pub fn append_original(out: &mut Vec<u8>, framing: &Framing, sealed: &[u8]) {
    out.extend_from_slice(framing.prefix().as_bytes());
    STANDARD.encode_append(sealed, out);
    out.extend_from_slice(framing.suffix().as_bytes());
}

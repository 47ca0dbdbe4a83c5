//! The head of a token: which key opens it (section 2).

use crate::reader::{Malformed, Reader, push_text};
use crate::types::{Format, KeyId};
use crate::vault::HEAD_ID_BYTES;
use crate::views::PartHeads;
use crate::{COMMITMENT_BYTES, is_rsa_length};

/// A parsed head; borrows the decoded bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head<'a> {
    /// All bytes of the head, as edge tags are computed over them.
    pub bytes: &'a [u8],
    /// Name of the key in the key ring; empty where the head is in a vault, or has others in it.
    pub key_name: &'a str,
    /// Version of that key; 0 where it has no name.
    pub key_version: u16,
    /// The format, with what only an envelope's head has.
    pub kind: HeadKind<'a>,
}

/// What follows the key version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadKind<'a> {
    /// Nothing.
    Rsa,
    /// The epoch's wrapped data key.
    Envelope(WrappedKey<'a>),
    /// Nothing: the key is symmetric.
    Siv,
    /// The name of an envelope's head in a vault.
    Stored(&'a [u8; HEAD_ID_BYTES]),
    /// The heads of the value and of its views.
    Views(PartHeads<'a>),
}

/// An epoch's data key, wrapped, with what binds it to its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrappedKey<'a> {
    /// `P` of section 4: the head's bytes up to and including `made`.
    pub bound: &'a [u8],
    /// When the epoch began, in seconds since 1970.
    pub made: u32,
    /// Commits the tokens to this data key.
    pub commitment: &'a [u8; COMMITMENT_BYTES],
    /// RSAES-OAEP-SHA-256 of the payload: 256, 384 or 512 bytes.
    pub wrapped: &'a [u8],
}

impl<'a> Head<'a> {
    /// Reads a whole head; anything more or less than one head is refused.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let format = reader.u8("format")?;
        let nameless = match format {
            code if code == Format::Stored.code() => {
                Some(HeadKind::Stored(reader.array("head id")?))
            }
            code if code == Format::Views.code() => {
                Some(HeadKind::Views(PartHeads::parse(&mut reader)?))
            }
            _ => None,
        };
        if let Some(kind) = nameless {
            reader.end("bytes after the head")?;
            return Ok(Self {
                bytes,
                key_name: "",
                key_version: 0,
                kind,
            });
        }
        let key_name = reader.name("key name")?;
        let key_version = reader.u16("key version")?;
        let kind = match format {
            code if code == Format::Rsa.code() => HeadKind::Rsa,
            code if code == Format::Envelope.code() => {
                HeadKind::Envelope(WrappedKey::parse(bytes, &mut reader)?)
            }
            code if code == Format::Siv.code() => HeadKind::Siv,
            _ => return Err(Malformed("format")),
        };
        reader.end("bytes after the head")?;
        Ok(Self {
            bytes,
            key_name,
            key_version,
            kind,
        })
    }

    /// The head's format.
    pub fn format(&self) -> Format {
        match self.kind {
            HeadKind::Rsa => Format::Rsa,
            HeadKind::Envelope(_) => Format::Envelope,
            HeadKind::Siv => Format::Siv,
            HeadKind::Stored(_) => Format::Stored,
            HeadKind::Views(_) => Format::Views,
        }
    }

    /// The key that opens the token.
    pub fn key_id(&self) -> KeyId {
        KeyId::new(self.key_name, self.key_version)
    }
}

impl<'a> WrappedKey<'a> {
    fn parse(head: &'a [u8], reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let made = reader.u32("made")?;
        let (bound, _) = head
            .split_at_checked(head.len().saturating_sub(reader.remaining()))
            .ok_or(Malformed("made"))?;
        let commitment = reader.array("commitment")?;
        let length = usize::from(reader.u16("wrapped length")?);
        if !is_rsa_length(length) {
            return Err(Malformed("wrapped length"));
        }
        let wrapped = reader.take(length, "wrapped")?;
        Ok(Self {
            bound,
            made,
            commitment,
            wrapped,
        })
    }
}

/// The head of every `rsa` token under `key`.
pub fn build_rsa(key: &KeyId) -> Result<Vec<u8>, Malformed> {
    build_key(Format::Rsa, key)
}

/// The head of every `siv` token under `key`.
pub fn build_siv(key: &KeyId) -> Result<Vec<u8>, Malformed> {
    build_key(Format::Siv, key)
}

/// The head of every token whose envelope's head is in a vault under `id`.
pub fn build_stored(id: &[u8; HEAD_ID_BYTES]) -> Vec<u8> {
    let mut head = vec![Format::Stored.code()];
    head.extend_from_slice(id);
    head
}

/// `P` of section 4: an envelope's head up to and including `made` (seconds since 1970).
pub fn build_bound(key: &KeyId, made: u32) -> Result<Vec<u8>, Malformed> {
    let mut bound = build_key(Format::Envelope, key)?;
    bound.extend_from_slice(&made.to_be_bytes());
    Ok(bound)
}

/// An envelope's whole head from its `P`, its commitment and its wrapped payload.
pub fn build_envelope(
    bound: &[u8],
    commitment: &[u8; COMMITMENT_BYTES],
    wrapped: &[u8],
) -> Result<Vec<u8>, Malformed> {
    let length = u16::try_from(wrapped.len()).map_err(|_| Malformed("wrapped length"))?;
    if !is_rsa_length(wrapped.len()) {
        return Err(Malformed("wrapped length"));
    }
    let mut head = Vec::with_capacity(bound.len() + COMMITMENT_BYTES + 2 + wrapped.len());
    head.extend_from_slice(bound);
    head.extend_from_slice(commitment);
    head.extend_from_slice(&length.to_be_bytes());
    head.extend_from_slice(wrapped);
    Ok(head)
}

fn build_key(format: Format, key: &KeyId) -> Result<Vec<u8>, Malformed> {
    if key.name.is_empty() {
        return Err(Malformed("key name"));
    }
    let mut head = vec![format.code()];
    push_text(&mut head, &key.name, "key name")?;
    head.extend_from_slice(&key.version.to_be_bytes());
    Ok(head)
}

//! The file of an export: a header, then chunks of items, each sealed. `docs/vault.md` specifies it.
//!
//! A chunk's nonce is its place and whether it is the last, and the header is authenticated with each,
//! so that chunks that are missing, moved, altered or of another file are noticed. A plain file has
//! SHA-256 in place of AES-256-GCM: that notices accidents, not intent.

use std::io::{self, Read, Write};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest::{self, SHA256};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;
use aws_lc_rs::rsa::{
    OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer, pem::PemObject};
use thiserror::Error;
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"VGVAULT\x01";
const PLAIN: u8 = 0;
const SEALED: u8 = 1;
const KEY_BYTES: usize = 32;
const DIGEST_BYTES: usize = 32;

/// Why an archive cannot be written or read.
#[derive(Debug, Error)]
pub(super) enum ArchiveError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the cryptographic library refused an operation")]
    Cryptography,
    #[error("not an RSA public key in PEM, as `openssl pkey -pubout` writes it")]
    Public,
    #[error(
        "not an RSA private key in PEM (PKCS#8, not encrypted), as `openssl genpkey` writes it"
    )]
    Private,
    #[error("it is no export of a vault, or one of another version")]
    Magic,
    #[error("it is encrypted: give `--private-key`")]
    Encrypted,
    #[error(
        "it is not encrypted: give `--plain` to read it all the same, if you trust where it comes from"
    )]
    Unencrypted,
    #[error("it is encrypted to another key than this one")]
    OtherKey,
    #[error("chunk {0} is not as it was written")]
    Altered(u64),
    #[error("it ends before its end, in chunk {0}")]
    Truncated(u64),
    #[error("something follows its end")]
    Trailing,
}

impl From<Unspecified> for ArchiveError {
    fn from(_: Unspecified) -> Self {
        Self::Cryptography
    }
}

/// What seals chunks.
enum Seal {
    Plain,
    Key(LessSafeKey),
}

/// Seals or opens chunks, in order.
struct Chunks {
    seal: Seal,
    header: Vec<u8>,
    /// The place of the next chunk.
    place: u64,
}

impl Chunks {
    fn nonce(&mut self, last: bool) -> [u8; NONCE_LEN] {
        let mut nonce = [0; NONCE_LEN];
        let (first, place) = nonce.split_at_mut(4);
        first.fill(u8::from(last));
        place.copy_from_slice(&self.place.to_be_bytes());
        self.place += 1;
        nonce
    }

    fn close(&mut self, chunk: &mut Vec<u8>, last: bool) -> Result<(), ArchiveError> {
        let nonce = self.nonce(last);
        match &self.seal {
            Seal::Plain => {
                let digest = self.digest(&nonce, chunk);
                chunk.extend_from_slice(digest.as_ref());
            }
            Seal::Key(key) => {
                let nonce = Nonce::assume_unique_for_key(nonce);
                key.seal_in_place_append_tag(nonce, Aad::from(&self.header), chunk)?;
            }
        }
        Ok(())
    }

    fn open(&mut self, chunk: &mut Vec<u8>, last: bool) -> Option<()> {
        let nonce = self.nonce(last);
        let length = match &self.seal {
            Seal::Plain => {
                let length = chunk.len().checked_sub(DIGEST_BYTES)?;
                let (body, told) = chunk.split_at_checked(length)?;
                (self.digest(&nonce, body).as_ref() == told).then_some(length)?
            }
            Seal::Key(key) => {
                let nonce = Nonce::assume_unique_for_key(nonce);
                let opened = key.open_in_place(nonce, Aad::from(&self.header), chunk);
                opened.ok()?.len()
            }
        };
        chunk.truncate(length);
        Some(())
    }

    fn digest(&self, nonce: &[u8], chunk: &[u8]) -> digest::Digest {
        let mut context = digest::Context::new(&SHA256);
        [&self.header, nonce, chunk]
            .iter()
            .for_each(|part| context.update(part));
        context.finish()
    }
}

fn data_key(bytes: &[u8]) -> Result<Seal, ArchiveError> {
    let key = UnboundKey::new(&AES_256_GCM, bytes)?;
    Ok(Seal::Key(LessSafeKey::new(key)))
}

/// Writes an archive.
pub(super) struct Writer<W> {
    output: W,
    chunks: Chunks,
}

impl<W: Write> Writer<W> {
    /// To who has the private key of `public`, in PEM; without, to everybody.
    pub(super) fn new(mut output: W, public: Option<&[u8]>) -> Result<Self, ArchiveError> {
        let mut header = MAGIC.to_vec();
        let seal = match public {
            None => {
                header.push(PLAIN);
                Seal::Plain
            }
            Some(pem) => {
                header.push(SEALED);
                let der = SubjectPublicKeyInfoDer::from_pem_slice(pem);
                let der = der.map_err(|_| ArchiveError::Public)?;
                let public = PublicEncryptingKey::from_der(&der);
                let public =
                    OaepPublicEncryptingKey::new(public.map_err(|_| ArchiveError::Public)?)?;
                let mut key = Zeroizing::new([0; KEY_BYTES]);
                rand::fill(key.as_mut())?;
                let mut wrapped = vec![0; public.ciphertext_size()];
                public.encrypt(&OAEP_SHA256_MGF1SHA256, key.as_ref(), &mut wrapped, None)?;
                let length = u16::try_from(wrapped.len()).map_err(|_| ArchiveError::Public)?;
                header.extend_from_slice(&length.to_be_bytes());
                header.extend_from_slice(&wrapped);
                data_key(key.as_ref())?
            }
        };
        output.write_all(&header)?;
        let chunks = Chunks {
            seal,
            header,
            place: 0,
        };
        Ok(Self { output, chunks })
    }

    /// Writes a chunk, and leaves it empty.
    pub(super) fn chunk(&mut self, chunk: &mut Vec<u8>) -> Result<(), ArchiveError> {
        self.put(chunk, false)
    }

    /// Writes the end: an empty chunk that says so.
    pub(super) fn finish(mut self) -> Result<(), ArchiveError> {
        self.put(&mut Vec::new(), true)?;
        Ok(self.output.flush()?)
    }

    fn put(&mut self, chunk: &mut Vec<u8>, last: bool) -> Result<(), ArchiveError> {
        self.chunks.close(chunk, last)?;
        let length = u32::try_from(chunk.len()).map_err(|_| ArchiveError::Cryptography)?;
        self.output.write_all(&[u8::from(last)])?;
        self.output.write_all(&length.to_be_bytes())?;
        self.output.write_all(chunk)?;
        chunk.clear();
        Ok(())
    }
}

/// Reads an archive.
pub(super) struct Reader<R> {
    input: R,
    chunks: Chunks,
}

impl<R: Read> Reader<R> {
    /// With the private key, in PEM; `None` for a plain archive.
    pub(super) fn new(mut input: R, private: Option<&[u8]>) -> Result<Self, ArchiveError> {
        let mut header = read(&mut input, MAGIC.len() as u64 + 1)?;
        let mode = match header.split_last() {
            Some((mode, magic)) if magic == MAGIC => *mode,
            _ => return Err(ArchiveError::Magic),
        };
        let seal = match (mode, private) {
            (PLAIN, None) => Seal::Plain,
            (PLAIN, Some(_)) => return Err(ArchiveError::Unencrypted),
            (SEALED, None) => return Err(ArchiveError::Encrypted),
            (SEALED, Some(pem)) => {
                let length = read(&mut input, 2)?;
                let bytes = length.first_chunk().ok_or(ArchiveError::Truncated(0))?;
                let count = u16::from_be_bytes(*bytes);
                let wrapped = read(&mut input, count.into())?;
                header.extend_from_slice(&length);
                header.extend_from_slice(&wrapped);
                unwrap(pem, &wrapped)?
            }
            _ => return Err(ArchiveError::Magic),
        };
        let chunks = Chunks {
            seal,
            header,
            place: 0,
        };
        Ok(Self { input, chunks })
    }

    /// The next chunk; `None` after the last, and when nothing follows.
    pub(super) fn chunk(&mut self) -> Result<Option<Vec<u8>>, ArchiveError> {
        let place = self.chunks.place;
        let head = read(&mut self.input, 5)?;
        let Some((last, length)) = head.split_first() else {
            return Err(ArchiveError::Truncated(place));
        };
        let length = length.first_chunk().ok_or(ArchiveError::Truncated(place))?;
        let length = u32::from_be_bytes(*length);
        // grows as bytes come: a length alone reserves nothing
        let mut chunk = read(&mut self.input, length.into())?;
        if (chunk.len() as u64) < u64::from(length) {
            return Err(ArchiveError::Truncated(place));
        }
        let opened = match last {
            0 | 1 => self.chunks.open(&mut chunk, *last == 1),
            _ => None,
        };
        opened.ok_or(ArchiveError::Altered(place))?;
        if *last == 0 {
            return Ok(Some(chunk));
        }
        if !chunk.is_empty() || !read(&mut self.input, 1)?.is_empty() {
            return Err(ArchiveError::Trailing);
        }
        Ok(None)
    }
}

/// Up to so many bytes; fewer at the end.
fn read(input: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unwrap(pem: &[u8], wrapped: &[u8]) -> Result<Seal, ArchiveError> {
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| ArchiveError::Private)?;
    let private = PrivateDecryptingKey::from_pkcs8(der.secret_pkcs8_der());
    let private = OaepPrivateDecryptingKey::new(private.map_err(|_| ArchiveError::Private)?)?;
    let mut key = Zeroizing::new(vec![0; private.min_output_size()]);
    let opened = private.decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, &mut key, None);
    let opened = opened.map_err(|_| ArchiveError::OtherKey)?;
    if opened.len() != KEY_BYTES {
        return Err(ArchiveError::OtherKey);
    }
    data_key(opened)
}

#[cfg(test)]
#[path = "archive_tests.rs"]
mod tests;

//! Kind `siv`: AES-256-SIV (section 8). The same value gets the same token.

use super::Unfit;
use super::keyed::UnderKey;
use crate::batch::{Tokens, ValueRef};
use crate::error::SealError;
use crate::secret_key::SecretKey;
use record::{Body, Framing, KeyId, Sealed, ValueType, body, head, token};
use std::sync::Arc;
use symmetric::Purpose;
use zeroize::Zeroizing;

/// The head of one version of a key, and what stands around its tokens.
pub(crate) struct Siv {
    head: Vec<u8>,
    head_text: Vec<u8>,
    framing: Framing,
}

/// The ciphers of one class and tenant, one for each type of value.
pub(crate) struct SivKey {
    binding: Vec<u8>,
    ciphers: [symmetric::Siv; ValueType::ALL.len()],
}

impl Siv {
    pub(crate) fn new(secret: &SecretKey) -> Result<Self, SealError> {
        let head = head::build_siv(secret.id()).map_err(|_| SealError::Cryptography)?;
        let mut head_text = Vec::new();
        token::append_head(&mut head_text, secret.framing(), &head);
        Ok(Self {
            head,
            head_text,
            framing: secret.framing().clone(),
        })
    }
}

impl UnderKey for Siv {
    type Key = SivKey;

    fn derive(&self, secret: &SecretKey, binding: &[u8]) -> Result<SivKey, SealError> {
        let key = derive(secret, binding)?;
        let cipher = |value_type: ValueType| cipher(&key, &self.head, binding, value_type);
        Ok(SivKey {
            binding: binding.to_vec(),
            ciphers: ValueType::ALL.map(cipher),
        })
    }

    fn make(&self, key: &SivKey, value: ValueRef<'_>, tokens: &mut Tokens) -> Result<(), Unfit> {
        let code = value.value_type.code();
        let cipher = key
            .ciphers
            .get(usize::from(code))
            .ok_or(Unfit::Cryptography)?;
        let length = key.binding.len() + 1 + value.content.len() + symmetric::TAG_BYTES;
        let mut body = Zeroizing::new(Vec::with_capacity(length));
        body.extend_from_slice(&key.binding);
        body.push(code);
        let start = body.len();
        body.extend_from_slice(value.content);
        let tag = cipher.seal(body.get_mut(start..).unwrap_or_default());
        body.extend_from_slice(&tag);
        tokens.make(|out| {
            out.extend_from_slice(&self.head_text);
            token::append_body(out, &self.framing, &body);
            Ok(())
        })
    }
}

fn derive(secret: &SecretKey, binding: &[u8]) -> Result<Zeroizing<[u8; 64]>, SealError> {
    symmetric::derive(secret.bytes(), Purpose::Siv, binding).map_err(|_| SealError::Cryptography)
}

/// The value is bound to the head, and to class, tenant and type.
fn cipher(key: &[u8; 64], head: &[u8], binding: &[u8], value_type: ValueType) -> symmetric::Siv {
    let bound = [binding, &[value_type.code()]].concat();
    symmetric::Siv::new(key, &[head, &bound])
}

/// Tells `siv` tokens that authenticate from what looks like them.
#[derive(Default)]
pub(crate) struct Opener {
    secrets: Vec<Arc<SecretKey>>,
}

impl Opener {
    pub(crate) fn new(secrets: Vec<Arc<SecretKey>>) -> Self {
        Self { secrets }
    }

    /// Whether the body is one that the head's key made.
    pub(crate) fn authenticates(&self, key: &KeyId, head: &[u8], body: &Body<'_>) -> bool {
        let Sealed::Siv(ciphertext) = body.sealed else {
            return false;
        };
        let Some(secret) = self.secrets.iter().find(|secret| secret.id() == key) else {
            return false;
        };
        let Ok(binding) = body::build_binding(body.class, body.tenant) else {
            return false;
        };
        derive(secret, &binding).is_ok_and(|key| {
            let mut value = Zeroizing::new(ciphertext.to_vec());
            let cipher = cipher(&key, head, &binding, body.value_type);
            cipher.open(&mut value, body.edge_tag).is_ok()
        })
    }
}

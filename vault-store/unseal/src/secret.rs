//! A symmetric key of the ring, as KMS unwrapped it for one caller, and what it opens (sections 8
//! and 9).

use crate::class::{RevealClass, Way};
use crate::value::{NotRevealed, Value};
use record::{Body, KEY_BYTES, KeyId, Sealed, ValueType, body, head};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use symmetric::{Fpe, Purpose, Siv, derive};
use zeroize::Zeroizing;

/// Most ciphers (one for each class, tenant and type) that are kept for one key.
const MAX_SIV_KEYS: usize = 1024;

/// See the module. No `Debug`; the ciphers zeroize their keys on drop.
pub(crate) struct Secret {
    /// On the heap, so that no move leaves a copy behind.
    bytes: Box<Zeroizing<[u8; KEY_BYTES]>>,
    /// The head of every `siv` token under this key: values are bound to it.
    siv_head: Vec<u8>,
    siv_keys: RwLock<HashMap<Box<[u8]>, Arc<SivKey>>>,
}

/// The cipher of all `siv` values of one class, tenant and type under one key.
pub(crate) struct SivKey {
    class: Arc<str>,
    binding: Box<[u8]>,
    cipher: Siv,
}

/// The cipher of all `fpe` values of one class and tenant.
pub(crate) struct FpeKey {
    class: Arc<str>,
    cipher: Fpe,
}

impl Secret {
    /// What KMS unwrapped for `id`; `None` when that is no key of 32 bytes.
    pub(crate) fn new(id: &KeyId, bytes: &[u8]) -> Option<Self> {
        if bytes.len() != KEY_BYTES {
            return None;
        }
        let mut held = Box::new(Zeroizing::new([0; KEY_BYTES]));
        held.copy_from_slice(bytes);
        Some(Self {
            bytes: held,
            siv_head: head::build_siv(id).ok()?,
            siv_keys: RwLock::default(),
        })
    }

    #[cfg(test)]
    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.bytes
    }

    /// Opens the value in `body`. `last` is the cipher of the value before it: most values of a
    /// batch have their neighbour's class.
    pub(crate) fn open_siv(
        &self,
        body: &Body<'_>,
        last: &mut Option<Arc<SivKey>>,
    ) -> Result<Value, NotRevealed> {
        let Sealed::Siv(ciphertext) = body.sealed else {
            return Err(NotRevealed);
        };
        let binding = body.binding().ok_or(NotRevealed)?;
        let (key, known) = match self.known(binding, last.as_ref()) {
            Some(known) => (known, true),
            None => (Arc::new(self.derive_siv(body, binding)?), false),
        };
        let mut bytes = Zeroizing::new(ciphertext.to_vec());
        key.cipher
            .open(&mut bytes, body.edge_tag)
            .map_err(|_| NotRevealed)?;
        // Only what a gateway made is kept, so that nobody can fill the memory with classes.
        if !known {
            self.keep(&key);
        }
        let value = Value {
            class: Arc::clone(&key.class),
            value_type: body.value_type,
            bytes,
        };
        *last = Some(key);
        Ok(value)
    }

    fn known(&self, binding: &[u8], last: Option<&Arc<SivKey>>) -> Option<Arc<SivKey>> {
        if let Some(last) = last.filter(|last| *last.binding == *binding) {
            return Some(Arc::clone(last));
        }
        let keys = self.siv_keys.read();
        let keys = keys.unwrap_or_else(PoisonError::into_inner);
        keys.get(binding).map(Arc::clone)
    }

    fn keep(&self, key: &Arc<SivKey>) {
        let keys = self.siv_keys.write();
        let mut keys = keys.unwrap_or_else(PoisonError::into_inner);
        if keys.len() < MAX_SIV_KEYS {
            keys.insert(key.binding.clone(), Arc::clone(key));
        }
    }

    fn derive_siv(&self, body: &Body<'_>, binding: &[u8]) -> Result<SivKey, NotRevealed> {
        // The type is in S2V and not in the key.
        let (_, of_class) = binding.split_last().ok_or(NotRevealed)?;
        let key = derive(&self.bytes, Purpose::Siv, of_class).map_err(|_| NotRevealed)?;
        Ok(SivKey {
            class: body.class.into(),
            binding: binding.into(),
            cipher: Siv::new(&key, &[&self.siv_head, binding]),
        })
    }

    /// The cipher of a class and tenant; `None` for a tenant that no token can be of, and for a class
    /// of another kind.
    pub(crate) fn fpe(&self, class: &RevealClass, tenant: &str) -> Option<FpeKey> {
        let Way::Fpe { shape, .. } = class.way() else {
            return None;
        };
        let binding = body::build_binding(class.name(), tenant).ok()?;
        let key = derive(&self.bytes, Purpose::Fpe, &binding).ok()?;
        Some(FpeKey {
            class: Arc::clone(class.name()),
            cipher: Fpe::new(&key, Arc::clone(shape)).ok()?,
        })
    }
}

impl FpeKey {
    /// The value of a text. There is no check: it is any text that fits the class.
    pub(crate) fn open(&self, text: &[u8]) -> Result<Value, NotRevealed> {
        let text = std::str::from_utf8(text).map_err(|_| NotRevealed)?;
        let value = self.cipher.decrypt(text).map_err(|_| NotRevealed)?;
        Ok(Value {
            class: Arc::clone(&self.class),
            value_type: ValueType::Text,
            bytes: Zeroizing::new(value.into_bytes()),
        })
    }
}

//! An epoch's data key, as KMS gave it to one caller, and what it opens (section 4).

use crate::edge::{EdgeKey, EnvelopeEdge};
use crate::ring::Signers;
use crate::value::{NotRevealed, Value};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::constant_time;
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use record::{
    Body, COMMITMENT_BYTES, GCM_TAG_BYTES, HEAD_ID_BYTES, NONCE_BYTES, Payload, Sealed, ValueType,
    WrappedKey, body, context, views,
};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use zeroize::{Zeroize, Zeroizing};

/// Most value keys (one for each class and tenant) that are kept for one data key.
const MAX_VALUE_KEYS: usize = 1024;

/// An opened data key. No `Debug`; aws-lc-rs zeroizes the keys in it on drop.
pub(crate) struct DataKey {
    prk: Prk,
    edge: EnvelopeEdge,
    value_keys: RwLock<HashMap<Box<[u8]>, Arc<ValueKey>>>,
}

/// What a vault keeps of a value, or of one view of it.
pub(crate) struct SealedRecord<'a> {
    /// The value's.
    pub(crate) value_type: ValueType,
    pub(crate) nonce: &'a [u8; NONCE_BYTES],
    /// The view's name; `None` for the value.
    pub(crate) view: Option<&'a str>,
    /// Names the head whose data key opens it.
    pub(crate) head_id: &'a [u8; HEAD_ID_BYTES],
    pub(crate) ciphertext: &'a [u8],
}

/// The key of all values of one class, tenant and type under one data key.
pub(crate) struct ValueKey {
    class: Arc<str>,
    binding: Box<[u8]>,
    key: LessSafeKey,
}

impl DataKey {
    /// Checks a decrypted payload: that the head commits to its data key, and that a gateway
    /// signed both. `wrapped` is what the head says, `edge_head` the head that tokens are tagged
    /// with: the head itself, or the one that names it.
    pub(crate) fn open(
        payload: &[u8],
        edge_head: &[u8],
        wrapped: &WrappedKey<'_>,
        signers: &Signers,
        edge_keys: &[EdgeKey],
    ) -> Result<Self, NotRevealed> {
        let payload = Payload::parse(payload).map_err(|_| NotRevealed)?;
        let prk = Salt::new(HKDF_SHA256, wrapped.bound).extract(payload.data_key);
        let mut commitment = Zeroizing::new([0; COMMITMENT_BYTES]);
        prk.expand(&[context::COMMITMENT], HKDF_SHA256)
            .and_then(|okm| okm.fill(commitment.as_mut_slice()))
            .map_err(|_| NotRevealed)?;
        constant_time::verify_slices_are_equal(commitment.as_slice(), wrapped.commitment)
            .map_err(|_| NotRevealed)?;
        signers.verify(
            &payload,
            &context::signed(wrapped.bound, wrapped.commitment),
        )?;
        let edge = EnvelopeEdge::new(edge_keys, edge_head);
        Ok(Self {
            prk,
            edge,
            value_keys: RwLock::default(),
        })
    }

    /// Opens the value in `body`. `last` is the value key of the value before it: most values of a
    /// batch have their neighbour's class.
    pub(crate) fn open_value(
        &self,
        body: &Body<'_>,
        last: &mut Option<Arc<ValueKey>>,
    ) -> Result<Value, NotRevealed> {
        let Sealed::Envelope { nonce, ciphertext } = body.sealed else {
            return Err(NotRevealed);
        };
        // Both checks are always made: which of them fails is nobody's to know.
        let tagged = self.edge.tags(body);
        let binding = body.binding().ok_or(NotRevealed)?;
        let value_key = self.value_key((body.class, binding), tagged, last)?;
        let opened = value_key.open(body.value_type, &[], nonce, ciphertext);
        if tagged { opened } else { Err(NotRevealed) }
    }

    /// As [`DataKey::open_value`], for one part of a body with views (section 13): the value at place
    /// 0, or the view of this name and place in the head.
    pub(crate) fn open_part(
        &self,
        body: &Body<'_>,
        (place, view): (usize, &str),
        last: &mut Option<Arc<ValueKey>>,
    ) -> Result<Value, NotRevealed> {
        let Sealed::Views {
            nonce,
            views,
            ciphertext,
        } = body.sealed
        else {
            return Err(NotRevealed);
        };
        let tagged = self.edge.tags(body);
        let binding = body.binding().ok_or(NotRevealed)?;
        let (value_key, value_type, sealed) = match place.checked_sub(1) {
            None => (
                self.value_key((body.class, binding), tagged, last)?,
                body.value_type,
                ciphertext,
            ),
            Some(place) => (
                self.view_key((body.class, binding), view, tagged)?,
                ValueType::Text,
                views.iter().nth(place).ok_or(NotRevealed)?,
            ),
        };
        let opened = value_key.open(value_type, &[], nonce, sealed);
        if tagged { opened } else { Err(NotRevealed) }
    }

    fn value_key(
        &self,
        (class, binding): (&str, &[u8]),
        keep: bool,
        last: &mut Option<Arc<ValueKey>>,
    ) -> Result<Arc<ValueKey>, NotRevealed> {
        if let Some(last) = last.as_ref().filter(|last| *last.binding == *binding) {
            return Ok(Arc::clone(last));
        }
        if let Some(found) = self.known(binding) {
            *last = Some(Arc::clone(&found));
            return Ok(found);
        }
        let made = Arc::new(self.derive(class, binding, &[context::VALUE_KEY, binding])?);
        // Only what a gateway made is kept, so that nobody can fill the memory with classes.
        if keep {
            self.remember(&made);
            *last = Some(Arc::clone(&made));
        }
        Ok(made)
    }

    /// The key of one view of the values of a binding.
    fn view_key(
        &self,
        (class, binding): (&str, &[u8]),
        view: &str,
        keep: bool,
    ) -> Result<Arc<ValueKey>, NotRevealed> {
        let (value_type, binding) = binding.split_last().ok_or(NotRevealed)?;
        let info = views::build_binding(binding, *value_type, view).map_err(|_| NotRevealed)?;
        // no value's binding begins with the label
        let name = [context::VIEW_KEY, &info].concat();
        if let Some(found) = self.known(&name) {
            return Ok(found);
        }
        let class = format!("{class}/{view}");
        let made = Arc::new(self.derive(&class, &name, &[&name])?);
        if keep {
            self.remember(&made);
        }
        Ok(made)
    }

    /// Opens what a vault keeps for a token of this class and tenant (sections 12 and 13).
    pub(crate) fn open_record(
        &self,
        (class, tenant, token): (&str, &str, &[u8]),
        record: &SealedRecord<'_>,
    ) -> Result<Value, NotRevealed> {
        let mut binding = body::build_binding(class, tenant).map_err(|_| NotRevealed)?;
        binding.push(record.value_type.code());
        let (value_key, value_type) = match record.view {
            Some(view) => (
                self.view_key((class, &binding), view, false)?,
                ValueType::Text,
            ),
            None => {
                let value_key = self.value_key((class, &binding), false, &mut None)?;
                (value_key, record.value_type)
            }
        };
        let bound = [context::VAULT_RECORD, token].concat();
        let opened = value_key.open(value_type, &bound, record.nonce, record.ciphertext)?;
        self.remember(&value_key);
        Ok(opened)
    }

    fn known(&self, binding: &[u8]) -> Option<Arc<ValueKey>> {
        let known = self.value_keys.read();
        let known = known.unwrap_or_else(PoisonError::into_inner);
        known.get(binding).map(Arc::clone)
    }

    fn remember(&self, value_key: &Arc<ValueKey>) {
        if self.known(&value_key.binding).is_some() {
            return;
        }
        let mut known = self
            .value_keys
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if known.len() < MAX_VALUE_KEYS {
            known.insert(value_key.binding.clone(), Arc::clone(value_key));
        }
    }

    fn derive(&self, class: &str, binding: &[u8], info: &[&[u8]]) -> Result<ValueKey, NotRevealed> {
        let okm = self
            .prk
            .expand(info, &AES_256_GCM)
            .map_err(|_| NotRevealed)?;
        let key = LessSafeKey::new(UnboundKey::from(okm));
        Ok(ValueKey {
            class: class.into(),
            binding: binding.into(),
            key,
        })
    }
}

impl ValueKey {
    fn open(
        &self,
        value_type: ValueType,
        bound: &[u8],
        nonce: &[u8; NONCE_BYTES],
        sealed: &[u8],
    ) -> Result<Value, NotRevealed> {
        let (ciphertext, tag) = sealed
            .split_last_chunk::<GCM_TAG_BYTES>()
            .ok_or(NotRevealed)?;
        let mut bytes = Zeroizing::new(vec![0; ciphertext.len()]);
        let nonce = Nonce::assume_unique_for_key(*nonce);
        match self
            .key
            .open_separate_gather(nonce, Aad::from(bound), ciphertext, tag, &mut bytes)
        {
            Ok(()) => Ok(Value {
                class: Arc::clone(&self.class),
                value_type,
                bytes,
            }),
            Err(_) => {
                bytes.zeroize();
                Err(NotRevealed)
            }
        }
    }
}

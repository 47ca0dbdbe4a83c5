//! An epoch's data key, as KMS gave it to one caller, and what it opens (section 4).

use crate::edge::{EdgeKey, EnvelopeEdge};
use crate::ring::Signers;
use crate::value::{NotRevealed, Value};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::constant_time;
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use record::{
    Body, COMMITMENT_BYTES, GCM_TAG_BYTES, Payload, Sealed, ValueType, VaultRecord, WrappedKey,
    body, context,
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
        let value_key = self.value_key(body, tagged, last)?;
        let opened = value_key.open(body.value_type, &[], nonce, ciphertext);
        if tagged { opened } else { Err(NotRevealed) }
    }

    fn value_key(
        &self,
        body: &Body<'_>,
        keep: bool,
        last: &mut Option<Arc<ValueKey>>,
    ) -> Result<Arc<ValueKey>, NotRevealed> {
        let binding = body.binding().ok_or(NotRevealed)?;
        if let Some(last) = last.as_ref().filter(|last| *last.binding == *binding) {
            return Ok(Arc::clone(last));
        }
        let known = self
            .value_keys
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(binding) {
            *last = Some(Arc::clone(found));
            return Ok(Arc::clone(found));
        }
        drop(known);
        let made = Arc::new(self.derive(body.class, binding)?);
        // Only what a gateway made is kept, so that nobody can fill the memory with classes.
        if keep {
            self.remember(&made);
            *last = Some(Arc::clone(&made));
        }
        Ok(made)
    }

    /// Opens what a vault keeps for `token`, a token of this class and tenant (section 12).
    pub(crate) fn open_record(
        &self,
        class: &str,
        tenant: &str,
        token: &[u8],
        record: &VaultRecord<'_>,
    ) -> Result<Value, NotRevealed> {
        let mut binding = body::build_binding(class, tenant).map_err(|_| NotRevealed)?;
        binding.push(record.value_type.code());
        let known = self
            .value_keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&*binding)
            .map(Arc::clone);
        let value_key = match &known {
            Some(known) => Arc::clone(known),
            None => Arc::new(self.derive(class, &binding)?),
        };
        let bound = [context::VAULT_RECORD, token].concat();
        let value_type = record.value_type;
        let opened = value_key.open(value_type, &bound, record.nonce, record.ciphertext)?;
        if known.is_none() {
            self.remember(&value_key);
        }
        Ok(opened)
    }

    fn remember(&self, value_key: &Arc<ValueKey>) {
        let mut known = self
            .value_keys
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if known.len() < MAX_VALUE_KEYS {
            known.insert(value_key.binding.clone(), Arc::clone(value_key));
        }
    }

    fn derive(&self, class: &str, binding: &[u8]) -> Result<ValueKey, NotRevealed> {
        let info = [context::VALUE_KEY, binding];
        let okm = self
            .prk
            .expand(&info, &AES_256_GCM)
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
        nonce: &[u8; record::NONCE_BYTES],
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

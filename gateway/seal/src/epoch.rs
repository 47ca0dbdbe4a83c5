//! An epoch: one data key, wrapped and signed once, that many values are sealed under.
//!
//! [`Epoch`] is what tokens are made with; [`keeper::EpochKeeper`] begins, shares out and ends
//! epochs. When the last share of an ended epoch is gone its keys are zeroized, and nothing in the
//! gateway opens its tokens any more.

pub(crate) mod keeper;
#[cfg(test)]
mod tests;

use crate::edge::{EdgeKey, EnvelopeTagger};
use crate::error::SealError;
use crate::public_key::PublicKey;
use crate::signer::Signer;
use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::digest;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use aws_lc_rs::rand;
use record::{
    COMMITMENT_BYTES, Framing, HEAD_ID_BYTES, KEY_BYTES, KeyId, SIGNATURE_BYTES, ValueType,
    context, head, payload, token, views,
};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use store::{DataKeyId, Writer};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

/// Tenants whose value keys one epoch remembers before it starts over.
const MAX_TENANTS: usize = 1024;

/// Numbers epochs in this process.
static SERIAL: AtomicU64 = AtomicU64::new(0);

/// What tokens are made with; see the module.
pub(crate) struct Epoch {
    /// Tells it from every other epoch, and holds nothing of it.
    serial: u64,
    /// Prefix, base64url of the head, dot: what every token of the epoch begins with.
    head_text: Vec<u8>,
    tagger: EnvelopeTagger,
    /// The head itself, for a vault to keep.
    head: Vec<u8>,
    /// The same as the first two for tokens that name the head only; there once a vault has it.
    stored: OnceCell<Stored>,
    framing: Framing,
    edge_key: Arc<EdgeKey>,
    prk: Prk,
    /// How many keys it may derive for a tenant and value type: one for each class and view.
    places: usize,
    /// What most batches are: of no tenant.
    without_tenant: Arc<ValueKeys>,
    tenants: RwLock<HashMap<Box<str>, Arc<ValueKeys>>>,
}

/// What tokens begin with and are tagged with whose epoch's head is in a vault.
pub(crate) struct Stored {
    head_text: Vec<u8>,
    tagger: EnvelopeTagger,
}

/// Who vouches for a gateway's epochs.
pub(crate) struct Provenance {
    pub(crate) signer: Arc<dyn Signer>,
    pub(crate) signer_id: KeyId,
    pub(crate) edge_key: Arc<EdgeKey>,
}

impl Epoch {
    /// Draws a data key, has it signed, wraps it, and forgets its plaintext.
    pub(crate) async fn begin(
        key: &PublicKey,
        provenance: &Provenance,
        made: u32,
        places: usize,
    ) -> Result<Self, SealError> {
        let mut data_key = Zeroizing::new([0; KEY_BYTES]);
        rand::fill(data_key.as_mut())?;
        Self::with_data_key(key, provenance, made, places, &data_key).await
    }

    async fn with_data_key(
        key: &PublicKey,
        provenance: &Provenance,
        made: u32,
        places: usize,
        data_key: &[u8; KEY_BYTES],
    ) -> Result<Self, SealError> {
        let bound = head::build_bound(key.id(), made).map_err(|_| SealError::Cryptography)?;
        let prk = Salt::new(HKDF_SHA256, &bound).extract(data_key);
        let mut commitment = [0; COMMITMENT_BYTES];
        prk.expand(&[context::COMMITMENT], Length)?
            .fill(&mut commitment)?;
        let message = context::signed(&bound, &commitment);
        let signature = provenance.signer.sign(&message).await;
        let signature = signature.map_err(|source| SealError::Unavailable {
            key: key.id().clone(),
            source,
        })?;
        let wrapped = wrap(key, data_key, &provenance.signer_id, &signature)?;
        let head = head::build_envelope(&bound, &commitment, &wrapped)
            .map_err(|_| SealError::Cryptography)?;
        let mut head_text = Vec::new();
        token::append_head(&mut head_text, key.framing(), &head);
        let tagger = provenance.edge_key.envelope_tagger(&head);
        Ok(Self {
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
            head_text,
            tagger,
            head,
            stored: OnceCell::new(),
            framing: key.framing().clone(),
            edge_key: Arc::clone(&provenance.edge_key),
            prk,
            places,
            without_tenant: Arc::new(ValueKeys::new(places)),
            tenants: RwLock::default(),
        })
    }

    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    pub(crate) fn framing(&self) -> &Framing {
        &self.framing
    }

    pub(crate) fn edge_key(&self) -> &EdgeKey {
        &self.edge_key
    }

    pub(crate) fn head_text(&self) -> &[u8] {
        &self.head_text
    }

    /// What names the head in a vault: the first half of its SHA-256, so that gateways that restart
    /// never give one name to two heads.
    pub(crate) fn head_id(&self) -> [u8; HEAD_ID_BYTES] {
        let digest = digest::digest(&digest::SHA256, &self.head);
        let first = digest.as_ref().first_chunk();
        first.copied().unwrap_or_default()
    }

    /// Sees to it that the vault has the head, durably; asks it once in the epoch's life.
    pub(crate) async fn keep_head(&self, vault: &dyn Writer) -> Result<(), SealError> {
        let keep = || async {
            let id = self.head_id();
            vault.put_data_key(DataKeyId(id), &self.head).await?;
            let head = head::build_stored(&id);
            let mut head_text = Vec::new();
            token::append_head(&mut head_text, &self.framing, &head);
            Ok::<_, SealError>(Stored {
                head_text,
                tagger: self.edge_key.envelope_tagger(&head),
            })
        };
        self.stored.get_or_try_init(keep).await.map(drop)
    }

    /// What a token begins with, and is tagged with: one that carries the head, or one that names it
    /// after [`Epoch::keep_head`].
    pub(crate) fn form(&self, stored: bool) -> Option<(&[u8], &EnvelopeTagger)> {
        if stored {
            let stored = self.stored.get()?;
            Some((&stored.head_text, &stored.tagger))
        } else {
            Some((&self.head_text, &self.tagger))
        }
    }

    /// Its head as one of several in a token: itself, or the name of it after [`Epoch::keep_head`].
    pub(crate) fn part_head(&self, stored: bool) -> Option<Vec<u8>> {
        if stored {
            self.stored.get()?;
            return Some(head::build_stored(&self.head_id()));
        }
        Some(self.head.clone())
    }

    /// The value key of the body binding `class ‖ tenant` and a value type (section 4, step 5),
    /// derived when it is first asked for. `class` is the class's place in the policy.
    pub(crate) fn value_key<'a>(
        &self,
        keys: &'a ValueKeys,
        class: usize,
        binding: &[u8],
        value_type: ValueType,
    ) -> Result<&'a LessSafeKey, Unspecified> {
        self.key(keys, class, value_type, |prk| {
            let info = [context::VALUE_KEY, binding, &[value_type.code()]];
            expand(prk, &info)
        })
    }

    /// The key of one view of the values of a body binding and a value type (section 13). `place` is
    /// the view's, behind those of the policy's classes.
    pub(crate) fn view_key<'a>(
        &self,
        keys: &'a ValueKeys,
        place: usize,
        (binding, value_type): (&[u8], ValueType),
        name: &str,
    ) -> Result<&'a LessSafeKey, Unspecified> {
        self.key(keys, place, value_type, |prk| {
            let info = views::build_binding(binding, value_type.code(), name);
            expand(prk, &[context::VIEW_KEY, &info.map_err(|_| Unspecified)?])
        })
    }

    fn key<'a>(
        &self,
        keys: &'a ValueKeys,
        place: usize,
        value_type: ValueType,
        derive: impl FnOnce(&Prk) -> Result<LessSafeKey, Unspecified>,
    ) -> Result<&'a LessSafeKey, Unspecified> {
        let of_place = keys.0.get(place).ok_or(Unspecified)?;
        let place = of_place.get(usize::from(value_type.code()));
        let place = place.ok_or(Unspecified)?;
        if let Some(key) = place.get() {
            return Ok(key);
        }
        let key = derive(&self.prk)?;
        Ok(place.get_or_init(|| key))
    }

    /// The places of one tenant's value keys.
    pub(crate) fn value_keys(&self, tenant: &str) -> Arc<ValueKeys> {
        if tenant.is_empty() {
            return Arc::clone(&self.without_tenant);
        }
        let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = tenants.get(tenant) {
            return Arc::clone(keys);
        }
        drop(tenants);
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        if tenants.len() >= MAX_TENANTS {
            tenants.clear();
        }
        let keys = tenants
            .entry(tenant.into())
            .or_insert_with(|| Arc::new(ValueKeys::new(self.places)));
        Arc::clone(keys)
    }
}

/// One tenant's keys in one epoch, by class or view, and value type.
pub(crate) struct ValueKeys(Box<[[OnceLock<LessSafeKey>; ValueType::ALL.len()]]>);

impl ValueKeys {
    fn new(places: usize) -> Self {
        Self((0..places).map(|_| Default::default()).collect())
    }
}

fn expand(prk: &Prk, info: &[&[u8]]) -> Result<LessSafeKey, Unspecified> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    prk.expand(info, Length)?.fill(bytes.as_mut())?;
    Ok(LessSafeKey::new(UnboundKey::new(
        &AES_256_GCM,
        bytes.as_ref(),
    )?))
}

fn wrap(
    key: &PublicKey,
    data_key: &[u8; KEY_BYTES],
    signer_id: &KeyId,
    signature: &[u8; SIGNATURE_BYTES],
) -> Result<Vec<u8>, SealError> {
    let mut plaintext = Zeroizing::new(Vec::new());
    payload::build(&mut plaintext, data_key, signer_id, signature)
        .map_err(|_| SealError::Cryptography)?;
    let mut wrapped = Vec::new();
    key.encrypt(&plaintext, &mut wrapped)?;
    Ok(wrapped)
}

/// All that is derived here has 32 bytes.
struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        KEY_BYTES
    }
}

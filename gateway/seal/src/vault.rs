//! Kind `vault`: a token drawn at random, and the value sealed for the vault to keep (section 12).

use crate::batch::ValueRef;
use crate::epoch::Epoch;
use crate::error::SealError;
use crate::local::{TenantKeys, binding};
use crate::secret_key::SecretKey;
use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use aws_lc_rs::rand;
use policies::{VaultFormat, VaultIndex, VaultKind};
use record::{GCM_TAG_BYTES, NONCE_BYTES, ValueType, context, vault};
use std::sync::Arc;
use std::time::Duration;
use store::{Index, Mac, Record, Timestamp};
use symmetric::{Purpose, derive};

/// Draws the tokens of one class.
pub(crate) struct VaultMaker {
    /// The place among the keepers of the key that values are sealed under.
    pub(crate) keeper: usize,
    format: VaultFormat,
    index: Option<Finder>,
    time_to_live: Option<Duration>,
    pub(crate) renew: bool,
}

/// How values are found again.
struct Finder {
    keys: TenantKeys<hmac::Key>,
    is_unique: bool,
}

impl VaultMaker {
    /// `secret` is the key of the class's index, where it has one.
    pub(crate) fn new(
        class: &str,
        kind: &VaultKind,
        keeper: usize,
        secret: Option<Arc<SecretKey>>,
    ) -> Result<Self, SealError> {
        let is_unique = matches!(kind.index, VaultIndex::Deterministic(_));
        let finder = |secret| {
            Ok::<_, SealError>(Finder {
                keys: TenantKeys::new(class, secret, &index_key)?,
                is_unique,
            })
        };
        Ok(Self {
            keeper,
            format: kind.format.clone(),
            index: secret.map(finder).transpose()?,
            time_to_live: kind.time_to_live,
            renew: kind.renew,
        })
    }

    /// Whether a token can be drawn for a value.
    ///
    /// # Errors
    /// What does not fit about the value.
    pub(crate) fn check(&self, value: ValueRef<'_>) -> Result<(), String> {
        let VaultFormat::Shape(shape) = &self.format else {
            return Ok(());
        };
        if value.value_type != ValueType::Text {
            return Err(format!(
                "the value is of JSON's type {}, and a class of `format: shape` takes strings only",
                value.value_type
            ));
        }
        let text = std::str::from_utf8(value.content).map_err(|_| "it is not in UTF-8")?;
        shape.check(text).map_err(|misfit| misfit.to_string())
    }

    /// A token for a value that was checked, which it is not itself.
    ///
    /// # Errors
    /// There is no randomness.
    pub(crate) fn draw(&self, value: ValueRef<'_>) -> Result<String, SealError> {
        let text = std::str::from_utf8(value.content).unwrap_or_default();
        // of a million tokens and more, the value itself is drawn once in a life
        for _ in 0..8 {
            let mut failed = false;
            let random = |bytes: &mut [u8]| failed |= rand::fill(bytes).is_err();
            let token = match &self.format {
                VaultFormat::Uuid => shape::draw_uuid(random),
                VaultFormat::Random {
                    prefix,
                    alphabet,
                    length,
                } => shape::draw_prefixed(prefix, alphabet, *length, random),
                VaultFormat::Shape(shape) => {
                    let drawn = shape.draw(text, random);
                    drawn.map_err(|_| SealError::NotPrepared)?
                }
            };
            if failed {
                break;
            }
            if text != token {
                return Ok(token);
            }
        }
        Err(SealError::Cryptography)
    }

    /// Under what the vault finds the value again. A value's type counts: it is revealed with it.
    pub(crate) fn index(&self, value: ValueRef<'_>, tenant: &str) -> Result<Index, SealError> {
        let Some(finder) = &self.index else {
            return Ok(Index::None);
        };
        let key = finder.keys.get(tenant, &index_key)?;
        let mac = mac(&key, value.value_type, value.content)?;
        Ok(if finder.is_unique {
            Index::Unique(mac)
        } else {
            Index::Many(mac)
        })
    }

    /// What the vault keeps for the value under `token`.
    pub(crate) fn record(
        &self,
        epoch: &Epoch,
        value_key: &LessSafeKey,
        value: ValueRef<'_>,
        token: &str,
        index: Index,
    ) -> Result<Record, SealError> {
        let created = Timestamp::now();
        Ok(Record {
            sealed: seal(epoch, value_key, value, token)?.into(),
            created,
            expires: self.time_to_live.map(|span| created.plus(span)),
            index,
        })
    }
}

/// What a vault finds a value's tokens by: of one class and tenant, under one version of the class's
/// index key. For who erases all tokens of a value.
///
/// # Errors
/// The tenant's name is too long, or the library refused.
pub fn index_mac(
    secret: &SecretKey,
    class: &str,
    tenant: &str,
    value_type: ValueType,
    content: &[u8],
) -> Result<Mac, SealError> {
    let key = index_key(secret, &binding(class, tenant)?)?;
    mac(&key, value_type, content)
}

fn mac(key: &hmac::Key, value_type: ValueType, content: &[u8]) -> Result<Mac, SealError> {
    let mut context = hmac::Context::with_key(key);
    context.update(&[value_type.code()]);
    context.update(content);
    let tag = context.sign();
    let mac = tag.as_ref().first_chunk().ok_or(SealError::Cryptography)?;
    Ok(Mac(*mac))
}

fn index_key(secret: &SecretKey, binding: &[u8]) -> Result<hmac::Key, SealError> {
    let key = derive::<32>(secret.bytes(), Purpose::Index, binding);
    let key = key.map_err(|_| SealError::Cryptography)?;
    Ok(hmac::Key::new(HMAC_SHA256, key.as_ref()))
}

/// A record's bytes: bound to class, tenant and type by its key, and to the token.
fn seal(
    epoch: &Epoch,
    value_key: &LessSafeKey,
    value: ValueRef<'_>,
    token: &str,
) -> Result<Vec<u8>, SealError> {
    let mut nonce = [0; NONCE_BYTES];
    rand::fill(&mut nonce)?;
    let mut record = vault::build_start(value.value_type, &epoch.head_id(), &nonce);
    let start = record.len();
    record.resize(start + value.content.len() + GCM_TAG_BYTES, 0);
    let place = record.get_mut(start..).ok_or(SealError::Cryptography)?;
    let (ciphertext, tag) = place
        .split_at_mut_checked(value.content.len())
        .ok_or(SealError::Cryptography)?;
    value_key.seal_out_of_place_scatter(
        Nonce::assume_unique_for_key(nonce),
        Aad::from([context::VAULT_RECORD, token.as_bytes()].concat()),
        value.content,
        ciphertext,
        &[],
        tag,
    )?;
    Ok(record)
}

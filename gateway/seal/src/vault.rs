//! Kind `vault`: a token drawn at random, and the value sealed for the vault to keep (sections 12
//! and 13).

use crate::batch::ValueRef;
use crate::envelope::append_sealed;
use crate::error::SealError;
use crate::local::{TenantKeys, binding};
use crate::remembered::{FINGERPRINT_BYTES, Fingerprint, Remembered};
use crate::secret_key::SecretKey;
use crate::views::{ClassViews, Parts, Sealing};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use aws_lc_rs::rand;
use policies::{VaultFormat, VaultIndex, VaultKind};
use record::{NONCE_BYTES, RecordView, ValueType, context, vault};
use siphasher::sip128::{Hasher128 as _, SipHasher24};
use std::hash::Hasher as _;
use std::sync::Arc;
use std::time::Duration;
use store::{Found, Index, Mac, Record, Timestamp, Token};
use symmetric::{Purpose, derive};
use zeroize::Zeroizing;

/// Draws the tokens of one class.
pub(crate) struct VaultMaker {
    /// The place among the keepers of the key that values are sealed under.
    pub(crate) keeper: usize,
    pub(crate) views: Option<ClassViews>,
    format: VaultFormat,
    index: Option<Finder>,
    time_to_live: Option<Duration>,
    pub(crate) renew: bool,
    remembered: Arc<Remembered>,
}

/// How values are found again.
struct Finder {
    keys: TenantKeys<FinderKeys>,
    is_unique: bool,
}

/// The keys of one class and tenant.
struct FinderKeys {
    index: hmac::Key,
    fingerprint: Zeroizing<[u8; FINGERPRINT_BYTES]>,
}

impl VaultMaker {
    /// `secret` is the key of the class's index, where it has one.
    pub(crate) fn new(
        class: &str,
        kind: &VaultKind,
        (keeper, views): (usize, Option<ClassViews>),
        secret: Option<Arc<SecretKey>>,
        remembered: Arc<Remembered>,
    ) -> Result<Self, SealError> {
        let is_unique = matches!(kind.index, VaultIndex::Deterministic(_));
        let finder = |secret| {
            Ok::<_, SealError>(Finder {
                keys: TenantKeys::new(class, secret, &finder_keys)?,
                is_unique,
            })
        };
        Ok(Self {
            keeper,
            views,
            format: kind.format.clone(),
            index: secret.map(finder).transpose()?,
            time_to_live: kind.time_to_live,
            renew: kind.renew,
            remembered,
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
        let keys = finder.keys.get(tenant, &finder_keys)?;
        let mac = mac(&keys.index, value.value_type, value.content)?;
        Ok(if finder.is_unique {
            Index::Unique(mac)
        } else {
            Index::Many(mac)
        })
    }

    /// What the value's token is remembered by, where it has one token that stays as it is.
    ///
    /// # Errors
    /// The tenant's keys could not be derived.
    pub(crate) fn fingerprint(
        &self,
        value: ValueRef<'_>,
        tenant: &str,
    ) -> Result<Option<Fingerprint>, SealError> {
        let finder = self.index.as_ref();
        let Some(finder) = finder.filter(|finder| finder.is_unique && !self.renew) else {
            return Ok(None);
        };
        let keys = finder.keys.get(tenant, &finder_keys)?;
        let mut hasher = SipHasher24::new_with_key(&keys.fingerprint);
        hasher.write(&[value.value_type.code()]);
        hasher.write(value.content);
        Ok(Some(Fingerprint(hasher.finish128().as_bytes())))
    }

    /// The token that the vault keeps for the value, if that is known.
    pub(crate) fn known(&self, fingerprint: Option<&Fingerprint>) -> Option<Token> {
        self.remembered.get(fingerprint?)
    }

    /// Remembers a token that the vault keeps.
    pub(crate) fn learn(&self, fingerprint: Option<Fingerprint>, found: Found) {
        if let Some(fingerprint) = fingerprint {
            self.remembered.learn(fingerprint, found);
        }
    }

    /// What the vault keeps for the value under `token`: sealed under `parts`, and bound to class, tenant and type by its keys, and to the token.
    pub(crate) fn record(
        &self,
        (class, binding): (usize, &[u8]),
        value: ValueRef<'_>,
        parts: &Parts,
        token: &str,
        index: Index,
    ) -> Result<Record, SealError> {
        let (own, of_views) = (&parts.own, parts.views.as_slice());
        let mut nonce = [0; NONCE_BYTES];
        rand::fill(&mut nonce)?;
        let bound = [context::VAULT_RECORD, token.as_bytes()].concat();
        let sealing = Sealing {
            binding,
            nonce: &nonce,
            bound: &bound,
        };
        let sealed = match &self.views {
            Some(views) => views.seal(value, of_views, &sealing)?,
            None => Vec::new(),
        };
        let ids: Vec<_> = of_views.iter().map(|part| part.epoch.head_id()).collect();
        let named = self.views.iter().flat_map(ClassViews::iter);
        let views = named.zip(&ids).zip(&sealed);
        let views = views.map(|((view, head_id), ciphertext)| RecordView {
            name: &view.name,
            head_id,
            ciphertext,
        });
        let views: Vec<_> = views.collect();
        let start = vault::build_start(value.value_type, &own.epoch.head_id(), &nonce, &views);
        let mut record = start.map_err(|_| SealError::Cryptography)?;
        let key = own
            .epoch
            .value_key(&own.value_keys, class, binding, value.value_type)?;
        append_sealed(key, &nonce, &bound, value.content, &mut record)?;
        let created = Timestamp::now();
        Ok(Record {
            sealed: record.into(),
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

fn finder_keys(secret: &SecretKey, binding: &[u8]) -> Result<FinderKeys, SealError> {
    let fingerprint = derive(secret.bytes(), Purpose::Remember, binding);
    Ok(FinderKeys {
        index: index_key(secret, binding)?,
        fingerprint: fingerprint.map_err(|_| SealError::Cryptography)?,
    })
}

fn index_key(secret: &SecretKey, binding: &[u8]) -> Result<hmac::Key, SealError> {
    let key = derive::<32>(secret.bytes(), Purpose::Index, binding);
    let key = key.map_err(|_| SealError::Cryptography)?;
    Ok(hmac::Key::new(HMAC_SHA256, key.as_ref()))
}

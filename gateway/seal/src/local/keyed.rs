//! Kinds under a symmetric key: each class and tenant has a key of its own, derived.

use super::Unfit;
use crate::batch::{Tokens, ValueRef};
use crate::error::SealError;
use crate::secret_key::SecretKey;
use moka::sync::Cache;
use record::body;
use std::sync::Arc;

/// Tenants whose keys are kept for the next batch.
const TENANTS: u64 = 1024;

/// A kind under a symmetric key.
pub(crate) trait UnderKey: Send + Sync + 'static {
    /// What makes the tokens of one class and tenant.
    type Key: Send + Sync + 'static;

    /// The key of one class and tenant, which are spelled in `binding`.
    fn derive(&self, secret: &SecretKey, binding: &[u8]) -> Result<Self::Key, SealError>;

    /// Adds the token of a value.
    fn make(&self, key: &Self::Key, value: ValueRef<'_>, tokens: &mut Tokens) -> Result<(), Unfit>;
}

/// The keys of one class, by tenant.
pub(crate) struct TenantKeys<T> {
    class: Box<str>,
    secret: Arc<SecretKey>,
    /// Without a tenant.
    plain: Arc<T>,
    tenants: Cache<Box<str>, Arc<T>>,
}

/// Derives a key from a symmetric one, and from class and tenant as they are spelled.
type Derive<'a, T> = &'a dyn Fn(&SecretKey, &[u8]) -> Result<T, SealError>;

impl<T: Send + Sync + 'static> TenantKeys<T> {
    pub(crate) fn new(
        class: &str,
        secret: Arc<SecretKey>,
        derive: Derive<'_, T>,
    ) -> Result<Self, SealError> {
        let plain = derive(&secret, &binding(class, "")?)?;
        Ok(Self {
            class: class.into(),
            secret,
            plain: Arc::new(plain),
            tenants: Cache::new(TENANTS),
        })
    }

    /// The key of a tenant; `derive` is what [`TenantKeys::new`] got.
    pub(crate) fn get(&self, tenant: &str, derive: Derive<'_, T>) -> Result<Arc<T>, SealError> {
        if tenant.is_empty() {
            return Ok(Arc::clone(&self.plain));
        }
        if let Some(key) = self.tenants.get(tenant) {
            return Ok(key);
        }
        let key = Arc::new(derive(&self.secret, &binding(&self.class, tenant)?)?);
        self.tenants.insert(tenant.into(), Arc::clone(&key));
        Ok(key)
    }
}

/// A class of such a kind, with its keys.
pub(crate) struct Keyed<K: UnderKey> {
    kind: K,
    keys: TenantKeys<K::Key>,
}

impl<K: UnderKey> Keyed<K> {
    pub(crate) fn new(kind: K, class: &str, secret: Arc<SecretKey>) -> Result<Self, SealError> {
        let keys = TenantKeys::new(class, secret, &|secret, binding| {
            kind.derive(secret, binding)
        })?;
        Ok(Self { kind, keys })
    }

    pub(crate) fn make(
        &self,
        value: ValueRef<'_>,
        tenant: &str,
        tokens: &mut Tokens,
    ) -> Result<(), Unfit> {
        let derive = |secret: &SecretKey, binding: &[u8]| self.kind.derive(secret, binding);
        let key = self.keys.get(tenant, &derive)?;
        self.kind.make(&key, value, tokens)
    }
}

/// Class and tenant as they are spelled in what keys are derived from.
pub(crate) fn binding(class: &str, tenant: &str) -> Result<Vec<u8>, SealError> {
    body::build_binding(class, tenant).map_err(|_| SealError::TenantTooLong {
        length: tenant.len(),
    })
}

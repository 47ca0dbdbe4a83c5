//! The vault that is open: a reload that names the same one goes on with it.

use std::fmt;
use std::sync::Arc;

use seal::Vault;
use store::{BoxFuture, DataKeyId, Found, Insertion, Mac, NewRecord, Space, StoreError, Writer};
use tokio::sync::Mutex;
use vault_config::{OpenError, VaultConfig, open_writer};

/// Opens vaults, and remembers the last one.
#[derive(Clone, Default)]
pub struct Vaults {
    last: Arc<Mutex<Option<Open>>>,
    offline: bool,
}

/// A vault that is open, and what it was opened by.
type Open = (VaultConfig, Vault);

impl Vaults {
    /// For checks: nothing is opened.
    pub(crate) fn offline() -> Self {
        Self {
            offline: true,
            ..Self::default()
        }
    }

    /// The vault of this configuration.
    ///
    /// # Errors
    /// It cannot be reached, or is not set up so that it keeps what it acknowledges.
    pub(crate) async fn open(&self, config: &VaultConfig) -> Result<Vault, OpenError> {
        let vault = |writer| Vault::new(writer, config.cache.tokens, config.cache.longest);
        if self.offline {
            return Ok(vault(Arc::new(Closed)));
        }
        let mut last = self.last.lock().await;
        if let Some((known, vault)) = &*last
            && known == config
        {
            return Ok(vault.clone());
        }
        let vault = vault(open_writer(config).await?);
        *last = Some((config.clone(), vault.clone()));
        Ok(vault)
    }
}

impl fmt::Debug for Vaults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Vaults").finish_non_exhaustive()
    }
}

/// Stands for a vault where none is opened.
struct Closed;

impl Closed {
    fn refuse<T: Send + 'static>() -> BoxFuture<'static, store::Result<T>> {
        let closed = StoreError::Settings("no vault is opened during a check".into());
        Box::pin(std::future::ready(Err(closed)))
    }
}

impl Writer for Closed {
    fn put_data_key<'a>(&'a self, _: DataKeyId, _: &'a [u8]) -> BoxFuture<'a, store::Result<()>> {
        Self::refuse()
    }

    fn insert<'a>(&'a self, _: &'a [NewRecord]) -> BoxFuture<'a, store::Result<Vec<Insertion>>> {
        Self::refuse()
    }

    fn find<'a>(
        &'a self,
        _: &'a [(Space, Mac)],
    ) -> BoxFuture<'a, store::Result<Vec<Option<Found>>>> {
        Self::refuse()
    }
}

//! What local-kms keeps: keys, aliases, grants and the secret that seals sessions.
//!
//! One file, `state.json`, in the state folder. A change is written to a temporary file, synced,
//! renamed over the old one, and the folder is synced, all before the answer leaves: a `kill -9` at
//! any moment leaves the old state or the new one.

mod disk;
mod state;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

pub use disk::StoreError;
pub(crate) use state::{Alias, External, Grant, GrantConstraints, Key, KeyPolicy, State, now};

use disk::Disk;

/// The current state, with one writer at a time.
#[derive(Debug)]
pub(crate) struct Store {
    current: RwLock<Arc<State>>,
    disk: Mutex<Disk>,
}

impl Store {
    /// Opens the state folder, and makes it when there is none.
    ///
    /// # Errors
    /// The folder cannot be used, another process has it, or its state is of another account or
    /// region, or cannot be read.
    pub(crate) fn open(folder: &Path, account: &str, region: &str) -> Result<Store, StoreError> {
        let disk = Disk::open(folder)?;
        let state = match disk.read()? {
            Some(state) => state,
            None => {
                let state = State::new(account, region)?;
                disk.write(&state)?;
                state
            }
        };
        if state.account != account || state.region != region {
            return Err(StoreError::Elsewhere {
                account: state.account.clone(),
                region: state.region.clone(),
            });
        }
        Ok(Store {
            current: RwLock::new(Arc::new(state)),
            disk: Mutex::new(disk),
        })
    }

    /// The state as it stands.
    pub(crate) fn read(&self) -> Arc<State> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state. When this returns, the change is durable; when it fails, nothing changed.
    ///
    /// # Errors
    /// What the change says, or that it could not be written.
    pub(crate) fn change<T, E: From<StoreError>>(
        &self,
        change: impl FnOnce(&mut State) -> Result<T, E>,
    ) -> Result<T, E> {
        let disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = State::clone(&self.read());
        let outcome = change(&mut next)?;
        disk.write(&next)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(outcome)
    }
}

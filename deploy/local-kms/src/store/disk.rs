//! The state file: private, replaced whole, durable before anyone sees the change.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::state::State;

/// Why the state cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or a file in it cannot be read or written.
    #[error("the state folder: {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Two processes must not share a folder.
    #[error(
        "the state folder {0} is in use by another veilgate-local-kms: stop it, or name another folder"
    )]
    InUse(PathBuf),
    /// The file is not one of ours, or is damaged.
    #[error("the state file {path} cannot be read: {reason}; remove the folder to start anew")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Where reading stopped; never any of the content.
        reason: String,
    },
    /// Keys belong to an account and a region.
    #[error(
        "the state folder is of account {account}, region {region}: configure these, or name another folder"
    )]
    Elsewhere {
        /// Twelve digits.
        account: String,
        /// As `us-east-1`.
        region: String,
    },
    /// The system's random source failed.
    #[error("no randomness for a new state")]
    Random,
}

/// The state folder, locked for this process.
#[derive(Debug)]
pub(super) struct Disk {
    folder: PathBuf,
    /// Holds the lock until the process ends, however it ends.
    _lock: File,
}

const FILE: &str = "state.json";

impl Disk {
    pub(super) fn open(folder: &Path) -> Result<Disk, StoreError> {
        let fault = |source| StoreError::Io {
            path: folder.to_owned(),
            source,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(fault)?;
        let lock = private_file(&folder.join("lock")).map_err(fault)?;
        match lock.try_lock() {
            Ok(()) => Ok(Disk {
                folder: folder.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(folder.to_owned())),
            Err(TryLockError::Error(source)) => Err(fault(source)),
        }
    }

    /// The state on disk; `None` in a new folder.
    pub(super) fn read(&self) -> Result<Option<State>, StoreError> {
        let path = self.folder.join(FILE);
        let text = match fs::read(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::Io { path, source }),
        };
        serde_json::from_slice(&text).map(Some).map_err(|error| {
            let reason = format!("line {}, column {}", error.line(), error.column());
            StoreError::Unreadable { path, reason }
        })
    }

    pub(super) fn write(&self, state: &State) -> Result<(), StoreError> {
        let path = self.folder.join(FILE);
        let temporary = self.folder.join("state.json.new");
        let replace = || -> io::Result<()> {
            let text = Zeroizing::new(serde_json::to_vec(state)?);
            let mut file = private_file(&temporary)?;
            file.set_len(0)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&temporary, &path)?;
            File::open(&self.folder)?.sync_all()
        };
        replace().map_err(|source| StoreError::Io {
            path: path.clone(),
            source,
        })
    }
}

fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

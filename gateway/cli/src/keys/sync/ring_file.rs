//! The ring's file: read, edited as text, and replaced whole.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use policies::{KeyRingDraft, NewVersion, add_versions};

use super::find::Addition;
use crate::AnyError;
use crate::keys::read_draft;
use crate::tokenize::Partial;

/// A key ring as it was read.
pub(super) struct RingFile {
    pub(super) path: PathBuf,
    pub(super) draft: KeyRingDraft,
    text: String,
}

impl RingFile {
    pub(super) fn read(path: &Path) -> Result<Self, AnyError> {
        let read = read_draft(path)?;
        let (text, draft) = read.ok_or_else(|| format!("there is no file `{}`", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            draft,
            text,
        })
    }

    /// Its text with these versions; `None` when its layout cannot be edited.
    pub(super) fn with_additions(&self, additions: &[&Addition]) -> Option<String> {
        let new: Vec<NewVersion> = additions.iter().map(|each| each.new.clone()).collect();
        add_versions(&self.path.display().to_string(), &self.text, &new).ok()
    }

    /// Writes the public keys of what is added, then puts `text` in the file's place, at once. A
    /// link stays, and what it leads to is replaced.
    pub(super) fn replace(&self, text: &str, additions: &[&Addition]) -> Result<(), AnyError> {
        let target = fs::canonicalize(&self.path).map_err(|error| self.not_written(&error))?;
        // a folder that cannot be written is told before anything is
        let mut partial = Partial::create(&target).map_err(|error| self.not_written(&error))?;
        for addition in additions {
            addition.write_public_key()?;
        }
        let written = keep_rights(&target, partial.file())
            .and_then(|()| partial.file().write_all(text.as_bytes()));
        written.map_err(|error| self.not_written(&error))?;
        if fs::read(&target).ok().as_deref() != Some(self.text.as_bytes()) {
            let name = self.path.display();
            return Err(format!(
                "`{name}` was changed by somebody else meanwhile, and is left as it is: run this again"
            )
            .into());
        }
        partial
            .finish()
            .map(drop)
            .map_err(|error| self.not_written(&error))
    }

    fn not_written(&self, error: &io::Error) -> AnyError {
        let name = self.path.display();
        format!(
            "`{name}` cannot be replaced: {error}; its folder must be writable. A ring that is mounted, such as from a ConfigMap, is brought up to date at its source: run this there, and deploy the ring and its PEM files"
        )
        .into()
    }
}

/// Gives the new file the owner and the mode of the old one: a service under another user reads it.
#[cfg(unix)]
fn keep_rights(old: &Path, new: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let (was, is) = (fs::metadata(old)?, new.metadata()?);
    let changed = |was: u32, is: u32| (was != is).then_some(was);
    let (user, group) = (changed(was.uid(), is.uid()), changed(was.gid(), is.gid()));
    if user.is_some() || group.is_some() {
        fchown(new, user, group)?;
    }
    new.set_permissions(was.permissions())
}

#[cfg(not(unix))]
fn keep_rights(old: &Path, new: &File) -> io::Result<()> {
    new.set_permissions(fs::metadata(old)?.permissions())
}

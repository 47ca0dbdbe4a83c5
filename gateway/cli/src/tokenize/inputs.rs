//! Which files there are to do.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::AnyError;
use crate::document::{Declared, DocumentKind, UnknownKind};

/// A file to do.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) source: PathBuf,
    /// Below the output folder.
    pub(crate) output: PathBuf,
    pub(crate) kind: Result<DocumentKind, UnknownKind>,
    pub(crate) stamp: Stamp,
}

/// Tells one state of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    /// Bytes.
    pub(crate) size: u64,
    /// When it was last written to, in nanoseconds since 1970.
    pub(crate) modified: u64,
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok();
        let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Self {
            size: metadata.len(),
            modified: since
                .and_then(|since| since.as_nanos().try_into().ok())
                .unwrap_or(0),
        }
    }
}

/// All files, those of folders included, the largest first so that no thread is left alone with one
/// at the end.
///
/// # Errors
/// A file that is not there, two with the same output, one that would be its own output.
pub(crate) fn collect(
    named: &[PathBuf],
    folder: &Path,
    declared: &Declared,
) -> Result<Vec<Job>, AnyError> {
    let mut found = Vec::new();
    for path in named {
        let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if metadata.is_dir() {
            walk(path, Path::new(""), &mut found)?;
        } else {
            let name = path.file_name().ok_or("a file needs a name")?;
            found.push((path.clone(), PathBuf::from(name)));
        }
    }
    check_outputs(&found, folder)?;
    let mut jobs = Vec::with_capacity(found.len());
    for (source, output) in found {
        let metadata = fs::metadata(&source).map_err(|error| unreadable(&source, &error))?;
        jobs.push(Job {
            kind: DocumentKind::settle(Some(&source), declared),
            stamp: Stamp::of(&metadata),
            source,
            output,
        });
    }
    jobs.sort_by_key(|job| std::cmp::Reverse(job.stamp.size));
    Ok(jobs)
}

/// Hidden files are left out (a run's own files are hidden), and so are links: they may lead
/// around in a circle.
fn walk(folder: &Path, below: &Path, found: &mut Vec<(PathBuf, PathBuf)>) -> Result<(), AnyError> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut entries = entries
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| unreadable(folder, &error))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let kind = entry.file_type()?;
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if kind.is_dir() {
            walk(&entry.path(), &below.join(&name), found)?;
        } else if kind.is_file() {
            found.push((entry.path(), below.join(&name)));
        }
    }
    Ok(())
}

fn check_outputs(found: &[(PathBuf, PathBuf)], folder: &Path) -> Result<(), AnyError> {
    let mut sources = HashMap::new();
    for (source, output) in found {
        if let Some(other) = sources.insert(output, source) {
            let (one, two) = (other.display(), source.display());
            return Err(format!("`{one}` and `{two}` would have the same output").into());
        }
        let target = fs::canonicalize(folder.join(output)).ok();
        if target.is_some() && target == fs::canonicalize(source).ok() {
            let source = source.display();
            return Err(format!("`{source}` would be replaced by its own output").into());
        }
    }
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    format!("`{}` cannot be read: {error}", path.display())
}

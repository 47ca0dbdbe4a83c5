//! Which outputs are there, of which sources: what `--resume` goes by.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::inputs::{Job, Stamp};
use crate::AnyError;

/// Its name in the output folder.
const NAME: &str = ".veilgate-tokenize.journal";

/// A file of one JSON object for each output, each on the disk before the next file begins. A line
/// that was cut off by a crash counts as none.
#[derive(Debug)]
pub(crate) struct Journal {
    file: Mutex<File>,
    records: HashMap<PathBuf, Record>,
}

/// One output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    output: PathBuf,
    output_size: u64,
    source: PathBuf,
    #[serde(flatten)]
    stamp: Stamp,
    /// Of the policy, and what the source was taken for.
    digest: String,
}

impl Journal {
    /// Opens the journal of a folder for this process alone.
    ///
    /// # Errors
    /// When it cannot be read, or another process writes to the folder.
    pub(crate) fn open(folder: &Path) -> Result<Self, AnyError> {
        let path = folder.join(NAME);
        let shown = path.display();
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path);
        let mut file = file.map_err(|error| format!("`{shown}` cannot be opened: {error}"))?;
        if file.try_lock().is_err() {
            return Err(
                format!("another veilgate writes to this folder: it holds `{shown}`").into(),
            );
        }
        let mut text = Vec::new();
        file.seek(SeekFrom::Start(0))?;
        file.read_to_end(&mut text)?;
        if text.last().is_some_and(|last| *last != b'\n') {
            file.write_all(b"\n")?;
        }
        let lines = text.split(|byte| *byte == b'\n');
        let records = lines.filter_map(|line| serde_json::from_slice::<Record>(line).ok());
        Ok(Self {
            records: records
                .map(|record| (record.output.clone(), record))
                .collect(),
            file: Mutex::new(file),
        })
    }

    /// Whether the output of this very source is there, made under the same policy.
    pub(crate) fn has(&self, job: &Job, digest: &str, folder: &Path) -> bool {
        let size = fs::metadata(folder.join(&job.output)).map(|metadata| metadata.len());
        let record = self.records.get(&job.output);
        record.is_some_and(|record| {
            record.source == job.source
                && record.stamp == job.stamp
                && record.digest == digest
                && size.is_ok_and(|size| size == record.output_size)
        })
    }

    /// Notes an output, durably.
    pub(crate) fn note(&self, job: &Job, digest: String, output_size: u64) -> io::Result<()> {
        let mut line = serde_json::to_vec(&Record {
            output: job.output.clone(),
            output_size,
            source: job.source.clone(),
            stamp: job.stamp,
            digest,
        })?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line)?;
        file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::document::UnknownKind;

    fn job(size: u64) -> Job {
        Job {
            source: "in/a.json".into(),
            output: "a.json".into(),
            kind: Err(UnknownKind::Name),
            stamp: Stamp { size, modified: 7 },
        }
    }

    #[test]
    fn only_the_same_source_policy_and_output_count() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::write(folder.join("a.json"), "{}").unwrap();
        let journal = Journal::open(folder).unwrap();
        assert!(!journal.has(&job(1), "p", folder));
        journal.note(&job(1), "p".to_owned(), 2).unwrap();
        drop(journal);

        let journal = Journal::open(folder).unwrap();
        assert!(journal.has(&job(1), "p", folder));
        assert!(!journal.has(&job(2), "p", folder));
        assert!(!journal.has(&job(1), "q", folder));
        let elsewhere = Job {
            source: "in/b.json".into(),
            ..job(1)
        };
        assert!(!journal.has(&elsewhere, "p", folder));
        fs::write(folder.join("a.json"), "{").unwrap();
        assert!(!journal.has(&job(1), "p", folder));
    }

    #[test]
    fn a_line_that_was_cut_off_harms_none_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::write(folder.join("a.json"), "{}").unwrap();
        fs::write(folder.join(NAME), "{\"output\":\"a.js").unwrap();
        let journal = Journal::open(folder).unwrap();
        journal.note(&job(1), "p".to_owned(), 2).unwrap();
        assert!(Journal::open(folder).is_err(), "one at a time");
        drop(journal);
        assert!(Journal::open(folder).unwrap().has(&job(1), "p", folder));
    }
}

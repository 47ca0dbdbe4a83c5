//! Outputs that are there whole, or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// How the name of an output ends while it is being written.
const ENDING: &str = ".veilgate-partial";

/// An output that is being written: `.NAME.veilgate-partial` in its folder. It goes away when it is
/// dropped before [`Partial::finish`].
#[derive(Debug)]
pub(crate) struct Partial {
    file: File,
    path: PathBuf,
    output: PathBuf,
    finished: bool,
}

impl Partial {
    /// Begins an output, and makes its folder. What a killed run left is replaced.
    pub(crate) fn create(output: &Path) -> io::Result<Self> {
        let folder = output.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(folder)?;
        let mut name = OsString::from(".");
        name.push(output.file_name().unwrap_or_default());
        name.push(ENDING);
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // A link that somebody puts in its place is not followed.
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)?;
        Ok(Self {
            file,
            path,
            output: output.to_owned(),
            finished: false,
        })
    }

    /// Where to write.
    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Makes it durable, then visible; returns its size in bytes.
    pub(crate) fn finish(mut self) -> io::Result<u64> {
        self.file.sync_all()?;
        let size = self.file.metadata()?.len();
        fs::rename(&self.path, &self.output)?;
        self.finished = true;
        let folder = self.output.parent().filter(|path| *path != Path::new(""));
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        Ok(size)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.finished {
            // Nothing to be done about it; the next run replaces it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::io::Write;

    #[test]
    fn an_output_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("deep/a.json");
        fs::create_dir(folder.path().join("deep")).unwrap();
        fs::write(folder.path().join("deep/.a.json.veilgate-partial"), "old").unwrap();

        let mut dropped = Partial::create(&output).unwrap();
        dropped.file().write_all(b"half").unwrap();
        assert!(!output.exists());
        drop(dropped);
        assert_eq!(fs::read_dir(folder.path().join("deep")).unwrap().count(), 0);

        let mut whole = Partial::create(&output).unwrap();
        whole.file().write_all(b"whole").unwrap();
        assert_eq!(whole.finish().unwrap(), 5);
        assert_eq!(fs::read(&output).unwrap(), b"whole");
        assert_eq!(fs::read_dir(folder.path().join("deep")).unwrap().count(), 1);
    }
}

//! Where everything is: the files in the folder, and the four ports.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::arguments::CallerName;
use crate::failure::Failure;

/// What listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// `veilgate-gateway`
    Gateway,
    /// `veilgate-detokenize`
    Detokenize,
    /// The small application, in this process.
    Application,
    /// `veilgate-local-kms`
    LocalKms,
}

impl Service {
    /// In the order of their ports.
    pub const ALL: [Service; 4] = [
        Service::Gateway,
        Service::Detokenize,
        Service::Application,
        Service::LocalKms,
    ];

    /// Its name on the screen and of its log.
    pub fn as_str(self) -> &'static str {
        match self {
            Service::Gateway => "gateway",
            Service::Detokenize => "detokenize",
            Service::Application => "application",
            Service::LocalKms => "local-kms",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The four ports, one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    base: u16,
}

impl Ports {
    /// `base` is at most 65,532: the command line sees to it.
    pub(crate) fn new(base: u16) -> Self {
        Self { base }
    }

    pub(crate) fn of(self, service: Service) -> u16 {
        let offset = match service {
            Service::Gateway => 0,
            Service::Detokenize => 1,
            Service::Application => 2,
            Service::LocalKms => 3,
        };
        self.base.saturating_add(offset)
    }

    pub(crate) fn address(self, service: Service) -> String {
        format!("127.0.0.1:{}", self.of(service))
    }

    pub(crate) fn url(self, service: Service) -> String {
        format!("http://{}", self.address(service))
    }
}

/// The quickstart's own folder. Nothing is written outside it.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Makes the folder and those in it.
    pub(crate) fn create(&self) -> Result<(), Failure> {
        for folder in [
            self.config(),
            self.keys(),
            self.key_policies(),
            self.logs(),
            self.kms_state(),
        ] {
            fs::create_dir_all(&folder).map_err(Failure::file("make the folder", folder))?;
        }
        Ok(())
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.root.join("config")
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    pub(crate) fn key_policies(&self) -> PathBuf {
        self.root.join("key-policies")
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    pub(crate) fn kms_state(&self) -> PathBuf {
        self.root.join("local-kms")
    }

    pub(crate) fn log(&self, service: Service) -> PathBuf {
        self.logs().join(format!("{service}.log"))
    }

    pub(crate) fn token(&self, caller: CallerName) -> PathBuf {
        self.root.join(format!("{}.jwt", caller.as_str()))
    }
}

/// Writes a file that anyone may read.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<(), Failure> {
    fs::write(path, content).map_err(Failure::file("write", path))
}

/// Writes a file that only its owner may read.
pub(crate) fn write_private(path: &Path, content: impl AsRef<[u8]>) -> Result<(), Failure> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(content.as_ref()))
        .map_err(Failure::file("write", path))
}

/// A file's text, or nothing when there is none yet.
pub(crate) fn read_if_there(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::file("read", path)(error)),
    }
}

//! A certificate authority in a folder, for tests: `openssl` makes what it signs.

#![allow(clippy::unwrap_used, reason = "for tests")]

use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A root, and what it signs; the files go with it.
#[derive(Debug)]
pub struct Authority {
    folder: TempDir,
}

/// A certificate and its key, as PEM files.
#[derive(Debug)]
pub struct Issued {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Authority {
    /// A new root.
    ///
    /// # Panics
    /// Without `openssl`, or a folder for temporary files.
    #[expect(clippy::new_without_default, reason = "it makes files")]
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let ca = Issued::in_folder(folder.path(), "ca");
        ca.make(&[
            "-subj",
            "/CN=an authority of tests",
            "-addext",
            "keyUsage=critical,keyCertSign",
        ]);
        Self { folder }
    }

    /// The root's file.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// What it holds.
    ///
    /// # Panics
    /// When it is gone.
    #[must_use]
    pub fn roots(&self) -> Vec<u8> {
        std::fs::read(self.root()).unwrap()
    }

    /// A certificate for these names, as `IP:127.0.0.1`, that lasts a month.
    ///
    /// # Panics
    /// Without `openssl`.
    #[must_use]
    pub fn issue(&self, name: &str, names: &str) -> Issued {
        let issued = Issued::in_folder(self.folder.path(), name);
        let ca = Issued::in_folder(self.folder.path(), "ca");
        let (subject, names) = (format!("/CN={name}"), format!("subjectAltName={names}"));
        issued.make(&[
            "-subj",
            &subject,
            "-addext",
            &names,
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-CA",
            text(&ca.certificate),
            "-CAkey",
            text(&ca.key),
        ]);
        issued
    }
}

impl Issued {
    fn in_folder(folder: &Path, name: &str) -> Self {
        Self {
            certificate: folder.join(format!("{name}.pem")),
            key: folder.join(format!("{name}.key")),
        }
    }

    fn make(&self, arguments: &[&str]) {
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
            ])
            .args(["-nodes", "-days", "30", "-out", text(&self.certificate)])
            .args(["-keyout", text(&self.key)])
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "{said}");
    }
}

/// A path of this authority's, which is UTF-8.
///
/// # Panics
/// When it is not.
#[must_use]
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

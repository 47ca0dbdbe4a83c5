//! A certificate authority in a folder: `openssl` makes what it signs.

use std::path::{Path, PathBuf};
use std::process::Command;
use store::redis::ClientCertificate;
use tempfile::TempDir;

pub(crate) struct Authority {
    folder: TempDir,
}

/// A certificate and its key, as files.
pub(crate) struct Issued {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Authority {
    pub(crate) fn new() -> Self {
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

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    pub(crate) fn roots(&self) -> Vec<u8> {
        std::fs::read(self.root()).unwrap()
    }

    /// A certificate for these names, as `IP:127.0.0.1`, that lasts a month.
    pub(crate) fn issue(&self, name: &str, names: &str) -> Issued {
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

    pub(crate) fn of_client(&self) -> ClientCertificate {
        ClientCertificate {
            certificate: std::fs::read(&self.certificate).unwrap(),
            key: std::fs::read(&self.key).unwrap().into(),
        }
    }
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

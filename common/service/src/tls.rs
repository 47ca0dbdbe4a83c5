//! TLS for listeners (versions 1.3 and 1.2): a certificate that is read again when its files change, and clients'
//! certificates where they are asked for.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use zeroize::Zeroizing;

/// How often files are looked at. Content is compared: neither editors nor mounted volumes change
/// times and inodes reliably.
const TURN: Duration = Duration::from_secs(2);

/// The files that TLS is made of, all PEM; the `tls` of both services' configurations.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The listener's certificate, then those between it and a root.
    pub certificate: PathBuf,
    /// Its private key, not encrypted: PKCS#8, PKCS#1 or SEC 1.
    pub key: PathBuf,
    /// The certificates that may sign clients'. With it, only clients with such a certificate are served.
    pub client_roots: Option<PathBuf>,
}

impl TlsFiles {
    /// The same, where paths that are not absolute are relative to `folder`.
    #[must_use]
    pub fn in_folder(&self, folder: &Path) -> Self {
        Self {
            certificate: folder.join(&self.certificate),
            key: folder.join(&self.key),
            client_roots: self.client_roots.as_ref().map(|path| folder.join(path)),
        }
    }

    /// Each of them.
    pub fn all(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.certificate, &self.key]
            .into_iter()
            .chain(&self.client_roots)
    }
}

/// Why files do not make TLS; all are the operator's fault, and a retry helps once a file is another.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file that is not there.
    #[error("`{}` cannot be read: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file without what it should hold.
    #[error("`{}` holds no {what} in PEM", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// A certificate that signs nothing.
    #[error("`{}` holds what cannot be the root of certificates: {why}", path.display())]
    Roots {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A key that is another certificate's, or of a kind that cannot sign.
    #[error("`{}` and `{}` do not go together: {why}", certificate.display(), key.display())]
    Pair {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        why: String,
    },
    /// The library.
    #[error("TLS cannot be set up: {0}")]
    Library(#[from] rustls::Error),
}

impl TlsError {
    /// What the library refuses of a certificate and its key.
    #[must_use]
    pub fn pair(certificate: &Path, key: &Path, error: &rustls::Error) -> Self {
        Self::Pair {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            why: match error {
                rustls::Error::InconsistentKeys(_) => "the key is another certificate's".to_owned(),
                error => error.to_string(),
            },
        }
    }
}

/// TLS of a listener: its certificate as it is in its files now.
pub struct Tls {
    files: TlsFiles,
    acceptor: ArcSwap<ServerConfig>,
}

/// What files held when they were last read; `None` when they could not be.
type Seen = Vec<Option<Zeroizing<Vec<u8>>>>;

impl Tls {
    /// Reads all files.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn read(files: TlsFiles) -> Result<Self, TlsError> {
        let acceptor = ArcSwap::from_pointee(server_config(&files)?);
        Ok(Self { files, acceptor })
    }

    /// The handshake of an accepted connection.
    ///
    /// # Errors
    /// The peer speaks no TLS, or none that we do, or shows no certificate where one is asked for.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let acceptor = TlsAcceptor::from(self.acceptor.load_full());
        acceptor.accept(stream).await
    }

    /// Reads the files again when one has changed, for as long as it is polled: new connections get the new
    /// certificate. Files that do not go together, as in the middle of a renewal, change nothing.
    pub async fn watch(self: Arc<Self>) {
        let mut seen = self.contents();
        loop {
            tokio::time::sleep(TURN).await;
            let now = self.contents();
            if now != seen {
                seen = now;
                self.renew();
            }
        }
    }

    fn renew(&self) {
        let certificate = self.files.certificate.display();
        match server_config(&self.files) {
            Ok(config) => {
                self.acceptor.store(Arc::new(config));
                tracing::info!(%certificate, "the listener's certificate was read again and is in force");
            }
            Err(error) => {
                tracing::error!(%certificate, %error, "the listener's certificate was read again and is refused; the old one stays in force");
            }
        }
    }

    fn contents(&self) -> Seen {
        let read = |path| std::fs::read(path).ok().map(Zeroizing::new);
        self.files.all().map(read).collect()
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Tls")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

fn server_config(files: &TlsFiles) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let builder = match &files.client_roots {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let roots = Arc::new(certificate_roots(path)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build();
            let verifier = verifier.map_err(|error| TlsError::Roots {
                path: path.clone(),
                why: error.to_string(),
            })?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let certificates = certificates(&files.certificate)?;
    let mut config = builder
        .with_single_cert(certificates, private_key(&files.key)?)
        .map_err(|error| TlsError::pair(&files.certificate, &files.key, &error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The certificates of a PEM file, as those that may sign others.
///
/// # Errors
/// [`TlsError`].
pub fn certificate_roots(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|error| TlsError::Roots {
            path: path.to_owned(),
            why: error.to_string(),
        })?;
    }
    Ok(roots)
}

/// The certificates of a PEM file, at least one.
///
/// # Errors
/// [`TlsError`].
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(path)?;
    let certificates: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&text).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(TlsError::Pem {
            path: path.to_owned(),
            what: "certificate",
        }),
    }
}

/// The private key of a PEM file.
///
/// # Errors
/// [`TlsError`].
pub fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = read(path)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| TlsError::Pem {
        path: path.to_owned(),
        what: "unencrypted private key",
    })
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let text = std::fs::read(path).map_err(|source| TlsError::File {
        path: path.to_owned(),
        source,
    })?;
    Ok(Zeroizing::new(text))
}

#[cfg(test)]
mod tests;

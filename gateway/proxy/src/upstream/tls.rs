//! TLS to upstreams: who they are known by, and who the gateway is to them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt;
use rustls::ClientConfig;
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::aws_lc_rs::default_provider;
use service::TlsError;
use service::tls::{certificate_roots, certificates, private_key};

/// `upstreams.NAME.tls`, all PEM files.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpstreamTlsFiles {
    /// The certificates that may sign the upstream's; absent: the machine's.
    pub(crate) roots: Option<PathBuf>,
    /// Who the gateway is to an upstream that asks: a certificate, with those between it and a root.
    pub(crate) certificate: Option<PathBuf>,
    /// Its private key.
    pub(crate) key: Option<PathBuf>,
}

/// Why there is no TLS to an upstream; the operator's fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpstreamTlsError {
    /// A file.
    #[error(transparent)]
    File(#[from] TlsError),
    /// One of two that need each other.
    #[error("`certificate` and `key` need each other")]
    Half,
    /// There are no certificates to know upstreams by.
    #[error(
        "the machine has no CA certificates ({0}): install them (`ca-certificates`), or name the file of the upstream's with `roots`"
    )]
    NoRoots(std::io::Error),
}

impl UpstreamTlsFiles {
    /// The same, where paths that are not absolute are relative to `folder`.
    pub(crate) fn in_folder(&self, folder: &Path) -> Self {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| folder.join(path));
        Self {
            roots: path(&self.roots),
            certificate: path(&self.certificate),
            key: path(&self.key),
        }
    }

    /// Each of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.roots, &self.certificate, &self.key]
            .into_iter()
            .flatten()
    }

    /// Reads all files. What it gives is as good as another with the same content, and still another: an
    /// upstream that was read again gets new connections.
    pub(crate) fn read(&self) -> Result<Arc<ClientConfig>, UpstreamTlsError> {
        let provider = Arc::new(default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::from)?;
        let builder = match &self.roots {
            None => builder
                .with_native_roots()
                .map_err(UpstreamTlsError::NoRoots)?,
            Some(path) => {
                let roots = Arc::new(certificate_roots(path)?);
                let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider).build();
                let verifier = verifier.map_err(|error| TlsError::Roots {
                    path: path.clone(),
                    why: error.to_string(),
                })?;
                builder.with_webpki_verifier(verifier)
            }
        };
        let config = match (&self.certificate, &self.key) {
            (None, None) => builder.with_no_client_auth(),
            (Some(certificate), Some(key)) => builder
                .with_client_auth_cert(certificates(certificate)?, private_key(key)?)
                .map_err(|error| TlsError::pair(certificate, key, &error))?,
            _ => return Err(UpstreamTlsError::Half),
        };
        Ok(Arc::new(config))
    }
}

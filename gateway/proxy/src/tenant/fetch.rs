//! Fetches a key set over HTTPS, or over HTTP from this machine.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::Scheme;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::{ClientConfig, RootCertStore};

use super::key_set::{KeySet, KeySetError};

/// For one fetch, from the name look-up to the last byte.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// Largest key set, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// Where a key set can be fetched from: nobody on the way can put another one in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwksUrl(Uri);

impl JwksUrl {
    /// `https://…`, or `http://…` of a loopback address. `None`: neither, or with a user or a fragment.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let authority = uri.authority()?.as_str();
        let safe = match uri.scheme()? {
            scheme if *scheme == Scheme::HTTPS => true,
            scheme if *scheme == Scheme::HTTP => is_loopback(uri.host()?),
            _ => false,
        };
        let plain = !authority.contains('@') && !text.contains('#') && !uri.host()?.is_empty();
        (safe && plain).then_some(Self(uri))
    }
}

impl fmt::Display for JwksUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare
        .parse()
        .is_ok_and(|address: IpAddr| address.is_loopback());
    address || host.eq_ignore_ascii_case("localhost")
}

/// There are no certificates to know the issuer's server by.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{url}` cannot be fetched: {source}; install the machine's CA certificates (`ca-certificates`), or name a file of them in SSL_CERT_FILE"
)]
pub struct RootsError {
    url: JwksUrl,
    source: io::Error,
}

/// Why there is no new key set.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// No answer in time.
    #[error("no answer within {} seconds", TIME_LIMIT.as_secs())]
    Time,
    /// No connection, or one that broke.
    #[error("{0}")]
    Connection(String),
    /// Another status than 200. Redirects are not followed.
    #[error("the answer has status {0}")]
    Status(StatusCode),
    /// The body broke off, or is too long.
    #[error("the answer is longer than {MAX_BYTES} bytes, or broke off")]
    Body,
    /// The body is no key set.
    #[error("what was answered cannot be used: {0}")]
    Set(#[from] KeySetError),
}

/// A client for one URL.
#[derive(Debug)]
pub(crate) struct Fetcher {
    url: Uri,
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
}

impl Fetcher {
    /// Over HTTPS the machine's CA certificates say who the server is.
    pub(super) fn new(url: &JwksUrl) -> Result<Self, RootsError> {
        let tls = tls(&url.0).map_err(|source| {
            let url = url.clone();
            RootsError { url, source }
        })?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new())
            // minutes pass between two fetches
            .pool_max_idle_per_host(0)
            .build(connector);
        Ok(Self {
            url: url.0.clone(),
            client,
        })
    }

    pub(super) async fn fetch(&self) -> Result<KeySet, FetchError> {
        let fetched = tokio::time::timeout(TIME_LIMIT, self.body()).await;
        let body = fetched.map_err(|_| FetchError::Time)??;
        Ok(KeySet::parse(&body)?)
    }

    async fn body(&self) -> Result<Bytes, FetchError> {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = self.url.clone();
        let accept = http::HeaderValue::from_static("application/jwk-set+json, application/json");
        request.headers_mut().insert(header::ACCEPT, accept);
        let answer = self.client.request(request).await;
        let answer = answer.map_err(|error| FetchError::Connection(chain(&error)))?;
        if answer.status() != StatusCode::OK {
            return Err(FetchError::Status(answer.status()));
        }
        let body = Limited::new(answer.into_body(), MAX_BYTES).collect().await;
        Ok(body.map_err(|_| FetchError::Body)?.to_bytes())
    }
}

fn tls(url: &Uri) -> io::Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    let builder = if url.scheme() == Some(&Scheme::HTTPS) {
        builder.with_native_roots()?
    } else {
        builder.with_root_certificates(RootCertStore::empty())
    };
    Ok(builder.with_no_client_auth())
}

/// An error with its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;

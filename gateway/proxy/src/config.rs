//! The gateway's configuration: `raw` as YAML spells it, and the compiled [`Config`], which cannot
//! be invalid. `docs/gateway.md` is the reference for users.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use policies::{Diagnostics, KeyRing, Policy};
use seal::EpochLimits;
use vault_config::VaultConfig;

use crate::route::Matcher;
use crate::tenant::{ClaimSource, TenantSource};

mod claims;
mod compile;
mod files;
mod limits;
mod raw;
mod routes;
mod tenants;
mod upstreams;

pub use limits::Limits;

/// Everything that the gateway needs to start, but for keys that only KMS has.
#[derive(Debug)]
pub struct Config {
    /// Where requests come in.
    pub listen: SocketAddr,
    /// For HTTPS there; `None`: cleartext HTTP.
    pub tls: Option<Arc<service::Tls>>,
    /// Where health is asked for.
    pub admin: Option<SocketAddr>,
    /// Proxies in front of the gateway whose `Forwarded` and `X-Forwarded-*` are believed.
    pub trusted_hops: usize,
    /// Limits and times.
    pub limits: Limits,
    /// Where requests go.
    pub upstreams: Vec<Upstream>,
    /// Which request goes where, in order.
    pub routes: Vec<Route>,
    /// Claims that routes take tenants from, each once.
    pub claims: Vec<ClaimSource>,
    /// Policies that routes name, each once.
    pub policies: Vec<Arc<Policy>>,
    /// What tokens are made with; absent when no route has a policy.
    pub sealing: Option<Sealing>,
    /// The configuration and every file that it names, but for signers' private keys.
    pub files: Vec<PathBuf>,
    /// Diagnostics that refuse nothing.
    pub warnings: Vec<policies::Diagnostic>,
}

/// What tokens are made with, as configured.
#[derive(Debug)]
pub struct Sealing {
    /// The key ring.
    pub ring: KeyRing,
    /// Files of edge keys; the first makes, all recognize.
    pub edge_keys: Vec<PathBuf>,
    /// The signer of epochs.
    pub signer: SignerChoice,
    /// When epochs end.
    pub epochs: EpochLimits,
    /// The vault, for classes that need one.
    pub vault: Option<VaultConfig>,
}

/// Which signer of the ring vouches for this gateway's data keys.
#[derive(Debug)]
pub struct SignerChoice {
    /// Its name in the ring.
    pub name: String,
    /// Its version.
    pub version: u16,
    /// Where its private key is.
    pub key: SignerKeySource,
}

/// Where a signer's private key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerKeySource {
    /// A PKCS#8 PEM file.
    File(PathBuf),
    /// In KMS: id, ARN or alias.
    Kms(String),
}

/// An application behind the gateway.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Its name, in problem documents and logs.
    pub name: Box<str>,
    /// Host and port.
    pub authority: http::uri::Authority,
    /// What it speaks.
    pub protocol: UpstreamProtocol,
    /// For HTTPS; `None`: cleartext.
    pub tls: Option<Arc<rustls::ClientConfig>>,
}

/// What an upstream speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UpstreamProtocol {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2; in cleartext with prior knowledge.
    Http2,
}

/// One route.
#[derive(Debug)]
pub struct Route {
    /// `route 1`, by its place, unless it has a name.
    pub name: Box<str>,
    /// What it takes.
    pub matcher: Matcher,
    /// Its upstream: a place in [`Config::upstreams`].
    pub upstream: usize,
    /// Its policy: a place in [`Config::policies`]. `None`: bodies pass by decision.
    pub policy: Option<usize>,
    /// Whether bodies of types without a scanner pass on a route with a policy.
    pub other_content_types: OtherContentTypes,
    /// What happens to the upstream's answers. `None`: they pass.
    pub responses: Option<Responses>,
    /// Whether bodies are only looked at, and go on as they came.
    pub shadow: bool,
    /// What becomes of the content codings of bodies that are rewritten.
    pub content_codings: ContentCodings,
    /// Whether answers say what was found in the request.
    pub coverage_header: bool,
    /// Where requests say whose they are. `None`: there are no tenants.
    pub tenant: Option<TenantSource>,
}

/// What happens to an upstream's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Responses {
    /// A place in [`Config::policies`].
    pub policy: usize,
    /// Whether answers of types without a scanner pass.
    pub other_content_types: OtherContentTypes,
}

/// What becomes of the content codings of bodies that are rewritten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContentCodings {
    /// The upstream gets the codings that the client sent.
    #[default]
    Keep,
    /// The upstream gets the body without codings.
    Plain,
}

/// What happens to a body whose type has no scanner, on a route with a policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OtherContentTypes {
    /// It is refused with 415.
    #[default]
    Reject,
    /// It passes as it is.
    Pass,
}

/// Reads and checks a configuration and every file that it names; private keys are read later.
///
/// # Errors
/// All that is wrong, in the first file that has anything wrong.
pub fn load(file: &Path) -> Result<Config, Diagnostics> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| files::unreadable(&name, &error))?;
    compile::compile(&name, &text)
}

impl Config {
    /// The times and limits of the accept loop.
    pub fn serve_options(&self) -> service::ServeOptions {
        service::ServeOptions {
            connections: Arc::new(tokio::sync::Semaphore::new(self.limits.connections)),
            tls: self.tls.clone(),
            header_timeout: self.limits.header_timeout,
            write_timeout: self.limits.body_idle_timeout,
            max_head_bytes: self.limits.head,
            drain: self.limits.drain,
            ..service::ServeOptions::default()
        }
    }
}

/// What `Retry-After` says when too many requests are open.
pub const BUSY_RETRY: Duration = Duration::from_secs(1);

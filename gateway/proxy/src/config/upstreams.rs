//! Upstreams: their URLs, and TLS to them.

use std::path::PathBuf;
use std::sync::Arc;

use http::uri::{Authority, Scheme, Uri};
use policies::yaml::{Entries, Report, Spanned};
use policies::{Code, Place};
use rustls::ClientConfig;

use super::files::Folder;
use super::{Upstream, raw};
use crate::upstream::UpstreamTlsFiles;

/// Upstreams, and the files that their TLS is made of.
#[derive(Default)]
pub(super) struct Upstreams {
    pub(super) upstreams: Vec<Upstream>,
    pub(super) files: Vec<PathBuf>,
}

impl Upstreams {
    pub(super) fn compile(
        report: &mut Report<'_>,
        folder: &Folder<'_>,
        given: &Spanned<Entries<raw::Upstream>>,
    ) -> Self {
        if given.value.0.is_empty() {
            let help = "name at least one";
            report.error(Code::Setting, given, "there is no upstream", help);
        }
        let mut all = Self::default();
        for (name, upstream) in &given.value.0 {
            let Some((scheme, authority)) = parse(&upstream.url.value) else {
                let help = "write `http://host:port` or `https://host:port`, without a path";
                report.error(
                    Code::Setting,
                    &upstream.url,
                    "not the URL of an upstream",
                    help,
                );
                continue;
            };
            let secure = scheme == Scheme::HTTPS;
            let tls = all.tls(report, folder, upstream, secure);
            all.upstreams.push(Upstream {
                name: name.value.as_str().into(),
                authority,
                protocol: upstream.protocol,
                tls,
            });
        }
        all
    }

    /// TLS as the upstream's URL asks for it; when it cannot be, the report has an error.
    fn tls(
        &mut self,
        report: &mut Report<'_>,
        folder: &Folder<'_>,
        upstream: &raw::Upstream,
        secure: bool,
    ) -> Option<Arc<ClientConfig>> {
        let files = match &upstream.tls {
            Some(files) if !secure => {
                let message = "`tls` is for an upstream whose URL begins with `https`";
                report.error(
                    Code::Setting,
                    files,
                    message,
                    "write `https://host:port`, or remove `tls`",
                );
                return None;
            }
            None if !secure => return None,
            None => UpstreamTlsFiles::default(),
            Some(files) => files.value.in_folder(folder.0),
        };
        self.files.extend(files.all().cloned());
        match files.read() {
            Ok(tls) => Some(tls),
            Err(error) => {
                let help = "name PEM files: `roots`, the certificates that may sign the upstream's, and by choice `certificate` and `key` of this gateway";
                let place = match &upstream.tls {
                    Some(files) => Place::from(files),
                    None => Place::from(&upstream.url),
                };
                report.error(Code::File, place, error.to_string(), help);
                None
            }
        }
    }
}

/// Scheme and authority of a bare URL, without user.
fn parse(url: &str) -> Option<(Scheme, Authority)> {
    let uri: Uri = url.parse().ok()?;
    let bare = uri.path() == "/" && uri.query().is_none();
    let parts = uri.into_parts();
    let (scheme, authority) = (parts.scheme?, parts.authority?);
    let known = scheme == Scheme::HTTP || scheme == Scheme::HTTPS;
    (bare && known && !authority.as_str().contains('@')).then_some((scheme, authority))
}

//! Claims of bearer tokens that say whose requests are.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use policies::Code;
use policies::units::Span;
use policies::yaml::{OneOrMany, Report, Spanned};

use super::files::Folder;
use super::raw;
use crate::tenant::{ClaimPath, ClaimSource, JwksUrl, KeySet, KeySource};

/// How often keys are fetched when nothing else is said.
const REFRESH: Duration = Duration::from_secs(300);

/// Compiles claims; one that several routes name is compiled once.
pub(super) struct Claims<'a> {
    folder: &'a Folder<'a>,
    pub(super) sources: Vec<ClaimSource>,
    /// Files of key sets.
    pub(super) files: Vec<PathBuf>,
}

impl<'a> Claims<'a> {
    pub(super) fn new(folder: &'a Folder<'a>) -> Self {
        let (sources, files) = Default::default();
        Self {
            folder,
            sources,
            files,
        }
    }

    /// The place of a claim among the sources. `None` when something is wrong, which is then in the
    /// report.
    pub(super) fn place(
        &mut self,
        report: &mut Report<'_>,
        raw: &Spanned<raw::Claim>,
    ) -> Option<usize> {
        let claim = claim_path(report, &raw.value.name);
        let issuer = text(report, &raw.value.issuer, ISSUER_HELP);
        let audiences = audiences(report, &raw.value.audience);
        let keys = self.keys(report, raw);
        let source = ClaimSource {
            claim: claim?,
            issuer: issuer?,
            audiences: audiences?,
            keys: keys?,
        };
        if let Some(known) = self.sources.iter().position(|known| *known == source) {
            return Some(known);
        }
        self.sources.push(source);
        Some(self.sources.len() - 1)
    }

    fn keys(&mut self, report: &mut Report<'_>, raw: &Spanned<raw::Claim>) -> Option<KeySource> {
        let raw::Claim {
            jwks,
            jwks_url,
            refresh,
            ..
        } = &raw.value;
        if let (Some(refresh), None) = (refresh, jwks_url) {
            let help = "remove it: a file is read again when it changes";
            let message = "only what is fetched from `jwks_url` is refreshed";
            report.error(Code::Conflict, refresh, message, help);
        }
        match (jwks, jwks_url) {
            (Some(file), None) => self.file(report, file),
            (None, Some(url)) => fetched(report, url, refresh.as_ref()),
            _ => {
                let message = "one of `jwks` and `jwks_url` says where the issuer's keys are";
                let help = "write `jwks: keys/login.jwks`, or `jwks_url:` with the `jwks_uri` of the issuer's `.well-known/openid-configuration`";
                report.error(Code::Conflict, raw, message, help);
                None
            }
        }
    }

    fn file(&mut self, report: &mut Report<'_>, named: &Spanned<String>) -> Option<KeySource> {
        let path = self.folder.path(named);
        let text = self.folder.read(report, named)?;
        match KeySet::parse(text.as_bytes()) {
            Ok(set) => {
                if !self.files.contains(&path) {
                    self.files.push(path);
                }
                Some(KeySource::File(Arc::new(set)))
            }
            Err(error) => {
                let message = format!("`{}` cannot be used: {error}", path.display());
                let help = "write the public keys that the issuer publishes, as it publishes them";
                report.error(Code::File, named, message, help);
                None
            }
        }
    }
}

const ISSUER_HELP: &str =
    "write what stands in the tokens' `iss`, to the letter: `https://login.example.com/`";
const AUDIENCE_HELP: &str = "write what stands in the tokens' `aud`: `audience: veilgate`";

fn claim_path(report: &mut Report<'_>, name: &Spanned<String>) -> Option<ClaimPath> {
    let claim = ClaimPath::parse(&name.value);
    if claim.is_none() {
        let help = "write a claim's name of 1 to 256 bytes, or, for one inside another, a JSON Pointer: `/org/id`, with `~0` for `~` and `~1` for `/` in a name";
        report.error(Code::Setting, name, "this names no claim", help);
    }
    claim
}

fn text(report: &mut Report<'_>, given: &Spanned<String>, help: &str) -> Option<String> {
    if given.value.trim().is_empty() {
        report.error(Code::Setting, given, "this is empty", help);
        return None;
    }
    Some(given.value.clone())
}

fn audiences(report: &mut Report<'_>, given: &Spanned<OneOrMany<String>>) -> Option<Vec<String>> {
    let list = OneOrMany::list(given);
    if list.is_empty() {
        let message = "a token that is meant for nobody would be refused";
        report.error(Code::Setting, given, message, AUDIENCE_HELP);
        return None;
    }
    let texts = list.iter().map(|one| text(report, one, AUDIENCE_HELP));
    texts.collect()
}

fn fetched(
    report: &mut Report<'_>,
    url: &Spanned<String>,
    refresh: Option<&Spanned<Span>>,
) -> Option<KeySource> {
    let refresh = match refresh {
        None => REFRESH,
        Some(given) => {
            let range = Duration::from_secs(1)..=Duration::from_secs(86_400);
            if !range.contains(&given.value.0) {
                let help = "write a duration from `1s` to `1d`";
                let message = "the duration is out of range";
                report.error(Code::OutOfRange, given, message, help);
            }
            given.value.0
        }
    };
    let Some(parsed) = JwksUrl::parse(&url.value) else {
        let message = "keys cannot be fetched from there safely";
        let help = "write `https://…` without a user and without `#`; `http://` is for a loopback address alone, as others could answer in the issuer's place";
        report.error(Code::Setting, url, message, help);
        return None;
    };
    Some(KeySource::Url {
        url: parsed,
        refresh,
    })
}

#[cfg(test)]
mod tests;

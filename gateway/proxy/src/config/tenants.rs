//! Where a route's requests say whose they are.

use http::HeaderName;
use policies::yaml::{Report, Spanned};
use policies::{Code, PathSegment, PathTemplate};

use super::claims::Claims;
use super::raw;
use crate::tenant::{TenantSource, is_tenant};

/// `None` when something is wrong, which is then in the report.
pub(super) fn compile(
    report: &mut Report<'_>,
    raw: &Spanned<raw::Tenant>,
    has_trusted_hop: bool,
    claims: &mut Claims<'_>,
) -> Option<TenantSource> {
    let raw::Tenant {
        name,
        header,
        host,
        path,
        claim,
    } = &raw.value;
    match (name, header, host, path, claim) {
        (Some(name), None, None, None, None) => name_source(report, name),
        (None, Some(header), None, None, None) => header_source(report, header, has_trusted_hop),
        (None, None, Some(host), None, None) => host_source(report, host),
        (None, None, None, Some(path), None) => path_source(report, path),
        (None, None, None, None, Some(claim)) => {
            claims.place(report, claim).map(TenantSource::Claim)
        }
        _ => {
            let message =
                "one of `name`, `header`, `host`, `path` and `claim` says whose requests are";
            let help = "write one of them: `tenant: { header: x-tenant }`";
            report.error(Code::Conflict, raw, message, help);
            None
        }
    }
}

fn name_source(report: &mut Report<'_>, name: &Spanned<String>) -> Option<TenantSource> {
    if is_tenant(&name.value) {
        return Some(TenantSource::Name(name.value.as_str().into()));
    }
    let help = "write 1 to 128 ASCII letters, digits, `-`, `_`, `.`, `:` or `@`";
    report.error(Code::Setting, name, "this cannot name a tenant", help);
    None
}

/// A client could name any tenant where nobody in front of the gateway sets the field.
fn header_source(
    report: &mut Report<'_>,
    header: &Spanned<String>,
    has_trusted_hop: bool,
) -> Option<TenantSource> {
    let Ok(name) = HeaderName::try_from(header.value.as_str()) else {
        let help = "write a field's name: `x-tenant`";
        report.error(Code::Setting, header, "not a header field", help);
        return None;
    };
    if !has_trusted_hop {
        let message = "any client could send this field";
        let help = "add `trusted_hops:` with how many proxies in front of the gateway are trusted, the last of which sets the field; or take the tenant from `host`, `path` or `claim`";
        report.error(Code::Conflict, header, message, help);
        return None;
    }
    Some(TenantSource::Header(name))
}

fn host_source(report: &mut Report<'_>, host: &Spanned<String>) -> Option<TenantSource> {
    let end = host.value.strip_prefix('*').unwrap_or_default();
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if end.len() > 1 && end.starts_with('.') && end.bytes().all(is_host) {
        return Some(TenantSource::HostBefore(end.to_ascii_lowercase()));
    }
    let help = "write `*` for the tenant and what follows it: `*.example.com`";
    report.error(Code::Setting, host, "this shows no tenant", help);
    None
}

fn path_source(report: &mut Report<'_>, path: &Spanned<String>) -> Option<TenantSource> {
    let template = PathTemplate::parse(&path.value).filter(|template| {
        let values = template.segments.iter();
        let values = values.filter(|segment| **segment == PathSegment::Value);
        values.count() == 1
    });
    if template.is_none() {
        let help = "write a path with one `{}` for the tenant: `/v1/{}/**`";
        report.error(Code::Setting, path, "this shows no tenant", help);
    }
    template.map(TenantSource::Path)
}

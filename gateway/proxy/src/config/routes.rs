//! Routes and the policies that they name.

use std::path::PathBuf;
use std::sync::Arc;

use http::Method;
use policies::yaml::{Entries, Report, Spanned};
use policies::{Code, Diagnostic, Diagnostics, KeyRing, Policy};

use super::claims::Claims;
use super::files::Folder;
use super::{Responses, Route, raw, tenants};
use crate::route::{HostPattern, Matcher, PathPattern};

/// Compiles routes; a policy that several name is compiled once.
pub(super) struct Routes<'a> {
    folder: &'a Folder<'a>,
    upstreams: Vec<&'a str>,
    ring: Option<&'a KeyRing>,
    has_trusted_hop: bool,
    pub(super) claims: Claims<'a>,
    pub(super) files: Vec<PathBuf>,
    pub(super) policies: Vec<Arc<Policy>>,
    pub(super) routes: Vec<Route>,
    pub(super) warnings: Vec<Diagnostic>,
}

impl<'a> Routes<'a> {
    pub(super) fn new(
        folder: &'a Folder<'a>,
        upstreams: &'a Entries<raw::Upstream>,
        ring: Option<&'a KeyRing>,
        has_trusted_hop: bool,
    ) -> Self {
        let upstreams = upstreams
            .0
            .iter()
            .map(|(name, _)| name.value.as_str())
            .collect();
        let (files, policies, routes, warnings) = Default::default();
        Self {
            folder,
            upstreams,
            ring,
            has_trusted_hop,
            claims: Claims::new(folder),
            files,
            policies,
            routes,
            warnings,
        }
    }

    pub(super) fn compile(
        &mut self,
        report: &mut Report<'_>,
        given: &Spanned<Vec<Spanned<raw::Route>>>,
    ) -> Result<(), Diagnostics> {
        if given.value.is_empty() {
            report.error(
                Code::Setting,
                given,
                "there is no route",
                "write at least one",
            );
        }
        for (index, route) in given.value.iter().enumerate() {
            let route = self.route(report, index, &route.value)?;
            self.routes.extend(route);
        }
        Ok(())
    }

    fn route(
        &mut self,
        report: &mut Report<'_>,
        index: usize,
        raw: &raw::Route,
    ) -> Result<Option<Route>, Diagnostics> {
        let upstream = self
            .upstreams
            .iter()
            .position(|name| *name == raw.upstream.value);
        if upstream.is_none() {
            let help = format!("write one of: {}", self.upstreams.join(", "));
            report.error(
                Code::Reference,
                &raw.upstream,
                "there is no such upstream",
                help,
            );
        }
        let policy = match raw.policy.value.as_str() {
            "none" => None,
            _ => self.policy(report, &raw.policy)?,
        };
        let name = match &raw.name {
            Some(name) => name.value.as_str().into(),
            None => format!("route {}", index + 1).into(),
        };
        let matcher = matcher(report, &raw.matcher);
        let responses = match &raw.responses {
            Some(responses) => self.responses(report, &responses.value)?,
            None => None,
        };
        if let (Some(shadow), "none") = (&raw.shadow, raw.policy.value.as_str()) {
            let help = "remove it, or name a policy";
            report.error(
                Code::Conflict,
                shadow,
                "without a policy there is nothing to look for",
                help,
            );
        }
        self.one_tenant(report, raw, policy, responses.as_ref());
        Ok(upstream.map(|upstream| Route {
            name,
            matcher,
            upstream,
            policy,
            other_content_types: raw.other_content_types,
            responses,
            shadow: raw.shadow.as_ref().is_some_and(|shadow| shadow.value),
            content_codings: raw.content_codings,
            coverage_header: raw.coverage_header,
            tenant: raw.tenant.as_ref().and_then(|tenant| {
                tenants::compile(report, tenant, self.has_trusted_hop, &mut self.claims)
            }),
        }))
    }

    /// Tenants come from the route, or from the records of bodies, both ways or neither.
    fn one_tenant(
        &self,
        report: &mut Report<'_>,
        raw: &raw::Route,
        policy: Option<usize>,
        responses: Option<&Responses>,
    ) {
        let in_records = |policy: usize| {
            let policy = self.policies.get(policy);
            policy.is_some_and(|policy| policy.tenant_rule().is_some())
        };
        let of_requests = policy.map(in_records);
        let of_answers = responses.map(|responses| in_records(responses.policy));
        let any = of_requests == Some(true) || of_answers == Some(true);
        if let Some(tenant) = raw.tenant.as_ref().filter(|_| any) {
            let message = "the route's policy takes the tenant from records already";
            let help = "remove `tenant` here, or in the policy";
            report.error(Code::Conflict, tenant, message, help);
        } else if let (Some(requests), Some(answers)) = (of_requests, of_answers)
            && requests != answers
        {
            let message = "one of the route's two policies takes the tenant from records, and the other knows none";
            let help = "write `tenant` in both policies, or in neither";
            report.error(Code::Conflict, &raw.policy, message, help);
        }
    }

    fn responses(
        &mut self,
        report: &mut Report<'_>,
        raw: &raw::Responses,
    ) -> Result<Option<Responses>, Diagnostics> {
        let policy = self.policy(report, &raw.policy)?;
        Ok(policy.map(|policy| Responses {
            policy,
            other_content_types: raw.other_content_types,
        }))
    }

    fn policy(
        &mut self,
        report: &mut Report<'_>,
        named: &Spanned<String>,
    ) -> Result<Option<usize>, Diagnostics> {
        let path = self.folder.path(named);
        if let Some(known) = self.files.iter().position(|file| *file == path) {
            return Ok(Some(known));
        }
        let Some(text) = self.folder.read(report, named) else {
            return Ok(None);
        };
        let policy = policies::compile_policy(&path.display().to_string(), &text)?;
        if let Some(ring) = self.ring {
            policy.check_keys(ring)?;
        }
        self.warnings.extend_from_slice(policy.warnings());
        self.files.push(path);
        self.policies.push(Arc::new(policy));
        Ok(Some(self.policies.len() - 1))
    }
}

fn matcher(report: &mut Report<'_>, raw: &raw::Matcher) -> Matcher {
    let host = raw.host.as_ref().and_then(|host| {
        let pattern = HostPattern::parse(&host.value);
        if pattern.is_none() {
            let help = "write a host without port, such as `api.example.com` or `*.example.com`";
            report.error(Code::Setting, host, "not a host", help);
        }
        pattern
    });
    let path = raw
        .path
        .as_ref()
        .and_then(|path| match PathPattern::parse(&path.value) {
            Ok(pattern) => Some(pattern),
            Err(fault) => {
                let reason =
                    fault.map_or_else(String::new, |fault| format!(" ({})", fault.reason()));
                let help = "write a path such as `/v1/orders`, or a prefix such as `/v1/*`";
                report.error(
                    Code::Setting,
                    path,
                    format!("no request has this path{reason}"),
                    help,
                );
                None
            }
        });
    let methods = raw.methods.as_ref().map(|methods| {
        if methods.value.is_empty() {
            let help = "name at least one method, or leave `methods` out";
            report.error(Code::Setting, methods, "the route takes no method", help);
        }
        methods
            .value
            .iter()
            .filter_map(|method| self::method(report, method))
            .collect()
    });
    Matcher {
        host,
        path,
        methods,
    }
}

fn method(report: &mut Report<'_>, given: &Spanned<String>) -> Option<Method> {
    let upper = given
        .value
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    let method = Method::from_bytes(given.value.as_bytes())
        .ok()
        .filter(|_| upper);
    if method.is_none() {
        let help = "write methods in capital letters: `POST`";
        report.error(Code::Setting, given, "not a method", help);
    }
    method
}

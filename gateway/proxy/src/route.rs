//! Which route a request takes: the first that matches its host, path and method.

use http::Method;

use crate::path::PathFault;

/// What a route matches. Every part that is given must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matcher {
    /// The host, without port.
    pub host: Option<HostPattern>,
    /// The path.
    pub path: Option<PathPattern>,
    /// The methods; none means any.
    pub methods: Option<Vec<Method>>,
}

/// A host in lower case, or all below one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPattern {
    /// `api.example.com`
    Exact(String),
    /// `*.example.com`, kept as `.example.com`
    Below(String),
}

/// A path, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathPattern {
    /// `/v1/orders`
    Exact(Vec<u8>),
    /// `/v1/*`, kept as `/v1/`
    Prefix(Vec<u8>),
}

impl HostPattern {
    /// `None` when the text names no host.
    pub fn parse(text: &str) -> Option<Self> {
        let host = text.to_ascii_lowercase();
        let name = host.strip_prefix("*.").unwrap_or(&host);
        let byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let address = name.starts_with('[') && name.ends_with(']');
        if name.is_empty() || !(address || name.bytes().all(byte)) || name.ends_with('.') {
            return None;
        }
        Some(match host.strip_prefix('*') {
            Some(below) => Self::Below(below.to_owned()),
            None => Self::Exact(host),
        })
    }

    fn matches(&self, host: &str) -> bool {
        match self {
            Self::Exact(name) => host.eq_ignore_ascii_case(name),
            Self::Below(end) => {
                let start = host.len().checked_sub(end.len());
                start.is_some_and(|start| {
                    start > 0
                        && host
                            .get(start..)
                            .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
                })
            }
        }
    }
}

impl PathPattern {
    /// An exact path, or a prefix that ends in `*`.
    ///
    /// # Errors
    /// `None` inside when it does not begin with `/` or has a `*` elsewhere.
    pub fn parse(text: &str) -> Result<Self, Option<PathFault>> {
        let prefix = text.strip_suffix('*');
        let path = prefix.unwrap_or(text);
        if !path.starts_with('/') || path.contains('*') {
            return Err(None);
        }
        let decoded = crate::path::normalize(path).map_err(Some)?.into_owned();
        Ok(if prefix.is_some() {
            Self::Prefix(decoded)
        } else {
            Self::Exact(decoded)
        })
    }

    fn matches(&self, path: &[u8]) -> bool {
        match self {
            Self::Exact(exact) => path == exact,
            Self::Prefix(prefix) => path.starts_with(prefix),
        }
    }
}

impl Matcher {
    /// `authority`: host and port, as the request has it; `path`: normalized.
    pub fn matches(&self, authority: &str, path: &[u8], method: &Method) -> bool {
        self.host
            .as_ref()
            .is_none_or(|host| host.matches(host_of(authority)))
            && self
                .path
                .as_ref()
                .is_none_or(|pattern| pattern.matches(path))
            && self
                .methods
                .as_ref()
                .is_none_or(|methods| methods.contains(method))
    }
}

/// The host without its port and the root's dot.
fn host_of(authority: &str) -> &str {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    host.strip_suffix('.').unwrap_or(host)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn matcher(host: &str, path: &str, methods: &[Method]) -> Matcher {
        Matcher {
            host: Some(HostPattern::parse(host).unwrap()),
            path: Some(PathPattern::parse(path).unwrap()),
            methods: Some(methods.to_vec()),
        }
    }

    #[test]
    fn hosts_match_in_any_case_with_any_port() {
        let exact = matcher("API.example.com", "/*", &[Method::GET]);
        for authority in [
            "api.example.com",
            "Api.Example.Com:8080",
            "api.example.com.",
        ] {
            assert!(exact.matches(authority, b"/", &Method::GET), "{authority}");
        }
        for authority in [
            "example.com",
            "x.api.example.com",
            "api.example.com.evil",
            "",
        ] {
            assert!(!exact.matches(authority, b"/", &Method::GET), "{authority}");
        }
        let below = matcher("*.example.com", "/*", &[Method::GET]);
        assert!(below.matches("a.b.example.com", b"/", &Method::GET));
        assert!(!below.matches("example.com", b"/", &Method::GET));
        assert!(!below.matches(".example.com", b"/", &Method::GET));
        assert!(matcher("[::1]", "/*", &[Method::GET]).matches("[::1]:80", b"/", &Method::GET));
    }

    #[test]
    fn paths_are_exact_or_prefixes() {
        let prefix = matcher("a", "/v1/*", &[Method::POST]);
        assert!(prefix.matches("a", b"/v1/", &Method::POST));
        assert!(prefix.matches("a", b"/v1/x/y", &Method::POST));
        assert!(!prefix.matches("a", b"/v1", &Method::POST));
        assert!(!prefix.matches("a", b"/v1/x", &Method::PUT));
        let exact = matcher("a", "/v%31", &[Method::POST]);
        assert!(exact.matches("a", b"/v1", &Method::POST));
        assert!(!exact.matches("a", b"/v1/", &Method::POST));
    }

    #[test]
    fn patterns_that_cannot_match_are_refused() {
        for bad in ["v1", "/a*b", "/a//b", "/a/../b", ""] {
            assert!(PathPattern::parse(bad).is_err(), "{bad}");
        }
        for bad in ["", "a/b", "*", "a b", "a:80", "*."] {
            assert!(HostPattern::parse(bad).is_none(), "{bad}");
        }
    }
}

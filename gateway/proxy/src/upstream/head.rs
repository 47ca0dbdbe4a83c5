//! Heads on their way to the upstream and back (RFC 9110, section 7.6).

use http::header::{self, Entry, HeaderMap, HeaderName, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Uri, Version, request};
use service::request_id;

use crate::access::Access;
use crate::config::Upstream;
use crate::connection::Connection;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const HTTP2_SETTINGS: HeaderName = HeaderName::from_static("http2-settings");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Makes a client's head the upstream's. `Host` stays as the client sent it.
pub(super) fn to_upstream(
    head: &mut request::Parts,
    upstream: &Upstream,
    trusted: bool,
    connection: &Connection,
    access: &Access,
) {
    let host = match head.headers.get(header::HOST) {
        Some(host) => Some(host.clone()),
        None => head
            .uri
            .authority()
            .and_then(|own| HeaderValue::from_str(own.as_str()).ok()),
    };
    remove_hop_by_hop(&mut head.headers);
    head.headers.remove(header::EXPECT);
    head.headers.remove(header::PROXY_AUTHORIZATION);
    forwarded(&mut head.headers, host.as_ref(), trusted, connection);
    join_cookies(&mut head.headers);
    if let Some(host) = host {
        head.headers.insert(header::HOST, host);
    }
    append(&mut head.headers, header::VIA, &via(head.version));
    head.headers
        .insert(request_id::HEADER, access.id.header_value());
    head.uri = target(&head.uri, upstream.tls.is_some(), &upstream.authority);
    head.version = Version::HTTP_11;
}

/// Makes an upstream's head the client's.
pub(super) fn to_client(headers: &mut HeaderMap, version: Version, access: &Access) {
    remove_hop_by_hop(headers);
    append(headers, header::VIA, &via(version));
    headers.insert(request_id::HEADER, access.id.header_value());
}

/// Fields that concern one connection, and those that `Connection` names.
fn remove_hop_by_hop(headers: &mut HeaderMap) {
    if headers.contains_key(header::CONNECTION) {
        let named: Vec<HeaderName> = headers
            .get_all(header::CONNECTION)
            .iter()
            .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
            .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
            // What the message cannot do without is not the connection's to name.
            .filter(|name| *name != header::HOST && !describes_body(name))
            .collect();
        for name in named {
            headers.remove(name);
        }
    }
    for name in [
        header::CONNECTION,
        KEEP_ALIVE,
        PROXY_CONNECTION,
        header::TE,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        HTTP2_SETTINGS,
    ] {
        headers.remove(name);
    }
}

fn describes_body(name: &HeaderName) -> bool {
    [
        header::CONTENT_LENGTH,
        header::CONTENT_TYPE,
        header::CONTENT_ENCODING,
    ]
    .contains(name)
}

/// `Forwarded` (RFC 7239) and its older relatives. Only trusted proxies are believed: what others
/// say of where a request came from is replaced.
fn forwarded(
    headers: &mut HeaderMap,
    host: Option<&HeaderValue>,
    trusted: bool,
    connection: &Connection,
) {
    if trusted {
        append(headers, FORWARDED_FOR, &connection.forwarded_for);
        append(headers, header::FORWARDED, &connection.forwarded);
        headers
            .entry(FORWARDED_PROTO)
            .or_insert_with(|| connection.scheme.clone());
        if let Some(host) = host {
            headers
                .entry(FORWARDED_HOST)
                .or_insert_with(|| host.clone());
        }
        return;
    }
    headers.insert(FORWARDED_FOR, connection.forwarded_for.clone());
    headers.insert(header::FORWARDED, connection.forwarded.clone());
    headers.insert(FORWARDED_PROTO, connection.scheme.clone());
    match host {
        Some(host) => headers.insert(FORWARDED_HOST, host.clone()),
        None => headers.remove(FORWARDED_HOST),
    };
}

/// HTTP/2 may split the cookies; HTTP/1 may not (RFC 9113, section 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let mut cookies = headers.get_all(header::COOKIE).iter();
    if cookies.nth(1).is_none() {
        return;
    }
    let all: Vec<&[u8]> = headers
        .get_all(header::COOKIE)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    if let Ok(joined) = HeaderValue::from_bytes(&all.join(&b"; "[..])) {
        headers.insert(header::COOKIE, joined);
    }
}

/// Adds a member to a list field.
fn append(headers: &mut HeaderMap, name: HeaderName, member: &HeaderValue) {
    match headers.entry(name) {
        Entry::Vacant(vacant) => {
            vacant.insert(member.clone());
        }
        Entry::Occupied(mut occupied) => {
            let mut list = Vec::new();
            for value in occupied.iter() {
                list.extend_from_slice(value.as_bytes());
                list.extend_from_slice(b", ");
            }
            list.extend_from_slice(member.as_bytes());
            if let Ok(list) = HeaderValue::from_bytes(&list) {
                occupied.insert(list);
            }
        }
    }
}

fn via(version: Version) -> HeaderValue {
    HeaderValue::from_static(match version {
        Version::HTTP_10 => "1.0 veilgate",
        Version::HTTP_2 => "2 veilgate",
        _ => "1.1 veilgate",
    })
}

/// The same path and query at the upstream.
fn target(uri: &Uri, secure: bool, upstream: &Authority) -> Uri {
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(if secure { Scheme::HTTPS } else { Scheme::HTTP });
    parts.authority = Some(upstream.clone());
    let path = uri.path_and_query().cloned();
    parts.path_and_query = Some(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
    // Scheme, authority and path are there, so that they make a URI.
    Uri::from_parts(parts).unwrap_or_default()
}

#[cfg(test)]
mod tests;

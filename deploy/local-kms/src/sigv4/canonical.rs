//! The canonical request: one spelling for every request that means the same.

use http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{SignatureError, mismatch};

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const RESERVED_IN_PATH: &AsciiSet = &RESERVED.remove(b'/');

/// Method, path, query, headers, their names, and the hash of the body, one a line.
pub(super) fn request(
    parts: &Parts,
    signed_headers: &[&str],
    body_hash: &str,
) -> Result<String, SignatureError> {
    Ok(format!(
        "{}\n{}\n{}\n{}\n{}\n{body_hash}",
        parts.method,
        path(parts.uri.path()),
        query(parts.uri.query().unwrap_or_default()),
        headers(parts, signed_headers)?,
        signed_headers.join(";"),
    ))
}

/// Without dot segments and empty segments, and encoded once more.
fn path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let mut normal = format!("/{}", segments.join("/"));
    let folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    if folder && !normal.ends_with('/') {
        normal.push('/');
    }
    utf8_percent_encode(&normal, RESERVED_IN_PATH).to_string()
}

/// Sorted by name and value, each encoded.
fn query(query: &str) -> String {
    let encode = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
    let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (encode(&name), encode(&value)))
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// `name:value` lines; several values of one name joined by commas, runs of spaces made one.
fn headers(parts: &Parts, signed: &[&str]) -> Result<String, SignatureError> {
    let mut lines = String::new();
    for name in signed {
        let mut values: Vec<String> = Vec::new();
        for value in parts.headers.get_all(*name) {
            let text = std::str::from_utf8(value.as_bytes())
                .map_err(|_| mismatch(&format!("Header '{name}' is not UTF-8.")))?;
            values.push(single_spaces(text));
        }
        // HTTP/2 has the host in `:authority`.
        if values.is_empty() && *name == "host" {
            values.extend(parts.uri.authority().map(ToString::to_string));
        }
        if values.is_empty() {
            return Err(mismatch(&format!(
                "Signed header '{name}' is not in the request."
            )));
        }
        lines.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    Ok(lines)
}

fn single_spaces(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.trim_matches(' ').chars() {
        if character != ' ' || !out.ends_with(' ') {
            out.push(character);
        }
    }
    out
}

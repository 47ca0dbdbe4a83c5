//! From a content type to the form of a body.

use crate::problems;
use crate::problems::Refusal;
use crate::splice::Form;
use http::{HeaderMap, HeaderValue, header};
use scan::Format;

/// A content type that the service takes.
pub struct ContentType {
    /// How values are written.
    pub form: Form,
    /// How the document is read with a policy; `None` when a policy selects nothing in it.
    pub format: Option<Format>,
    /// As the request spelled it; the answer's is the same.
    pub value: HeaderValue,
}

/// Reads `Content-Type`.
///
/// # Errors
/// The problem for what is missing, no text, or not in UTF-8.
pub fn read(headers: &HeaderMap) -> Result<ContentType, Refusal> {
    let unsupported = problems::unsupported_content_type;
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(unsupported().into());
    };
    let text = value
        .to_str()
        .map_err(|_| unsupported())?
        .to_ascii_lowercase();
    let mut parts = text.split(';').map(str::trim);
    let (form, format) = parts.next().and_then(form).ok_or_else(unsupported)?;
    let charset = parts
        .filter_map(|parameter| parameter.split_once('='))
        .filter(|(name, _)| name.trim() == "charset")
        .all(|(_, charset)| {
            matches!(
                charset.trim().trim_matches('"'),
                "utf-8" | "utf8" | "us-ascii"
            )
        });
    if charset {
        Ok(ContentType {
            form,
            format,
            value: value.clone(),
        })
    } else {
        Err(unsupported().into())
    }
}

fn form(essence: &str) -> Option<(Form, Option<Format>)> {
    let (kind, name) = essence.split_once('/')?;
    Some(match (kind, name) {
        ("application", "x-ndjson" | "ndjson" | "jsonl" | "x-jsonlines" | "jsonlines") => {
            (Form::JsonLines, Some(Format::JsonLines))
        }
        ("application", "x-www-form-urlencoded") => (Form::Fields, Some(Format::Form)),
        ("text", "csv") => (Form::Csv(b','), Some(Format::Csv)),
        ("text", "tab-separated-values") => (Form::Csv(b'\t'), Some(Format::Tsv)),
        ("text", "html") => (Form::Markup, None),
        ("application" | "text", "xml") => (Form::Markup, Some(Format::Xml)),
        ("application" | "text", "json") => (Form::Json, Some(Format::Json)),
        (_, name) if name.ends_with("+json") => (Form::Json, Some(Format::Json)),
        (_, name) if name.ends_with("+xml") => (Form::Markup, Some(Format::Xml)),
        ("text", _) => (Form::Text, None),
        _ => return None,
    })
}

/// Refuses compressed bodies: tokens in them cannot be found.
///
/// # Errors
/// The problem for any `Content-Encoding` but `identity`.
pub fn refuse_encoding(headers: &HeaderMap) -> Result<(), Refusal> {
    let plain = headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .all(|value| {
            value
                .as_bytes()
                .trim_ascii()
                .eq_ignore_ascii_case(b"identity")
        });
    if plain {
        Ok(())
    } else {
        Err(problems::unsupported_content_encoding().into())
    }
}

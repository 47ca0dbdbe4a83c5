//! From a content type to the form of a body.

use crate::problems;
use crate::problems::Refusal;
use crate::splice::Form;
use http::{HeaderMap, HeaderValue, header};

/// A content type that the service takes.
pub struct ContentType {
    /// How values are written.
    pub form: Form,
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
    let form = parts.next().and_then(form).ok_or_else(unsupported)?;
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
            value: value.clone(),
        })
    } else {
        Err(unsupported().into())
    }
}

fn form(essence: &str) -> Option<Form> {
    let (kind, name) = essence.split_once('/')?;
    match (kind, name) {
        ("application", "x-ndjson" | "ndjson" | "jsonl" | "x-jsonlines" | "jsonlines") => {
            Some(Form::JsonLines)
        }
        ("text", "csv") => Some(Form::Csv(b',')),
        ("text", "tab-separated-values") => Some(Form::Csv(b'\t')),
        ("text", "html" | "xml") | ("application", "xml") => Some(Form::Markup),
        ("application" | "text", "json") => Some(Form::Json),
        (_, name) if name.ends_with("+json") => Some(Form::Json),
        (_, name) if name.ends_with("+xml") => Some(Form::Markup),
        ("text", _) => Some(Form::Text),
        _ => None,
    }
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

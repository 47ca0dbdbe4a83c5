//! Which format a media type names.

/// A format that can be scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// One JSON text.
    Json,
    /// One JSON text on each line.
    JsonLines,
    /// CSV, with the policy's delimiter.
    Csv,
    /// CSV with tabs.
    Tsv,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data` with this boundary.
    Multipart(Box<str>),
    /// XML.
    Xml,
    /// Any other text.
    Text,
}

impl Format {
    /// Its name, in logs and messages.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::JsonLines => "ndjson",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Form => "form",
            Self::Multipart(_) => "multipart",
            Self::Xml => "xml",
            Self::Text => "text",
        }
    }
}

/// A media type, parsed strictly (RFC 9110, section 8.3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType {
    /// `type/subtype`, in lower case.
    essence: String,
    /// Names in lower case, values without quotes.
    parameters: Vec<(String, String)>,
}

impl MediaType {
    /// Parses the value of a `Content-Type`; `None` when it is not exactly one media type.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (essence, mut rest) = text.split_at(text.find(';').unwrap_or(text.len()));
        let essence = essence.trim_matches(BLANKS);
        let (kind, subtype) = essence.split_once('/')?;
        if !is_token(kind) || !is_token(subtype) {
            return None;
        }
        let mut parameters = Vec::new();
        while let Some(after) = rest.strip_prefix(';') {
            let after = after.trim_start_matches(BLANKS);
            if after.is_empty() || after.starts_with(';') {
                rest = after;
                continue;
            }
            let (name, after) = after.split_once('=')?;
            let (value, after) = parameter_value(after)?;
            if !is_token(name) {
                return None;
            }
            parameters.push((name.to_ascii_lowercase(), value));
            rest = after.trim_start_matches(BLANKS);
        }
        rest.is_empty().then(|| Self {
            essence: essence.to_ascii_lowercase(),
            parameters,
        })
    }

    /// The parameter of this name; `Err` when it is there twice with different values: receivers
    /// differ in which one they take.
    ///
    /// # Errors
    /// As said.
    pub fn parameter(&self, name: &str) -> Result<Option<&str>, Ambiguous> {
        let mut values = self.parameters.iter().filter(|(each, _)| each == name);
        let first = values.next().map(|(_, value)| value.as_str());
        match values.any(|(_, value)| Some(value.as_str()) != first) {
            true => Err(Ambiguous),
            false => Ok(first),
        }
    }

    /// The format that its bodies have; `None` for one that cannot be scanned.
    ///
    /// # Errors
    /// When a boundary is given twice.
    pub fn format(&self) -> Result<Option<Format>, Ambiguous> {
        let essence = self.essence.as_str();
        Ok(Some(match essence {
            "application/json" => Format::Json,
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" => {
                Format::JsonLines
            }
            "text/csv" | "application/csv" => Format::Csv,
            "text/tab-separated-values" => Format::Tsv,
            "application/x-www-form-urlencoded" => Format::Form,
            "multipart/form-data" => {
                let boundary = self.parameter("boundary")?.unwrap_or("");
                Format::Multipart(boundary.into())
            }
            "application/xml" | "text/xml" => Format::Xml,
            _ if essence.ends_with("+json") => Format::Json,
            _ if essence.ends_with("+xml") => Format::Xml,
            _ if essence.starts_with("text/") => Format::Text,
            _ => return Ok(None),
        }))
    }
}

/// A parameter that is given twice, with different values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a parameter of the media type is given twice")]
pub struct Ambiguous;

const BLANKS: [char; 2] = [' ', '\t'];

fn is_token(text: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(token)
}

/// A token or a quoted string, and what follows it.
fn parameter_value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ' ', '\t']).unwrap_or(text.len());
        let (value, after) = text.split_at(end);
        return is_token(value).then(|| (value.to_owned(), after));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, quoted.get(at + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn formats_by_media_type() {
        for (text, format) in [
            ("application/json", Some(Format::Json)),
            ("Application/JSON ; charset=\"UTF-8\"", Some(Format::Json)),
            ("application/vnd.api+json;profile=x", Some(Format::Json)),
            ("application/x-ndjson", Some(Format::JsonLines)),
            ("application/jsonl;charset=utf8;", Some(Format::JsonLines)),
            ("text/csv; header=present", Some(Format::Csv)),
            ("text/tab-separated-values", Some(Format::Tsv)),
            ("application/x-www-form-urlencoded", Some(Format::Form)),
            (
                "multipart/form-data; boundary=\"a b\"",
                Some(Format::Multipart("a b".into())),
            ),
            ("application/soap+xml", Some(Format::Xml)),
            ("text/xml", Some(Format::Xml)),
            ("text/html; charset=utf-8", Some(Format::Text)),
            ("image/png", None),
            ("application/octet-stream", None),
        ] {
            let parsed = MediaType::parse(text).unwrap();
            assert_eq!(parsed.format(), Ok(format), "{text}");
        }
    }

    #[test]
    fn what_has_two_readings_is_refused() {
        for text in [
            "",
            "json",
            "text/plain, application/json",
            "application/json; charset",
            "application/json; charset=\"utf-8",
            "a/b; c=d e",
            "a/b; c=\"d\"e",
            "a /b",
            "a/b/c",
        ] {
            assert_eq!(MediaType::parse(text), None, "{text}");
        }
        let twice = MediaType::parse("multipart/form-data; boundary=a; Boundary=b").unwrap();
        assert_eq!(twice.format(), Err(Ambiguous));
        let same = MediaType::parse("text/csv; charset=utf-8; charset=\"utf-8\"").unwrap();
        assert_eq!(same.parameter("charset"), Ok(Some("utf-8")));
    }
}

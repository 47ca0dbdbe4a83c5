//! What a body is, by its header fields.

use coding::{Charset, ContentCoding};
use scan::{Format, MediaType};

/// Most codings that one body may have: each costs memory and work.
const MAX_CODINGS: usize = 3;

/// What a body is: its format, charset and codings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyKind {
    /// Its format.
    pub format: Format,
    /// Its charset.
    pub charset: Charset,
    /// Its codings, in the order in which they were applied.
    pub codings: Vec<ContentCoding>,
}

/// Why a body cannot be inspected, as far as its header fields say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KindError {
    /// Its media type is malformed, or can be read in two ways.
    #[error("the media type cannot be read")]
    MediaType,
    /// There is no scanner for its media type.
    #[error("the media type has no scanner")]
    NoScanner,
    /// Its charset is not known.
    #[error("the charset is not known")]
    Charset,
    /// A coding is not known, or there are too many.
    #[error("the content coding is not known")]
    Coding,
}

impl BodyKind {
    /// A body in UTF-8 without codings.
    #[must_use]
    pub fn plain(format: Format) -> Self {
        Self {
            format,
            charset: Charset::Utf8,
            codings: Vec::new(),
        }
    }

    /// Reads a `Content-Type` and the members of `Content-Encoding`.
    ///
    /// # Errors
    /// What cannot be inspected.
    pub fn parse<'a>(
        content_type: &str,
        codings: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, KindError> {
        let media_type = MediaType::parse(content_type).ok_or(KindError::MediaType)?;
        let format = media_type.format().map_err(|_| KindError::MediaType)?;
        let format = format.ok_or(KindError::NoScanner)?;
        let label = media_type.parameter("charset");
        let charset = match label.map_err(|_| KindError::Charset)? {
            None => Charset::Utf8,
            Some(label) => Charset::from_label(label).ok_or(KindError::Charset)?,
        };
        let mut known = Vec::new();
        for coding in codings {
            if !coding.eq_ignore_ascii_case("identity") {
                known.push(ContentCoding::from_token(coding).ok_or(KindError::Coding)?);
            }
        }
        if known.len() > MAX_CODINGS {
            return Err(KindError::Coding);
        }
        Ok(Self {
            format,
            charset,
            codings: known,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_can_be_inspected() {
        let kind = BodyKind::parse("text/csv; charset=windows-1252", ["gzip", "identity", "br"]);
        let expected = BodyKind {
            format: Format::Csv,
            charset: Charset::Windows1252,
            codings: vec![ContentCoding::Gzip, ContentCoding::Brotli],
        };
        assert_eq!(kind, Ok(expected));
    }

    #[test]
    fn refuses_what_cannot() {
        for (content_type, coding, error) in [
            ("json", "identity", KindError::MediaType),
            (
                "application/json, text/plain",
                "identity",
                KindError::MediaType,
            ),
            ("image/png", "identity", KindError::NoScanner),
            ("text/plain; charset=utf-7", "identity", KindError::Charset),
            (
                "text/plain; charset=utf-8; charset=latin1",
                "identity",
                KindError::Charset,
            ),
            ("text/plain", "compress", KindError::Coding),
        ] {
            assert_eq!(
                BodyKind::parse(content_type, [coding]),
                Err(error),
                "{content_type}"
            );
        }
        let four = BodyKind::parse("text/plain", ["gzip"; 4]);
        assert_eq!(four, Err(KindError::Coding));
    }
}

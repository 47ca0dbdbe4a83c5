//! What a document is: by its file's name, or as the user says.

use std::path::Path;

use coding::ContentCoding;
use rewrite::{BodyKind, KindError};
use scan::Format;

/// The media type of Parquet files, as registered with IANA.
const PARQUET: &str = "application/vnd.apache.parquet";

/// What the user says of a document.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Declared {
    /// The document's media type, instead of what its extension says: `text/csv; charset=utf-16`.
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// Its content codings in the order in which they were applied, instead of its extensions:
    /// `gzip`, `zstd`, `br`, `deflate`.
    #[arg(long, value_name = "CODING", value_delimiter = ',')]
    content_encoding: Option<Vec<String>>,
}

/// What a document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DocumentKind {
    /// What the gateway could have got as a body.
    Body(BodyKind),
    /// An Apache Parquet file.
    Parquet,
}

/// Why it is not known what a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnknownKind {
    /// No extension says it, and the user does not either.
    #[error("its name does not say what it is: give --content-type")]
    Name,
    /// What the user says cannot be scanned.
    #[error("--content-type or --content-encoding: {0}")]
    Declared(#[from] KindError),
    /// Compressed Parquet: it is compressed inside, and must be read from its end.
    #[error("a Parquet file cannot have a content coding: decompress it first")]
    CodedParquet,
}

impl DocumentKind {
    /// Settles what a document is; without `file` it comes from standard input.
    pub(crate) fn settle(file: Option<&Path>, declared: &Declared) -> Result<Self, UnknownKind> {
        let name = file.and_then(Path::file_name).unwrap_or_default();
        let name = name.to_string_lossy().to_ascii_lowercase();
        let (stem, by_name) = strip_codings(&name);
        let codings = declared.content_encoding.as_ref();
        let Some(content_type) = &declared.content_type else {
            let extension = stem.rsplit_once('.').map(|(_, extension)| extension);
            let declared = || {
                let kind = BodyKind::parse("text/plain", codings?.iter().map(String::as_str));
                Some(kind.map(|kind| kind.codings))
            };
            let codings = declared().unwrap_or(Ok(by_name))?;
            return Self::by_extension(extension.ok_or(UnknownKind::Name)?, codings);
        };
        let is_parquet = content_type.trim().eq_ignore_ascii_case(PARQUET);
        if is_parquet {
            let coded = codings.map_or(!by_name.is_empty(), |codings| !codings.is_empty());
            return if coded {
                Err(UnknownKind::CodedParquet)
            } else {
                Ok(Self::Parquet)
            };
        }
        let mut kind = BodyKind::parse(
            content_type,
            codings.into_iter().flatten().map(String::as_str),
        )?;
        if codings.is_none() {
            kind.codings = by_name;
        }
        Ok(Self::Body(kind))
    }

    fn by_extension(extension: &str, codings: Vec<ContentCoding>) -> Result<Self, UnknownKind> {
        let format = match extension {
            "json" => Format::Json,
            "ndjson" | "jsonl" => Format::JsonLines,
            "csv" => Format::Csv,
            "tsv" => Format::Tsv,
            "xml" => Format::Xml,
            "txt" | "log" => Format::Text,
            "parquet" if codings.is_empty() => return Ok(Self::Parquet),
            "parquet" => return Err(UnknownKind::CodedParquet),
            _ => return Err(UnknownKind::Name),
        };
        Ok(Self::Body(BodyKind {
            codings,
            ..BodyKind::plain(format)
        }))
    }
}

/// A file's name without the extensions of content codings, and these in the order in which they
/// were applied.
fn strip_codings(name: &str) -> (&str, Vec<ContentCoding>) {
    let mut codings = Vec::new();
    let mut stem = name;
    while let Some((before, extension)) = stem.rsplit_once('.') {
        codings.push(match extension {
            "gz" => ContentCoding::Gzip,
            "zst" => ContentCoding::Zstd,
            "br" => ContentCoding::Brotli,
            _ => break,
        });
        stem = before;
    }
    codings.reverse();
    (stem, codings)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;

    fn by_name(name: &str) -> Result<DocumentKind, UnknownKind> {
        DocumentKind::settle(Some(Path::new(name)), &Declared::default())
    }

    fn body(format: Format, codings: &[ContentCoding]) -> DocumentKind {
        DocumentKind::Body(BodyKind {
            codings: codings.to_vec(),
            ..BodyKind::plain(format)
        })
    }

    #[test]
    fn kinds_by_name() {
        use ContentCoding::{Brotli, Gzip, Zstd};
        for (name, kind) in [
            ("a.json", Ok(body(Format::Json, &[]))),
            ("dir.csv/a.b.NDJSON", Ok(body(Format::JsonLines, &[]))),
            ("a.jsonl.gz", Ok(body(Format::JsonLines, &[Gzip]))),
            ("a.csv.zst", Ok(body(Format::Csv, &[Zstd]))),
            ("a.tsv.gz.br", Ok(body(Format::Tsv, &[Gzip, Brotli]))),
            ("a.xml", Ok(body(Format::Xml, &[]))),
            ("a.log", Ok(body(Format::Text, &[]))),
            ("a.parquet", Ok(DocumentKind::Parquet)),
            ("a.parquet.gz", Err(UnknownKind::CodedParquet)),
            ("a.gz", Err(UnknownKind::Name)),
            ("json", Err(UnknownKind::Name)),
            ("a.exe", Err(UnknownKind::Name)),
        ] {
            assert_eq!(by_name(name), kind, "{name}");
        }
    }

    #[test]
    fn what_the_user_says_counts_more() {
        let mut declared = Declared {
            content_type: Some("text/csv; charset=windows-1252".to_owned()),
            content_encoding: None,
        };
        let settle = |declared: &Declared| {
            let file = Path::new("a.json.gz");
            match DocumentKind::settle(Some(file), declared).unwrap() {
                DocumentKind::Body(kind) => (kind.format, kind.charset, kind.codings.len()),
                DocumentKind::Parquet => panic!("no Parquet"),
            }
        };
        let latin = coding::Charset::Windows1252;
        assert_eq!(settle(&declared), (Format::Csv, latin, 1));
        declared.content_encoding = Some(vec!["identity".to_owned()]);
        assert_eq!(settle(&declared), (Format::Csv, latin, 0));
        declared.content_type = None;
        assert_eq!(settle(&declared), (Format::Json, coding::Charset::Utf8, 0));
        declared.content_type = Some("image/png".to_owned());
        assert_eq!(
            DocumentKind::settle(None, &declared),
            Err(UnknownKind::Declared(KindError::NoScanner))
        );
    }
}

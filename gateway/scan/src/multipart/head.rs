//! The header fields of a part, read strictly (RFC 7578, section 4).

use super::{MultipartErrorCode, text};
use crate::output::{Output, TextPart};
use crate::syntax::Syntax;
use std::ops::Range;

/// What a part says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PartHead<'a> {
    /// The field's name as it is spelled: browsers write a quote in it as `%22`.
    pub(crate) name: &'a str,
    /// Where in the head its file name is, inside the quotes.
    pub(crate) file_name: Option<Range<usize>>,
    pub(crate) content_type: Option<&'a str>,
}

impl<'a> PartHead<'a> {
    /// Reads a head, without the empty line after it.
    pub(super) fn parse(head: &'a [u8]) -> Result<Self, MultipartErrorCode> {
        let head = std::str::from_utf8(head).map_err(|_| MultipartErrorCode::Head)?;
        let (mut disposition, mut content_type, mut encoding) = (None, None, None);
        let mut start = 0;
        for line in head.split("\r\n") {
            let (name, value) = line.split_once(':').ok_or(MultipartErrorCode::Head)?;
            let token =
                |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            let control = |each: char| each.is_control() && each != '\t';
            if name.is_empty() || !name.bytes().all(token) || value.contains(control) {
                return Err(MultipartErrorCode::Head);
            }
            let place = match name.to_ascii_lowercase().as_str() {
                "content-disposition" => &mut disposition,
                "content-type" => &mut content_type,
                "content-transfer-encoding" => &mut encoding,
                _ => {
                    start += line.len() + 2;
                    continue;
                }
            };
            if place.replace((value, start + name.len() + 1)).is_some() {
                return Err(MultipartErrorCode::Head);
            }
            start += line.len() + 2;
        }
        if let Some((encoding, _)) = encoding {
            let plain = ["7bit", "8bit", "binary"];
            if !plain
                .iter()
                .any(|each| encoding.trim().eq_ignore_ascii_case(each))
            {
                return Err(MultipartErrorCode::TransferEncoding);
            }
        }
        let (disposition, at) = disposition.ok_or(MultipartErrorCode::Name)?;
        let (name, file_name) = names(disposition, at)?;
        Ok(Self {
            name,
            file_name,
            content_type: content_type.map(|(value, _)| value.trim()),
        })
    }

    /// The names that the field may be read as having.
    pub(crate) fn names(&self) -> [String; 2] {
        let decoded = self
            .name
            .replace("%22", "\"")
            .replace("%0D", "\r")
            .replace("%0A", "\n");
        [self.name.to_owned(), decoded]
    }
}

/// The name, and where the file name is, of a `form-data; name="..."; filename="..."`.
fn names(disposition: &str, at: usize) -> Result<(&str, Option<Range<usize>>), MultipartErrorCode> {
    let unclear = MultipartErrorCode::Name;
    let kind = disposition.split(';').next().unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return Err(unclear);
    }
    let mut rest = disposition.get(kind.len()..).unwrap_or_default();
    let (mut name, mut file_name) = (None, None);
    while let Some(after) = rest.strip_prefix(';') {
        let after = after.trim_start_matches([' ', '\t']);
        let (parameter, after) = after.split_once('=').ok_or(unclear)?;
        if !is_token(parameter) {
            return Err(unclear);
        }
        let (value, after) = quoted(after).ok_or(unclear)?;
        let begin = at + disposition.len() - after.len() - value.len();
        // behind the closing quote, or behind a bare token
        let begin = if after.len() + value.len() < disposition.len()
            && disposition_quoted(disposition, after)
        {
            begin - 1
        } else {
            begin
        };
        let twice = match parameter.to_ascii_lowercase().as_str() {
            "name" => name.replace(value).is_some(),
            "filename" => file_name.replace(begin..begin + value.len()).is_some(),
            // another spelling of the same, which not every reader knows (RFC 5987)
            "name*" => true,
            _ => false,
        };
        if twice || value.contains('\\') {
            return Err(unclear);
        }
        rest = after.trim_start_matches([' ', '\t']);
    }
    if !rest.is_empty() {
        return Err(unclear);
    }
    Ok((name.ok_or(unclear)?, file_name))
}

/// A parameter's name (RFC 9110, section 5.6.2). Lenient readers find another one in what is none.
fn is_token(text: &str) -> bool {
    let in_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(in_token)
}

fn disposition_quoted(disposition: &str, after: &str) -> bool {
    let end = disposition.len() - after.len();
    disposition
        .get(..end)
        .is_some_and(|before| before.ends_with('"'))
}

/// A quoted string or a token, and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    if let Some(inside) = text.strip_prefix('"') {
        return inside.split_once('"');
    }
    let end = text.find([';', ' ', '\t']).unwrap_or(text.len());
    let (value, after) = text.split_at(end);
    let bare = !value.is_empty() && !value.contains(['"', ',', '=']);
    bare.then_some((value, after))
}

/// Passes a head, and tells its file name as a text.
pub(super) fn tell(head: &[u8], parsed: &PartHead<'_>, start: u64, output: &mut impl Output) {
    let span = parsed.file_name.clone().unwrap_or(head.len()..head.len());
    output.pass(head.get(..span.start).unwrap_or_default());
    let name = head.get(span.clone()).unwrap_or_default();
    if !name.is_empty() {
        let quoted = head.get(span.end) == Some(&b'"');
        output.text(TextPart {
            syntax: Syntax::FileName { quoted },
            ..text(name, start + span.start as u64, true)
        });
    }
    output.pass(head.get(span.end..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::string_slice, reason = "tests")]
    use super::*;

    #[test]
    fn reads_what_browsers_write() {
        let head = "Content-Disposition: form-data; name=\"a b\"; filename=\"c;d.txt\"\r\ncontent-TYPE: text/plain\r\nX-Other: 1";
        let part = PartHead::parse(head.as_bytes()).unwrap();
        assert_eq!((part.name, part.content_type), ("a b", Some("text/plain")));
        assert_eq!(&head[part.file_name.unwrap()], "c;d.txt");
        let head = "content-disposition:form-data;filename=x.y;name=n";
        let part = PartHead::parse(head.as_bytes()).unwrap();
        assert_eq!(part.name, "n");
        assert_eq!(&head[part.file_name.unwrap()], "x.y");
        let part = PartHead::parse(b"content-disposition: form-data; name=\"%22q%22\"").unwrap();
        assert_eq!(part.names(), ["%22q%22".to_owned(), "\"q\"".to_owned()]);
    }

    #[test]
    fn refuses_what_has_two_readings() {
        use MultipartErrorCode::{Head, Name, TransferEncoding};
        let name = "content-disposition: form-data; name=\"a\"";
        for (head, code) in [
            (String::new(), Head),
            ("x-other: 1".to_owned(), Name),
            (format!("{name}\r\n{name}"), Head),
            (format!("{name}\r\n folded: 1"), Head),
            (format!("{name}\nx: 1"), Head),
            (format!("{name}; name=\"b\""), Name),
            (format!("{name}; name*=utf-8''b"), Name),
            (format!("{name}; x"), Name),
            (format!("{name}; x: y; name=b"), Name),
            (format!("{name}; x; Name=b"), Name),
            (
                "content-disposition: form-data; name =\"a\"".to_owned(),
                Name,
            ),
            (format!("{name}\"b\""), Name),
            (
                "content-disposition: form-data; name=\"a\\\"b\"".to_owned(),
                Name,
            ),
            (
                "content-disposition: attachment; name=\"a\"".to_owned(),
                Name,
            ),
            ("content-disposition: form-data".to_owned(), Name),
            (
                format!("{name}\r\ncontent-transfer-encoding: base64"),
                TransferEncoding,
            ),
        ] {
            assert_eq!(PartHead::parse(head.as_bytes()), Err(code), "{head:?}");
        }
        let plain = format!("{name}\r\nContent-Transfer-Encoding: 8BIT");
        assert!(PartHead::parse(plain.as_bytes()).is_ok());
    }
}

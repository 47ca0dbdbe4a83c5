//! One request head, line by line as it comes.

use super::Refusal;
use super::field;

/// hyper's own limit; more would end in an answer without a problem document.
const MAX_FIELDS: usize = 100;

/// How the bytes after a head are delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// `Content-Length`, or 0 without any.
    Length(u64),
    Chunked,
}

/// A whole head.
#[derive(Debug)]
pub(super) struct Head {
    /// Bytes, up to and including the empty line.
    pub(super) length: usize,
    pub(super) framing: Framing,
}

/// Where in a head the scanner is, and what it has learnt from the lines before.
#[derive(Debug)]
pub(super) struct HeadScanner {
    max_bytes: usize,
    /// Bytes of whole lines so far.
    line_start: usize,
    /// Bytes after `line_start` that hold no line feed.
    searched: usize,
    fields: usize,
    version: Option<Version>,
    content_length: Option<u64>,
    chunked: bool,
    host: Option<Box<[u8]>>,
    target_host: Option<Box<[u8]>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    Http10,
    Http11,
}

impl HeadScanner {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            line_start: 0,
            searched: 0,
            fields: 0,
            version: None,
            content_length: None,
            chunked: false,
            host: None,
            target_host: None,
        }
    }

    /// Goes on with a head; `bytes` are all of it that have come, from its first byte. `None`:
    /// it is not whole yet.
    pub(super) fn scan(&mut self, bytes: &[u8]) -> Result<Option<Head>, Refusal> {
        loop {
            let rest = bytes.get(self.line_start..).unwrap_or_default();
            let unsearched = rest.get(self.searched..).unwrap_or_default();
            let Some(found) = memchr::memchr(b'\n', unsearched) else {
                self.searched = rest.len();
                return if bytes.len() > self.max_bytes {
                    Err(Refusal::TooLarge)
                } else {
                    Ok(None)
                };
            };
            let end = self.searched + found;
            let line = rest.get(..end).and_then(|line| line.strip_suffix(b"\r"));
            let line = line.ok_or(Refusal::BareLineFeed)?;
            self.line_start += end + 1;
            self.searched = 0;
            if self.line_start > self.max_bytes {
                return Err(Refusal::TooLarge);
            }
            if self.version.is_none() {
                // RFC 9112, section 2.2: an empty line before the request line is ignored.
                if !line.is_empty() {
                    self.request_line(line)?;
                }
            } else if line.is_empty() {
                return self.end().map(Some);
            } else {
                self.field_line(line)?;
            }
        }
    }

    fn request_line(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let mut parts = line.split(|&byte| byte == b' ');
        let (Some(method), Some(target), Some(version), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Refusal::RequestLine);
        };
        if !field::is_token(method) {
            return Err(Refusal::Method);
        }
        self.target(method, target)?;
        self.version = Some(match version {
            b"HTTP/1.1" => Version::Http11,
            b"HTTP/1.0" => Version::Http10,
            _ => return Err(Refusal::Version),
        });
        Ok(())
    }

    fn target(&mut self, method: &[u8], target: &[u8]) -> Result<(), Refusal> {
        if !target
            .iter()
            .all(|&byte| matches!(byte, 0x21..=0x7E | 0x80..))
        {
            return Err(Refusal::Target);
        }
        if method == b"CONNECT" || target == b"*" && method == b"OPTIONS" {
            return Ok(());
        }
        if target.starts_with(b"/") {
            // What hyper could not read would get an answer of hyper's own.
            return match http::uri::PathAndQuery::try_from(target) {
                Ok(_) => Ok(()),
                Err(_) => Err(Refusal::Target),
            };
        }
        let uri = http::Uri::try_from(target).map_err(|_| Refusal::Target)?;
        let authority = uri.authority().ok_or(Refusal::Target)?;
        let http = matches!(uri.scheme_str(), Some("http" | "https"));
        if !http || authority.as_str().contains('@') {
            return Err(Refusal::Target);
        }
        self.target_host = Some(authority.as_str().as_bytes().into());
        Ok(())
    }

    fn field_line(&mut self, line: &[u8]) -> Result<(), Refusal> {
        self.fields += 1;
        if self.fields > MAX_FIELDS {
            return Err(Refusal::TooLarge);
        }
        let (name, value) = field::split(line)?;
        // The length of a name tells nearly all other fields from these.
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => self.host_field(value),
            14 if name.eq_ignore_ascii_case(b"content-length") => self.length_field(value),
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => self.encoding_field(value),
            14 | 17 if field::is_look_alike(name) => Err(Refusal::LookAlike),
            _ => Ok(()),
        }
    }

    fn host_field(&mut self, value: &[u8]) -> Result<(), Refusal> {
        let host_byte = |byte: &u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':' | b'[' | b']')
        };
        if self.host.is_some() || value.is_empty() || !value.iter().all(host_byte) {
            return Err(Refusal::Host);
        }
        self.host = Some(value.into());
        Ok(())
    }

    fn length_field(&mut self, value: &[u8]) -> Result<(), Refusal> {
        if self.content_length.is_some() || !value.iter().all(u8::is_ascii_digit) {
            return Err(Refusal::ContentLength);
        }
        let length: Option<i64> = std::str::from_utf8(value)
            .ok()
            .and_then(|text| text.parse().ok());
        let length = length.and_then(|length| u64::try_from(length).ok());
        self.content_length = Some(length.ok_or(Refusal::ContentLength)?);
        Ok(())
    }

    fn encoding_field(&mut self, value: &[u8]) -> Result<(), Refusal> {
        let known = value.eq_ignore_ascii_case(b"chunked");
        if self.chunked || !known || self.version != Some(Version::Http11) {
            return Err(Refusal::TransferEncoding);
        }
        self.chunked = true;
        Ok(())
    }

    fn end(&self) -> Result<Head, Refusal> {
        if self.chunked && self.content_length.is_some() {
            return Err(Refusal::TwoFramings);
        }
        if self.host.is_none() && self.version == Some(Version::Http11) {
            return Err(Refusal::Host);
        }
        if let (Some(target), Some(host)) = (&self.target_host, &self.host)
            && !target.eq_ignore_ascii_case(host)
        {
            return Err(Refusal::Host);
        }
        let framing = if self.chunked {
            Framing::Chunked
        } else {
            Framing::Length(self.content_length.unwrap_or(0))
        };
        Ok(Head {
            length: self.line_start,
            framing,
        })
    }
}

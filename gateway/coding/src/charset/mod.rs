//! Charsets, converted to UTF-8 and back.

mod error;
mod marks;
mod single;
#[cfg(test)]
mod tests;
mod utf16;

pub use error::{CharsetError, CharsetErrorCode};

use marks::Marks;
use utf16::Utf16;
use zeroize::Zeroize;

/// A charset that bodies may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Charset {
    /// UTF-8.
    Utf8,
    /// US-ASCII: UTF-8 of which only the first 128 characters are used.
    Ascii,
    /// UTF-16 with a byte order mark, which says which of the two it is. Without one it could be
    /// read either way (RFC 2781 says big, most writers mean little) and is refused.
    Utf16,
    /// UTF-16, little end first.
    Utf16Le,
    /// UTF-16, big end first.
    Utf16Be,
    /// ISO-8859-1: each byte is the character of its number.
    Latin1,
    /// Windows-1252; the five bytes that it leaves undefined are refused.
    Windows1252,
}

impl Charset {
    const ALL: [Self; 7] = [
        Self::Utf8,
        Self::Ascii,
        Self::Utf16,
        Self::Utf16Le,
        Self::Utf16Be,
        Self::Latin1,
        Self::Windows1252,
    ];

    /// The charset of an IANA name or alias, in any case.
    #[must_use]
    pub fn from_label(label: &str) -> Option<Self> {
        let label = label.trim();
        let is_named = |charset: &Self| {
            let mut names = charset.names().iter();
            names.any(|name| name.eq_ignore_ascii_case(label))
        };
        Self::ALL.into_iter().find(is_named)
    }

    /// Its IANA name and aliases, in lower case.
    #[must_use]
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Utf8 => &["utf-8", "utf8", "csutf8"],
            Self::Ascii => &[
                "us-ascii",
                "ascii",
                "ansi_x3.4-1968",
                "iso646-us",
                "csascii",
            ],
            Self::Utf16 => &["utf-16", "csutf16"],
            Self::Utf16Le => &["utf-16le"],
            Self::Utf16Be => &["utf-16be"],
            Self::Latin1 => &[
                "iso-8859-1",
                "iso_8859-1",
                "iso8859-1",
                "latin1",
                "l1",
                "csisolatin1",
            ],
            Self::Windows1252 => &["windows-1252", "cp1252", "x-cp1252", "cswindows1252"],
        }
    }

    /// Whether bodies in it need no conversion.
    #[must_use]
    pub const fn is_utf8(self) -> bool {
        matches!(self, Self::Utf8 | Self::Ascii)
    }
}

/// Converts a body to UTF-8. Bodies of [`Charset::Utf8`] and [`Charset::Ascii`] are copied: whoever
/// reads them checks them.
#[derive(Debug)]
pub struct ToUtf8 {
    charset: Charset,
    marks: Marks,
    utf16: Utf16,
    read: u64,
}

impl ToUtf8 {
    /// For one body.
    #[must_use]
    pub fn new(charset: Charset) -> Self {
        Self {
            charset,
            marks: Marks::default(),
            utf16: Utf16::new(charset),
            read: 0,
        }
    }

    /// Converts a chunk, and appends what comes of it to `out`.
    ///
    /// # Errors
    /// Bytes that the charset does not have, with their offset; among them, at the beginning, the
    /// byte order mark of another charset.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), CharsetError> {
        self.marks.look(self.charset, chunk)?;
        match self.charset {
            Charset::Utf8 | Charset::Ascii => out.extend_from_slice(chunk),
            Charset::Latin1 | Charset::Windows1252 => {
                let converted = single::to_utf8(self.charset, chunk, out);
                converted.map_err(|at| CharsetError::invalid(self.read + at as u64))?;
            }
            Charset::Utf16 | Charset::Utf16Le | Charset::Utf16Be => {
                self.utf16.push(chunk, self.read, out)?;
            }
        }
        self.read += chunk.len() as u64;
        Ok(())
    }

    /// The byte order mark, once it was read, of a body of [`Charset::Utf16`].
    #[must_use]
    pub fn mark(&self) -> Option<ByteOrderMark> {
        let little = self.utf16.marked()?;
        Some(ByteOrderMark { little })
    }

    /// Ends the body.
    ///
    /// # Errors
    /// It ended inside a character.
    pub fn finish(&self) -> Result<(), CharsetError> {
        match self.utf16.is_between() {
            true => Ok(()),
            false => Err(CharsetError::truncated(self.read)),
        }
    }
}

/// The byte order mark that a body began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteOrderMark {
    little: bool,
}

/// Converts a body back to its charset.
#[derive(Debug)]
pub struct FromUtf8 {
    charset: Charset,
    little: bool,
    /// The byte order mark is still to be written.
    mark: bool,
    /// The beginning of a character that the last chunk ended in.
    begun: Vec<u8>,
}

impl FromUtf8 {
    /// For one body.
    #[must_use]
    pub fn new(charset: Charset) -> Self {
        Self {
            charset,
            little: charset == Charset::Utf16Le,
            mark: charset == Charset::Utf16,
            begun: Vec::new(),
        }
    }

    /// Converts a chunk back, and appends what comes of it to `out`; `mark` is what
    /// [`ToUtf8::mark`] told of the body when it had converted this far.
    ///
    /// # Errors
    /// A character that the charset does not have.
    pub fn push(
        &mut self,
        chunk: &[u8],
        mark: Option<ByteOrderMark>,
        out: &mut Vec<u8>,
    ) -> Result<(), CharsetError> {
        if self.charset.is_utf8() {
            out.extend_from_slice(chunk);
            return Ok(());
        }
        if self.mark
            && let Some(ByteOrderMark { little }) = mark
        {
            self.mark = false;
            self.little = little;
            utf16::write('\u{FEFF}', little, out);
        }
        self.begun.extend_from_slice(chunk);
        let begun = std::mem::take(&mut self.begun);
        let (text, rest) = match std::str::from_utf8(&begun) {
            Ok(text) => (text, &[][..]),
            Err(error) if error.error_len().is_none() => {
                let (text, rest) = begun.split_at(error.valid_up_to());
                (std::str::from_utf8(text).unwrap_or_default(), rest)
            }
            Err(_) => return Err(CharsetError::unencodable()),
        };
        for character in text.chars() {
            match self.charset {
                Charset::Latin1 | Charset::Windows1252 => {
                    let byte = single::from_char(self.charset, character);
                    out.push(byte.ok_or_else(CharsetError::unencodable)?);
                }
                _ => utf16::write(character, self.little, out),
            }
        }
        self.begun.extend_from_slice(rest);
        Ok(())
    }

    /// Ends the body.
    ///
    /// # Errors
    /// It ended inside a character.
    pub fn finish(&self) -> Result<(), CharsetError> {
        match self.begun.is_empty() {
            true => Ok(()),
            false => Err(CharsetError::unencodable()),
        }
    }
}

impl Drop for FromUtf8 {
    fn drop(&mut self) {
        self.begun.zeroize();
    }
}

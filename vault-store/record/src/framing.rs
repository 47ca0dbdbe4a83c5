//! What stands around a token in text (sections 1 and 7).

use thiserror::Error;

/// Longest prefix or suffix, in bytes.
pub const MAX_MARK_BYTES: usize = 32;

/// How what lies between prefix and suffix is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// `base64url(head) . base64url(body)`, without padding.
    Veilgate,
    /// Standard base64 with padding of one RSA ciphertext: the original AWS pattern.
    Original,
}

impl Encoding {
    /// Whether `byte` can stand in a run of this encoding's base64.
    #[inline]
    pub(crate) const fn holds(self, byte: u8) -> bool {
        match self {
            Self::Veilgate => byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_',
            Self::Original => byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/',
        }
    }

    /// The one byte that can follow a run and is not the suffix: a dot, or padding.
    pub(crate) const fn mark(self) -> u8 {
        match self {
            Self::Veilgate => b'.',
            Self::Original => b'=',
        }
    }

    const fn inside(self, byte: u8) -> bool {
        self.holds(byte) || byte == self.mark()
    }
}

/// A prefix, a suffix and an encoding that together make tokens findable in any text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Framing {
    prefix: Box<str>,
    suffix: Box<str>,
    encoding: Encoding,
}

/// Why a prefix and suffix cannot frame tokens.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FramingError {
    /// Empty or over [`MAX_MARK_BYTES`].
    #[error("the {which} must have 1 to {MAX_MARK_BYTES} characters")]
    Length {
        /// `prefix` or `suffix`.
        which: &'static str,
    },
    /// A character that some format would have to escape.
    #[error(
        "the {which} holds {found:?}: use printable ASCII without space, quotes, backslash, comma, `<`, `>` and `&`, so that tokens need no escape in JSON, XML and CSV"
    )]
    Character {
        /// `prefix` or `suffix`.
        which: &'static str,
        /// The first such character.
        found: char,
    },
    /// The prefix could occur inside a token.
    #[error("the prefix must hold at least one character that tokens do not hold, such as `~`")]
    PrefixInside,
    /// The suffix's first character could go on the token.
    #[error("the suffix must begin with a character that tokens do not hold, such as `~`")]
    SuffixInside,
}

impl Framing {
    /// `~vg1.` … `~`
    pub fn veilgate() -> Self {
        Self {
            prefix: "~vg1.".into(),
            suffix: "~".into(),
            encoding: Encoding::Veilgate,
        }
    }

    /// A framing that keeps the rule of section 1: nothing in it needs an escape, the prefix
    /// cannot occur inside a token, and the suffix cannot be read as more of the token.
    pub fn new(prefix: &str, suffix: &str, encoding: Encoding) -> Result<Self, FramingError> {
        check_mark("prefix", prefix)?;
        check_mark("suffix", suffix)?;
        if prefix.bytes().all(|byte| encoding.inside(byte)) {
            return Err(FramingError::PrefixInside);
        }
        if suffix
            .bytes()
            .next()
            .is_none_or(|byte| encoding.inside(byte))
        {
            return Err(FramingError::SuffixInside);
        }
        Ok(Self {
            prefix: prefix.into(),
            suffix: suffix.into(),
            encoding,
        })
    }

    /// What a token begins with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// What a token ends with.
    pub fn suffix(&self) -> &str {
        &self.suffix
    }

    /// How what lies between is written.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// `text` without prefix and suffix, if it has both.
    pub fn strip<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        let (prefix, suffix) = (self.prefix.as_bytes(), self.suffix.as_bytes());
        // nearly every text that is no token is told by its first character
        if text.first() != prefix.first() {
            return None;
        }
        text.strip_prefix(prefix)?.strip_suffix(suffix)
    }
}

fn check_mark(which: &'static str, mark: &str) -> Result<(), FramingError> {
    if mark.is_empty() || mark.len() > MAX_MARK_BYTES {
        return Err(FramingError::Length { which });
    }
    let escaped =
        |c: char| !c.is_ascii_graphic() || matches!(c, '"' | '\'' | '\\' | ',' | '<' | '>' | '&');
    match mark.chars().find(|&c| escaped(c)) {
        Some(found) => Err(FramingError::Character { which, found }),
        None => Ok(()),
    }
}

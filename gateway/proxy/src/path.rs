//! Request paths in the one form that routes are matched in.
//!
//! A route decides whether a body is inspected, so a path that the upstream could read as another
//! one is a way around a policy. What has two readings is refused; the rest is decoded once.

use std::borrow::Cow;

/// Why a path could be read in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathFault {
    /// `.` or `..` as a segment, spelled out or percent-encoded.
    DotSegment,
    /// `//`: some servers merge the slashes.
    EmptySegment,
    /// `;`: some servers cut parameters off.
    Parameters,
    /// `\`, or a percent-encoded `/` or `\`.
    Separator,
    /// A control character, spelled out or percent-encoded.
    Control,
    /// `%` without two hex digits, or decoded text that is percent-encoded once more.
    Encoding,
}

impl PathFault {
    /// The word in the problem document.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::DotSegment => "dot-segment",
            Self::EmptySegment => "empty-segment",
            Self::Parameters => "path-parameters",
            Self::Separator => "separator",
            Self::Control => "control-character",
            Self::Encoding => "percent-encoding",
        }
    }
}

/// The path decoded, as bytes: `/a%20b` and `/a b` are one. Borrowed when it had no escape.
///
/// # Errors
/// [`PathFault`].
pub fn normalize(path: &str) -> Result<Cow<'_, [u8]>, PathFault> {
    let raw = path.as_bytes();
    // An ordinary path needs one look.
    let plain = raw.iter().all(|&byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'~' | b':' | b'@')
    });
    if !plain {
        return decode(raw).and_then(|decoded| check(&decoded).map(|()| decoded));
    }
    check_slashes(raw).map(|()| Cow::Borrowed(raw))
}

fn decode(raw: &[u8]) -> Result<Cow<'_, [u8]>, PathFault> {
    if !raw.contains(&b'%') {
        return Ok(Cow::Borrowed(raw));
    }
    let mut decoded = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            decoded.push(*first);
            continue;
        }
        let ([high, low], after) = after.split_first_chunk().ok_or(PathFault::Encoding)?;
        let byte = hex(*high).zip(hex(*low)).ok_or(PathFault::Encoding)?;
        let byte = byte.0 << 4 | byte.1;
        if matches!(byte, b'/' | b'\\') {
            return Err(PathFault::Separator);
        }
        decoded.push(byte);
        rest = after;
    }
    let again = |triple: &[u8]| matches!(triple, [b'%', high, low] if hex(*high).is_some() && hex(*low).is_some());
    if decoded.windows(3).any(again) {
        return Err(PathFault::Encoding);
    }
    Ok(Cow::Owned(decoded))
}

fn check(decoded: &[u8]) -> Result<(), PathFault> {
    for byte in decoded {
        match byte {
            0..=0x1F | 0x7F => return Err(PathFault::Control),
            b'\\' => return Err(PathFault::Separator),
            b';' => return Err(PathFault::Parameters),
            _ => {}
        }
    }
    if decoded
        .split(|&byte| byte == b'/')
        .any(|segment| matches!(segment, b"." | b".."))
    {
        return Err(PathFault::DotSegment);
    }
    check_slashes(decoded)
}

fn check_slashes(path: &[u8]) -> Result<(), PathFault> {
    if path.windows(2).any(|pair| pair == b"//") {
        Err(PathFault::EmptySegment)
    } else {
        Ok(())
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn reads_every_spelling_alike() {
        for (path, expected) in [
            ("/v1/orders", "/v1/orders"),
            ("/v1/%6Frders", "/v1/orders"),
            ("/%E2%82%AC", "/€"),
            ("/€", "/€"),
            ("/.well-known/a..b/c.", "/.well-known/a..b/c."),
            ("/100%25", "/100%"),
            ("*", "*"),
        ] {
            assert_eq!(normalize(path).unwrap(), expected.as_bytes(), "{path}");
        }
    }

    #[test]
    fn refuses_what_has_two_readings() {
        for (path, fault) in [
            ("/a/../b", PathFault::DotSegment),
            ("/a/.", PathFault::DotSegment),
            ("/a/%2e%2E/b", PathFault::DotSegment),
            ("/a//b", PathFault::EmptySegment),
            ("//", PathFault::EmptySegment),
            ("/a.b//c", PathFault::EmptySegment),
            ("/a;x/b", PathFault::Parameters),
            ("/a%3bx", PathFault::Parameters),
            ("/a%2Fb", PathFault::Separator),
            ("/a%5cb", PathFault::Separator),
            ("/a\\b", PathFault::Separator),
            ("/a%00", PathFault::Control),
            ("/a%7f", PathFault::Control),
            ("/a%", PathFault::Encoding),
            ("/a%2", PathFault::Encoding),
            ("/a%zz", PathFault::Encoding),
            ("/a%252e", PathFault::Encoding),
        ] {
            assert_eq!(normalize(path), Err(fault), "{path}");
        }
    }
}

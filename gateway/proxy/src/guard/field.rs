//! One field line (RFC 9112, section 5), strictly.

use super::Refusal;

/// A field line without its CRLF: the name and the value, without white space around it.
pub(super) fn split(line: &[u8]) -> Result<(&[u8], &[u8]), Refusal> {
    if matches!(line.first(), Some(b' ' | b'\t')) {
        return Err(Refusal::FoldedLine);
    }
    let colon = memchr::memchr(b':', line).ok_or(Refusal::FieldName)?;
    let (name, rest) = line.split_at_checked(colon).ok_or(Refusal::FieldName)?;
    if !is_token(name) {
        return Err(Refusal::FieldName);
    }
    let value = rest.get(1..).unwrap_or_default();
    if !value.iter().all(|&byte| is_field_byte(byte)) {
        return Err(Refusal::FieldValue);
    }
    // Only spaces and tabs are left to trim.
    Ok((name, value.trim_ascii()))
}

/// Visible ASCII, space, tab, or obs-text.
pub(super) const fn is_field_byte(byte: u8) -> bool {
    matches!(byte, b'\t' | 0x20..=0x7E | 0x80..)
}

/// RFC 9110, section 5.6.2.
pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&byte| is_token_byte(byte))
}

const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

/// Whether a name is one of the framing fields but for `_` in place of `-`: CGI and WSGI servers
/// read both alike.
pub(super) fn is_look_alike(name: &[u8]) -> bool {
    [&b"content_length"[..], b"transfer_encoding"]
        .iter()
        .any(|field| name.eq_ignore_ascii_case(field))
}

/// Fields that no trailer section may hold (RFC 9110, section 6.5.1): they would change how the
/// message is framed, routed or authorized after the fact.
pub(super) fn is_forbidden_trailer(name: &[u8]) -> bool {
    const FORBIDDEN: [&[u8]; 14] = [
        b"transfer-encoding",
        b"content-length",
        b"content-encoding",
        b"content-type",
        b"content-range",
        b"host",
        b"trailer",
        b"te",
        b"connection",
        b"upgrade",
        b"expect",
        b"authorization",
        b"cookie",
        b"set-cookie",
    ];
    is_look_alike(name)
        || FORBIDDEN
            .iter()
            .any(|field| name.eq_ignore_ascii_case(field))
}

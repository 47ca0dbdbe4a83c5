//! Percent-encoding (RFC 3986, section 2.1).

use crate::syntax::Unfit;

/// Writes a segment of a path, unless servers could read it in two ways: they split the path at an
/// encoded slash, cut parameters off, go up at dots, merge what is empty, or decode it twice.
pub(super) fn write_segment(text: &str, out: &mut Vec<u8>) -> Result<(), Unfit> {
    let encoded_once_more = |triple: &[u8]| matches!(triple, [b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit());
    if text.is_empty() {
        return Err(Unfit::Empty);
    }
    if text
        .bytes()
        .any(|byte| byte.is_ascii_control() || matches!(byte, b'/' | b'\\' | b';'))
    {
        return Err(Unfit::Character);
    }
    if matches!(text, "." | "..") || text.as_bytes().windows(3).any(encoded_once_more) {
        return Err(Unfit::Structure);
    }
    push_percent_encoded(text.as_bytes(), out);
    Ok(())
}

/// All but the unreserved characters of RFC 3986, section 2.3.
pub(super) fn push_percent_encoded(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte);
        } else {
            const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
            let digit = |index: u8| DIGITS.get(usize::from(index)).copied().unwrap_or(b'0');
            out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

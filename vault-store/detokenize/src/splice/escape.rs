//! How a value is spelled where it is put.

use memchr::memchr3;
use zeroize::Zeroize;

/// A buffer that holds values. When it must grow, the old one is wiped.
type Out = Vec<u8>;

/// Makes room for `more` bytes without leaving a copy behind.
fn reserve(out: &mut Out, more: usize) {
    if out.capacity() - out.len() < more {
        let mut larger = Vec::with_capacity((out.len() + more).max(out.capacity() * 2));
        larger.extend_from_slice(out);
        std::mem::replace(out, larger).zeroize();
    }
}

pub(super) fn append(out: &mut Out, bytes: &[u8]) {
    reserve(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// Writes bytes in runs, with a replacement for those that have one.
fn replace<'a>(out: &mut Out, bytes: &[u8], with: impl Fn(u8) -> Option<&'a [u8]>) {
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if let Some(replacement) = with(*byte) {
            append(out, bytes.get(from..at).unwrap_or_default());
            append(out, replacement);
            from = at + 1;
        }
    }
    append(out, bytes.get(from..).unwrap_or_default());
}

/// The inside of a JSON string (RFC 8259, section 7).
pub(super) fn json(out: &mut Out, text: &str) {
    const HEX: [&[u8]; 32] = [
        b"\\u0000", b"\\u0001", b"\\u0002", b"\\u0003", b"\\u0004", b"\\u0005", b"\\u0006",
        b"\\u0007", b"\\b", b"\\t", b"\\n", b"\\u000b", b"\\f", b"\\r", b"\\u000e", b"\\u000f",
        b"\\u0010", b"\\u0011", b"\\u0012", b"\\u0013", b"\\u0014", b"\\u0015", b"\\u0016",
        b"\\u0017", b"\\u0018", b"\\u0019", b"\\u001a", b"\\u001b", b"\\u001c", b"\\u001d",
        b"\\u001e", b"\\u001f",
    ];
    replace(out, text.as_bytes(), |byte| match byte {
        b'"' => Some(b"\\\""),
        b'\\' => Some(b"\\\\"),
        _ => HEX.get(usize::from(byte)).copied(),
    });
}

/// `text` as a JSON string, quotes included, appended to a buffer that holds values.
pub fn json_text(out: &mut Vec<u8>, text: &str) {
    append(out, b"\"");
    json(out, text);
    append(out, b"\"");
}

/// A JSON value on one line: breaks in it can only be white space between its parts.
pub(super) fn one_line(out: &mut Out, bytes: &[u8]) {
    replace(out, bytes, |byte| {
        matches!(byte, b'\n' | b'\r').then_some(b" ")
    });
}

/// The inside of a quoted CSV field: quotes are doubled.
pub(super) fn csv(out: &mut Out, bytes: &[u8]) {
    replace(out, bytes, |byte| (byte == b'"').then_some(b"\"\""));
}

/// Text or an attribute's value in XML or HTML.
pub(super) fn markup(out: &mut Out, text: &str) {
    if memchr3(b'<', b'&', b'"', text.as_bytes()).is_none() && !text.contains(['>', '\'']) {
        return append(out, text.as_bytes());
    }
    replace(out, text.as_bytes(), |byte| match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'>' => Some(b"&gt;"),
        b'"' => Some(b"&quot;"),
        b'\'' => Some(b"&#39;"),
        _ => None,
    });
}

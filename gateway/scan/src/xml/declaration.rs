//! The XML declaration (XML 1.0, section 2.8).

use super::characters::{expect, past_spaces};
use super::error::{Stop, XmlErrorCode};
use memchr::memchr;

/// It need not be longer than a hundred bytes.
pub(super) const MAX_BYTES: usize = 1024;

const NAMES: [&[u8]; 3] = [b"version", b"encoding", b"standalone"];

/// Reads the declaration that `bytes` begin with, known up to `<?xml`; gives its length. If it names
/// an encoding, then one of `encodings`: whoever reads the bytes by another reads something else.
pub(super) fn read(bytes: &[u8], encodings: &[&str]) -> Result<usize, Stop> {
    let limited = bytes.get(..MAX_BYTES).unwrap_or(bytes);
    match read_limited(limited, encodings) {
        Err(Stop::Incomplete) if limited.len() == MAX_BYTES => {
            Err(Stop::fault(MAX_BYTES, XmlErrorCode::TagTooLarge))
        }
        read => read,
    }
}

fn read_limited(bytes: &[u8], encodings: &[&str]) -> Result<usize, Stop> {
    let mut at = b"<?xml".len();
    let mut next_name = 0;
    loop {
        let next = past_spaces(bytes, at);
        let &byte = bytes.get(next).ok_or(Stop::Incomplete)?;
        if byte == b'?' && next_name > 0 {
            expect(bytes, next + 1, b">", XmlErrorCode::Declaration)?;
            return Ok(next + 2);
        }
        // version must be there, the others may be left out
        let allowed = if next_name == 0 { 0..1 } else { next_name..3 };
        let name = NAMES.iter().enumerate().find(|(index, name)| {
            next > at && allowed.contains(index) && name.first() == Some(&byte)
        });
        let Some((index, name)) = name else {
            return Err(Stop::fault(next, XmlErrorCode::Declaration));
        };
        expect(bytes, next, name, XmlErrorCode::Declaration)?;
        let value = next + name.len();
        at = read_value(bytes, value, index, encodings)?;
        next_name = index + 1;
    }
}

/// Reads `=` and the value of a name; gives where it ends.
fn read_value(
    bytes: &[u8],
    after_name: usize,
    name: usize,
    encodings: &[&str],
) -> Result<usize, Stop> {
    let equals = past_spaces(bytes, after_name);
    expect(bytes, equals, b"=", XmlErrorCode::Declaration)?;
    let open = past_spaces(bytes, equals + 1);
    let quote = match bytes.get(open) {
        None => return Err(Stop::Incomplete),
        Some(quote @ (b'"' | b'\'')) => *quote,
        Some(_) => return Err(Stop::fault(open, XmlErrorCode::Declaration)),
    };
    let inside = bytes.get(open + 1..).unwrap_or_default();
    let length = memchr(quote, inside).ok_or(Stop::Incomplete)?;
    let value = inside.get(..length).unwrap_or_default();
    let (accepted, code) = match name {
        0 => (value == b"1.0", XmlErrorCode::Version),
        1 => (names_any(value, encodings), XmlErrorCode::Encoding),
        _ => (matches!(value, b"yes" | b"no"), XmlErrorCode::Declaration),
    };
    if !accepted {
        return Err(Stop::fault(open + 1, code));
    }
    Ok(open + 1 + length + 1)
}

fn names_any(label: &[u8], encodings: &[&str]) -> bool {
    let mut encodings = encodings.iter();
    encodings.any(|encoding| label.eq_ignore_ascii_case(encoding.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_the_one_that_the_document_came_in() {
        let read = |encoding: &str, encodings: &[&str]| {
            let declaration = format!("<?xml version='1.0' encoding='{encoding}'?>");
            read(declaration.as_bytes(), encodings).map_err(|stop| match stop {
                Stop::Fault { at, code } => (at, code),
                Stop::Incomplete => (0, XmlErrorCode::Truncated),
            })
        };
        let latin1 = ["iso-8859-1", "latin1"];
        assert_eq!(read("ISO-8859-1", &latin1), Ok(43));
        assert_eq!(read("Latin1", &latin1), Ok(39));
        for other in ["utf-8", "windows-1252", "iso-8859-15", "iso-8859-1 ", ""] {
            assert_eq!(read(other, &latin1), Err((30, XmlErrorCode::Encoding)));
        }
    }
}

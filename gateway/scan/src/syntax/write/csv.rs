//! CSV fields (RFC 4180).

use crate::syntax::Unfit;

/// Readers drop it where a document begins with it.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A whole field: in quotes where one was, and where it would read as something else without.
/// White space that it begins or ends with would be itself, but some readers cut it off; and some
/// take an empty field without quotes for a null.
pub(super) fn write(text: &str, delimiter: u8, quoted: bool, out: &mut Vec<u8>) {
    let outer = |character: char| character.is_whitespace() || character == BYTE_ORDER_MARK;
    let needed = text.is_empty()
        || text.bytes().any(|byte| is_structure(byte, delimiter))
        || text.starts_with(outer)
        || text.ends_with(outer);
    if quoted || needed {
        out.push(b'"');
        write_quoted(text, out);
        out.push(b'"');
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

/// The inside of quotes.
pub(super) fn write_quoted(text: &str, out: &mut Vec<u8>) {
    for (index, part) in text.split('"').enumerate() {
        if index > 0 {
            out.extend_from_slice(b"\"\"");
        }
        out.extend_from_slice(part.as_bytes());
    }
}

/// A part of a field that has no quotes, and cannot get any: the rest has gone out.
pub(super) fn write_part(text: &str, delimiter: u8, out: &mut Vec<u8>) -> Result<(), Unfit> {
    let structure = text.bytes().any(|byte| is_structure(byte, delimiter));
    if structure || text.starts_with(BYTE_ORDER_MARK) {
        return Err(Unfit::Structure);
    }
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

fn is_structure(byte: u8, delimiter: u8) -> bool {
    byte == delimiter || matches!(byte, b'"' | b'\r' | b'\n')
}

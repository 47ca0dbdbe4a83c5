//! JSON strings and numbers (RFC 8259, sections 6 and 7).

/// A string with its quotes.
pub(super) fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    write_inside(text, out);
    out.push(b'"');
}

/// The inside of a string. What any reader of lines could take for a line's end is escaped, so that
/// a line of NDJSON stays one.
pub(super) fn write_inside(text: &str, out: &mut Vec<u8>) {
    let mut from = 0;
    for (at, character) in text.char_indices() {
        let short = match character {
            '"' | '\\' => character,
            '\u{8}' => 'b',
            '\u{c}' => 'f',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            '\0'..='\u{1f}' | '\u{85}' | '\u{2028}' | '\u{2029}' => 'u',
            _ => continue,
        };
        out.extend_from_slice(text.get(from..at).unwrap_or_default().as_bytes());
        from = at + character.len_utf8();
        out.push(b'\\');
        match short {
            'u' => out.extend_from_slice(format!("u{:04x}", u32::from(character)).as_bytes()),
            short => out.extend(u8::try_from(short)),
        }
    }
    out.extend_from_slice(text.get(from..).unwrap_or_default().as_bytes());
}

/// Whether all of it is one number.
pub(super) fn is_number(spelling: &[u8]) -> bool {
    let unsigned = spelling.strip_prefix(b"-").unwrap_or(spelling);
    let (whole, rest) = digits(unsigned);
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with(b"0")) {
        return false;
    }
    let rest = match rest.strip_prefix(b".").map(digits) {
        Some(([], _)) => return false,
        Some((_, rest)) => rest,
        None => rest,
    };
    match rest {
        [] => true,
        [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] => {
            matches!(digits(exponent), ([_, ..], []))
        }
        _ => false,
    }
}

/// The digits that come first, and what follows.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

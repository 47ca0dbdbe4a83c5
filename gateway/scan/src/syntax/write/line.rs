//! Places without escapes: header fields, names in them, plain text.

use crate::syntax::Unfit;

/// A header field's value, whole. Readers take bytes that are not ASCII for one charset or another,
/// and drop white space around the value.
pub(super) fn write_header(text: &str, out: &mut Vec<u8>) -> Result<(), Unfit> {
    let visible = |byte: u8| matches!(byte, b' '..=b'~');
    if !text.bytes().all(visible) || text.starts_with(' ') || text.ends_with(' ') {
        return Err(Unfit::Character);
    }
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// A file name of a multipart body. Browsers write quotes and line ends with a percent sign, and
/// some readers undo that.
pub(super) fn write_file_name(text: &str, quoted: bool, out: &mut Vec<u8>) -> Result<(), Unfit> {
    if !quoted && text.is_empty() {
        return Err(Unfit::Empty);
    }
    let bare = |character: char| character.is_ascii_alphanumeric() || "-_.~*".contains(character);
    let inside =
        |character: char| !character.is_control() && !matches!(character, '"' | '\\' | '%');
    let fits = match quoted {
        true => text.chars().all(inside),
        false => text.chars().all(bare),
    };
    if !fits {
        return Err(Unfit::Character);
    }
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// Plain text; a byte order mark would be dropped where the text begins with it.
pub(super) fn write_plain(text: &str, out: &mut Vec<u8>) -> Result<(), Unfit> {
    if text.starts_with('\u{feff}') {
        return Err(Unfit::Character);
    }
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

//! What can stand before and after a token (`docs/token-format.md`, section 1).
//!
//! The crate `record`, which finds tokens, keeps the same rule; a test holds the two together.

/// Longest prefix or suffix, in bytes.
const MAX_MARK_BYTES: usize = 32;

/// Why `prefix` or `suffix` cannot frame tokens: what is wrong, and what to write.
pub(super) type Refusal = (String, &'static str);

/// Checks a prefix. `original` tells whether tokens are of the original pattern.
pub(super) fn check_prefix(prefix: &str, original: bool) -> Result<(), Refusal> {
    check_mark("prefix", prefix)?;
    if prefix.chars().any(|c| !inside(c, original)) {
        return Ok(());
    }
    Err((
        "this prefix could occur inside a token".into(),
        "put a character in it that tokens do not hold, such as `~` or `#`",
    ))
}

/// Checks a suffix.
pub(super) fn check_suffix(suffix: &str, original: bool) -> Result<(), Refusal> {
    check_mark("suffix", suffix)?;
    if suffix.chars().next().is_some_and(|c| !inside(c, original)) {
        return Ok(());
    }
    Err((
        "this suffix could be read as more of the token".into(),
        "begin it with a character that tokens do not hold, such as `~` or `#`",
    ))
}

fn check_mark(which: &str, mark: &str) -> Result<(), Refusal> {
    if mark.is_empty() || mark.len() > MAX_MARK_BYTES {
        let message = format!("the {which} is {} bytes long", mark.len());
        return Err((message, "write 1 to 32 characters"));
    }
    let escaped =
        |c: char| !c.is_ascii_graphic() || matches!(c, '"' | '\'' | '\\' | ',' | '<' | '>' | '&');
    match mark.chars().find(|&c| escaped(c)) {
        None => Ok(()),
        Some(found) => Err((
            format!("the {which} holds {found:?}, which some format would have to escape"),
            "write printable ASCII without space, quotes, backslash, comma, `<`, `>` and `&`",
        )),
    }
}

/// Whether `c` can stand between prefix and suffix.
fn inside(c: char, original: bool) -> bool {
    let marks = if original {
        ['+', '/', '=']
    } else {
        ['-', '_', '.']
    };
    c.is_ascii_alphanumeric() || marks.contains(&c)
}

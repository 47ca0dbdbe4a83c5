//! Tokens, taken out again.

/// The text with a `T` for each token, for comparison.
#[track_caller]
pub(crate) fn without_tokens(body: &[u8]) -> String {
    let mut text = String::from_utf8(body.to_vec()).unwrap();
    while let Some(start) = text.find("~vg1.") {
        let end = start + 1 + text[start + 1..].find('~').expect("a whole token") + 1;
        text.replace_range(start..end, "T");
    }
    text
}

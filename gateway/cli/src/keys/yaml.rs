//! Texts as YAML spells them.

/// What YAML 1.1 or 1.2 reads as something else than a text.
const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];

/// A text as a scalar: plain where every reader takes it as text, else in double quotes.
pub(super) fn scalar(text: &str) -> String {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(inside)
        && !text.ends_with(':')
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    if plain {
        text.to_owned()
    } else {
        // JSON's strings are YAML's
        serde_json::Value::from(text).to_string()
    }
}

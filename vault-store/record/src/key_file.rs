//! The file of a wrapped symmetric key: one line of base64 (`docs/policy.md`, "Symmetric keys").

use base64_simd::STANDARD;

/// Longest ciphertext that KMS takes.
const MAX_WRAPPED_BYTES: usize = 6144;

/// The ciphertext in the file's text; `None` when there is none. White space around it is allowed.
pub fn parse(text: &[u8]) -> Option<Vec<u8>> {
    let line = text.trim_ascii();
    let wrapped = STANDARD.decode_to_vec(line).ok()?;
    (1..=MAX_WRAPPED_BYTES)
        .contains(&wrapped.len())
        .then_some(wrapped)
}

/// The file's text for a ciphertext.
pub fn write(wrapped: &[u8]) -> String {
    let mut line = STANDARD.encode_to_string(wrapped);
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::{parse, write};

    #[test]
    fn what_is_written_is_read() {
        for length in [1, 2, 3, 184, 6144] {
            let wrapped = vec![0xA5; length];
            assert_eq!(parse(write(&wrapped).as_bytes()), Some(wrapped));
        }
        assert_eq!(parse(b"  AQID\r\n"), Some(vec![1, 2, 3]));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "\n", "AQI", "AQID AQID", "AQID\nAQID", "AQ_-", "{}"] {
            assert_eq!(parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(parse(write(&[0; 6145]).as_bytes()), None);
    }
}

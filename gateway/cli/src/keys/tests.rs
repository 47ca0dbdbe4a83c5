#![allow(clippy::unwrap_used, reason = "tests")]

use super::export::pem;
use super::yaml::scalar;

#[test]
fn scalars_are_texts_to_every_reader() {
    for plain in [
        "alias/veilgate-joins",
        "arn:aws:kms:us-east-1:000000000000:key/0-1",
        "joins-1.wrapped",
    ] {
        assert_eq!(scalar(plain), plain);
    }
    for quoted in ["1", "1e3", "true", "No", "null", "a:", "a b", "1234-5", ""] {
        let spelled = scalar(quoted);
        assert_eq!(serde_json::from_str::<String>(&spelled).unwrap(), quoted);
    }
}

#[test]
fn pem_lines_have_64_characters() {
    let text = pem(&[0; 49]);
    let zeros = "A".repeat(64);
    assert_eq!(
        text,
        format!("-----BEGIN PUBLIC KEY-----\n{zeros}\nAA==\n-----END PUBLIC KEY-----\n")
    );
}

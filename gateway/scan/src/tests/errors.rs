//! Refusals: the code and the offset, the same at every chunking.

use super::support::{LIMITS, Piece, chunked, json_code, scan, selectors};
use crate::json::Limits;
use crate::{Documents, JsonErrorCode, ScanError};

const TIGHT: Limits = Limits {
    depth: 3,
    key: 4,
    value: 6,
    buffer: 20,
};

/// The error of an input, which must be the same at every split and byte by byte.
fn refusal(paths: &[&str], limits: Limits, documents: Documents, input: &[u8]) -> ScanError {
    let selectors = selectors(paths);
    let error = scan(&selectors, limits, documents, [input]).unwrap_err();
    for split in 0..=input.len() {
        let (left, right) = input.split_at(split);
        assert_eq!(
            scan(&selectors, limits, documents, [left, right]),
            Err(error),
            "at {split}"
        );
    }
    assert_eq!(
        scan(&selectors, limits, documents, chunked(input, 1)),
        Err(error)
    );
    error
}

fn one(input: &str) -> (JsonErrorCode, u64) {
    let error = refusal(
        &["$..v", "$.f[?@.x]"],
        TIGHT,
        Documents::One,
        input.as_bytes(),
    );
    assert_eq!(error.line, None);
    (json_code(error), error.offset)
}

#[test]
fn malformed() {
    assert_eq!(one(""), (JsonErrorCode::Truncated, 0));
    assert_eq!(one("  "), (JsonErrorCode::Truncated, 2));
    assert_eq!(one("[1"), (JsonErrorCode::Truncated, 2));
    assert_eq!(one("-"), (JsonErrorCode::Truncated, 1));
    assert_eq!(one("tru"), (JsonErrorCode::Truncated, 3));
    assert_eq!(one("trux"), (JsonErrorCode::UnexpectedByte, 3));
    assert_eq!(one("[1,]"), (JsonErrorCode::UnexpectedByte, 3));
    assert_eq!(one("{\"a\":1,}"), (JsonErrorCode::UnexpectedByte, 7));
    assert_eq!(one("{\"a\" 1}"), (JsonErrorCode::UnexpectedByte, 5));
    assert_eq!(one("[1}"), (JsonErrorCode::UnexpectedByte, 2));
    assert_eq!(one("01"), (JsonErrorCode::InvalidNumber, 1));
    assert_eq!(one("[1.]"), (JsonErrorCode::InvalidNumber, 3));
    assert_eq!(one("{} {}"), (JsonErrorCode::TrailingData, 3));
    assert_eq!(one("\"\\x\""), (JsonErrorCode::InvalidEscape, 2));
    assert_eq!(one("\"\n\""), (JsonErrorCode::ControlCharacter, 1));
}

#[test]
fn limits() {
    assert_eq!(one("[[[[]]]]"), (JsonErrorCode::TooDeep, 3));
    assert_eq!(one("{\"abcde\":1}"), (JsonErrorCode::KeyTooLong, 6));
    assert_eq!(one("{\"abcdefgh\\n\":1}"), (JsonErrorCode::KeyTooLong, 6));
    assert_eq!(one("{\"abcde\n\":1}"), (JsonErrorCode::KeyTooLong, 6));
    assert_eq!(one("{\"v\":\"12345\"}"), (JsonErrorCode::ValueTooLong, 11));
    assert_eq!(one("{\"v\":1234567}"), (JsonErrorCode::ValueTooLong, 11));
    assert_eq!(one("{\"v\":[1,2,3,4]}"), (JsonErrorCode::ValueTooLong, 11));
    assert_eq!(
        one("{\"v\":[\"123456\n\"]}"),
        (JsonErrorCode::ValueTooLong, 11)
    );
    assert_eq!(
        one("{\"f\":[{},{},{},{},{},{},{}]}"),
        (JsonErrorCode::BufferFull, 25)
    );
    // a value inside a buffered part has the limit of a value
    assert_eq!(
        one("{\"f\":[{\"x\":1}]}"),
        (JsonErrorCode::ValueTooLong, 12)
    );
}

#[test]
fn at_the_limit() {
    let selectors = selectors(&["$..v"]);
    for input in ["{\"abcd\":{\"v\":\"1234\"}}", "{\"v\":123456}", "[[[]]]"] {
        let whole = scan(&selectors, TIGHT, Documents::One, [input.as_bytes()]).unwrap();
        let bytes = scan(
            &selectors,
            TIGHT,
            Documents::One,
            chunked(input.as_bytes(), 1),
        );
        assert_eq!(bytes, Ok(whole), "{input}");
    }
}

#[test]
fn lines() {
    let error = |input: &str| {
        let error = refusal(&["$.v"], LIMITS, Documents::Lines, input.as_bytes());
        (json_code(error), error.offset, error.line.unwrap())
    };
    assert_eq!(error("{}\n\n[1\n]"), (JsonErrorCode::LineBreak, 6, 3));
    assert_eq!(error("1 2\n"), (JsonErrorCode::TrailingData, 2, 1));
    assert_eq!(
        error("1\r\n2\r\n{\"v\":"),
        (JsonErrorCode::Truncated, 11, 3)
    );
    assert_eq!(error("1\n\"a\n\""), (JsonErrorCode::ControlCharacter, 4, 2));
    for input in ["", "\n", " \n 1 \r\n\n{\"v\": 3}", "1\n2", "{}\n"] {
        let selectors = selectors(&["$.v"]);
        let whole = scan(&selectors, LIMITS, Documents::Lines, [input.as_bytes()]).unwrap();
        let bytes = scan(
            &selectors,
            LIMITS,
            Documents::Lines,
            chunked(input.as_bytes(), 1),
        );
        assert_eq!(bytes, Ok(whole), "{input:?}");
    }
}

#[test]
fn long_strings_that_nobody_takes_are_not_held() {
    let tight = Limits {
        value: 8,
        buffer: 8,
        ..LIMITS
    };
    let mut input = b"{\"a\": \"".to_vec();
    input.extend(std::iter::repeat_n(b'x', 1 << 20));
    input.extend(b"\", \"v\": 1}");
    let pieces = scan(
        &selectors(&["$.v"]),
        tight,
        Documents::One,
        chunked(&input, 1000),
    )
    .unwrap();
    assert!(matches!(&pieces[1], Piece::Value { raw, .. } if raw == b"1"));
}

#[test]
fn errors_show_nothing_of_the_input() {
    let error = refusal(
        &["$.v"],
        LIMITS,
        Documents::One,
        b"{\"v\": \"4111111111111111\x01\"}",
    );
    let shown = format!("{error} {error:?} {}", error.advice());
    assert!(!shown.contains("4111"), "{shown}");
    assert!(
        shown.starts_with("json-control-character at byte 23"),
        "{shown}"
    );
}

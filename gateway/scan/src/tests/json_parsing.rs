//! JSONTestSuite: what must be accepted, what refused, split at every byte boundary.

use super::support::{LIMITS, chunked, json_code, scan, selectors, together, vectors};
use crate::{Documents, JsonErrorCode};

/// The i_ files, which RFC 8259 leaves open, that are accepted: numbers of any size, as spelled.
fn accepted_by_choice(name: &str) -> bool {
    name.starts_with("i_number_")
}

#[test]
fn every_file_at_every_split() {
    let Some(folder) = vectors("json-parsing/test_parsing") else {
        return;
    };
    let selectors = selectors(&["$.nothing", "$..matches['any', 'of']", "$..these[1, 7:]"]);
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let input = std::fs::read(&path).unwrap();
        files += 1;
        let accepted = name.starts_with("y_") || accepted_by_choice(&name);
        let whole = scan(&selectors, LIMITS, Documents::One, chunked(&input, 0));
        match &whole {
            Ok(pieces) => {
                assert!(accepted, "{name} must be refused");
                assert_eq!(together(pieces), input, "{name}");
            }
            Err(error) => assert!(!accepted, "{name} must be accepted: {error}"),
        }
        // the two long ones are alike all along
        let splits = if input.len() > 2000 { 100 } else { input.len() };
        for split in 0..=splits {
            let (left, right) = input.split_at(split);
            let halves = scan(&selectors, LIMITS, Documents::One, [left, right]);
            assert_eq!(halves, whole, "{name} split at {split}");
        }
        let bytes = scan(&selectors, LIMITS, Documents::One, chunked(&input, 1));
        assert_eq!(bytes, whole, "{name} byte by byte");
    }
    assert!(files > 300, "the suite was read");
}

#[test]
fn what_the_standard_leaves_open() {
    let none = selectors(&["$.a"]);
    let refused = |input: &[u8]| {
        let error = scan(&none, LIMITS, Documents::One, [input]).unwrap_err();
        (json_code(error), error.offset)
    };
    assert_eq!(
        refused(b"\xEF\xBB\xBF{}"),
        (JsonErrorCode::ByteOrderMark, 0)
    );
    assert_eq!(
        refused(b"\xFF\xFE[\0]\0"),
        (JsonErrorCode::ByteOrderMark, 0)
    );
    assert_eq!(refused(b"[\0]\0"), (JsonErrorCode::UnexpectedByte, 1));
    assert_eq!(refused(b"[\"\0\"]"), (JsonErrorCode::ControlCharacter, 2));
    assert_eq!(refused(br#"["\ud800"]"#), (JsonErrorCode::LoneSurrogate, 8));
    assert_eq!(
        refused(br#"{"\ud800": 1}"#),
        (JsonErrorCode::LoneSurrogate, 8)
    );
    assert_eq!(
        refused(br#"{"\uDc00": 1}"#),
        (JsonErrorCode::LoneSurrogate, 5)
    );
    assert_eq!(
        refused(br#"["\ud800\u0041"]"#),
        (JsonErrorCode::LoneSurrogate, 10)
    );
    assert_eq!(
        refused(br#"["\ud83d\ud83d"]"#),
        (JsonErrorCode::LoneSurrogate, 11)
    );
    assert_eq!(refused(b"[\"\xC0\xAF\"]"), (JsonErrorCode::InvalidUtf8, 2));
    assert_eq!(
        refused(b"[\"\xED\xA0\x80\"]"),
        (JsonErrorCode::InvalidUtf8, 3)
    );
    assert_eq!(
        refused(b"{\"\xF4\x90\x80\x80\":1}"),
        (JsonErrorCode::InvalidUtf8, 3)
    );
}

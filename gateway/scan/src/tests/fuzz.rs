//! Bytes that are nearly JSON, and bytes that are not: never a panic, the same answer at every
//! chunking, and `serde_json`'s opinion on what is JSON.

use super::oracle::cut;
use super::support::{LIMITS, scan, selectors, together};
use crate::json::Limits;
use crate::{Documents, JsonErrorCode, Selectors};
use proptest::prelude::*;
use serde_json::Value;
use std::sync::{Arc, LazyLock};

static SELECTORS: LazyLock<Arc<Selectors>> =
    LazyLock::new(|| selectors(&["$..a.b", "$.c[?@.d]", "$..e[-1]", "$..f", "$[1:8:3]"]));

const TIGHT: Limits = Limits {
    depth: 6,
    key: 5,
    value: 12,
    buffer: 24,
};

/// Fragments that together are often nearly JSON.
fn fragments() -> impl Strategy<Value = Vec<u8>> {
    let fragment = prop::sample::select(vec![
        &b"{"[..],
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\"",
        b"\\",
        b"\n",
        b" ",
        b"0",
        b"12",
        b"-",
        b".5",
        b"e+1",
        b"true",
        b"false",
        b"null",
        b"\"a\":",
        b"\"b\":",
        b"\"c\":[",
        b"\"d\"",
        b"\"e\":",
        b"{\"f\":",
        b"\"\\u0061\":",
        b"\\ud83d",
        b"\\ude00",
        b"\\u00e9",
        b"\xC3\xA9",
        b"\xF0\x9F\x98\x80",
        b"\xE2\x82",
        b"\xFF",
        b"\0",
        b"\"long text\"",
        b"[[",
        b"]]",
        b"{\"a\":{\"b\":\"v\"}}",
    ]);
    prop::collection::vec(fragment, 0..24).prop_map(|fragments| fragments.concat())
}

/// A document with some bytes changed.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let document = prop_oneof![
        Just(r#"{"a": {"b": "x\u00e9\ud83d\ude00 y"}, "c": [{"d": 1.5e-3}, {"f": null}]}"#),
        Just("[{\"e\":[1,[2,{\"a\":{\"b\":[true,false]}}]]},\"\u{e9}\u{20ac}\u{1f600}\",-0.0]"),
        Just("{\"f\":1}\n\n {\"a\":{\"b\":2},\"a\":3} \r\n[1,2,3,4,5]"),
    ];
    let changes = prop::collection::vec((any::<usize>(), any::<u8>()), 0..3);
    (document, changes).prop_map(|(document, changes)| {
        let mut bytes = document.as_bytes().to_vec();
        for (place, byte) in changes {
            let place = place % bytes.len();
            bytes[place] = byte;
        }
        bytes
    })
}

fn input() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        fragments(),
        damaged(),
        prop::collection::vec(any::<u8>(), 0..40)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn the_same_at_every_chunking(
        input in input(),
        cuts in prop::collection::vec(any::<usize>(), 0..6),
        lines in any::<bool>(),
        tight in any::<bool>(),
    ) {
        let documents = if lines { Documents::Lines } else { Documents::One };
        let limits = if tight { TIGHT } else { LIMITS };
        let whole = scan(&SELECTORS, limits, documents, [&input[..]]);
        prop_assert_eq!(&scan(&SELECTORS, limits, documents, cut(&input, &cuts)), &whole);
        prop_assert_eq!(&scan(&SELECTORS, limits, documents, input.chunks(1)), &whole);
        match whole {
            Ok(pieces) => prop_assert_eq!(together(&pieces), input),
            Err(error) => prop_assert!(error.offset <= input.len() as u64),
        }
    }

    #[test]
    fn what_serde_json_accepts(input in input()) {
        let ours = scan(&SELECTORS, LIMITS, Documents::One, [&input[..]]);
        match (serde_json::from_slice::<Value>(&input), ours) {
            (Ok(_), Err(error)) => prop_assert_eq!(error.code, JsonErrorCode::TooDeep.into()),
            // it refuses numbers beyond a double's range, which we pass as they are
            (Err(error), Ok(_)) => prop_assert!(error.to_string().contains("out of range"), "{error}"),
            (Ok(_), Ok(_)) | (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn each_line_is_a_document(documents in prop::collection::vec(damaged(), 0..4)) {
        let lines: Vec<Vec<u8>> = documents
            .iter()
            .map(|document| document.iter().copied().filter(|&byte| byte != b'\n').collect())
            .collect();
        let whole = scan(&SELECTORS, LIMITS, Documents::Lines, [&lines.join(&b'\n')[..]]);
        let mut offset = 0;
        for (line, number) in lines.iter().zip(1..) {
            let blank = line.iter().all(|byte| b" \t\r".contains(byte));
            let alone = scan(&SELECTORS, LIMITS, Documents::One, [&line[..]]);
            if let (Err(error), false) = (alone, blank) {
                let refused = whole.unwrap_err();
                prop_assert_eq!(refused.line, Some(number));
                if refused.code == error.code && error.code != JsonErrorCode::ByteOrderMark.into() {
                    prop_assert_eq!(refused.offset, offset + error.offset);
                }
                return Ok(());
            }
            offset += line.len() as u64 + 1;
        }
        prop_assert!(whole.is_ok(), "{whole:?}");
    }
}

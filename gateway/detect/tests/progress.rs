//! A search always goes on: windows of `LOOK_AHEAD` bytes over texts without an end in sight, cut as
//! a caller cuts them, find what the whole text has.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use detect::{DetectRule, Detection, Found, Scratch, What};
use policies::Detector;

fn everything() -> Detection {
    let rules: Vec<_> = Detector::ALL
        .iter()
        .enumerate()
        .map(|(rule, detector)| DetectRule {
            rule,
            what: What::BuiltIn(*detector),
            context: Vec::new(),
            never: Vec::new(),
        })
        .collect();
    Detection::compile(&rules).unwrap()
}

fn whole(detection: &Detection, text: &[u8]) -> Vec<Found> {
    let mut found = Vec::new();
    detection.find(text, 0, true, &mut Scratch::default(), &mut found);
    found
}

/// With never more than `LOOK_AHEAD` bytes that are not settled, and `step` new ones at a time.
fn streamed(detection: &Detection, text: &[u8], step: usize) -> Vec<Found> {
    let (mut all, mut settled, mut read) = (Vec::new(), 0, 0);
    while settled < text.len() {
        read = (read + step).min(text.len());
        let begin = settled.saturating_sub(Detection::LOOK_BEHIND);
        let ended = read == text.len();
        let mut found = Vec::new();
        let at = detection.find(
            &text[begin..read],
            settled - begin,
            ended,
            &mut Scratch::default(),
            &mut found,
        );
        all.extend(found.into_iter().map(|found| Found {
            start: found.start + begin,
            end: found.end + begin,
            ..found
        }));
        assert!(
            begin + at > settled || read - settled < Detection::LOOK_AHEAD,
            "no progress at {settled} with {} bytes",
            read - settled
        );
        settled = begin + at;
    }
    all
}

#[test]
fn texts_without_an_end_in_sight() {
    let detection = everything();
    let units = [
        "A",
        "7",
        "aB3",
        "@",
        ":",
        "a.",
        "1.",
        "1 ",
        "1-",
        "12 ",
        "f:",
        "(",
        "+1 ",
        "QUJD/",
        "eyJ",
        "eyJhbGciOiJIUzI1NiJ9.",
        "-----BEGIN PRIVATE KEY-----\n",
        "a@b.",
        "ghp_",
        "\u{a0}",
        "é",
        "番",
        "4111 1111 1111 1111 ",
        "ssn 536904399,",
        "12:30:",
        "2001:db8:",
        "a=",
        "x&y=",
    ];
    for unit in units {
        let text = unit.repeat(100_000 / unit.len());
        let text = format!("{text} mail ada@example.com, card 4111111111111111");
        let expected = whole(&detection, text.as_bytes());
        for step in [1 << 10, 7_777, Detection::LOOK_AHEAD] {
            let found = streamed(&detection, text.as_bytes(), step);
            assert!(found == expected, "{unit:?} in steps of {step}");
        }
    }
}

#[test]
fn a_long_word_in_front_of_an_address() {
    let detection = everything();
    for length in [50, 63, 64, 65, 100, 9_000, 9_216, 9_300, 30_000] {
        for between in ["", ".", "-", "=", "&email=", " "] {
            let text = format!("{}{between}ada@example.com.", "x7".repeat(length / 2));
            let expected = whole(&detection, text.as_bytes());
            for step in [500, 9_216, 20_000] {
                let found = streamed(&detection, text.as_bytes(), step);
                assert!(found == expected, "{length} {between:?} {step}");
            }
        }
    }
}

#[test]
fn patterns_that_could_match_from_everywhere_to_far_away() {
    for pattern in ["a.*b", "a[^b]*b", "(?<value>a+)$", "a.*b|c"] {
        let pattern = What::Pattern {
            pattern: pattern.to_owned(),
            checksum: None,
        };
        let rule = DetectRule {
            rule: 0,
            what: pattern,
            context: Vec::new(),
            never: Vec::new(),
        };
        let detection = Detection::compile(&[rule]).unwrap();
        let far = "a".repeat(60_000);
        for text in [
            format!("{far}b{far}"),
            format!("{far}cb{far}c"),
            far.clone(),
        ] {
            let expected = whole(&detection, text.as_bytes());
            for step in [3_000, 20_000] {
                let found = streamed(&detection, text.as_bytes(), step);
                assert!(found == expected, "{step}: {found:?} {expected:?}");
            }
        }
    }
}

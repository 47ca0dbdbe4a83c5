//! Windows, overlaps, patterns, and the fast walk against trying everywhere.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use crate::{DetectRule, Detection, Found, Scratch, What};
use policies::{Checksum, Detector};
use proptest::prelude::*;

fn built_in(rule: usize, detector: Detector) -> DetectRule {
    DetectRule {
        rule,
        what: What::BuiltIn(detector),
        context: Vec::new(),
        never: Vec::new(),
    }
}

fn pattern(rule: usize, pattern: &str, checksum: Option<Checksum>) -> DetectRule {
    let pattern = pattern.to_owned();
    DetectRule {
        rule,
        what: What::Pattern { pattern, checksum },
        context: Vec::new(),
        never: Vec::new(),
    }
}

fn everything() -> Detection {
    let rules = Detector::ALL
        .iter()
        .enumerate()
        .map(|(rule, detector)| built_in(rule, *detector));
    let own = [
        pattern(100, r"\bEMP-(?<value>\d{3,6})\b", None),
        pattern(101, "q+", None),
    ];
    Detection::compile(&rules.chain(own).collect::<Vec<_>>()).unwrap()
}

fn whole(detection: &Detection, text: &[u8]) -> Vec<Found> {
    let mut found = Vec::new();
    let settled = detection.find(text, 0, true, &mut Scratch::default(), &mut found);
    assert_eq!(settled, text.len());
    found
}

/// What is found window by window, each cut kept as far as a caller must.
fn windowed(detection: &Detection, text: &[u8], cuts: &[usize]) -> Vec<Found> {
    let (mut all, mut begin, mut settled) = (Vec::new(), 0, 0);
    for (index, cut) in cuts.iter().chain([&text.len()]).enumerate() {
        let ended = index == cuts.len();
        let mut found = Vec::new();
        let at = detection.find(
            &text[begin..*cut],
            settled - begin,
            ended,
            &mut Scratch::default(),
            &mut found,
        );
        all.extend(found.into_iter().map(|found| Found {
            start: found.start + begin,
            end: found.end + begin,
            rule: found.rule,
        }));
        assert!(begin + at >= settled && begin + at <= *cut);
        settled = begin + at;
        begin = settled.saturating_sub(Detection::LOOK_BEHIND).max(begin);
    }
    assert_eq!(settled, text.len());
    all
}

fn texts(detection: &Detection, text: &str) -> Vec<(String, usize)> {
    let found = whole(detection, text.as_bytes()).into_iter();
    found
        .map(|found| (text[found.start..found.end].to_owned(), found.rule))
        .collect()
}

/// Pieces that make values, near values and prose.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("4111 1111 1111 1111".to_owned()),
        Just("4111111111111111".to_owned()),
        Just("536-90-4399".to_owned()),
        Just("SSN".to_owned()),
        Just("ada@example.com".to_owned()),
        Just("DE89 3704 0044 0532 0130 00".to_owned()),
        Just("2001:db8::1".to_owned()),
        Just("192.168.0.1".to_owned()),
        Just("(212) 555-0123".to_owned()),
        Just("+49 30 901820".to_owned()),
        Just("AB 12 34 56 C".to_owned()),
        Just("born 12 March 1980".to_owned()),
        Just("EMP-12345".to_owned()),
        Just("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----".to_owned()),
        Just("AKIAIOSFODNN7EXAMPLE".to_owned()),
        "[a-zA-Z0-9@:. +()-]{1,12}",
        "[0-9 -]{1,20}",
        "[a-zéß ,.]{1,20}",
        "[qQ]{1,5}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn windows_find_what_the_whole_has(pieces in prop::collection::vec((piece(), "[ ,.;\n]{0,2}"), 0..12), cuts in prop::collection::vec(0_usize..400, 0..8)) {
        let text: String = pieces.into_iter().map(|(piece, end)| piece + &end).collect();
        let detection = everything();
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut % (text.len() + 1)).collect();
        cuts.sort_unstable();
        prop_assert_eq!(windowed(&detection, text.as_bytes(), &cuts), whole(&detection, text.as_bytes()), "{:?} {:?}", text, cuts);
    }

    #[test]
    fn any_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let detection = everything();
        let found = whole(&detection, &bytes);
        prop_assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start));
        prop_assert!(found.iter().all(|found| found.start < found.end));
    }

    /// Cards, against a plain regular expression and the checksum at every place.
    #[test]
    fn cards_as_a_regular_expression_finds_them(pieces in prop::collection::vec(prop_oneof![Just("4111111111111111".to_owned()), Just("5555555555554444".to_owned()), Just("378282246310005".to_owned()), "[0-9]{12,19}", "[a-z,;=]{1,6}", "4[0-9]{15}"], 0..10)) {
        let text = pieces.join(";");
        let detection = Detection::compile(&[built_in(0, Detector::PaymentCard)]).unwrap();
        let expression = regex::Regex::new(r"(?-u:\b)[0-9]{12,19}(?-u:\b)").unwrap();
        let issued = |number: &str| {
            let head: u32 = number[..6].parse().unwrap();
            let length = number.len();
            match head / 10_000 {
                30 | 36 | 38 | 39 => matches!(length, 14 | 16 | 19) && (head / 10_000 != 30 || head < 306_000 || head / 100 == 3095),
                34 | 37 => length == 15,
                35 => (352_800..359_000).contains(&head) && length >= 16,
                40..=49 => matches!(length, 13 | 16 | 19),
                51..=55 => length == 16,
                50 | 56..=69 => length >= 16,
                22..=27 => (222_100..=272_099).contains(&head) && length == 16 || (220_000..=220_499).contains(&head) && length >= 16,
                81 => (810_000..=817_199).contains(&head) && length >= 16,
                _ => false,
            }
        };
        let expected: Vec<String> = expression.find_iter(&text).map(|found| found.as_str().to_owned())
            .filter(|number| issued(number) && crate::checksum::luhn(number.as_bytes()) && number.bytes().any(|byte| byte != number.as_bytes()[0])).collect();
        let found: Vec<_> = texts(&detection, &text).into_iter().map(|(text, _)| text).collect();
        prop_assert_eq!(found, expected, "{}", text);
    }

    /// One wrong digit, and two neighbours changed: what each check digit promises to notice.
    #[test]
    fn check_digits_notice_a_wrong_digit(digits in "[0-9]{11}", place in 0_usize..12, add in 1_u8..10) {
        for (passes, name) in [(crate::checksum::luhn as fn(&[u8]) -> bool, "luhn"), (crate::checksum::verhoeff, "verhoeff"), (crate::checksum::mod_11_10, "mod 11,10")] {
            let whole: Vec<Vec<u8>> = (b'0'..=b'9').map(|last| [digits.as_bytes(), &[last]].concat()).filter(|text| passes(text)).collect();
            prop_assert_eq!(whole.len(), 1, "{}", name);
            let mut wrong = whole[0].clone();
            wrong[place] = b'0' + (wrong[place] - b'0' + add) % 10;
            prop_assert!(!passes(&wrong), "{}", name);
        }
    }
}

#[test]
fn checksums_of_published_examples() {
    use crate::checksum::passes;
    assert!(passes(Checksum::Verhoeff, b"2363"));
    assert!(passes(Checksum::Luhn, b"7992-7398-713"));
    assert!(passes(Checksum::Iban, b"GB82 WEST 1234 5698 7654 32"));
    assert!(passes(Checksum::Mod97, b"794 44 0") || passes(Checksum::Mod97, b"79444"));
    assert!(passes(Checksum::Mod11, b"07945"));
    assert!(passes(Checksum::Aba, b"021000021"));
    for checksum in Checksum::ALL {
        assert!(!passes(*checksum, b""), "{}", checksum.name());
        assert!(!passes(*checksum, "é".as_bytes()), "{}", checksum.name());
    }
}

#[test]
fn the_first_the_longest_the_earlier_rule() {
    let rules = [
        pattern(0, "[0-9]{4}", None),
        built_in(1, Detector::PaymentCard),
        pattern(2, "b[0-9]+c", None),
        pattern(3, "b[0-9]+c", None),
    ];
    let detection = Detection::compile(&rules).unwrap();
    let found = |text: &str| texts(&detection, text);
    assert_eq!(
        found("4111111111111111"),
        [("4111111111111111".to_owned(), 1)]
    );
    assert_eq!(
        found("4111111111111112").first(),
        Some(&("4111".to_owned(), 0))
    );
    assert_eq!(found("b1234c"), [("b1234c".to_owned(), 2)]);
}

#[test]
fn patterns_with_groups_checksums_context_and_exceptions() {
    let mut rules = vec![pattern(
        0,
        r"\bACC(?<value>[0-9]{11})\b",
        Some(Checksum::Luhn),
    )];
    rules.push(DetectRule {
        context: vec!["badge".to_owned()],
        never: vec!["B-0000".to_owned()],
        ..pattern(1, "B-[0-9]{4}", None)
    });
    let detection = Detection::compile(&rules).unwrap();
    let found = |text: &str| texts(&detection, text);
    assert_eq!(
        found("ACC79927398713 ACC79927398714"),
        [("79927398713".to_owned(), 0)]
    );
    assert_eq!(found("Badge: B-1234, B-0000"), [("B-1234".to_owned(), 1)]);
    assert_eq!(found("part B-1234"), []);
    assert_eq!(found("badgers B-1234 B-4321"), []);
    assert!(Detection::compile(&[pattern(7, "(", None)]).is_err());
}

#[test]
fn long_values_have_a_stated_end() {
    let detection =
        Detection::compile(&[pattern(0, "x+", None), built_in(1, Detector::PemPrivateKey)])
            .unwrap();
    let text = "x".repeat(10_000);
    let lengths: Vec<_> = whole(&detection, text.as_bytes())
        .iter()
        .map(|found| found.end - found.start)
        .collect();
    assert_eq!(lengths, [4096, 4096, 1808]);
    let cuts: Vec<_> = (1..10).map(|cut| cut * 1000).collect();
    assert_eq!(
        windowed(&detection, text.as_bytes(), &cuts),
        whole(&detection, text.as_bytes())
    );
    let key = format!("-----BEGIN PRIVATE KEY-----\n{}", "QUJD".repeat(6000));
    let found = whole(&detection, key.as_bytes());
    assert_eq!((found[0].start, found[0].end), (0, 16 << 10));
    let cuts: Vec<_> = (1..24).map(|cut| cut * 1000).collect();
    assert_eq!(windowed(&detection, key.as_bytes(), &cuts), found);
}

#[test]
fn own_context_stands_in_for_the_detectors() {
    let rule = DetectRule {
        context: vec!["Kunde".to_owned()],
        ..built_in(0, Detector::NlBsn)
    };
    let detection = Detection::compile(&[rule]).unwrap();
    assert_eq!(texts(&detection, "Kunde 111222333").len(), 1);
    assert_eq!(texts(&detection, "BSN 111222333").len(), 0);
}

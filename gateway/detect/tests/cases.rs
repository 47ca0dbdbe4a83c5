//! Cases as data files, card vectors, and every detector named in a case.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs,
    reason = "tests"
)]

use detect::{DetectRule, Detection, Found, Scratch, What};
use policies::Detector;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Case {
    detector: String,
    text: String,
    found: Vec<String>,
}

fn detection(detectors: &[Detector]) -> Detection {
    let rules = detectors
        .iter()
        .enumerate()
        .map(|(rule, detector)| DetectRule {
            rule,
            what: What::BuiltIn(*detector),
            context: Vec::new(),
            never: Vec::new(),
        });
    Detection::compile(&rules.collect::<Vec<_>>()).unwrap()
}

fn found(detection: &Detection, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let settled = detection.find(
        text.as_bytes(),
        0,
        true,
        &mut Scratch::default(),
        &mut found,
    );
    assert_eq!(settled, text.len());
    found
        .iter()
        .map(|Found { start, end, .. }| text[*start..*end].to_owned())
        .collect()
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|end| end == "json"));
    let cases = files.flat_map(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        serde_json::from_str::<Vec<Case>>(&text).unwrap()
    });
    cases.collect()
}

#[test]
fn each_detector_finds_what_its_cases_say() {
    let mut wrong = Vec::new();
    for case in cases() {
        let detector = Detector::from_name(&case.detector).unwrap();
        let found = found(&detection(&[detector]), &case.text);
        if found != case.found {
            wrong.push(format!(
                "{}: {:?}\n  found {found:?}\n  not   {:?}",
                case.detector, case.text, case.found
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_detector_has_cases_of_both_sorts() {
    let named: BTreeSet<String> = cases()
        .into_iter()
        .filter(|case| !case.found.is_empty())
        .map(|case| case.detector)
        .collect();
    let all: BTreeSet<String> = Detector::ALL
        .iter()
        .map(|detector| detector.name().to_owned())
        .collect();
    assert_eq!(named, all);
}

#[test]
fn values_inside_json_csv_and_xml_are_found() {
    for case in cases() {
        let detector = Detector::from_name(&case.detector).unwrap();
        let detection = detection(&[detector]);
        for value in &case.found {
            if !found(&detection, value).contains(value) {
                continue; // it needs context
            }
            for text in [
                format!("{{\"v\":\"{value}\"}}"),
                format!("a,{value},b\n"),
                format!("<v>{value}</v>"),
                format!("v={value};"),
                format!("({value})"),
                format!("v: {value}."),
            ] {
                assert!(
                    found(&detection, &text).contains(value),
                    "{} in {text}",
                    case.detector
                );
            }
        }
    }
}

fn vectors(path: &str) -> Option<PathBuf> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = from
        .ancestors()
        .map(|folder| folder.join("shared/vectors").join(path))
        .find(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: no shared/vectors/{path} above this folder");
    }
    found
}

fn strings(value: &serde_json::Value, into: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => into.push(text.clone()),
        serde_json::Value::Array(all) => all.iter().for_each(|each| strings(each, into)),
        serde_json::Value::Object(all) => all.values().for_each(|each| strings(each, into)),
        _ => {}
    }
}

/// Every published test card is found, and none of them with another check digit.
#[test]
fn published_test_cards() {
    let Some(path) = vectors("cards/test_cards.json") else {
        return;
    };
    let document = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut texts = Vec::new();
    strings(&document, &mut texts);
    let detection = detection(&[Detector::PaymentCard]);
    let numbers = texts
        .iter()
        .map(|text| text.replace([' ', '-'], ""))
        .filter(|text| {
            text.len() > 11 && text.len() < 20 && text.bytes().all(|byte| byte.is_ascii_digit())
        });
    let mut count = 0;
    for number in numbers {
        if !detect::checksum::luhn(number.as_bytes()) {
            continue;
        }
        count += 1;
        assert_eq!(
            found(&detection, &format!("card {number}.")),
            std::slice::from_ref(&number),
            "{number}"
        );
        let last = number.as_bytes()[number.len() - 1] - b'0';
        for other in (0..10).filter(|other| *other != last) {
            let wrong = format!("{}{other}", &number[..number.len() - 1]);
            assert_eq!(found(&detection, &wrong), [""; 0], "{wrong}");
        }
    }
    assert!(count > 20, "only {count} test cards");
}

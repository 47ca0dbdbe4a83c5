//! Whose values are, as records say it: against tokens that a sealer makes of each value alone, told
//! the tenant and the subject.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;
mod visits;

use proptest::prelude::*;
use rewrite::{BodyKind, Coverage, Draft, RewriteError, Rewriting};
use scan::{Format, OwnerError, Scanner};
use seal::SealError;
use support::{LIMITS, RULES, now, rewrite_chunks, rewriter, rewritten, token};
use visits::{visit, written};

proptest! {
    #[test]
    fn each_record_is_of_its_own_tenant_and_subject(
        visits in prop::collection::vec(visit(), 0..8),
        cuts in prop::collection::vec(any::<usize>(), 0..6),
    ) {
        let rewriter = rewriter(RULES);
        let sealed: Vec<_> = visits.iter().map(|visit| visit.sealed(&rewriter)).collect();
        for format in [Format::Json, Format::JsonLines, Format::Csv, Format::Xml] {
            let body = written(&format, &visits);
            let mut places: Vec<_> = cuts.iter().map(|cut| cut % (body.len() + 1)).collect();
            places.extend([0, body.len()]);
            places.sort_unstable();
            let chunks: Vec<_> =
                places.windows(2).map(|pair| &body.as_bytes()[pair[0]..pair[1]]).collect();
            let output = rewrite_chunks(&rewriter, &format, &chunks).unwrap();
            prop_assert_eq!(output, written(&format, &sealed));
        }
    }
}

#[test]
fn a_form_is_one_record() {
    let rewriter = rewriter(RULES);
    let id = token(&rewriter, "id", "a", "", "5");
    let on = token(&rewriter, "visit", "a", "5", "2026-01-02");
    assert_eq!(
        rewritten(RULES, &Format::Form, "on=2026-01-02&mrn=5&site=a&mrn=5").unwrap(),
        format!("on={on}&mrn={id}&site=a&mrn={id}")
    );
}

#[test]
fn intervals_of_a_subject_stay_and_subjects_differ() {
    let rewriter = rewriter(RULES);
    let on = |site: &str, person: &str, on: &str| token(&rewriter, "visit", site, person, on);
    assert_eq!(
        on("a", "1", "2026-01-01")[..8],
        on("a", "1", "2026-01-02")[..8]
    );
    let days: std::collections::HashSet<_> = (0..200)
        .map(|person| on("a", &person.to_string(), "2026-01-01"))
        .collect();
    assert!(days.len() > 100, "{}", days.len());
    assert_ne!(on("a", "1", "2026-01-01"), on("b", "1", "2026-01-01"));
    assert_ne!(on("a", "1", "2026-01-01"), on("a", "", "2026-01-01"));
}

#[test]
fn a_record_that_does_not_say_its_tenant_is_refused() {
    let json = |body: &str| rewritten(RULES, &Format::Json, body).unwrap_err();
    let no_tenant = "no-tenant at byte 8: the record does not say whose it is";
    for body in [
        r#"{"mrn": "1"}"#,
        r#"{"mrn": "1", "site": null}"#,
        r#"{"mrn": "1", "site": ""}"#,
        r#"{"mrn": "1", "site": ["a"]}"#,
        // another record's, inside and around
        r#"{"mrn": "1", "people": [{"site": "a"}]}"#,
    ] {
        assert_eq!(json(body), no_tenant, "{body}");
    }
    assert_eq!(
        json(r#"{"site": "a", "people": [{"mrn": "1"}]}"#),
        "no-tenant at byte 33: the record does not say whose it is"
    );
    // what can name none
    assert_eq!(
        json(r#"{"site": "a b"}"#),
        "no-tenant at byte 9: the record does not say whose it is"
    );
    let row = rewritten(
        RULES,
        &Format::Csv,
        "site,mrn,on\na,1,2026-01-01\n,2,2026-01-01\n",
    );
    assert_eq!(
        row.unwrap_err(),
        "no-tenant at byte 28: the record does not say whose it is"
    );
}

#[test]
fn a_record_that_says_it_twice_is_refused_unless_it_is_the_same() {
    let json = |body: &str| rewritten(RULES, &Format::Json, body);
    assert!(json(r#"{"site": "a", "b": {"site": "a"}}"#).is_ok());
    assert_eq!(
        json(r#"{"site": "a", "b": {"site": "b"}}"#).unwrap_err(),
        "ambiguous-owner at byte 28: rule site finds another value in the record before"
    );
    assert_eq!(
        json(r#"{"site": "a", "mrn": "1", "mrn": 2}"#).unwrap_err(),
        "ambiguous-owner at byte 33: rule person finds another value in the record before"
    );
}

#[test]
fn what_waits_is_bounded() {
    let body = |between: usize| {
        format!(
            r#"{{"mrn": "1", "x": "{}", "site": "a"}}"#,
            "x".repeat(between)
        )
    };
    let json = |between| rewritten(RULES, &Format::Json, &body(between));
    // the distance between the two values counts
    let around = r#""1", "x": "", "site": "#.len();
    assert!(json(400 - around).is_ok());
    assert_eq!(
        json(401 - around).unwrap_err(),
        "owner-too-far at byte 8: what says whose this is does not come within 400 bytes"
    );
    // nothing waits for what has been said
    let said = format!(
        r#"{{"site": "a", "x": "{}", "mrn": "1"}}"#,
        "x".repeat(1000)
    );
    assert!(rewritten(RULES, &Format::Json, &said).is_ok());
    let never = format!(r#"{{"mrn": "1", "x": "{}"}}"#, "x".repeat(1000));
    assert!(matches!(
        rewrite_chunks(&rewriter(RULES), &Format::Json, &[never.as_bytes()]),
        Err(RewriteError::Owner(OwnerError::TooFar {
            limit: 400,
            offset: 8
        }))
    ));
}

#[test]
fn nothing_leaves_while_a_value_waits() {
    let rewriter = rewriter(RULES);
    let coverage = Coverage::new(rewriter.policy().clone(), false);
    let kind = BodyKind::plain(Format::JsonLines);
    let mut rewriting = Rewriting::new(rewriter, &kind, false, LIMITS, 0, coverage).unwrap();
    let mut push = |text: &str| {
        rewriting.push(&mut text.as_bytes()).unwrap();
        let waiting = rewriting.waiting();
        (waiting, now(rewriting.seal()).unwrap().len())
    };
    assert_eq!(push(r#"{"x": 1, "#), (9, 9));
    assert_eq!(push(r#""mrn": "1", "#), (0, 0));
    assert_eq!(push(r#""y": 2, "#), (0, 0));
    let (waiting, sealed) = push(r#""site": "a"}"#);
    assert!(waiting > 0 && sealed > waiting);
}

/// The gateway scans a request's head before it knows whose it is.
#[test]
fn a_tenant_may_be_told_when_values_are_there() {
    let rules = "rules: [ { name: person, class: id, select: $..mrn } ]";
    let rewriter = rewriter(rules);
    let mut scanner = Scanner::new(rewriter.plan().clone(), &Format::Json).unwrap();
    let mut draft = Draft::new(rewriter.policy().clone(), 0);
    scanner.push(br#"{"mrn": "1"}"#, &mut draft).unwrap();
    scanner.finish(&mut draft).unwrap();
    let coverage = Coverage::new(rewriter.policy().clone(), false);
    let sealed = now(draft.for_tenant("acme").seal(&rewriter, &coverage)).unwrap();
    let expected = format!(
        r#"{{"mrn": "{}"}}"#,
        token(&rewriter, "id", "acme", "", "1")
    );
    assert_eq!(String::from_utf8(sealed).unwrap(), expected);
    assert_ne!(
        token(&rewriter, "id", "acme", "", "1"),
        token(&rewriter, "id", "", "", "1")
    );
}

/// A draft that goes out before its record has ended leaves what it was told to the next.
#[test]
fn what_a_record_has_said_holds_in_the_next_draft() {
    let rewriter = rewriter(RULES);
    let coverage = Coverage::new(rewriter.policy().clone(), false);
    let mut scanner = Scanner::new(rewriter.plan().clone(), &Format::Json).unwrap();
    let mut first = Draft::new(rewriter.policy().clone(), 0);
    scanner
        .push(br#"{"people": [{"site": "a", "mrn": "1", "#, &mut first)
        .unwrap();
    assert!(!first.is_waiting().unwrap());
    let mut second = Draft::new(rewriter.policy().clone(), 0);
    first.hand_on(&mut second);
    now(first.seal(&rewriter, &coverage)).unwrap();
    scanner
        .push(
            br#""on": "2026-01-02"}, {"on": "2026-01-02"}]}"#,
            &mut second,
        )
        .unwrap();
    // the next record has said nothing of it
    assert!(matches!(
        second.is_waiting(),
        Err(RewriteError::Owner(OwnerError::NoTenant { offset: 66 }))
    ));
}

const SUBJECTS: &str = "
rules:
  - { name: person, class: stays, select: $..mrn, fields: mrn }
  - { name: strict, class: visit, subject: person, select: $..on }
  - { name: lenient, class: lenient, subject: person, select: $..at }
  - { name: alike, class: visit, select: $..all }
";

#[test]
fn a_date_without_its_subject_does_not_fit() {
    let rewriter = rewriter(SUBJECTS);
    let json = |body: &str| rewritten(SUBJECTS, &Format::Json, body);
    let date = |subject| token(&rewriter, "visit", "not this one", subject, "2026-01-02");
    // the class that stands in, and dates that need no subject
    assert_eq!(
        json(r#"{"at": "2026-01-02", "all": "2026-01-02"}"#).unwrap(),
        format!(r#"{{"at": "[gone]", "all": "{}"}}"#, date(""))
    );
    assert_eq!(
        json(r#"{"on": "2026-01-02", "mrn": 77}"#).unwrap(),
        format!(r#"{{"on": "{}", "mrn": 77}}"#, date("77"))
    );
    let refused = rewrite_chunks(&rewriter, &Format::Json, &[br#"{"on": "2026-01-02"}"#]);
    let Err(RewriteError::Seal(SealError::Unfit { class, why, .. })) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        (&*class, &*why),
        ("visit", "its record does not say whose the date is")
    );
}

//! Whose values are, as records say it: against tokens that a sealer makes of each value alone, told
//! the tenant and the subject.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::fmt::Write as _;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use coding::DecodeLimits;
use policies::{TokenFormat, compile_policy};
use proptest::prelude::*;
use record::{KeyId, ValueType};
use rewrite::{BodyKind, Coverage, OwnerError, RewriteError, Rewriter, Rewriting, Shadow};
use scan::{Format, Plan};
use seal::{
    Batch, EdgeKey, EpochLimits, LocalSigner, Material, Replacement, SealError, Sealer, SecretKey,
    Subject, Tokens,
};

const SIGNER: &[u8] = include_bytes!("../../seal/tests/keys/signer.1.key");

const CLASSES: &str = "
version: 1
classes:
  id: { kind: hmac, key: joins, length: 16 }
  visit: { kind: date, key: joins }
  lenient: { kind: date, key: joins, misfit: gone }
  gone: { kind: redact }
  stays: { kind: keep }
";

const RULES: &str = "
tenant: site
records: { select: '$.people[*]', xpath: //person, max_bytes: 400 }
rules:
  - { name: site, class: stays, select: [$..site], columns: site, fields: site, xpath: //@site }
  - { name: person, class: id, select: [$..mrn], columns: mrn, fields: mrn, xpath: //mrn }
  - { name: visits, class: visit, subject: person, select: [$..on], columns: on, fields: on, xpath: //on }
";

const LIMITS: DecodeLimits = DecodeLimits {
    max_bytes: u64::MAX,
    max_ratio: u32::MAX,
};

/// Nothing here has to wait.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

fn rewriter(rules: &str) -> Arc<Rewriter> {
    let yaml = format!("{CLASSES}{rules}");
    let policy = compile_policy("policy.yaml", &yaml).unwrap_or_else(|refused| panic!("{refused}"));
    let policy = Arc::new(policy);
    let sealer = Sealer::new(&policy, material()).unwrap();
    let plan = Arc::new(Plan::compile(policy).unwrap());
    Arc::new(Rewriter::new(plan, sealer))
}

fn material() -> Material {
    let format = TokenFormat::Veilgate {
        prefix: "~vg1.".into(),
        suffix: "~".into(),
    };
    let joins = SecretKey::new(KeyId::new("joins", 1), &format, &[7; 32]).unwrap();
    Material {
        keys: Vec::new(),
        secrets: vec![joins],
        macs: Vec::new(),
        edge_keys: vec![EdgeKey::new(&[1; 32])],
        signer: Arc::new(LocalSigner::from_pem(SIGNER).unwrap()),
        signer_id: KeyId::new("edge", 1),
        epochs: EpochLimits::default(),
        vault: None,
    }
}

fn rewrite_chunks(
    rewriter: &Arc<Rewriter>,
    format: &Format,
    chunks: &[&[u8]],
) -> Result<String, RewriteError> {
    let coverage = Coverage::new(rewriter.policy().clone(), false);
    let kind = BodyKind::plain(format.clone());
    let rewriting = Rewriting::new(rewriter.clone(), &kind, false, LIMITS, 0, coverage)?;
    let mut rewriting = rewriting.for_tenant("not this one");
    let mut output = Vec::new();
    for chunk in chunks {
        let mut input = *chunk;
        while !input.is_empty() {
            rewriting.push(&mut input)?;
            output.extend(now(rewriting.seal())?);
        }
    }
    while !rewriting.finish()? {
        output.extend(now(rewriting.seal())?);
    }
    output.extend(now(rewriting.seal())?);
    Ok(String::from_utf8(output).unwrap())
}

/// What becomes of a body, and of each way to cut it in two, and of single bytes.
fn rewritten(rules: &str, format: &Format, body: &str) -> Result<String, String> {
    let rewriter = rewriter(rules);
    let told = |chunks: &[&[u8]]| {
        let rewritten = rewrite_chunks(&rewriter, format, chunks);
        rewritten.map_err(|error| error.to_string())
    };
    let whole = told(&[body.as_bytes()]);
    for split in 0..=body.len() {
        let (left, right) = body.as_bytes().split_at(split);
        assert_eq!(told(&[left, right]), whole, "at {split}");
    }
    let bytes: Vec<_> = body.as_bytes().chunks(1).collect();
    assert_eq!(told(&bytes), whole, "byte by byte");
    let shadow = Coverage::new(rewriter.policy().clone(), true);
    let kind = BodyKind::plain(format.clone());
    let mut shadow = Shadow::new(rewriter.plan().clone(), &kind, LIMITS, shadow).unwrap();
    let shown = shadow.push(body.as_bytes()).and_then(|()| shadow.finish());
    if let Err(RewriteError::Owner(error)) = shown {
        assert_eq!(whole, Err(error.to_string()), "a shadow says what would be");
    }
    whole
}

/// The token of a value of this class, tenant and subject.
fn token(rewriter: &Rewriter, class: &str, tenant: &str, subject: &str, value: &str) -> String {
    let class = rewriter.policy().class_named(class).unwrap();
    let mut batch = Batch::for_tenant(tenant);
    let subject = match subject {
        "" => Subject::Any,
        subject => Subject::Known(subject.as_bytes()),
    };
    batch.push_of(subject, class, ValueType::Text, value.as_bytes());
    let mut tokens = Tokens::new();
    now(rewriter.sealer().prepare(&mut batch)).unwrap();
    rewriter
        .sealer()
        .seal_batch(&mut batch, &mut tokens)
        .unwrap();
    match tokens.iter().next().unwrap() {
        Replacement::Text(text) => text.to_owned(),
        Replacement::Made(token) => String::from_utf8(token.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Whose a visit was, and when.
#[derive(Debug, Clone)]
struct Visit {
    site: String,
    person: String,
    on: String,
    /// In which order the record says the three.
    order: usize,
}

const ORDERS: [[usize; 3]; 6] = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
];

impl Visit {
    /// With tokens.
    fn sealed(&self, rewriter: &Rewriter) -> Self {
        Self {
            person: token(rewriter, "id", &self.site, "", &self.person),
            on: token(rewriter, "visit", &self.site, &self.person, &self.on),
            ..self.clone()
        }
    }

    fn members(&self) -> [(&'static str, &str); 3] {
        let all = [
            ("site", &*self.site),
            ("mrn", &self.person),
            ("on", &self.on),
        ];
        ORDERS[self.order].map(|place| all[place])
    }

    fn json(&self) -> String {
        let members = self.members();
        let members = members.map(|(name, value)| format!("\"{name}\": \"{value}\""));
        format!("{{{}}}", members.join(", "))
    }
}

fn visit() -> impl Strategy<Value = Visit> {
    let date = (1990..2030, 1..13, 1..28);
    let date = date.prop_map(|(year, month, day)| format!("{year}-{month:02}-{day:02}"));
    ("[a-c]", "[1-5]", date, 0..6_usize).prop_map(|(site, person, on, order)| Visit {
        site,
        person,
        on,
        order,
    })
}

/// The visits in a format.
fn written(format: &Format, visits: &[Visit]) -> String {
    let mut text = String::new();
    match format {
        Format::JsonLines => visits.iter().for_each(|visit| {
            writeln!(text, "{}", visit.json()).unwrap();
        }),
        Format::Json => {
            let people: Vec<_> = visits.iter().map(Visit::json).collect();
            write!(text, "{{\"n\": 1, \"people\": [{}]}}", people.join(", ")).unwrap();
        }
        Format::Csv => {
            text.push_str("on,site,x,mrn\n");
            for visit in visits {
                let Visit {
                    site, person, on, ..
                } = visit;
                writeln!(text, "{on},{site},y,{person}").unwrap();
            }
        }
        _ => {
            text.push_str("<l>");
            for Visit {
                site, person, on, ..
            } in visits
            {
                write!(
                    text,
                    "<person><on>{on}</on><q site='{site}'/><mrn>{person}</mrn></person>"
                )
                .unwrap();
            }
            text.push_str("</l>");
        }
    }
    text
}

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

//! Free text, searched for what it holds.

use crate::input::Document;
use crate::meter::{Failure, Meter, Rates, Workload};
use crate::scan::count;
use policies::{Detector, compile_policy};
use regex::bytes::Regex;
use scan::{Format, Plan};
use std::hint::black_box;
use std::sync::Arc;

/// As many as a policy that looks for people and payments has on.
const TWENTY: &[&str] = &[
    "payment-card",
    "us-ssn",
    "us-itin",
    "iban",
    "email",
    "phone",
    "ipv4",
    "ipv6",
    "mac-address",
    "date-of-birth",
    "vin",
    "us-dea",
    "us-mbi",
    "uk-nino",
    "ca-sin",
    "es-dni",
    "in-pan",
    "json-web-token",
    "pem-private-key",
    "aws-access-key",
];

/// A made-up letter; every third sentence holds a value.
const SENTENCES: &[&str] = &[
    "Thank you for your letter of last week, which reached us on Monday. ",
    "The parcel was handed to the carrier and should arrive within three working days. ",
    "Please charge it to card 4111 1111 1111 1111 as before. ",
    "We have looked into the matter and found that the invoice had been paid twice. ",
    "Our colleague in the Hamburg office will call you back before the end of the month. ",
    "You can reach me at ada.lovelace@example.com or under +44 20 7946 0000. ",
];

/// Bytes of made-up text.
const TEXT_BYTES: usize = 16 << 20;

/// What one finds cards with who has no detector: 13 to 19 digits, with or without separators.
const CARD: &str = r"\b(?:[0-9][ -]?){12,18}[0-9]\b";

/// Bytes searched per CPU second: with twenty detectors, with all, and with one regular expression
/// for cards. Without a document, over made-up text.
pub(crate) fn measure(meter: Meter, document: Option<Document>) -> Result<Rates, Failure> {
    let (format, bytes) = match document {
        Some(document) => (document.format(), document.read()?),
        None => (Format::Text, made_up()),
    };
    let twenty = plan(TWENTY.iter().copied())?;
    let all = plan(Detector::ALL.iter().map(|detector| detector.name()))?;
    let card = Regex::new(CARD)?;
    let one_regex = || {
        black_box(card.find_iter(&bytes).count());
        Ok(bytes.len() as u64)
    };
    meter.rates(vec![
        Workload::new("twenty", || count(&twenty, &format, &bytes)),
        Workload::new("all", || count(&all, &format, &bytes)),
        Workload::new("card_regex", one_regex),
    ])
}

fn made_up() -> Vec<u8> {
    let letter = SENTENCES.concat().into_bytes();
    letter.repeat(TEXT_BYTES / letter.len())
}

/// A plan that looks for these, and takes nothing by its place.
fn plan(detectors: impl Iterator<Item = &'static str>) -> Result<Arc<Plan>, Failure> {
    let names = detectors.collect::<Vec<_>>().join(", ");
    let text = format!(
        "version: 1\n\
         classes:\n  found: {{ kind: envelope, key: people }}\n\
         rules:\n  - {{ detect: [{names}], class: found }}\n"
    );
    let policy = compile_policy("detectors", &text).map_err(|report| report.to_string())?;
    Ok(Arc::new(Plan::compile(Arc::new(policy))?))
}

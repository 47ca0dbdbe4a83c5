//! How fast text is searched: bytes per CPU second, with twenty detectors on and with all.
//!
//! ```text
//! cargo run --release -p detect --example throughput [FILE]
//! ```
//!
//! Without a file it searches made-up letters with a value in every third sentence.
#![allow(clippy::print_stdout, reason = "what it is for")]

use detect::{DetectRule, Detection, Scratch, What};
use policies::Detector;
use std::time::Instant;

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

const SENTENCES: &[&str] = &[
    "Thank you for your letter of last week, which reached us on Monday. ",
    "The parcel was handed to the carrier and should arrive within three working days. ",
    "Please charge it to card 4111 1111 1111 1111 as before. ",
    "We have looked into the matter and found that the invoice had been paid twice. ",
    "Our colleague in the Hamburg office will call you back before the end of the month. ",
    "You can reach me at ada.lovelace@example.com or under +44 20 7946 0000. ",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = match std::env::args().nth(1) {
        Some(file) => std::fs::read(file)?,
        None => SENTENCES.concat().repeat(40_000).into_bytes(),
    };
    let twenty: Vec<_> = TWENTY
        .iter()
        .filter_map(|name| Detector::from_name(name))
        .collect();
    for (name, detectors) in [
        ("20 detectors", twenty.as_slice()),
        ("all detectors", Detector::ALL),
    ] {
        let rules = detectors
            .iter()
            .enumerate()
            .map(|(rule, detector)| DetectRule {
                rule,
                what: What::BuiltIn(*detector),
                context: Vec::new(),
                never: Vec::new(),
            });
        let detection = Detection::compile(&rules.collect::<Vec<_>>())?;
        let mut best = f64::INFINITY;
        let mut count = 0;
        for _ in 0..5 {
            let mut found = Vec::new();
            let start = Instant::now();
            for window in text.chunks(64 << 10) {
                detection.find(window, 0, true, &mut Scratch::default(), &mut found);
            }
            best = best.min(start.elapsed().as_secs_f64());
            count = found.len();
        }
        println!(
            "{name}: {:.0} MB/s, {count} found",
            text.len() as f64 / best / 1e6
        );
    }
    Ok(())
}

//! Rows of all sorts, some with tokens that do not describe themselves, cut anywhere.

use crate::formatted::{CARDS, chunked, fpe};
use crate::world::Service;
use detokenize::config::Limits;
use proptest::prelude::*;
use serde_json::json;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_rows_come_back(
        rows in prop::collection::vec(("[0-9]{12,18}", "[0-9&<>,\"]{10,20}", any::<bool>()), 1..12),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let limits = Limits { small_body: 0, ..Limits::default() };
            let service = Service::with_policies(limits, &[("cards", CARDS)]);
            let rows: Vec<_> = rows.iter().map(|(digits, code, is_token)| {
                let mut pan = (0..10).map(|last| format!("{digits}{last}"));
                let pan = pan.find(|pan| shape_passes(pan)).unwrap();
                (pan, code, *is_token)
            }).collect();
            let document = |open: bool| -> Vec<u8> {
                let lines = rows.iter().map(|(pan, code, is_token)| {
                    let (pan, code) = match open || !is_token {
                        true => (pan.clone(), (*code).clone()),
                        false => (fpe("pan", "", pan), fpe("code", "", code)),
                    };
                    // Rows that are no tokens stand in no place that is selected.
                    match is_token {
                        true => json!({"pan": pan, "x": {"code": code}}).to_string() + "\n",
                        false => json!({"pin": pan, "code": 1, "c": code}).to_string() + "\n",
                    }
                });
                lines.collect::<String>().into_bytes()
            };
            let input = document(false);
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(input.len())).collect();
            cuts.sort_unstable();
            let mut parts = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([input.len()]) {
                parts.push(input[from..cut].to_vec());
                from = cut;
            }
            let answer = chunked(&service, "policy=cards", "application/x-ndjson", parts).await;
            assert_eq!(answer.text(), String::from_utf8(document(true)).unwrap());
        });
    }
}

/// ISO/IEC 7812-1, annex B.
fn shape_passes(digits: &str) -> bool {
    let sum = digits.bytes().rev().enumerate().map(|(at, digit)| {
        let digit = u32::from(digit - b'0') << (at % 2);
        digit / 10 + digit % 10
    });
    sum.sum::<u32>() % 10 == 0
}

//! Text, with everything that detectors look for, beside one search of the whole.

use std::sync::{Arc, LazyLock};

use detect::Scratch;
use policies::Detector;
use scan::{Format, Plan};

use crate::Case;
use crate::scanned::{of_format, plan};

static VARIANTS: LazyLock<Vec<Arc<Plan>>> = LazyLock::new(|| {
    let all: Vec<_> = Detector::ALL.iter().map(|each| each.name()).collect();
    let all = format!("detect: [{}]", all.join(", "));
    vec![
        plan(&[&all], ""),
        plan(&["detect: [payment-card, us-ssn, phone, email]"], ""),
        plan(
            &[
                r#"detect: [{ pattern: '\bEMP-(?P<value>[0-9]{6})\b', context: [staff, employee], never: ["000000"] }]"#,
                "detect: [{ pattern: '[0-9]{4}(-[0-9]{4})*', checksum: luhn }, ipv4]",
            ],
            "",
        ),
        plan(&["detect: [json-web-token, pem-private-key, iban]"], ""),
    ]
});

pub(crate) fn check(data: &[u8]) {
    let Some(case) = Case::parse(data) else {
        return;
    };
    let plan = case.choose(&VARIANTS);
    let Ok(scanned) = of_format(&case, plan, &Format::Text) else {
        assert!(std::str::from_utf8(case.input).is_err(), "refuses UTF-8");
        return;
    };
    let mut found = Vec::new();
    let detection = plan.detection().unwrap();
    let settled = detection.find(case.input, 0, true, &mut Scratch::default(), &mut found);
    assert_eq!(
        settled,
        case.input.len(),
        "a text that ended is not settled"
    );
    let found: Vec<_> = found
        .iter()
        .map(|found| (found.rule, found.start as u64, found.end as u64))
        .collect();
    let scanned: Vec<_> = scanned
        .values()
        .map(|value| (value.rule, value.offset, value.end()))
        .collect();
    assert_eq!(scanned, found, "another answer in windows than as a whole");
    let apart = |pair: &[(usize, u64, u64)]| pair[0].2 <= pair[1].1;
    assert!(found.windows(2).all(apart), "values overlap");
    assert!(found.iter().all(|(_, start, end)| start < end), "no value");
}

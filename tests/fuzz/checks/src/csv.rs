//! CSV and TSV beside the crate `csv`.

use std::sync::{Arc, LazyLock};

use scan::{Format, Plan};

use crate::Case;
use crate::scanned::{is_settled, of_format, plan};

struct Variant {
    plan: Arc<Plan>,
    format: Format,
    delimiter: u8,
    header: bool,
    /// Columns that rules name.
    names: &'static [&'static str],
    /// Columns that rules number, from 0.
    numbers: &'static [usize],
}

static VARIANTS: LazyLock<Vec<Variant>> = LazyLock::new(|| {
    let csv = |rules: &[&str], settings: &str, delimiter, header, names, numbers| Variant {
        plan: plan(rules, settings),
        format: Format::Csv,
        delimiter,
        header,
        names,
        numbers,
    };
    const NAMED: &[&str] = &["columns: [card, 'a\"b']", "columns: 3"];
    const NAMES: &[&str] = &["card", "a\"b"];
    vec![
        csv(
            NAMED,
            "csv: { strict: false, missing_columns: pass }",
            b',',
            true,
            NAMES,
            &[2],
        ),
        csv(&["columns: card"], "", b',', true, &["card"], &[]),
        csv(
            &["columns: [1, 3]"],
            "csv: { header: false, strict: false, delimiter: \";\" }",
            b';',
            false,
            &[],
            &[0, 2],
        ),
        csv(
            NAMED,
            "csv: { strict: false, missing_columns: pass, delimiter: \"|\", max_field_bytes: 64 }",
            b'|',
            true,
            NAMES,
            &[2],
        ),
        Variant {
            format: Format::Tsv,
            ..csv(
                NAMED,
                "csv: { strict: false, missing_columns: pass }",
                b'\t',
                true,
                NAMES,
                &[2],
            )
        },
        csv(
            &[
                "columns: card",
                "detect: [payment-card, us-ssn, email, iban]",
            ],
            "csv: { strict: false, missing_columns: pass }",
            b',',
            true,
            &["card"],
            &[],
        ),
        csv(
            &["columns: 2"],
            "csv: { header: false }",
            b',',
            false,
            &[],
            &[1],
        ),
    ]
});

pub(crate) fn check(data: &[u8]) {
    let Some(case) = Case::parse(data) else {
        return;
    };
    let variant = case.choose(&VARIANTS);
    if let Ok(scanned) = of_format(&case, &variant.plan, &variant.format) {
        nothing_left(variant, &scanned.with_tokens());
    }
}

/// With tokens in place, the crate `csv` reads nothing else in the columns that rules name.
fn nothing_left(variant: &Variant, document: &[u8]) {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(variant.delimiter)
        .from_reader(document);
    let mut taken = variant.numbers.to_vec();
    for (number, record) in reader.byte_records().enumerate() {
        let record = record.unwrap();
        if number == 0 && variant.header {
            let named = |name: &[u8]| variant.names.iter().any(|own| own.as_bytes() == name);
            let places = record.iter().enumerate().filter(|(_, name)| named(name));
            taken.extend(places.map(|(place, _)| place));
            continue;
        }
        for &place in &taken {
            let field = record.get(place).unwrap_or_default();
            let field = String::from_utf8_lossy(field);
            assert!(is_settled(&field), "column {place} still has {field:?}");
        }
    }
}

//! Against `url`'s reader of forms, by hand, and split everywhere.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::{Fields, FormScanner};
use crate::output::Output;
use crate::tests::told::{Refusal, Scan, Told, everywhere_of};
use policies::FormLimits;
use proptest::prelude::*;
use std::sync::Arc;

const LIMITS: FormLimits = FormLimits {
    max_name_bytes: 12,
    max_value_bytes: 16,
    other_parts: policies::OtherParts::Reject,
};

struct Form {
    fields: Arc<Fields>,
    limits: FormLimits,
}

impl Scan for Form {
    fn scan<O: Output>(&self, chunks: &[&[u8]], output: &mut O) -> Result<(), Refusal> {
        let mut scanner = FormScanner::new(self.fields.clone(), self.limits);
        chunks
            .iter()
            .try_for_each(|chunk| scanner.push(chunk, output))?;
        scanner.finish(output)
    }
}

fn scan(names: &[&str], limits: FormLimits, input: &[u8]) -> Result<Told, Refusal> {
    let names = names.iter().enumerate();
    let names = names
        .map(|(rule, name)| ((*name).to_owned(), rule))
        .collect();
    let fields = Arc::new(Fields::new(names));
    everywhere_of(input, &Form { fields, limits })
}

#[test]
fn fields_by_name() {
    let taken = |input: &str| {
        let told = scan(&["card", "a b", "x[*"], LIMITS, input.as_bytes()).unwrap();
        let values = told.values.into_iter();
        values
            .map(|(rule, _, content)| (rule, content))
            .collect::<Vec<_>>()
    };
    let found = |values: &[(usize, &str)]| {
        let values = values.iter();
        values
            .map(|(rule, value)| (*rule, (*value).to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(taken("card=4111+1111&b=2"), found(&[(0, "4111 1111")]));
    assert_eq!(
        taken("c%61rd=%34&card=&card=5=5&"),
        found(&[(0, "4"), (0, "5=5")])
    );
    assert_eq!(taken("a+b=1&a%20b=2&card"), found(&[(1, "1"), (1, "2")]));
    assert_eq!(taken("x%5By%5D=1&x[=2&x=3"), found(&[(2, "1"), (2, "2")]));
    assert_eq!(taken(""), found(&[]));
    assert_eq!(taken("&&=card&"), found(&[]));
}

#[test]
fn refusals() {
    for (input, refused) in [
        ("a=%4", ("form-invalid-escape", 4)),
        ("a=%zz", ("form-invalid-escape", 3)),
        ("a=%4&b", ("form-invalid-escape", 4)),
        ("a=1;b=2", ("form-ambiguous-separator", 3)),
        ("a=1 2", ("form-control-character", 3)),
        ("a=1\n", ("form-control-character", 3)),
        ("card=12345678901234567&", ("form-value-too-long", 21)),
        ("card=12345678901234567;", ("form-value-too-long", 21)),
        ("a=1&1234567890123=", ("form-name-too-long", 16)),
    ] {
        let error = scan(&["card"], LIMITS, input.as_bytes()).unwrap_err();
        assert_eq!((error.code(), error.offset), refused, "{input}");
    }
}

proptest! {
    #[test]
    fn as_another_reader_reads_it(pairs in prop::collection::vec(("[ab é&=+%;]{0,4}", "[ab é&=+%;]{0,6}", any::<bool>()), 0..6)) {
        let spell = |text: &str, all: bool| text.bytes().map(|byte| match byte {
            b' ' if !all => "+".to_owned(),
            b'a'..=b'z' if !all => char::from(byte).to_string(),
            byte => format!("%{byte:02x}"),
        }).collect::<String>();
        let input: Vec<String> = pairs.iter().map(|(name, value, all)| format!("{}={}", spell(name, *all), spell(value, !*all))).collect();
        let input = input.join("&");
        let limits = FormLimits { max_name_bytes: 100, max_value_bytes: 100, ..LIMITS };
        let told = scan(&["a", "b*"], limits, input.as_bytes()).unwrap();
        let read = url::form_urlencoded::parse(input.as_bytes());
        let expected: Vec<(usize, String)> = read.filter_map(|(name, value)| {
            let rule = if name == "a" { 0 } else if name.starts_with('b') { 1 } else { return None };
            (!value.is_empty()).then(|| (rule, value.into_owned()))
        }).collect();
        let taken: Vec<_> = told.contents().into_iter().map(|(rule, content)| (rule, content.to_owned())).collect();
        prop_assert_eq!(taken, expected);
    }
}

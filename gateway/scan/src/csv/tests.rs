//! Against the `csv` crate, by hand, and split everywhere.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::{Columns, CsvErrorCode, CsvScanner};
use crate::error::{ErrorCode, ScanError};
use crate::matched::Matched;
use crate::output::{Output, Sink, ToSink};
use crate::syntax::Syntax;
use crate::tests::told::{Scan, Told, everywhere_of};
use policies::CsvSettings;
use proptest::prelude::*;
use std::sync::Arc;

struct Csv {
    columns: Arc<Columns>,
    settings: CsvSettings,
}

impl Scan for Csv {
    fn scan<O: Output>(&self, chunks: &[&[u8]], output: &mut O) -> Result<(), ScanError> {
        let mut scanner = CsvScanner::new(self.columns.clone(), self.settings);
        chunks
            .iter()
            .try_for_each(|chunk| scanner.push(chunk, output))?;
        scanner.finish(output)
    }
}

/// The same at every split, byte by byte, and with texts and without.
fn everywhere(
    columns: &Arc<Columns>,
    settings: CsvSettings,
    input: &[u8],
) -> Result<Told, ScanError> {
    let columns = columns.clone();
    everywhere_of(input, &Csv { columns, settings })
}

fn columns() -> Arc<Columns> {
    let by_name = vec![("card".to_owned(), 0), ("ssn \"x\"".to_owned(), 1)];
    Arc::new(Columns::new(by_name, vec![(3, 2), (1, 0)]))
}

const LOOSE: CsvSettings = CsvSettings {
    delimiter: b',',
    header: true,
    strict: false,
    all_columns: false,
    max_field_bytes: 16,
};

fn values(input: &str) -> Vec<(usize, String)> {
    let told = everywhere(&columns(), LOOSE, input.as_bytes()).unwrap();
    let values = told.values.into_iter();
    values.map(|(rule, _, content)| (rule, content)).collect()
}

#[test]
fn columns_by_name_and_number() {
    let found = |values: &[(usize, &str)]| {
        values
            .iter()
            .map(|(rule, value)| (*rule, (*value).to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(values("a,card\n1,2\n"), found(&[(0, "1"), (0, "2")]));
    assert_eq!(
        values("\u{FEFF}\"card\",b,c\r\n\"1\"\"\",2,\"3\n,\"\r\n"),
        found(&[(0, "1\""), (2, "3\n,")])
    );
    assert_eq!(
        values("x,\"ssn \"\"x\"\"\",y,card,card\n,,,\n\n1,2,3,4,5,6"),
        found(&[(0, "1"), (1, "2"), (2, "3"), (0, "4"), (0, "5")])
    );
    assert_eq!(values("a,b\n\"\",\"\"\n"), []);
    assert_eq!(values(""), []);
    assert_eq!(values("\n\r\n"), []);
    assert_eq!(values("\u{FEFF}"), []);
}

#[test]
fn texts_are_what_is_not_taken() {
    let told = everywhere(
        &columns(),
        LOOSE,
        "card,\"b\"\n1,\"two \"\"2\"\"\"\n,three".as_bytes(),
    )
    .unwrap();
    assert_eq!(told.texts, ["card", "b", "two \"2\"", "three"]);
    let none = Arc::new(Columns::default());
    let told = everywhere(&none, LOOSE, b"a,\"b\"\n\"\",c").unwrap();
    assert_eq!(told.texts, ["a", "b", "c"]);
}

#[test]
fn refusals() {
    let strict = CsvSettings {
        strict: true,
        all_columns: true,
        max_field_bytes: 4,
        ..LOOSE
    };
    let one = Arc::new(Columns::new(vec![("a".to_owned(), 0)], vec![]));
    for (input, code, offset, row) in [
        ("a,b\"c\n", "csv-stray-quote", 3, 1),
        ("a,b\n1,\"2\"3\n", "csv-stray-quote", 9, 2),
        ("a,b\n1,x\"2\n", "csv-stray-quote", 7, 2),
        ("a,b\n1,\"2\n3", "csv-unbalanced-quote", 6, 2),
        ("a,b\r1,2\n", "csv-bare-carriage-return", 3, 1),
        ("a,b\n1,2\r", "csv-bare-carriage-return", 7, 2),
        ("a,b\n\n1,2,3\n", "csv-row-width", 10, 3),
        ("a,b\n1\n", "csv-row-width", 5, 2),
        ("a,b\n1,2\n3", "csv-row-width", 9, 3),
        ("b,c\n1,2\n", "csv-missing-column", 3, 1),
        ("a,b\n12345,\"", "csv-value-too-long", 8, 2),
        ("abcde,b\n1,2\n", "csv-name-too-long", 4, 1),
    ] {
        let refused = everywhere(&one, strict, input.as_bytes()).unwrap_err();
        let refused = (refused.code(), refused.offset, refused.line.unwrap());
        assert_eq!(refused, (code, offset, row), "{input:?}");
    }
    let code = ErrorCode::from(CsvErrorCode::ValueTooLong);
    assert!(code.is_too_large());
}

#[test]
fn a_name_may_be_as_long_as_the_limit() {
    let longest = format!("card,{}", "n".repeat(LOOSE.max_field_bytes));
    for end in ["\n1,2\n", "\r\n1,2\r\n"] {
        let input = longest.clone() + end;
        let told = everywhere(&columns(), LOOSE, input.as_bytes()).unwrap();
        assert_eq!(told.contents(), [(0, "1")]);
    }
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-c1-3 é]{0,6}",
        1 => "[a\"\n,\r;]{0,6}",
        1 => Just(String::new()),
    ]
}

/// A field as it may be written.
fn written(field: &str, quote: bool, delimiter: char) -> String {
    let must = field.contains(['"', '\n', '\r', delimiter]);
    match quote || must {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.to_owned(),
    }
}

proptest! {
    #[test]
    fn as_the_csv_crate_reads_it(
        rows in prop::collection::vec(prop::collection::vec((field(), any::<bool>()), 1..5), 1..6),
        crlf in any::<bool>(),
        ended in any::<bool>(),
        delimiter in prop_oneof![Just(','), Just(';'), Just('\t')],
        header in any::<bool>(),
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let lines: Vec<String> = rows.iter().map(|row| {
            let fields: Vec<_> = row.iter().map(|(field, quote)| written(field, *quote, delimiter)).collect();
            fields.join(&delimiter.to_string())
        }).collect();
        let input = lines.join(end) + if ended { end } else { "" };
        let columns = Arc::new(Columns::new(vec![("a".to_owned(), 1)], vec![(2, 0)]));
        let settings = CsvSettings { delimiter: delimiter as u8, header, strict: false, all_columns: false, max_field_bytes: 1000 };
        let told = everywhere(&columns, settings, input.as_bytes()).unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter as u8).from_reader(input.as_bytes());
        let mut expected = Vec::new();
        let mut named: Vec<usize> = Vec::new();
        for (number, record) in reader.records().enumerate() {
            let record = record.unwrap();
            if header && number == 0 {
                named = record.iter().enumerate().filter(|(_, name)| *name == "a").map(|(place, _)| place).collect();
                continue;
            }
            for (place, value) in record.iter().enumerate() {
                let rule = match place { 1 => Some(0), place if named.contains(&place) => Some(1), _ => None };
                if let Some(rule) = rule && !value.is_empty() {
                    expected.push((rule, value.to_owned()));
                }
            }
        }
        let values: Vec<_> = told.values.into_iter().map(|(rule, _, content)| (rule, content)).collect();
        prop_assert_eq!(values, expected, "{:?}", input);
    }
}

/// Whether each value is the only field of its row.
#[derive(Default)]
struct Alone(Vec<bool>);

impl Sink for Alone {
    fn pass(&mut self, _bytes: &[u8]) {}

    fn value(&mut self, value: Matched<'_>) {
        self.0
            .push(matches!(value.syntax, Syntax::Csv { alone: true, .. }));
    }
}

#[test]
fn the_only_field_of_a_row_is_known() {
    let columns = Arc::new(Columns::new(vec![], vec![(1, 0), (2, 0)]));
    let settings = CsvSettings {
        header: false,
        ..LOOSE
    };
    let input = b"1\n1,2\n\"1\"\r\n\"1\",\n,2\n1";
    for size in 1..=input.len() {
        let mut scanner = CsvScanner::new(columns.clone(), settings);
        let mut alone = Alone::default();
        let mut sink = ToSink(&mut alone);
        for chunk in input.chunks(size) {
            scanner.push(chunk, &mut sink).unwrap();
        }
        scanner.finish(&mut sink).unwrap();
        assert_eq!(alone.0, [true, false, false, true, false, false, true]);
    }
}

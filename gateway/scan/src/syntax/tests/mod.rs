//! What is written in a value's place is read back by another parser as just that, or refused.

#![allow(clippy::unwrap_used, reason = "tests")]

mod xml;

use super::{Syntax, Unfit};
use proptest::prelude::*;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Texts of what means something somewhere, and of anything.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        r#"[a0 "'\\&<>\[\]%+;,/?=.:|#\-]{0,8}"#,
        "[\\x00-\\x20\\x7f\u{85}\u{2028}\u{feff}\u{fffe}\u{ffff}é😀\"]{0,6}",
        any::<String>(),
    ]
}

fn written(syntax: Syntax, text: &str, raw: &str) -> Result<String, Unfit> {
    let mut out = Vec::new();
    let written = syntax.write_text(text, raw.as_bytes(), &mut out);
    assert!(
        written.is_ok() || out.is_empty(),
        "a refusal wrote something"
    );
    written.map(|()| String::from_utf8(out).unwrap())
}

/// Writes a text, and checks that the scanner would read it as it reads.
fn round_trip(syntax: Syntax, text: &str, raw: &str) -> Result<String, Unfit> {
    let written = written(syntax, text, raw)?;
    assert_eq!(
        syntax.content(written.as_bytes()).as_ref(),
        text.as_bytes(),
        "{written:?}"
    );
    Ok(written)
}

fn number(syntax: Syntax, spelling: &str) -> Result<String, Unfit> {
    let mut out = Vec::new();
    syntax.write_number(spelling, b"1", &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

fn null(syntax: Syntax, raw: &str) -> Result<String, Unfit> {
    let mut out = Vec::new();
    syntax.write_null(raw.as_bytes(), &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

fn rows(document: &str, delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(document.as_bytes());
    let records = reader.records().map(|record| record.unwrap());
    let fields = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
    records.map(fields).collect()
}

proptest! {
    #[test]
    fn json(text in texts()) {
        let whole = round_trip(Syntax::Json, &text, "\"1\"").unwrap();
        prop_assert_eq!(&serde_json::from_str::<String>(&whole).unwrap(), &text);
        let inside = round_trip(Syntax::JsonText, &text, "1").unwrap();
        let around = serde_json::from_str::<String>(&format!("\"a{inside}b\"")).unwrap();
        prop_assert_eq!(around, format!("a{text}b"));
        // a line of NDJSON stays one
        let ends = |each: char| matches!(each, '\0'..='\u{1f}' | '\u{85}' | '\u{2028}' | '\u{2029}');
        prop_assert!(!whole.contains(ends) && !inside.contains(ends));
    }

    #[test]
    fn numbers(spelling in "-?[0-9]{0,3}(\\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?|[-+.e0-9]{0,6}") {
        let valid = serde_json::from_str::<&serde_json::value::RawValue>(&spelling).is_ok();
        let written = number(Syntax::Json, &spelling);
        prop_assert_eq!(written, if valid { Ok(spelling.clone()) } else { Err(Unfit::Number) });
        let text = number(Syntax::JsonText, &spelling);
        prop_assert_eq!(text, if valid { Ok(spelling) } else { Err(Unfit::Number) });
    }

    #[test]
    fn csv_fields(
        text in texts(),
        raw in prop_oneof![Just("1"), Just("\"1\"")],
        delimiter in prop_oneof![Just(b','), Just(b';'), Just(b'\t'), Just(b'|'), Just(b' ')],
    ) {
        let between = char::from(delimiter);
        let syntax = Syntax::Csv { delimiter, alone: false };
        let field = round_trip(syntax, &text, raw).unwrap();
        let document = format!("{field}{between}b\nc{between}{field}{between}d\r\ne{between}{field}");
        let strings = |fields: &[&str]| fields.iter().map(|field| (*field).to_owned()).collect();
        let expected: [Vec<String>; 3] = [strings(&[&text, "b"]), strings(&["c", &text, "d"]), strings(&["e", &text])];
        prop_assert_eq!(rows(&document, delimiter), expected, "{:?}", document);
    }

    #[test]
    fn csv_rows_of_one_field(text in texts(), raw in prop_oneof![Just("1"), Just("\"1\"")]) {
        let syntax = Syntax::Csv { delimiter: b',', alone: true };
        let field = round_trip(syntax, &text, raw).unwrap();
        let expected = [["a".to_owned()], [text], ["b".to_owned()]];
        prop_assert_eq!(rows(&format!("a\n{field}\nb\n"), b','), expected);
    }

    #[test]
    fn parts_of_csv_fields(text in texts(), delimiter in prop_oneof![Just(b','), Just(b';'), Just(b'\t')]) {
        let between = char::from(delimiter);
        let quoted = round_trip(Syntax::CsvText, &text, "1").unwrap();
        let expected = [["a".to_owned(), format!("b{text}c"), "d".to_owned()]];
        prop_assert_eq!(rows(&format!("a{between}\"b{quoted}c\"{between}d\n"), delimiter), expected.clone());
        let syntax = Syntax::CsvPart { delimiter, alone: false };
        match round_trip(syntax, &text, "1") {
            Ok(part) => prop_assert_eq!(rows(&format!("a{between}b{part}c{between}d\n"), delimiter), expected),
            Err(_) => {
                let structure = text.contains(['"', '\r', '\n', between]);
                prop_assert!(structure || text.starts_with(BYTE_ORDER_MARK));
            }
        }
    }

    #[test]
    fn forms(text in texts()) {
        let value = round_trip(Syntax::Form, &text, "1").unwrap();
        let body = format!("x=1&{value}y={value}&z={value}");
        let read: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        prop_assert_eq!(read, [pair("x", "1"), pair(&format!("{text}y"), &text), pair("z", &text)]);
    }

    #[test]
    fn paths(text in texts()) {
        let Ok(segment) = round_trip(Syntax::Path, &text, "1") else {
            return Ok(());
        };
        let url = url::Url::parse(&format!("http://h/a/{segment}/b?q")).unwrap();
        let segments: Vec<_> = url.path_segments().unwrap().collect();
        prop_assert_eq!(&segments, &["a", &segment, "b"]);
        // a form reads what is percent-encoded alike
        let read = url::form_urlencoded::parse(segment.as_bytes()).next().unwrap();
        prop_assert_eq!(read.0, text);
    }

    #[test]
    fn places_without_escapes(text in texts()) {
        if let Ok(header) = round_trip(Syntax::Header, &text, "1") {
            prop_assert!(header.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            prop_assert_eq!(header.trim(), &text);
        }
        for quoted in [true, false] {
            if let Ok(name) = round_trip(Syntax::FileName { quoted }, &text, "1") {
                prop_assert!(!name.contains(['"', '\\', '\r', '\n', '\0', '%']));
                prop_assert!(quoted || !name.contains([' ', ';', ',', '=', '\'']));
            }
        }
        let plain = round_trip(Syntax::Plain, &text, "1");
        prop_assert_eq!(plain.is_err(), text.starts_with(BYTE_ORDER_MARK));
    }
}

#[test]
fn nulls() {
    let csv = |alone| Syntax::Csv {
        delimiter: b',',
        alone,
    };
    assert_eq!(null(Syntax::Json, "1").unwrap(), "null");
    assert_eq!(null(Syntax::JsonText, "1").unwrap(), "");
    assert_eq!(null(csv(false), "1").unwrap(), "");
    assert_eq!(null(csv(false), "\"1\"").unwrap(), "");
    assert_eq!(null(csv(true), "1").unwrap(), "\"\"");
    assert_eq!(written(csv(false), "", "1").unwrap(), "\"\"");
    assert_eq!(null(Syntax::Form, "1").unwrap(), "");
    assert_eq!(null(Syntax::Path, "1"), Err(Unfit::Empty));
    assert_eq!(null(Syntax::Header, "1").unwrap(), "");
    assert_eq!(
        null(Syntax::FileName { quoted: false }, "1"),
        Err(Unfit::Empty)
    );
}

#[test]
fn what_has_two_readings_in_a_path_is_refused() {
    for text in ["", ".", "..", "a/b", "a\\b", "a;b", "a\nb", "%41", "a%2Fb"] {
        assert!(written(Syntax::Path, text, "1").is_err(), "{text:?}");
    }
    assert_eq!(
        written(Syntax::Path, "... 100%é", "1").unwrap(),
        "...%20100%25%C3%A9"
    );
}

#[test]
fn header_fields_get_no_line_ends() {
    for text in ["a\r\nb", "a\nb", "a\0b", "a\tb", "é", " a", "a ", "a\u{7f}"] {
        assert_eq!(
            written(Syntax::Header, text, "1"),
            Err(Unfit::Character),
            "{text:?}"
        );
    }
    assert_eq!(
        written(Syntax::Header, "[redacted: x]", "1").unwrap(),
        "[redacted: x]"
    );
}

#[test]
fn tokens_are_refused_where_they_would_be_more() {
    let token = |syntax: Syntax, token: &[u8]| {
        let mut out = Vec::new();
        syntax.write_token(token, b"1", &mut out).map(|()| out)
    };
    let part = Syntax::CsvPart {
        delimiter: b'.',
        alone: false,
    };
    let whole = Syntax::Csv {
        delimiter: b'.',
        alone: false,
    };
    assert_eq!(token(part, b"~a.b~"), Err(Unfit::Structure));
    assert_eq!(token(whole, b"~a.b~").unwrap(), b"\"~a.b~\"");
    let comment = Syntax::Comment(super::Beside::NOTHING);
    assert_eq!(token(comment, b"~a--b~"), Err(Unfit::Structure));
    assert_eq!(token(comment, b"~a-b~").unwrap(), b"~a-b~");
}

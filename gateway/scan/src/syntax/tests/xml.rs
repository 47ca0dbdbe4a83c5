//! XML, read by `quick-xml` and by the scanner, which is strict.

use std::sync::Arc;

use super::{null, round_trip, texts};
use crate::output::{Sink, ToSink};
use crate::syntax::{Beside, Syntax, Unfit, Within};
use crate::xml::{Paths, XmlScanner};
use crate::{Matched, ScanError};
use policies::XmlLimits;
use proptest::prelude::*;
use quick_xml::XmlVersion;
use quick_xml::events::Event;

struct Nothing;

impl Sink for Nothing {
    fn pass(&mut self, _bytes: &[u8]) {}
    fn value(&mut self, _value: Matched<'_>) {}
}

fn is_well_formed(document: &str) -> Result<(), ScanError> {
    let paths = Arc::new(Paths::compile(std::iter::empty(), &[]));
    let mut scanner = XmlScanner::new(paths, XmlLimits::default());
    scanner.push(document.as_bytes(), &mut ToSink(&mut Nothing))?;
    scanner.finish(&mut ToSink(&mut Nothing))
}

/// Texts, attributes, comments and instructions, each put together.
#[derive(Debug, Default, PartialEq, Eq)]
struct Read {
    text: String,
    attributes: String,
    comments: String,
    instructions: String,
}

fn read(document: &str) -> Read {
    let mut reader = quick_xml::Reader::from_str(document);
    reader.config_mut().check_comments = true;
    let mut read = Read::default();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                for attribute in start.attributes() {
                    let attribute = attribute.unwrap();
                    let value = attribute.normalized_value(XmlVersion::Explicit1_0);
                    read.attributes += &value.unwrap();
                }
            }
            Event::Text(part) => read.text += &part.xml10_content(),
            Event::CData(part) => read.text += &part.xml10_content(),
            Event::GeneralRef(name) => {
                let reference = format!("&{};", &*name);
                read.text += &quick_xml::escape::unescape(&reference).unwrap();
            }
            Event::Comment(part) => read.comments += &part.xml10_content(),
            Event::PI(part) => read.instructions += part.content(),
            Event::Eof => return read,
            _ => {}
        }
    }
}

fn is_allowed(text: &str) -> bool {
    text.chars().all(|each| {
        matches!(each, '\t' | '\n' | '\r' | ' '..) && !matches!(each, '\u{fffe}' | '\u{ffff}')
    })
}

/// What may stand around a value in a section.
fn around() -> impl Strategy<Value = (String, String)> {
    ("([a\\]>?\n-]{0,3}|[a\r]{0,2})", "[a\\]>?\n-]{0,3}")
}

/// Writes `text` in a section between two texts, as the scanner would tell its place; the document
/// and what is to be read.
fn in_section(
    syntax: Syntax,
    frame: [&str; 2],
    text: &str,
    (before, after): &(String, String),
) -> Option<(String, String)> {
    let document = |inside: &str| format!("<r>{}{inside}{}</r>", frame[0], frame[1]);
    let raw = format!("{before}1{after}");
    if is_well_formed(&document(&raw)).is_err()
        || ["]]>", "--", "?>"].iter().any(|end| raw.contains(end))
    {
        return None;
    }
    let syntax = syntax.within(&Within {
        raw: raw.as_bytes(),
        span: before.len()..before.len() + 1,
        adjoins: false,
        ends: true,
    });
    let inside = match text {
        "" => null(syntax, "1"),
        text => round_trip(syntax, text, "1"),
    };
    let inside = inside.ok()?;
    let lines = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
    let read = lines(before) + text + &lines(after);
    Some((document(&format!("{before}{inside}{after}")), read))
}

proptest! {
    #[test]
    fn elements_and_attributes(text in texts()) {
        let syntax = Syntax::Xml(Beside::NOTHING);
        let Ok(written) = round_trip(syntax, &text, "1") else {
            prop_assert!(!is_allowed(&text));
            return Ok(());
        };
        prop_assert!(is_allowed(&text));
        let document = format!("<r a=\"{written}\" b='{written}'>{written}</r>");
        prop_assert!(is_well_formed(&document).is_ok(), "{}", document);
        let expected = Read { text: text.clone(), attributes: text.repeat(2), ..Read::default() };
        prop_assert_eq!(read(&document), expected, "{}", document);
    }

    #[test]
    fn parts_of_texts(text in texts(), around in around()) {
        if let Some((document, text)) = in_section(Syntax::Xml(Beside::NOTHING), ["", ""], &text, &around) {
            prop_assert!(is_well_formed(&document).is_ok(), "{}", document);
            prop_assert_eq!(read(&document), Read { text, ..Read::default() }, "{}", document);
        }
    }

    #[test]
    fn cdata(text in texts(), around in around()) {
        if let Some((document, text)) = in_section(Syntax::Cdata(Beside::NOTHING), ["<![CDATA[", "]]>"], &text, &around) {
            prop_assert!(is_well_formed(&document).is_ok(), "{}", document);
            prop_assert_eq!(read(&document), Read { text, ..Read::default() }, "{}", document);
        }
    }

    #[test]
    fn comments(text in texts(), around in around()) {
        if let Some((document, comments)) = in_section(Syntax::Comment(Beside::NOTHING), ["<!--", "-->"], &text, &around) {
            prop_assert!(is_well_formed(&document).is_ok(), "{}", document);
            prop_assert_eq!(read(&document), Read { comments, ..Read::default() }, "{}", document);
        }
    }

    #[test]
    fn instructions(text in texts(), around in around()) {
        if let Some((document, text)) = in_section(Syntax::Instruction(Beside::NOTHING), ["<?t ", "?>"], &text, &around) {
            prop_assert!(is_well_formed(&document).is_ok(), "{}", document);
            let read = read(&document).instructions.replace("\r\n", "\n").replace('\r', "\n");
            prop_assert_eq!(read.trim_start(), text.trim_start(), "{}", document);
        }
    }
}

#[test]
fn usual_texts_fit_everywhere() {
    for text in ["[REDACTED]", "****1111", "<card>", ""] {
        let around = ("card ".to_owned(), ", ok".to_owned());
        for (syntax, frame) in [
            (Syntax::Cdata(Beside::NOTHING), ["<![CDATA[", "]]>"]),
            (Syntax::Comment(Beside::NOTHING), ["<!--", "-->"]),
            (Syntax::Instruction(Beside::NOTHING), ["<?t ", "?>"]),
            (Syntax::Xml(Beside::NOTHING), ["", ""]),
        ] {
            assert!(
                in_section(syntax, frame, text, &around).is_some(),
                "{text} in {syntax:?}"
            );
        }
    }
}

#[test]
fn what_ends_a_section_is_refused() {
    let at = |before: &str, adjoins, after: &str, ends| Within {
        raw: Box::leak(format!("{before}1{after}").into_boxed_str()).as_bytes(),
        span: before.len()..before.len() + 1,
        adjoins,
        ends,
    };
    let cdata = |place: Within<'_>, text: &str| {
        round_trip(Syntax::Cdata(Beside::NOTHING).within(&place), text, "1")
    };
    assert_eq!(
        cdata(at("", false, "", true), "a]]>b"),
        Err(Unfit::Structure)
    );
    assert_eq!(
        cdata(at("", false, "", true), "a\rb"),
        Err(Unfit::Character)
    );
    assert_eq!(
        cdata(at("]]", false, "x", true), ">"),
        Err(Unfit::Structure)
    );
    assert_eq!(
        cdata(at("x", false, ">", true), "]]"),
        Err(Unfit::Structure)
    );
    assert_eq!(
        cdata(at("x", false, "", false), "]"),
        Err(Unfit::Structure),
        "it is not known what follows"
    );
    assert_eq!(
        cdata(at("x", true, "y", true), ">"),
        Err(Unfit::Structure),
        "another value stands before"
    );
    assert_eq!(cdata(at("]]", false, ">", true), ""), Err(Unfit::Structure));
    assert_eq!(cdata(at("[", false, "]", true), "x").unwrap(), "x");
    assert_eq!(cdata(at("", false, "", true), "[x]").unwrap(), "[x]");
    let text = Syntax::Xml(Beside::NOTHING).within(&at("]]", false, ">", true));
    assert_eq!(null(text, "1"), Err(Unfit::Structure));
}

//! Texts in any parts and spellings: what is found is what is found in the whole, as it reads.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use super::{Hit, Inspect, Search, Window};
use crate::output::{Output, Sink, TextPart};
use crate::{Beside, Matched, Syntax};
use proptest::prelude::*;

/// Finds runs of `a` to `f` that a digit stands right before, up to six long.
struct Letters;

impl Search for Letters {
    const LOOK_BEHIND: usize = 1;
    const LOOK_AHEAD: usize = 8;

    fn find(&mut self, text: &[u8], from: usize, ended: bool, found: &mut Vec<Hit>) -> usize {
        let mut at = from;
        while at < text.len() {
            let run = text[at..]
                .iter()
                .take(6)
                .take_while(|byte| (b'a'..=b'f').contains(byte));
            let length = run.count();
            if length == 0 {
                at += 1;
                continue;
            }
            if length < 6 && at + length == text.len() && !ended {
                return at;
            }
            if at > 0 && text[at - 1].is_ascii_digit() {
                let span = at..at + length;
                found.push(Hit { span, rule: 7 });
            }
            at += length;
        }
        at
    }
}

#[derive(Default)]
struct Told {
    bytes: Vec<u8>,
    values: Vec<(u64, Vec<u8>)>,
}

impl Sink for Told {
    fn pass(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn value(&mut self, value: Matched<'_>) {
        assert_eq!(value.offset, self.bytes.len() as u64);
        self.values
            .push((value.offset, value.content().into_owned()));
        self.bytes.extend_from_slice(value.raw);
    }
}

fn inspect<'a>(syntax: Syntax, parts: impl IntoIterator<Item = &'a [u8]>) -> Told {
    let (mut told, mut window) = (Told::default(), Window::default());
    let mut parts = parts.into_iter().peekable();
    let mut offset = 0;
    while let Some(raw) = parts.next() {
        let ends = parts.peek().is_none();
        let (sink, window) = (&mut told, &mut window);
        let search = &mut Letters;
        Inspect {
            sink,
            search,
            window,
        }
        .text(TextPart {
            raw,
            syntax,
            offset,
            ends,
        });
        offset += raw.len() as u64;
    }
    assert!(window.is_empty());
    told
}

/// A text as each syntax may spell it, character by character.
fn spelled(syntax: Syntax, text: &str, choices: &[bool]) -> Vec<u8> {
    let mut spelled = Vec::new();
    for (character, &escape) in text.chars().zip(choices.iter().cycle()) {
        let mut plain = [0; 4];
        let plain = character.encode_utf8(&mut plain).as_bytes();
        let must = matches!(character, '"' | '\\' | '&' | '<' | '%' | '+' | ' ');
        if !escape && !must {
            spelled.extend_from_slice(plain);
            continue;
        }
        match syntax {
            Syntax::JsonText => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    spelled.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                }
            }
            Syntax::Xml(_) => {
                spelled.extend_from_slice(format!("&#x{:x};", u32::from(character)).as_bytes())
            }
            Syntax::CsvText if character == '"' => spelled.extend_from_slice(b"\"\""),
            Syntax::Form if character == ' ' => spelled.push(b'+'),
            Syntax::Form | Syntax::Path => {
                plain
                    .iter()
                    .for_each(|byte| spelled.extend_from_slice(format!("%{byte:02X}").as_bytes()));
            }
            _ => spelled.extend_from_slice(plain),
        }
    }
    spelled
}

fn expected(text: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    Letters.find(text.as_bytes(), 0, true, &mut found);
    found
        .into_iter()
        .map(|hit| text.as_bytes()[hit.span].to_vec())
        .collect()
}

proptest! {
    #[test]
    fn any_parts_of_any_spelling(
        text in "[a-g0-9 \"\\\\&%+é😀]{0,60}",
        choices in prop::collection::vec(any::<bool>(), 1..20),
        cuts in prop::collection::vec(0_usize..200, 0..12),
    ) {
        for syntax in [Syntax::JsonText, Syntax::Xml(Beside::NOTHING), Syntax::CsvText, Syntax::Form, Syntax::Path, Syntax::Plain] {
            let raw = spelled(syntax, &text, &choices);
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (raw.len() + 1)).collect();
            cuts.extend([0, raw.len()]);
            cuts.sort_unstable();
            let told = inspect(syntax, cuts.windows(2).map(|cut| &raw[cut[0]..cut[1]]));
            prop_assert_eq!(&told.bytes, &raw);
            let values: Vec<_> = told.values.into_iter().map(|(_, content)| content).collect();
            prop_assert_eq!(values, expected(&text), "{:?}", syntax);
        }
    }
}

#[test]
fn a_number_is_taken_whole_or_not_at_all() {
    let taken = inspect(Syntax::Json, [&b"1abc"[..]]);
    assert_eq!(taken.values, []);
    assert_eq!(taken.bytes, b"1abc");
}

/// Finds each letter.
struct Each;

impl Search for Each {
    const LOOK_BEHIND: usize = 1;
    const LOOK_AHEAD: usize = 1;

    fn find(&mut self, text: &[u8], from: usize, ended: bool, found: &mut Vec<Hit>) -> usize {
        // what follows a value is looked at, as detectors do
        let settled = text.len() - usize::from(!ended && !text.is_empty());
        let letters = (from..settled).filter(|&at| text[at].is_ascii_alphabetic());
        found.extend(letters.map(|at| Hit {
            span: at..at + 1,
            rule: 0,
        }));
        settled.max(from)
    }
}

/// Inspects one part of a text for letters.
fn tell(sink: &mut Spelled, window: &mut Window, part: TextPart<'_>) {
    let search = &mut Each;
    Inspect {
        sink,
        search,
        window,
    }
    .text(part);
}

/// How the values of a text are spelled.
#[derive(Default)]
struct Spelled(Vec<Syntax>);

impl Sink for Spelled {
    fn pass(&mut self, _bytes: &[u8]) {}

    fn value(&mut self, value: Matched<'_>) {
        self.0.push(value.syntax);
    }
}

/// How they are spelled, the same in one part and byte by byte.
fn syntaxes(syntax: Syntax, raw: &[u8]) -> Vec<Syntax> {
    let in_parts = |parts: &mut dyn Iterator<Item = &[u8]>| {
        let (mut spelled, mut window) = (Spelled::default(), Window::default());
        let mut offset = 0;
        for raw_part in parts {
            let ends = offset + raw_part.len() == raw.len();
            let part = TextPart {
                raw: raw_part,
                syntax,
                offset: offset as u64,
                ends,
            };
            tell(&mut spelled, &mut window, part);
            offset += raw_part.len();
        }
        spelled.0
    };
    let whole = in_parts(&mut std::iter::once(raw));
    assert_eq!(in_parts(&mut raw.chunks(1)), whole);
    whole
}

#[test]
fn what_values_stand_beside_is_told() {
    let fits = |syntax: &Syntax, text: &str| syntax.write_text(text, b"x", &mut Vec::new()).is_ok();
    let cdata = |raw: &str| syntaxes(Syntax::Cdata(Beside::NOTHING), raw.as_bytes());
    let [before, after] = cdata("]]x1y>")[..] else {
        panic!("two values")
    };
    assert!(!fits(&before, ">") && !fits(&before, "]]a") && fits(&before, "[a]"));
    assert!(fits(&after, ">") && !fits(&after, "a]]"));
    let [first, second] = cdata("1xy1")[..] else {
        panic!("two values")
    };
    assert!(
        fits(&first, "]]") && !fits(&second, ">"),
        "two values side by side"
    );
    let comment = syntaxes(Syntax::Comment(Beside::NOTHING), b" x 1y");
    assert!(fits(&comment[0], "-a-") && !fits(&comment[1], "-") && !fits(&comment[0], "--"));
}

#[test]
fn a_whole_csv_field_can_get_quotes() {
    let part = Syntax::CsvPart {
        delimiter: b',',
        alone: true,
    };
    let whole = Syntax::Csv {
        delimiter: b',',
        alone: true,
    };
    assert_eq!(syntaxes(part, b"x"), [whole]);
    let part = Syntax::CsvPart {
        delimiter: b',',
        alone: false,
    };
    assert_eq!(syntaxes(part, b"x1"), [part]);
    assert_eq!(syntaxes(part, b"1x"), [part]);
}

/// Found by fuzzing: the last part was searched as if it were all, and the next number in parts not.
#[test]
fn a_number_that_is_too_long_is_taken_in_none_of_its_parts() {
    let (mut told, mut window) = (Spelled::default(), Window::default());
    let long = [b'1'; 200];
    let parts = [(&long[..], false), (b"a", true), (b"a", false), (b"", true)];
    let mut taken = Vec::new();
    for (raw, ends) in parts {
        let part = TextPart {
            raw,
            syntax: Syntax::Json,
            offset: 0,
            ends,
        };
        tell(&mut told, &mut window, part);
        taken.push(told.0.len());
    }
    assert_eq!(taken, [0, 0, 0, 1]);
}

//! Where records begin and end: by hand in every format, and in JSON against jsonpath-rust.

use super::compliance::Written;
use super::oracle::{cut, document, expected, path};
use super::support::LIMITS;
use crate::{Documents, Format, JsonScanner, Matched, Plan, RecordEdge, Scanner, Selectors, Sink};
use jsonpath_rust::parser::parse_json_path;
use policies::compile_policy;
use proptest::prelude::*;
use std::sync::Arc;

/// What a scan told besides bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Event {
    Begins(u64),
    Ends(u64),
    Value(usize, u64, String),
}

#[derive(Default)]
struct Events(Vec<Event>);

impl Sink for Events {
    fn pass(&mut self, _bytes: &[u8]) {}

    fn value(&mut self, value: Matched<'_>) {
        let content = String::from_utf8_lossy(&value.content()).into_owned();
        self.0.push(Event::Value(value.rule, value.offset, content));
    }

    fn record(&mut self, edge: RecordEdge, offset: u64) {
        self.0.push(match edge {
            RecordEdge::Begins => Event::Begins(offset),
            RecordEdge::Ends => Event::Ends(offset),
        });
    }
}

/// Rule 0 takes `a`, rule 1 is looked for; a record is what the argument says.
fn plan(records: &str) -> Arc<Plan> {
    let policy = format!(
        "version: 1
classes: {{ c: {{ kind: mask }} }}
rules:
  - {{ select: $..a, columns: a, fields: a, xpath: \"//a | //@a\", class: c }}
  - {{ detect: {{ pattern: '[0-9]{{4}}' }}, class: c }}
{records}
"
    );
    let policy = compile_policy("policy.yaml", &policy).unwrap();
    Arc::new(Plan::compile(Arc::new(policy)).unwrap())
}

fn events(plan: &Arc<Plan>, format: &Format, chunks: &[&[u8]]) -> Vec<Event> {
    let mut scanner = Scanner::new(plan.clone(), format).unwrap();
    let mut events = Events::default();
    for chunk in chunks {
        scanner.push(chunk, &mut events).unwrap();
    }
    scanner.finish(&mut events).unwrap();
    events.0
}

/// Events as `[`, `]` and `rule=content`, the same at every split.
fn told(records: &str, format: &Format, input: &str) -> String {
    let plan = plan(records);
    let whole = events(&plan, format, &[input.as_bytes()]);
    for split in 0..=input.len() {
        let (left, right) = input.as_bytes().split_at(split);
        assert_eq!(events(&plan, format, &[left, right]), whole, "at {split}");
    }
    let bytes: Vec<_> = input.as_bytes().chunks(1).collect();
    assert_eq!(events(&plan, format, &bytes), whole, "byte by byte");
    let told = whole.iter().map(|event| match event {
        Event::Begins(_) => "[".to_owned(),
        Event::Ends(_) => "]".to_owned(),
        Event::Value(rule, _, content) => format!("{rule}={content}"),
    });
    told.collect::<Vec<_>>().join(" ")
}

#[test]
fn objects_and_arrays_of_json() {
    let of = |records: &str, input: &str| told(records, &Format::Json, input);
    let people =
        r#"{"x": 1111, "p": [{"a": "1", "b": "is 2222"}, 3333, {"q": {"a": "2"}}], "a": "3"}"#;
    assert_eq!(
        of("records: { select: '$.p[*]' }", people),
        "1=1111 [ 0=1 1=2222 ] 1=3333 [ 0=2 ] 0=3"
    );
    assert_eq!(
        of("records: { select: ['$.p', '$.p[*]', '$.p[*].q'] }", people),
        "1=1111 [ [ 0=1 1=2222 ] 1=3333 [ [ 0=2 ] ] ] 0=3"
    );
    assert_eq!(
        of("records: { select: $ }", people),
        "[ 1=1111 0=1 1=2222 1=3333 0=2 0=3 ]"
    );
    assert_eq!(
        of("records: { select: '$.p[?@.b]' }", people),
        "1=1111 [ 0=1 1=2222 ] 1=3333 0=2 0=3",
        "held for a filter"
    );
    assert_eq!(
        of("records: { select: ['$.p[-1]', '$.p'] }", people),
        "1=1111 [ 0=1 1=2222 1=3333 [ 0=2 ] ] 0=3",
        "the record that is held, and one inside"
    );
    assert_eq!(of("", people), "1=1111 0=1 1=2222 1=3333 0=2 0=3");
    let taken = r#"[{"a": {"p": [4444]}}, {"p": [5555]}]"#;
    assert_eq!(
        of("records: { select: $..p }", taken),
        r#"0={"p": [4444]} [ 1=5555 ]"#,
        "what a rule takes holds no records"
    );
}

#[test]
fn lines_of_ndjson() {
    let of = |records: &str, input: &str| told(records, &Format::JsonLines, input);
    let lines = "{\"a\": \"1\"}\n\n  7777 \n[{\"a\": \"2\"}, {\"a\": \"3\"}]\r\n12345";
    assert_eq!(of("", lines), "[ 0=1 ] [ 1=7777 ] [ 0=2 0=3 ] [ ]");
    assert_eq!(
        of("records: { select: '$[*]' }", lines),
        "[ 0=1 ] [ 1=7777 ] [ [ 0=2 ] [ 0=3 ] ] [ ]"
    );
    assert_eq!(of("", "\n\n"), "");
}

#[test]
fn rows_of_csv() {
    let of = |settings: &str, input: &str| told(settings, &Format::Csv, input);
    let rows = "a,b\n1,x 1111\r\n\n\"2\",y\n3,\"z 2222\"";
    assert_eq!(of("", rows), "[ 0=1 1=1111 ] [ 0=2 ] [ 0=3 1=2222 ] [ ]");
    assert_eq!(of("", "a,b\n"), "[ ]");
    let rule = "csv: { header: false, missing_columns: pass }";
    let plan = "version: 1
classes: { c: { kind: mask } }
rules: [ { columns: 1, class: c } ]
";
    let policy = compile_policy("policy.yaml", &format!("{plan}{rule}\n")).unwrap();
    let plan = Arc::new(Plan::compile(Arc::new(policy)).unwrap());
    let told = events(&plan, &Format::Csv, &[b"1,2\n", b"3,4\n"]);
    let value = |content: &str, offset| Event::Value(0, offset, content.into());
    assert_eq!(
        told,
        [
            Event::Begins(0),
            value("1", 0),
            Event::Ends(3),
            Event::Begins(3),
            value("3", 4),
            Event::Ends(7),
            Event::Begins(7),
            Event::Ends(8)
        ]
    );
}

#[test]
fn elements_of_xml() {
    let of = |records: &str, input: &str| told(records, &Format::Xml, input);
    let people = "<l><p a='1' k='x 1111'><a>2</a></p>3333<p/><p><q><a>4</a></q></p><a>5</a></l>";
    assert_eq!(
        of("records: { xpath: //p }", people),
        "[ 0=1 1=1111 0=2 ] 1=3333 [ ] [ 0=4 ] 0=5"
    );
    assert_eq!(
        of("records: { xpath: '/l/p[@a] | //q' }", people),
        "[ 0=1 1=1111 0=2 ] 1=3333 [ 0=4 ] 0=5"
    );
    assert_eq!(of("", people), "0=1 1=1111 0=2 1=3333 0=4 0=5");
}

#[test]
fn parts_of_a_form_are_of_one_record() {
    let body = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b\r\n\
                Content-Disposition: form-data; name=f\r\nContent-Type: text/csv\r\n\r\n\
                a,b\n2,x\n\r\n--b--";
    let format = Format::Multipart("b".into());
    assert_eq!(told("", &format, body), "0=1 [ 0=2 ] [ ]");
}

/// What the oracle expects: the last of the paths is that of records.
fn oracle(written: &Written, taken: &[std::collections::BTreeSet<String>]) -> Vec<Event> {
    let input = written.text.as_bytes();
    let (records, rules) = taken.split_last().unwrap();
    let mut offsets: Vec<_> = written.paths.keys().copied().collect();
    offsets.sort_unstable();
    let (mut events, mut open, mut after) = (Vec::new(), Vec::new(), 0);
    for offset in offsets.into_iter().chain([input.len() as u64]) {
        while let Some(end) = open.pop_if(|end| *end <= offset) {
            events.push(Event::Ends(end));
        }
        let path = written.paths.get(&offset);
        let Some(path) = path.filter(|_| offset >= after) else {
            continue;
        };
        let rest = &input[offset as usize..];
        let mut values =
            serde_json::Deserializer::from_slice(rest).into_iter::<serde_json::Value>();
        let value = values.next().unwrap().unwrap();
        let end = offset + values.byte_offset() as u64;
        if let Some(rule) = rules.iter().position(|paths| paths.contains(path)) {
            after = end;
            events.push(Event::Value(rule, offset, String::new()));
        } else if records.contains(path) && (value.is_object() || value.is_array()) {
            events.push(Event::Begins(offset));
            open.push(end);
        }
    }
    events
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn records_are_those_that_the_oracle_tells(
        document in document(),
        paths in prop::collection::vec(path(), 1..4),
        cuts in prop::collection::vec(any::<usize>(), 0..6),
    ) {
        let written = Written::new(&document);
        let queries: Vec<_> = paths.iter().map(|path| parse_json_path(path).unwrap()).collect();
        // all but the last are rules, and behind them stands that of records
        let nulls_pass = vec![false; paths.len() - 1];
        let selectors = Selectors::from_queries(queries.iter().enumerate(), nulls_pass);
        let mut scanner =
            JsonScanner::with_limits(Arc::new(selectors), LIMITS, Documents::One);
        let mut events = Events::default();
        for chunk in cut(written.text.as_bytes(), &cuts) {
            scanner.push(chunk, &mut events).unwrap();
        }
        scanner.finish(&mut events).unwrap();
        for event in &mut events.0 {
            if let Event::Value(_, _, content) = event {
                content.clear();
            }
        }
        prop_assert_eq!(events.0, oracle(&written, &expected(&paths, &document)));
    }
}

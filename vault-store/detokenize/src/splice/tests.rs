#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod random;

use super::*;
use record::ValueType;
use std::collections::HashMap;
use std::sync::Arc;

type Values = HashMap<Vec<u8>, Value>;

fn value(kind: ValueType, bytes: &[u8]) -> Value {
    Value {
        class: Arc::from("pan"),
        value_type: kind,
        bytes: Zeroizing::new(bytes.to_vec()),
    }
}

/// A text that has the form of a token, told from others by its number.
fn token(number: usize) -> String {
    format!("~vg1.AAAA.{number:08}~")
}

/// Splices `input`, cut at `cuts`, writing after each chunk what is settled.
fn splice(form: Form, input: &[u8], cuts: &[usize], values: &Values) -> (Vec<u8>, Counts) {
    let mut splicer = Splicer::new(form, &[Framing::veilgate()], 4096);
    let mut counts = Counts::default();
    let mut out = Vec::new();
    let mut from = 0;
    let nobody = Tenants::One("".into());
    let mut turn = |splicer: &mut Splicer, out: &mut Vec<u8>| {
        let opened: Vec<_> = splicer
            .candidates(&nobody)
            .iter()
            .map(|candidate| values.get(candidate.text()).cloned().ok_or(NotRevealed))
            .collect();
        out.extend_from_slice(&splicer.write(&opened, &mut counts));
    };
    for cut in cuts.iter().copied().chain([input.len()]) {
        splicer.push(&input[from..cut]);
        turn(&mut splicer, &mut out);
        from = cut;
    }
    splicer.finish();
    turn(&mut splicer, &mut out);
    counts.settle();
    (out, counts)
}

/// `{name}` in `template` becomes a token; `{x}` becomes one that does not open.
fn case(form: Form, template: &str, expected: &str) {
    let kinds = [
        ("{text}", ValueType::Text, "a\"b\\c\nd\u{e9}"),
        ("{plain}", ValueType::Text, "plain"),
        ("{comma}", ValueType::Text, "a,b"),
        ("{number}", ValueType::Number, "-1.50E+2"),
        ("{boolean}", ValueType::Boolean, "true"),
        ("{object}", ValueType::Object, "{\"a\":\n[1, \"x\"]}"),
        ("{array}", ValueType::Array, "[ ]"),
        ("{null}", ValueType::Null, "null"),
        ("{broken}", ValueType::Number, "1,2"),
        ("{markup}", ValueType::Text, "<a href='x'>&\""),
        ("{bytes}", ValueType::Text, "\u{0}"),
    ];
    let mut values = Values::new();
    let (mut input, mut expected) = (template.to_owned(), expected.to_owned());
    for (number, (name, kind, content)) in kinds.into_iter().enumerate() {
        input = input.replace(name, &token(number));
        let bytes = if name == "{bytes}" {
            b"\xff".as_slice()
        } else {
            content.as_bytes()
        };
        values.insert(token(number).into_bytes(), value(kind, bytes));
        expected = expected.replace(name, &token(number));
    }
    let stays = token(99);
    input = input.replace("{x}", &stays);
    expected = expected.replace("{x}", &stays);
    let bytes = input.as_bytes();
    let every = (0..=bytes.len()).map(|cut| vec![cut]);
    for cuts in every.chain([(0..bytes.len()).collect()]) {
        let (out, _) = splice(form, bytes, &cuts, &values);
        assert_eq!(
            String::from_utf8_lossy(&out),
            expected,
            "{input} cut at {cuts:?}"
        );
    }
}

#[test]
fn json_values_come_back_with_their_type_at_every_split() {
    for form in [Form::Json, Form::JsonLines] {
        case(form, r#"{"a":"{number}"}"#, r#"{"a":-1.50E+2}"#);
        case(
            form,
            r#"{"a" : "{boolean}" , "b":"{null}"}"#,
            r#"{"a" : true , "b":null}"#,
        );
        case(
            form,
            r#"["{array}","{plain}","{number}"]"#,
            r#"[[ ],"plain",-1.50E+2]"#,
        );
        case(
            form,
            r#"{"a":"{text}"}"#,
            "{\"a\":\"a\\\"b\\\\c\\nd\u{e9}\"}",
        );
        case(form, r#""{number}""#, "-1.50E+2");
        case(form, "\"{number}\" \n", "-1.50E+2 \n");
    }
    case(Form::Json, r#"["{object}"]"#, "[{\"a\":\n[1, \"x\"]}]");
    case(Form::JsonLines, r#"["{object}"]"#, "[{\"a\": [1, \"x\"]}]");
    case(
        Form::JsonLines,
        "\"{number}\"\n\"{plain}\"\n",
        "-1.50E+2\n\"plain\"\n",
    );
}

#[test]
fn json_tokens_in_longer_strings_and_keys_become_escaped_text() {
    case(Form::Json, r#"["a{number}"]"#, r#"["a-1.50E+2"]"#);
    case(Form::Json, r#"["{number}b"]"#, r#"["-1.50E+2b"]"#);
    case(
        Form::Json,
        r#"["{number}{number}"]"#,
        r#"["-1.50E+2-1.50E+2"]"#,
    );
    case(
        Form::Json,
        r#"["x {object} y"]"#,
        r#"["x {\"a\":\n[1, \"x\"]} y"]"#,
    );
    case(Form::Json, r#"{"{number}":1}"#, r#"{"-1.50E+2":1}"#);
    case(
        Form::Json,
        "{\"{number}\" \r\n\t :\"{number}\"}",
        "{\"-1.50E+2\" \r\n\t :-1.50E+2}",
    );
    case(Form::Json, r#"["\"{number}"]"#, r#"["\"-1.50E+2"]"#);
    case(Form::Json, r#"["\\","{number}"]"#, r#"["\\",-1.50E+2]"#);
    case(Form::Json, r#"["","{number}"]"#, r#"["",-1.50E+2]"#);
}

#[test]
fn json_that_is_not_json_stays_as_it_was_but_for_tokens_in_strings() {
    case(Form::Json, "{number} {x}", "{number} {x}");
    case(Form::Json, r#"["{number}"#, r#"["-1.50E+2"#);
    case(Form::Json, r#"""#, r#"""#);
    case(Form::Json, r#"["{number}"{plain}]"#, r#"[-1.50E+2{plain}]"#);
    case(Form::Json, r#"["{broken}"]"#, r#"["1,2"]"#);
    case(Form::Json, r#"["\{number}"]"#, r#"["\{number}"]"#);
}

#[test]
fn what_is_not_revealed_or_cannot_stand_there_stays() {
    case(
        Form::Json,
        r#"{"a":"{x}","{x}":"b{x}"}"#,
        r#"{"a":"{x}","{x}":"b{x}"}"#,
    );
    case(
        Form::Json,
        r#"["{bytes}","{bytes}!"]"#,
        r#"["{bytes}","{bytes}!"]"#,
    );
    case(Form::Csv(b','), "{x},\"{x}\"\r\n", "{x},\"{x}\"\r\n");
    case(Form::Markup, "<a>{bytes}{x}</a>", "<a>{bytes}{x}</a>");
}

#[test]
fn white_space_past_the_limit_makes_a_string_of_it() {
    let values = Values::from([(token(0).into_bytes(), value(ValueType::Number, b"1"))]);
    let space = " ".repeat(5000);
    let input = format!(
        "{{\"a\":\"{}\"{space},\"{}\"{space}:2}}",
        token(0),
        token(0)
    );
    let (out, _) = splice(Form::Json, input.as_bytes(), &[100, 3000], &values);
    assert_eq!(
        out,
        format!("{{\"a\":\"1\"{space},\"1\"{space}:2}}").as_bytes()
    );
}

#[test]
fn csv_fields_get_quotes_when_a_value_needs_them() {
    let form = Form::Csv(b',');
    case(form, "a,{comma},b\r\n", "a,\"a,b\",b\r\n");
    case(form, "{comma}", "\"a,b\"");
    case(form, "{plain},{number}\n{plain}", "plain,-1.50E+2\nplain");
    case(form, "x{comma}y,{plain}z", "\"xa,by\",plainz");
    case(
        form,
        "x\"{comma}{x}{plain}\"\n",
        "\"x\"\"a,b{x}plain\"\"\"\n",
    );
    case(form, "\"{text}\",1", "\"a\"\"b\\c\nd\u{e9}\",1");
    case(
        form,
        "\"x{comma}\",\"y\"\"{plain}\"",
        "\"xa,b\",\"y\"\"plain\"",
    );
    case(
        form,
        "\"a\"{plain}{comma},{comma}",
        "\"a\"plain{comma},\"a,b\"",
    );
    case(form, "{object}\n", "\"{\"\"a\"\":\n[1, \"\"x\"\"]}\"\n");
    case(form, ",,\n\n\"\"\n", ",,\n\n\"\"\n");
    case(
        Form::Csv(b'\t'),
        "{comma}\t{text}",
        "a,b\t\"a\"\"b\\c\nd\u{e9}\"",
    );
}

#[test]
fn csv_fields_too_long_to_hold_keep_what_would_need_quotes() {
    let values = Values::from([
        (token(0).into_bytes(), value(ValueType::Text, b"a,b")),
        (token(1).into_bytes(), value(ValueType::Text, b"c")),
    ]);
    let long = "x".repeat(10_000);
    let input = format!("{}{long}{}{},{}", token(0), token(1), token(0), token(0));
    let cuts: Vec<_> = (0..input.len()).step_by(100).collect();
    let (out, counts) = splice(Form::Csv(b','), input.as_bytes(), &cuts, &values);
    let expected = format!("{}{long}c{},\"a,b\"", token(0), token(0));
    assert_eq!(String::from_utf8(out).unwrap(), expected);
    assert_eq!((counts.revealed, counts.not_revealed), (2, 2));
}

#[test]
fn other_texts() {
    case(
        Form::Text,
        "a {text}{number}\n{x}",
        "a a\"b\\c\nd\u{e9}-1.50E+2\n{x}",
    );
    case(
        Form::Markup,
        "<p a=\"{markup}\">{plain}",
        "<p a=\"&lt;a href=&#39;x&#39;&gt;&amp;&quot;\">plain",
    );
}

#[test]
fn counts_by_class() {
    let mut values = Values::new();
    for number in 0..6 {
        let mut made = value(ValueType::Text, b"v");
        made.class = if number % 3 == 0 { "pan" } else { "ssn" }.into();
        values.insert(token(number).into_bytes(), made);
    }
    let input: String = (0..8).map(token).collect();
    let (_, counts) = splice(Form::Text, input.as_bytes(), &[40], &values);
    assert_eq!((counts.revealed, counts.not_revealed), (6, 2));
    let classes: Vec<_> = counts
        .classes
        .iter()
        .map(|(name, count)| (&**name, *count))
        .collect();
    assert_eq!(classes, [("pan", 2), ("ssn", 4)]);
}

#[test]
fn memory_stays_when_nothing_settles_late() {
    let mut splicer = Splicer::new(Form::Json, &[Framing::veilgate()], 4096);
    let mut counts = Counts::default();
    let chunk = format!("\"{}\",", "x".repeat(1000)).repeat(60);
    for _ in 0..100 {
        splicer.push(chunk.as_bytes());
        assert!(splicer.ready() <= chunk.len());
        assert_eq!(splicer.write(&[], &mut counts).len(), chunk.len());
    }
}

//! Replacements of every kind in their places; no sealer made them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::Arc;

use policies::compile_policy;
use scan::{Format, Plan, Scanner, Unfit};
use seal::Replacement;

use super::Draft;
use crate::batches::Batches;
use crate::coverage::Coverage;
use crate::error::RewriteError;

const RULES: &str = "
version: 1
classes: { a: { kind: envelope, key: k } }
rules:
  - { class: a, select: $..a, columns: [a], fields: [a], xpath: //a }
  - { class: a, detect: { pattern: '[0-9]{4}' } }
";

fn coverage(plan: &Plan) -> Arc<Coverage> {
    Coverage::new(plan.policy().clone(), false)
}

/// A body in chunks, each value replaced by the same.
fn replaced_in(
    format: &Format,
    chunks: &[&str],
    replacement: Replacement<'_>,
) -> Result<String, RewriteError> {
    let policy = compile_policy("test", RULES).unwrap_or_else(|refused| panic!("{refused}"));
    let plan = Arc::new(Plan::compile(Arc::new(policy)).unwrap());
    let coverage = coverage(&plan);
    let mut scanner = Scanner::new(plan.clone(), format).unwrap();
    let mut draft = Draft::new(plan.policy().clone(), 0).of_format(format);
    let mut written = Vec::new();
    let splice = |draft: &mut Draft| {
        let tokens = draft.values.iter().map(|_| replacement);
        draft.batches = Batches::sealed(tokens.collect(), draft.values.len());
        draft.splice(&coverage)
    };
    for chunk in chunks {
        scanner.push(chunk.as_bytes(), &mut draft).unwrap();
        written.extend(splice(&mut draft)?);
    }
    scanner.finish(&mut draft).unwrap();
    written.extend(splice(&mut draft)?);
    Ok(String::from_utf8(written).unwrap())
}

fn replaced(format: &Format, body: &str, replacement: Replacement<'_>) -> String {
    replaced_in(format, &[body], replacement).unwrap()
}

fn reason(format: &Format, body: &str, text: &str) -> Option<Unfit> {
    match replaced_in(format, &[body], Replacement::Text(text)) {
        Ok(_) => None,
        Err(RewriteError::Unfit { class, reason }) => {
            assert_eq!(&*class, "a");
            Some(reason)
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn json() {
    let body = r#"{"a": "x", "b": ["id 1234.", 1234, {"a": 5}]}"#;
    let of = |replacement| replaced(&Format::Json, body, replacement);
    assert_eq!(
        of(Replacement::Text("a\"\n")),
        r#"{"a": "a\"\n", "b": ["id a\"\n.", "a\"\n", {"a": "a\"\n"}]}"#
    );
    assert_eq!(
        of(Replacement::Number("-7.0")),
        r#"{"a": -7.0, "b": ["id -7.0.", -7.0, {"a": -7.0}]}"#
    );
    assert_eq!(
        of(Replacement::Null),
        r#"{"a": null, "b": ["id .", null, {"a": null}]}"#
    );
    assert_eq!(
        of(Replacement::Made(b"~t~")),
        r#"{"a": "~t~", "b": ["id ~t~.", "~t~", {"a": "~t~"}]}"#
    );
    assert_eq!(of(Replacement::Kept), body);
}

#[test]
fn lines_of_json_stay_lines() {
    let text = Replacement::Text("x\r\ny\u{2028}z");
    let written = replaced(&Format::JsonLines, "{\"a\":1}\n{\"a\":2}\n", text);
    let line = "{\"a\":\"x\\r\\ny\\u2028z\"}\n";
    assert_eq!(written, line.repeat(2));
}

#[test]
fn csv() {
    let body = "a,b\nx,\"no 1234\"\n\"y\",1234\nz,no 1234\n";
    let of = |replacement| replaced(&Format::Csv, body, replacement);
    assert_eq!(
        of(Replacement::Text("[x]")),
        "a,b\n[x],\"no [x]\"\n\"[x]\",[x]\n[x],no [x]\n"
    );
    assert_eq!(of(Replacement::Null), "a,b\n,\"no \"\n,\n,no \n");
    assert_eq!(
        of(Replacement::Number("12")),
        "a,b\n12,\"no 12\"\n\"12\",12\n12,no 12\n"
    );
    let whole = "a,b\nx,1234\n";
    assert_eq!(
        replaced(&Format::Csv, whole, Replacement::Text("1,5 \"x\"")),
        "a,b\n\"1,5 \"\"x\"\"\",\"1,5 \"\"x\"\"\"\n"
    );
    assert_eq!(reason(&Format::Csv, body, "1,5"), Some(Unfit::Structure));
    let alone = "a\nx\n";
    assert_eq!(
        replaced(&Format::Csv, alone, Replacement::Null),
        "a\n\"\"\n"
    );
}

#[test]
fn forms() {
    let of = |replacement| replaced(&Format::Form, "a=x&b=no+1234", replacement);
    assert_eq!(
        of(Replacement::Text("é &")),
        "a=%C3%A9%20%26&b=no+%C3%A9%20%26"
    );
    assert_eq!(of(Replacement::Null), "a=&b=no+");
}

#[test]
fn xml() {
    let body = "<r x='1234'><a>x</a><b><![CDATA[1234]]></b><!-- 1234 --></r>";
    let of = |replacement| replaced(&Format::Xml, body, replacement);
    assert_eq!(
        of(Replacement::Text("[x]")),
        "<r x='[x]'><a>[x]</a><b><![CDATA[[x]]]></b><!-- [x] --></r>"
    );
    assert_eq!(
        of(Replacement::Null),
        "<r x=''><a></a><b><![CDATA[]]></b><!--  --></r>"
    );
    assert_eq!(reason(&Format::Xml, body, "]]>"), Some(Unfit::Structure));
    assert_eq!(reason(&Format::Xml, body, "\0"), Some(Unfit::Character));
    let element = "<a>x</a>";
    assert_eq!(
        replaced(&Format::Xml, element, Replacement::Text("<'\n&")),
        "<a>&lt;&apos;&#10;&amp;</a>"
    );
}

/// A part of this content, and one more.
fn multipart(content: &str) -> String {
    let head = "\r\nContent-Disposition: form-data; name=";
    format!("--b12{head}\"t\"\r\n\r\n{content}\r\n--b12{head}\"a\"\r\n\r\nx\r\n--b12--\r\n")
}

#[test]
fn a_replacement_makes_no_boundary() {
    let format = Format::Multipart("b12".into());
    let of = |content: &str, text: &str| reason(&format, &multipart(content), text);
    assert_eq!(of("no 1234.", "--b1"), None);
    assert_eq!(of("no 1234.", "x"), None);
    assert_eq!(of("no 1234.", "\r\n--b12\r\n"), Some(Unfit::Structure));
    assert_eq!(of("\r\n--b 1234 2", "x"), None);
    assert_eq!(of("\r\n- 1234", "x"), None);
    assert_eq!(of("x\r\n1234b12", "--"), Some(Unfit::Structure));
    assert_eq!(of("x\r\n-1234b12", "-"), Some(Unfit::Structure));
    assert_eq!(of("x\r\n--1234", "b12"), Some(Unfit::Structure));
    assert_eq!(of("x\r\n-1234-b12", ""), Some(Unfit::Structure));
}

#[test]
fn nor_one_that_lies_in_two_pieces() {
    let format = Format::Multipart("b12".into());
    for content in ["1234b12 and so on", "x\r\n-1234b12 and", "x --1234 and"] {
        let body = multipart(content);
        for text in ["--", "-", "b12", "x"] {
            let whole = replaced_in(&format, &[&body], Replacement::Text(text));
            for at in 0..body.len() {
                let (first, second) = body.split_at(at);
                let cut = replaced_in(&format, &[first, second], Replacement::Text(text));
                match (&whole, cut) {
                    (Ok(whole), Ok(cut)) => assert_eq!(&cut, whole),
                    (Err(_), Err(_)) => {}
                    (whole, cut) => panic!("{text} in {content}, cut at {at}: {whole:?}, {cut:?}"),
                }
            }
        }
    }
}

#[test]
fn a_value_without_a_token_does_not_leave() {
    let policy = compile_policy("test", RULES).unwrap_or_else(|refused| panic!("{refused}"));
    let plan = Arc::new(Plan::compile(Arc::new(policy)).unwrap());
    let mut scanner = Scanner::new(plan.clone(), &Format::Json).unwrap();
    let mut draft = Draft::new(plan.policy().clone(), 0);
    scanner
        .push(br#"[{"a": "x"}, {"a": "y"}]"#, &mut draft)
        .unwrap();
    assert_eq!(draft.values.len(), 2);
    let sealed = |count| [Replacement::Made(b"T")].into_iter().cycle().take(count);
    for (tokens, values) in [(1, 2), (3, 2), (2, 1), (2, 3), (0, 0)] {
        draft.batches = Batches::sealed(sealed(tokens).collect(), values);
        assert!(
            draft.splice(&coverage(&plan)).is_err(),
            "{tokens}, {values}"
        );
    }
    draft.batches = Batches::sealed(sealed(2).collect(), 2);
    assert!(draft.splice(&coverage(&plan)).is_ok());
}

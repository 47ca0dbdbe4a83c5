//! Limits: each exact, and the same however the input is cut.

use super::support::{Piece, paths, scan, scan_all_ways};
use crate::xml::XmlErrorCode;
use policies::XmlLimits;

const LIMITS: XmlLimits = XmlLimits {
    max_depth: 3,
    max_name_bytes: 8,
    max_tag_bytes: 40,
    max_value_bytes: 5,
};

fn refused(xpaths: &[&str], input: &str) -> Option<(&'static str, u64)> {
    let scanned = scan_all_ways(&paths(xpaths, &[]), LIMITS, input.as_bytes());
    scanned.err().map(|error| (error.code(), error.offset))
}

#[test]
fn depth() {
    assert_eq!(refused(&[], "<a><b><c/></b></a>"), None);
    assert_eq!(
        refused(&[], "<a><b><c><d/></c></b></a>"),
        Some(("xml-too-deep", 10))
    );
    assert_eq!(refused(&[], "<a><b><c></c><c/>x<!-- --></b></a>"), None);
}

#[test]
fn names() {
    assert_eq!(refused(&[], "<abcdefgh/>"), None);
    assert_eq!(refused(&[], "<abcdefghi/>"), Some(("xml-name-too-long", 9)));
    assert_eq!(
        refused(&[], "<a b:cdefgh=''/>"),
        Some(("xml-undeclared-prefix", 3))
    );
    assert_eq!(
        refused(&[], "<a bcdefghij=''/>"),
        Some(("xml-name-too-long", 11))
    );
    assert_eq!(
        refused(&[], "<abcdefg\u{e9}/>"),
        Some(("xml-name-too-long", 8))
    );
    assert_eq!(
        refused(&[], "<?abcdefghi ?><a/>"),
        Some(("xml-name-too-long", 10))
    );
    assert_eq!(refused(&[], "<?abcdefgh ?><a/>"), None);
}

#[test]
fn tags() {
    let tag = |length: usize| format!("<a{}/>", " ".repeat(length - 4));
    assert_eq!(refused(&[], &tag(40)), None);
    assert_eq!(refused(&[], &tag(41)), Some(("xml-tag-too-large", 40)));
    assert_eq!(refused(&[], &tag(90)), Some(("xml-tag-too-large", 40)));
    let end = |length: usize| format!("<a></a{}>", " ".repeat(length - 4));
    assert_eq!(refused(&[], &end(40)), None);
    assert_eq!(refused(&[], &end(41)), Some(("xml-tag-too-large", 43)));
    let value = |length: usize| format!("<a b='{}'/>", "x".repeat(length - 9));
    assert_eq!(refused(&[], &value(40)), None);
    assert_eq!(refused(&[], &value(41)), Some(("xml-tag-too-large", 40)));
    // a fault before the limit is what counts
    let fault = format!("<a b='{}<'/>", "x".repeat(33));
    assert_eq!(refused(&[], &fault), Some(("xml-unexpected-byte", 39)));
    let fault = format!("<a b='{}<'/>", "x".repeat(34));
    assert_eq!(refused(&[], &fault), Some(("xml-tag-too-large", 40)));
    // comments and instructions are not held
    let long = "x".repeat(100);
    assert_eq!(
        refused(&["//*"], &format!("<!--{long}--><?t {long}?><a/>")),
        None
    );
    assert_eq!(
        refused(&[], &format!("<a>{long}<![CDATA[{long}]]></a>")),
        None
    );
    assert_eq!(
        refused(&[], "<?xml version='1.0'                      ?><a/>"),
        Some(("xml-tag-too-large", 40))
    );
}

#[test]
fn declarations_have_a_limit_of_their_own() {
    let declared = |spaces: usize| format!("<?xml version='1.0'{}?><a/>", " ".repeat(spaces));
    let tables = paths(&[], &[]);
    let scan = |input: String| {
        scan::<false>(&tables, XmlLimits::default(), [input.as_bytes()])
            .err()
            .map(|error| (error.code(), error.offset))
    };
    assert_eq!(scan(declared(1003)), None);
    assert_eq!(scan(declared(1004)), Some(("xml-tag-too-large", 1024)));
}

#[test]
fn values() {
    let rules = &["//a", "//@b"];
    assert_eq!(
        refused(rules, "<a b='12345'>12345<![CDATA[12345]]>12345</a>"),
        None
    );
    assert_eq!(
        refused(rules, "<a b='123456'/>"),
        Some(("xml-value-too-long", 11))
    );
    assert_eq!(
        refused(rules, "<a>123456</a>"),
        Some(("xml-value-too-long", 8))
    );
    assert_eq!(
        refused(rules, "<a><![CDATA[123456]]></a>"),
        Some(("xml-value-too-long", 17))
    );
    assert_eq!(
        refused(rules, "<a>      </a>"),
        Some(("xml-value-too-long", 8))
    );
    assert_eq!(refused(rules, "<a><![CDATA[123]]]]></a>"), None);
    assert_eq!(
        refused(rules, "<a><![CDATA[1234]]]]></a>"),
        Some(("xml-value-too-long", 17))
    );
    assert_eq!(refused(rules, "<a>&#49;</a>"), None);
    assert_eq!(
        refused(rules, "<a>&#490;</a>"),
        Some(("xml-value-too-long", 8))
    );
    // at the limit a fault still counts, past it no more
    assert_eq!(
        refused(rules, "<a>12345\u{1}</a>"),
        Some(("xml-invalid-character", 8))
    );
    assert_eq!(
        refused(rules, "<a>123456\u{1}</a>"),
        Some(("xml-value-too-long", 8))
    );
    assert_eq!(
        refused(rules, "<a>123&x;</a>"),
        Some(("xml-unknown-entity", 7))
    );
    assert_eq!(refused(rules, "<a><!--123456--><?t 123456?></a>"), None);
    assert_eq!(
        refused(&["/x", "/a/c/@*"], "<a b='123456'>123456</a>"),
        None
    );
}

#[test]
fn namespaces_in_scope() {
    let limits = XmlLimits {
        max_tag_bytes: 1 << 16,
        ..XmlLimits::default()
    };
    let declared = |from: usize, to: usize| -> String {
        (from..to)
            .map(|number| format!(" xmlns:n{number}='u{number}'"))
            .collect()
    };
    let tables = paths(&[], &[]);
    let scan = |input: String| {
        scan::<false>(&tables, limits, [input.as_bytes()])
            .err()
            .map(|error| error.code)
    };
    assert_eq!(
        scan(format!("<n0:a{}><n255:b/></n0:a>", declared(0, 256))),
        None
    );
    let too_many = Some(XmlErrorCode::TooManyNamespaces.into());
    assert_eq!(scan(format!("<a{}/>", declared(0, 257))), too_many);
    assert_eq!(
        scan(format!("<a{}><b xmlns:c='u'/></a>", declared(0, 256))),
        too_many
    );
    // those of elements that have ended are not in scope
    let children = format!("<b{}/>", declared(0, 200)).repeat(5);
    assert_eq!(scan(format!("<a>{children}</a>")), None);
    let long = "u".repeat(20);
    let nested = format!("<a xmlns:p='{long}'><b xmlns:q='{long}'/></a>");
    let scanned = scan_all_ways(&tables, LIMITS, nested.as_bytes());
    assert_eq!(scanned.unwrap_err().code(), "xml-too-many-namespaces");
}

#[test]
fn many_attributes() {
    let attributes = |last: &str| {
        let all: String = (0..500).map(|number| format!(" a{number}='x'")).collect();
        format!("<a{all} {last}='x'/>")
    };
    let tables = paths(&["/a/@a499"], &[]);
    let scan = |input: &str| scan::<false>(&tables, XmlLimits::default(), [input.as_bytes()]);
    let pieces = scan(&attributes("b")).unwrap();
    let values = pieces
        .iter()
        .filter(|piece| matches!(piece, Piece::Value { .. }));
    assert_eq!(values.count(), 1);
    let input = attributes("a17");
    let error = scan(&input).unwrap_err();
    assert_eq!(error.code(), "xml-duplicate-attribute");
    assert_eq!(error.offset as usize, input.rfind("a17").unwrap());
}

#[test]
fn bytes_that_are_not_utf_8_do_not_panic() {
    let tables = paths(&["//*", "//@*"], &[]);
    for bytes in [
        &b"\xff"[..],
        b"\xef\xbf",
        b"\xc3",
        b"\xe2<",
        b"\x80\x80",
        b"\xf0\x90\x80",
    ] {
        for template in [
            "<a>@</a>",
            "<@/>",
            "<a @='1'/>",
            "<a b='@'/>",
            "<!--@--><a/>",
            "<?@?><a/>",
        ] {
            let (before, after) = template.split_once('@').unwrap();
            let input = [before.as_bytes(), bytes, after.as_bytes()].concat();
            let _ = scan_all_ways(&tables, XmlLimits::default(), &input);
        }
    }
}

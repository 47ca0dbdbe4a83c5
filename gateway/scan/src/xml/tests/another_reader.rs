//! By hand, and against `quick-xml` over made-up documents; split everywhere.
use crate::ScanError;
use crate::output::Output;
use crate::tests::told::{Scan, Told, everywhere_of};
use crate::xml::{Paths, XmlScanner};
use policies::{XPath, XmlLimits};
use proptest::prelude::*;
use quick_xml::events::Event;
use std::sync::Arc;

struct Xml {
    paths: Arc<Paths>,
    limits: XmlLimits,
}

impl Scan for Xml {
    fn scan<O: Output>(&self, chunks: &[&[u8]], output: &mut O) -> Result<(), ScanError> {
        let mut scanner = XmlScanner::new(self.paths.clone(), self.limits);
        chunks
            .iter()
            .try_for_each(|chunk| scanner.push(chunk, output))?;
        scanner.finish(output)
    }
}

const LIMITS: XmlLimits = XmlLimits {
    max_depth: 5,
    max_name_bytes: 16,
    max_tag_bytes: 64,
    max_value_bytes: 32,
};

fn scan_with(paths: &[&str], limits: XmlLimits, input: &str) -> Result<Told, ScanError> {
    let namespaces = [("c".to_owned(), "urn:c".to_owned())];
    let paths: Vec<_> = paths
        .iter()
        .map(|path| XPath::parse(path, &namespaces).unwrap())
        .collect();
    let paths = Arc::new(Paths::compile(paths.iter().enumerate(), &[]));
    everywhere_of(input.as_bytes(), &Xml { paths, limits })
}

fn scan(paths: &[&str], input: &str) -> Result<Told, ScanError> {
    scan_with(paths, LIMITS, input)
}

/// Rules and contents.
fn taken(paths: &[&str], input: &str) -> Vec<(usize, String)> {
    let told = scan(paths, input).unwrap();
    let values = told.values.into_iter();
    values.map(|(rule, _, content)| (rule, content)).collect()
}

fn one(text: &str) -> Vec<(usize, String)> {
    vec![(0, text.to_owned())]
}

#[test]
fn elements_and_attributes() {
    assert_eq!(taken(&["/a/b"], "<a><b>1</b><c><b>2</b></c></a>"), one("1"));
    assert_eq!(
        taken(&["//b/@x"], "<a><b x='1' y='2'/><c x='3'/></a>"),
        one("1")
    );
    assert_eq!(taken(&["//@x"], "<a x = \"&lt;&#x41;\"/>"), one("<A"));
    assert_eq!(taken(&["/a/*/text()"], "<a><b>1<c>2</c></b></a>"), one("1"));
    assert_eq!(
        taken(&["//b[@t='x']"], "<a><b t='x'>1</b><b>2</b></a>"),
        one("1")
    );
    assert_eq!(taken(&["//b"], "<a><b> <!-- x --> </b><b/></a>"), []);
    let pieces = taken(&["//b"], "<a><b>1 &amp; 2<i>3</i><![CDATA[4<]]></b></a>");
    let texts: Vec<_> = pieces.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["1 & 2", "3", "4<"]);
    assert_eq!(
        taken(&["//x", "//b | //c"], "<a><c>1</c></a>"),
        vec![(1, "1".to_owned())]
    );
}

#[test]
fn namespaces() {
    let document = "<a xmlns='urn:d' xmlns:p='urn:c'><p:b>1</p:b><b>2</b></a>";
    assert_eq!(taken(&["//c:b"], document), one("1"));
    // a name without prefix is that name in any namespace: what is moved into one is not missed
    assert_eq!(taken(&["//b"], document).len(), 2);
}

#[test]
fn texts_are_what_is_not_taken() {
    let told = scan(
        &["//b"],
        "<?xml version='1.0'?><a x='1'><b>2</b>3<![CDATA[4]]></a>",
    )
    .unwrap();
    for text in ["1", "3", "4"] {
        assert!(
            told.texts.iter().any(|own| own == text),
            "{text}: {:?}",
            told.texts
        );
    }
    assert!(!told.texts.iter().any(|own| own == "2"));
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for (input, code) in [
        ("", "xml-truncated"),
        ("x", "xml-text-outside-root"),
        ("<a>", "xml-truncated"),
        ("<a", "xml-truncated"),
        ("<a></b>", "xml-tag-mismatch"),
        ("<a><b></a></b>", "xml-tag-mismatch"),
        ("<a/><b/>", "xml-second-root"),
        ("<a/>x", "xml-text-outside-root"),
        ("<a x='1' x='2'/>", "xml-duplicate-attribute"),
        ("<a>&x;</a>", "xml-unknown-entity"),
        ("<a>&#0;</a>", "xml-invalid-character"),
        ("<a>&#xD800;</a>", "xml-invalid-character"),
        ("<a>]]></a>", "xml-cdata-end"),
        ("<a><!-- -- --></a>", "xml-comment-dashes"),
        ("<!DOCTYPE a><a/>", "xml-doctype"),
        (
            "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
            "xml-doctype",
        ),
        ("<p:a/>", "xml-undeclared-prefix"),
        ("<a p:x='1'/>", "xml-undeclared-prefix"),
        ("<?xml version='1.0' encoding='utf-7'?><a/>", "xml-encoding"),
        ("<a>\u{1}</a>", "xml-invalid-character"),
        ("<1/>", "xml-invalid-name"),
        ("<a><b><c><d><e><f/></e></d></c></b></a>", "xml-too-deep"),
        ("<aaaaaaaaaaaaaaaaaaa/>", "xml-name-too-long"),
    ] {
        let error = scan(&["//b"], input).unwrap_err();
        assert_eq!(error.code(), code, "{input:?} at {}", error.offset);
        assert!(error.offset <= input.len() as u64);
    }
    for input in [
        "<a x=1/>",
        "<a x/>",
        "<a x='<'/>",
        "< a/>",
        "<a></ a>",
        "<a",
        "<a><![CDATA[x]]</a>",
        "<a b='1'c='2'/>",
    ] {
        assert!(scan(&["//b"], input).is_err(), "{input:?}");
    }
}

#[test]
fn limits() {
    let long = format!("<a><b>{}</b></a>", "1".repeat(33));
    let error = scan(&["//b"], &long).unwrap_err();
    assert_eq!((error.code(), error.offset), ("xml-value-too-long", 6 + 32));
    let tag = format!("<a x='{}'/>", "1".repeat(70));
    assert_eq!(
        scan(&["//b"], &tag).unwrap_err().code(),
        "xml-tag-too-large"
    );
}

#[derive(Debug, Clone)]
enum Node {
    Text(String),
    Cdata(String),
    Comment,
    Element(&'static str, Vec<(&'static str, String)>, Vec<Node>),
}

fn nodes() -> impl Strategy<Value = Vec<Node>> {
    let leaf = prop_oneof![
        "[ a-c&<é\"']{0,5}".prop_map(Node::Text),
        "[ a-c&<]{0,4}".prop_map(Node::Cdata),
        Just(Node::Comment),
    ];
    let node = leaf.prop_recursive(4, 20, 4, |inner| {
        let name = prop_oneof![Just("a"), Just("b"), Just("c")];
        let attributes =
            prop::collection::vec((prop_oneof![Just("x"), Just("y")], "[a-c<&' ]{0,4}"), 0..3);
        (name, attributes, prop::collection::vec(inner, 0..4)).prop_map(
            |(name, mut attributes, nodes)| {
                attributes.dedup_by_key(|(name, _)| *name);
                if attributes.len() == 3 {
                    attributes.pop();
                }
                Node::Element(name, attributes, nodes)
            },
        )
    });
    prop::collection::vec(node, 0..5)
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}

fn write(nodes: &[Node], out: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(&escaped(text)),
            Node::Cdata(text) => *out += &format!("<![CDATA[{text}]]>"),
            Node::Comment => out.push_str("<!-- c -->"),
            Node::Element(name, attributes, inner) => {
                *out += &format!("<{name}");
                for (name, value) in attributes {
                    *out += &format!(" {name}='{}'", escaped(value));
                }
                out.push('>');
                write(inner, out);
                *out += &format!("</{name}>");
            }
        }
    }
}

/// All text inside `b`, each attribute `x` of `c`, as quick-xml reads them; the texts of one `b`
/// are together, since markup between them makes them several values.
fn as_quick_xml_reads(document: &str) -> (String, Vec<String>) {
    let mut reader = quick_xml::Reader::from_str(document);
    let (mut inside, mut text, mut attributes) = (0, String::new(), Vec::new());
    let mut open: Vec<bool> = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                let name = start.name().as_ref().to_owned();
                open.push(name == "b");
                inside += usize::from(name == "b");
                for attribute in start.attributes() {
                    let attribute = attribute.unwrap();
                    if name == "c" && attribute.key.as_ref() == "x" {
                        let value = quick_xml::escape::unescape(&attribute.value).unwrap();
                        attributes.push(value.into_owned());
                    }
                }
            }
            Event::End(_) => inside -= usize::from(open.pop() == Some(true)),
            Event::Text(part) if inside > 0 => text += &part,
            Event::GeneralRef(name) if inside > 0 => {
                let reference = format!("&{};", &*name);
                text += &quick_xml::escape::unescape(&reference).unwrap();
            }
            Event::CData(part) if inside > 0 => text += &part,
            Event::Eof => return (text, attributes),
            _ => {}
        }
    }
}

proptest! {
    #[test]
    fn as_another_reader_reads_it(nodes in nodes()) {
        let mut inner = String::new();
        write(&nodes, &mut inner);
        let document = format!("<r>{inner}</r>");
        let wide = XmlLimits { max_depth: 100, max_name_bytes: 100, max_tag_bytes: 1000, max_value_bytes: 1000 };
        let told = scan_with(&["//b", "//c/@x"], wide, &document).unwrap();
        let (text, attributes) = as_quick_xml_reads(&document);
        let of = |rule: usize| told.values.iter().filter(move |(own, _, _)| *own == rule).map(|(_, _, content)| content.clone());
        // white space alone is no value
        let dense = |text: &str| text.replace(char::is_whitespace, "");
        prop_assert_eq!(dense(&of(0).collect::<String>()), dense(&text), "{}", document);
        let expected: Vec<_> = attributes.into_iter().filter(|value| !value.is_empty()).collect();
        prop_assert_eq!(of(1).collect::<Vec<_>>(), expected, "{}", document);
    }
}

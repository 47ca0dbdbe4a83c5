//! Paths like `//@name` are looked up by the attribute's name: against the same paths as steps.

use super::support::{paths, scan_all_ways};
use policies::XmlLimits;
use proptest::prelude::*;
use std::fmt::Write;

const NAMESPACES: [(&str, &str); 2] = [("c", "urn:cards"), ("d", "urn:d")];

/// Tests of attributes, as XPath writes them.
fn name_test() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["x", "y", "long-name", "c:x", "d:y", "*", "c:*"])
}

/// A path, the same once more such that it is tried as steps, or another that shares its names.
#[derive(Debug, Clone)]
enum Way {
    Anywhere(&'static str),
    Of(&'static str, &'static str),
}

impl Way {
    fn indexed(&self) -> String {
        match self {
            Self::Anywhere(name) => format!("//@{name}"),
            Self::Of(element, name) => format!("//{element}/@{name}"),
        }
    }

    fn as_steps(&self) -> String {
        match self {
            Self::Anywhere(name) => format!("//*[@{name}]/@{name}"),
            Self::Of(..) => self.indexed(),
        }
    }
}

fn way() -> impl Strategy<Value = Way> {
    let element = prop::sample::select(vec!["a", "x", "c:a"]);
    prop_oneof![
        3 => name_test().prop_map(Way::Anywhere),
        1 => (element, name_test()).prop_map(|(element, name)| Way::Of(element, name)),
    ]
}

/// Elements with some of the attributes, each at most once.
fn document() -> impl Strategy<Value = String> {
    let names = vec!["x", "y", "z", "long-name", "c:x", "c:z", "d:y", "e:x"];
    let attributes = prop::sample::subsequence(names, 0..=4);
    let element = (prop::sample::select(vec!["a", "x", "c:a", "b"]), attributes);
    prop::collection::vec(element, 1..5).prop_map(|elements| {
        let mut text =
            "<r xmlns:c='urn:cards' xmlns:d='urn:d' xmlns:e='urn:cards' x='0'>".to_owned();
        for (number, (element, attributes)) in elements.iter().enumerate() {
            write!(text, "<{element}").unwrap();
            for name in attributes
                .iter()
                .filter(|name| **name != "e:x" || !attributes.contains(&"c:x"))
            {
                write!(text, " {name}='{number}'").unwrap();
            }
            text.push_str("/>");
        }
        text + "</r>"
    })
}

proptest! {
    #[test]
    fn anywhere_is_as_steps(ways in prop::collection::vec(way(), 1..6), document in document()) {
        let compile = |of: fn(&Way) -> String| {
            let written: Vec<_> = ways.iter().map(of).collect();
            let written: Vec<_> = written.iter().map(String::as_str).collect();
            paths(&written, &NAMESPACES)
        };
        let scanned = |paths| scan_all_ways(&paths, XmlLimits::default(), document.as_bytes());
        let indexed = scanned(compile(Way::indexed)).unwrap();
        let steps = scanned(compile(Way::as_steps)).unwrap();
        prop_assert_eq!(indexed, steps);
    }
}

//! Random documents against `quick-xml` and paths that are evaluated as XPath defines them: node set
//! by node set, with nothing shared with the scanner.

mod document;
mod evaluate;
mod tree;

use super::support::{Piece, scan, scan_all_ways};
use crate::xml::Paths;
use policies::{XPath, XmlLimits};
use proptest::prelude::*;
use std::sync::Arc;

const NAMESPACES: [(&str, &str); 2] = [("p", "urn:1"), ("q", "urn:2")];

fn parsed(xpaths: &[String]) -> Vec<XPath> {
    let namespaces = NAMESPACES.map(|(prefix, uri)| (prefix.to_owned(), uri.to_owned()));
    let parse = |xpath: &String| XPath::parse(xpath, &namespaces).unwrap();
    xpaths.iter().map(parse).collect()
}

fn is_same(xpaths: &[String], input: &str, split: bool) -> Result<(), TestCaseError> {
    let parsed = parsed(xpaths);
    let tables = Arc::new(Paths::compile(parsed.iter().enumerate()));
    let limits = XmlLimits::default();
    let scanned = match split {
        true => scan_all_ways(&tables, limits, input.as_bytes()),
        false => scan::<true>(&tables, limits, [input.as_bytes()]),
    };
    let tree = tree::read(input);
    let pieces = match scanned {
        Err(error) if error.code() == "xml-duplicate-attribute" => {
            prop_assert!(tree.has_duplicates(), "{error}: {input}");
            return Ok(());
        }
        scanned => scanned.map_err(|error| TestCaseError::fail(format!("{error}: {input}")))?,
    };
    prop_assert!(!tree.has_duplicates(), "{}", input);
    let told = pieces.iter().filter_map(|piece| match piece {
        Piece::Pass(_) => None,
        Piece::Text { raw, offset, .. } => Some((None, *offset as usize, raw.len())),
        Piece::Value {
            rule, raw, offset, ..
        } => Some((Some(*rule), *offset as usize, raw.len())),
    });
    let expected = evaluate::told(&tree, &parsed, input);
    prop_assert_eq!(
        told.collect::<Vec<_>>(),
        expected,
        "{:?} of {}",
        xpaths,
        input
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn takes_what_the_paths_select(
        xpaths in proptest::collection::vec(document::xpath(), 0..4),
        input in document::document(),
    ) {
        is_same(&xpaths, &input, false)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn the_same_at_every_split(
        xpaths in proptest::collection::vec(document::xpath(), 0..4),
        input in document::document(),
    ) {
        is_same(&xpaths, &input, true)?;
    }

    #[test]
    fn a_damaged_document_gives_the_same_at_every_split(
        input in document::document(),
        at in any::<proptest::sample::Index>(),
        cut in 0usize..3,
        put in "[<>&;/'\"\\]?!a:= \u{1}-]{0,3}",
    ) {
        let mut damaged: Vec<char> = input.chars().collect();
        let at = at.index(damaged.len());
        let end = (at + cut).min(damaged.len());
        damaged.splice(at..end, put.chars());
        let damaged: String = damaged.into_iter().collect();
        let tables = Arc::new(Paths::compile(parsed(&["//a".into(), "//@x".into()]).iter().enumerate()));
        let _ = scan_all_ways(&tables, XmlLimits::default(), damaged.as_bytes());
    }
}

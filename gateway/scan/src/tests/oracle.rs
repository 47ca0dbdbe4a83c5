//! Random documents, selectors and chunkings against jsonpath-rust over the whole document.

use super::compliance::Written;
use super::support::{LIMITS, Piece, nodes, scan, selectors, together};
use crate::Documents;
use jsonpath_rust::JsonPath;
use proptest::prelude::*;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[abc]",
        1 => "[abc]{2,9}",
        1 => Just("é".to_owned()),
        1 => Just("a\"b".to_owned()),
        1 => Just("line\nbreak".to_owned()),
    ]
}

pub(super) fn document() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..20).prop_map(Value::from),
        prop_oneof![Just(1.5), Just(-0.25), Just(1e20)].prop_map(Value::from),
        "[a-c]{0,3}".prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    scalar.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::vec((name(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn selector() -> impl Strategy<Value = String> {
    let bound = || {
        prop_oneof![
            Just(String::new()),
            (-3_i64..4).prop_map(|bound| bound.to_string())
        ]
    };
    prop_oneof![
        4 => "[abc]".prop_map(|name| format!("'{name}'")),
        1 => Just("'é'".to_owned()),
        1 => Just(r#"'a"b'"#.to_owned()),
        1 => Just(r"'line\nbreak'".to_owned()),
        2 => Just("*".to_owned()),
        2 => (-3_i64..4).prop_map(|index| index.to_string()),
        2 => (bound(), bound(), prop_oneof![Just("1"), Just("2"), Just("-1"), Just("")])
            .prop_map(|(start, end, step)| format!("{start}:{end}:{step}")),
        1 => Just("?@.a".to_owned()),
        1 => Just("?@.a == 1 || @.b == 'a'".to_owned()),
        1 => Just("?@ > 1 && @ < 10".to_owned()),
        1 => Just("?!@[0]".to_owned()),
        1 => Just("?@.a == $.a".to_owned()),
        1 => Just("?count(@.*) > 1".to_owned()),
        1 => Just("?length(@) == 2".to_owned()),
        1 => Just("?match(@, '[ab]+')".to_owned()),
        1 => Just("?search(@.a, 'b')".to_owned()),
    ]
}

pub(super) fn path() -> impl Strategy<Value = String> {
    let segment = (any::<bool>(), prop::collection::vec(selector(), 1..3)).prop_map(
        |(descend, selectors)| {
            format!(
                "{}[{}]",
                if descend { ".." } else { "" },
                selectors.join(", ")
            )
        },
    );
    prop::collection::vec(segment, 0..4).prop_map(|segments| format!("${}", segments.concat()))
}

/// Cuts the input at these places, which wrap around it.
pub(super) fn cut<'i>(input: &'i [u8], cuts: &[usize]) -> Vec<&'i [u8]> {
    let mut places: Vec<_> = cuts.iter().map(|cut| cut % (input.len() + 1)).collect();
    places.extend([0, input.len()]);
    places.sort_unstable();
    places
        .windows(2)
        .map(|pair| &input[pair[0]..pair[1]])
        .collect()
}

/// For each selector, the oracle's nodes as a set of normalized paths.
pub(super) fn expected(paths: &[String], document: &Value) -> Vec<BTreeSet<String>> {
    let query = |path: &String| {
        document
            .query_only_path(path)
            .unwrap()
            .into_iter()
            .collect()
    };
    paths.iter().map(query).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn the_same_nodes(
        document in document(),
        path in path(),
        cuts in prop::collection::vec(any::<usize>(), 0..6),
    ) {
        let written = Written::new(&document);
        let selectors = selectors(&[&path]);
        let found = nodes(&selectors, cut(written.text.as_bytes(), &cuts)).unwrap();
        let found: BTreeSet<_> =
            found.iter().map(|(_, offset)| written.paths[offset].clone()).collect();
        prop_assert_eq!(found, expected(&[path], &document).remove(0));
    }

    #[test]
    fn the_outermost_and_the_first_rule(
        document in document(),
        paths in prop::collection::vec(path(), 1..4),
        cuts in prop::collection::vec(any::<usize>(), 0..6),
    ) {
        let written = Written::new(&document);
        let input = written.text.as_bytes();
        let references: Vec<_> = paths.iter().map(String::as_str).collect();
        let selectors = selectors(&references);
        let pieces = scan(&selectors, LIMITS, Documents::One, cut(input, &cuts)).unwrap();
        prop_assert_eq!(together(&pieces), input);
        let whole = scan(&selectors, LIMITS, Documents::One, [input]).unwrap();
        prop_assert_eq!(&pieces, &whole);

        let taken = expected(&paths, &document);
        let mut values = Vec::new();
        let mut end = 0;
        let mut offsets: Vec<_> = written.paths.keys().copied().collect();
        offsets.sort_unstable();
        for offset in offsets {
            let rule = taken.iter().position(|paths| paths.contains(&written.paths[&offset]));
            if let Some(rule) = rule.filter(|_| offset >= end) {
                let mut values_at =
                    serde_json::Deserializer::from_slice(&input[offset as usize..])
                        .into_iter::<serde_json::Value>();
                values_at.next().unwrap().unwrap();
                end = offset + values_at.byte_offset() as u64;
                values.push((rule, offset, input[offset as usize..end as usize].to_vec()));
            }
        }
        let found: Vec<_> = pieces
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Value { rule, offset, raw, .. } => Some((rule, offset, raw)),
                Piece::Pass(_) => None,
            })
            .collect();
        prop_assert_eq!(found, values);
    }
}

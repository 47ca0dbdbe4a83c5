//! New versions in a ring's text: what each layout becomes, and that nothing else changes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::{NewVersion, NotEditable, add_versions};
use crate::key_ring::{KeySource, KeyVersion, draft_key_ring};
use crate::name::KeyName;
use proptest::prelude::*;
use std::path::PathBuf;

fn new(key: &str, version: u16) -> NewVersion {
    let pem = format!("{key}.{version}.pem");
    NewVersion {
        key: KeyName::new(key).unwrap(),
        version: KeyVersion {
            version,
            kms_key: format!("arn:{version}"),
            source: KeySource::Public(Some(PathBuf::from(&pem))),
        },
        entry: format!("{{ version: {version}, kms_key: \"arn:{version}\", public_key: {pem} }}"),
    }
}

/// The entry of `new("p", version)`.
fn entry(version: u16) -> String {
    new("p", version).entry
}

fn added(yaml: &str, versions: &[u16]) -> Result<String, NotEditable> {
    let new: Vec<_> = versions.iter().map(|version| new("p", *version)).collect();
    add_versions("keys.yaml", yaml, &new)
}

#[test]
fn lists_of_every_layout_get_lines_of_their_own() {
    // `+` is where the new versions come: a line for each, or one place inside a line
    let layouts = [
        "keys:\n  p:\n    versions:\n      - { version: 1, kms_key: a } # first\n+      - # second\n      \n# end\n",
        "keys:\n  p:\n    versions: # dashes no further in\n    - { version: 1, kms_key: a }\n+    - \n    prefix: \"~x.\"\n",
        "keys:\n  p:\n    versions:\n      - kms_key: a\n        version: 1\n\n        # of version 1\n        public_key: >-\n          a\n+      - \n  q: { versions: [ { version: 1, kms_key: b } ] }\n",
        "keys:\n  p:\n    versions:\n      -\n        version: 1\n        kms_key: a\n+      - \n",
        "keys:\n  p:\n    versions_by_alias: alias/p-*\n+    versions:\n+      - \n  q: { versions: [ { version: 1, kms_key: b } ] }\n",
        "keys:\n  p:\n    versions: # none yet\n+      - \n    versions_by_alias: alias/p-*\n",
        "keys:\n  p:\n    versions_by_alias: 'alias/p-*' # all\n    # here\n    versions:\n+      - ",
        "keys:\r\n  p:\r\n    versions:\r\n      - { version: 1, kms_key: a }\r\n+      - \r\n    suffix: '~'\r\n",
        "keys:\n  p:\n    versions: [\n      { version: 1, kms_key: a }, # first\n+      ,\n      # end\n    ]\n",
        "keys:\n  p:\n    versions_by_alias: alias/p-*\n    versions: [ # none\n+      .\n    ]\n",
    ];
    for layout in layouts {
        let layout = format!("version: 1\n{layout}");
        let end = if layout.contains('\r') { "\r\n" } else { "\n" };
        let marked = layout.split_inclusive('\n');
        let old: String = marked
            .clone()
            .filter(|line| !line.starts_with('+'))
            .collect();
        let expected: String = marked
            .map(|line| match line.strip_prefix('+') {
                None => line.to_owned(),
                Some(head) if head.trim_end().ends_with("versions:") => head.to_owned(),
                Some(flow) if flow.trim_end().ends_with(',') => {
                    format!("      {},\n      {},\n", entry(2), entry(7))
                }
                Some(flow) if flow.trim_end().ends_with('.') => {
                    format!("      {},\n      {}\n", entry(2), entry(7))
                }
                Some(dash) => {
                    let dash = format!("{}-", dash.split('-').next().unwrap());
                    format!("{dash} {}{end}{dash} {}{end}", entry(2), entry(7))
                }
            })
            .collect();
        let old = old
            .strip_suffix("# second\n")
            .map_or(old.clone(), str::to_owned);
        let text = added(&old, &[2, 7]).unwrap_or_else(|_| panic!("{old}"));
        assert_eq!(text.trim_end(), expected.trim_end(), "{old}");
    }
}

#[test]
fn flow_lists_on_one_line_get_their_versions_inside() {
    let lists = [
        ("[]", "[ +, ++ ]"),
        ("[ ]", "[ +, ++ ]"),
        (
            "[{ version: 1, kms_key: a }]",
            "[{ version: 1, kms_key: a }, +, ++]",
        ),
        (
            "[ { version: 1, kms_key: a }, ]",
            "[ { version: 1, kms_key: a }, +, ++ ]",
        ),
        (
            "[ { version: 1, kms_key: \"a]\\\"}\", public_key: 'it''s ]' } ] # ]",
            "[ { version: 1, kms_key: \"a]\\\"}\", public_key: 'it''s ]' }, +, ++ ] # ]",
        ),
    ];
    for (old, expected) in lists {
        for (before, after) in [("  p:\n    ", "\n"), ("  p: { ", " }\n")] {
            if after == " }\n" && old.ends_with("# ]") {
                continue;
            }
            let ring = |list: &str| {
                format!(
                    "version: 1\nkeys:\n{before}versions_by_alias: alias/p-*{}versions: {list}{after}",
                    if after == "\n" { "\n    " } else { ", " }
                )
            };
            let expected = expected.replace("++", &entry(7)).replace('+', &entry(2));
            assert_eq!(added(&ring(old), &[2, 7]).unwrap(), ring(&expected));
        }
    }
}

#[test]
fn what_cannot_be_edited_exactly_is_refused() {
    let rings = [
        // nowhere to put a line
        "keys: { p: { versions_by_alias: alias/p-* } }\n",
        // another key would get the version too
        "keys:\n  q: { versions: &all [ { version: 1, kms_key: a } ] }\n  p: { versions: *all }\n",
        "keys:\n  q:\n    versions: &all\n      - { version: 1, kms_key: a }\n  p: { versions: *all }\n",
        // a line would be part of the text before
        "keys:\n  p:\n    versions_by_alias:\n      alias/p-*\n",
        "keys:\n  p:\n    versions:\n      - version: 1\n        kms_key: >-\n          a\n          #b\n",
        // no ring, no such key
        "keys: []\n",
        "keys:\n  q:\n    versions:\n      - { version: 1, kms_key: a }\n",
        // it has the version
        "keys:\n  p:\n    versions:\n      - { version: 2, kms_key: a }\n",
    ];
    for ring in rings {
        assert_eq!(
            added(&format!("version: 1\n{ring}"), &[2]),
            Err(NotEditable),
            "{ring}"
        );
    }
}

#[test]
fn what_an_entry_says_must_be_the_version() {
    let ring = "version: 1\nkeys:\n  p:\n    versions:\n      - { version: 1, kms_key: a }\n";
    let mut other = new("p", 2);
    other.entry = new("p", 3).entry;
    assert_eq!(add_versions("keys.yaml", ring, &[other]), Err(NotEditable));
}

/// A key in the style of people: its lines, and the versions that it has.
fn key(name: &'static str) -> impl Strategy<Value = (String, Vec<u16>)> {
    let noise = prop_oneof![
        Just(""),
        Just("\n"),
        Just("      # a note\n"),
        Just("# far left\n")
    ];
    let versions = prop::collection::btree_set(1..40_u16, 0..4);
    let layout = (0..4_usize, any::<bool>(), 0..3_usize, any::<bool>());
    (versions, layout, prop::collection::vec(noise, 4)).prop_map(
        move |(versions, layout, noise)| {
            let (style, alias_first, further, extra) = layout;
            let alias = format!("    versions_by_alias: alias/{name}-*\n");
            let (indent, mut noise) = (" ".repeat(4 + further), noise.into_iter());
            let entries = versions.iter().map(|version| {
                let noise = noise.next().unwrap_or_default();
                match style {
                    0 => format!(
                        "{indent}- {{ version: {version}, kms_key: 'x#' }} # {version}\n{noise}"
                    ),
                    1 => format!("{indent}- kms_key: x\n{noise}{indent}  version: {version}\n"),
                    2 => format!("        {{ version: {version}, kms_key: \"]\" }},\n{noise}"),
                    _ => format!("{{ version: {version}, kms_key: x }},"),
                }
            });
            let entries: String = entries.collect();
            let list = match style {
                _ if versions.is_empty() && extra => String::new(),
                2 => format!("    versions: [\n{entries}    ]\n"),
                3 => format!(
                    "    versions: [{}] # list of {name}\n",
                    entries.trim_end_matches(',')
                ),
                _ => format!("    versions: # list\n{entries}"),
            };
            let fields = if alias_first {
                alias + &list
            } else {
                list + &alias
            };
            (
                format!("  {name}: # {name}\n{fields}"),
                versions.into_iter().collect(),
            )
        },
    )
}

/// Lines of `old` that `new` does not have in the same order.
fn lost<'o>(old: &'o str, new: &str) -> Vec<&'o str> {
    let mut new = new.split_inclusive('\n');
    let mut lost = Vec::new();
    for line in old.split_inclusive('\n') {
        let mut rest = new.clone();
        if rest.any(|each| each == line) {
            new = rest;
        } else {
            lost.push(line);
        }
    }
    lost
}

proptest! {
    /// Any ring of our style, and any additions: the old versions and the new, and all other lines as
    /// they were. Only the line of a list in flow style changes.
    #[test]
    fn a_ring_gets_what_it_lacks_and_keeps_what_it_has(
        first in key("p"),
        second in key("q"),
        wanted in prop::collection::btree_set(1..40_u16, 1..4),
        wanted_of_second in prop::collection::btree_set(1..40_u16, 0..4),
        head in prop_oneof![Just(""), Just("# head\n\n")],
    ) {
        let signer = "signers:\n  s: { versions: [ { version: 1, kms_key: s } ] } # é\n";
        let old = format!("{head}version: 1\nkeys:\n{}{}{signer}", first.0, second.0);
        let before = draft_key_ring("keys.yaml", &old).unwrap();
        let lacks = |name, has: &[u16], wanted: &std::collections::BTreeSet<u16>| -> Vec<NewVersion> {
            wanted.iter().filter(|each| !has.contains(each)).map(|each| new(name, *each)).collect()
        };
        let additions = [lacks("p", &first.1, &wanted), lacks("q", &second.1, &wanted_of_second)].concat();
        let text = add_versions("keys.yaml", &old, &additions).unwrap();

        let after = draft_key_ring("keys.yaml", &text).unwrap();
        for (key, was) in after.keys().iter().zip(before.keys()) {
            let new = additions.iter().filter(|each| each.key == key.name).map(|each| &each.version);
            let mut expected: Vec<_> = was.versions.iter().chain(new).collect();
            expected.sort_by_key(|version| version.version);
            prop_assert_eq!(key.versions.iter().collect::<Vec<_>>(), expected);
        }
        prop_assert_eq!(after.signers(), before.signers());
        for line in lost(&old, &text) {
            prop_assert!(line.starts_with("    versions: ["), "{line:?} is lost:\n{old}\n{text}");
        }
        // only insertions: what was there is there, in order
        let mut rest = text.chars();
        prop_assert!(old.chars().all(|wanted| rest.any(|found| found == wanted)));
    }
}

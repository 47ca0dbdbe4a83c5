//! Paths on a tree, as XPath 1.0, section 2, defines them.

use super::tree::{Attribute, Element, Tree};
use policies::{LocationPath, NameTest, NamespaceTest, Predicate, Step, Takes, XPath};
use std::collections::BTreeSet;

/// What a scan tells, in order: the rule or `None` for a text, where it begins, its length.
pub(super) fn told(
    tree: &Tree,
    xpaths: &[XPath],
    input: &str,
) -> Vec<(Option<usize>, usize, usize)> {
    let mut told = Vec::new();
    for (node, element) in tree.0.iter().enumerate() {
        for text in &element.texts {
            let raw = &input[text.span.clone()];
            let inside = raw.trim_matches([' ', '\t', '\r', '\n']);
            if inside.is_empty() {
                continue;
            }
            let rule = xpaths
                .iter()
                .position(|xpath| text.data && takes_text(tree, xpath, node));
            let blanks = raw.len() - raw.trim_start_matches([' ', '\t', '\r', '\n']).len();
            let start = text.span.start + if rule.is_some() { 0 } else { blanks };
            told.push((rule, start, text.span.end - start));
        }
        for attribute in &element.attributes {
            if attribute.uri.is_none() || attribute.span.is_empty() {
                continue;
            }
            let rule = xpaths
                .iter()
                .position(|xpath| takes_attribute(tree, xpath, node, attribute));
            told.push((rule, attribute.span.start, attribute.span.len()));
        }
    }
    told.sort_by_key(|(_, start, _)| *start);
    told
}

fn takes_text(tree: &Tree, xpath: &XPath, node: usize) -> bool {
    xpath.paths().iter().any(|path| match path.takes {
        Takes::Text => selected(tree, path).contains(&node),
        Takes::Element => {
            let selected = selected(tree, path);
            ancestors(tree, node).any(|ancestor| selected.contains(&ancestor))
        }
        Takes::Attribute(_) => false,
    })
}

fn takes_attribute(tree: &Tree, xpath: &XPath, node: usize, attribute: &Attribute) -> bool {
    xpath.paths().iter().any(|path| match &path.takes {
        Takes::Attribute(test) => named(attribute, test) && selected(tree, path).contains(&node),
        Takes::Text | Takes::Element => false,
    })
}

/// The elements that the path's last step leads to.
fn selected(tree: &Tree, path: &LocationPath) -> BTreeSet<usize> {
    path.steps
        .iter()
        .fold(BTreeSet::from([0]), |context, step| {
            let elements = tree.0.iter().enumerate().skip(1);
            let reached = elements.filter(|(node, element)| {
                let from = match step.descendant {
                    true => ancestors(tree, element.parent).any(|node| context.contains(&node)),
                    false => context.contains(&element.parent),
                };
                *node > 0 && from && takes(element, step)
            });
            reached.map(|(node, _)| node).collect()
        })
}

/// A node, what it is in, and so on up to the document.
fn ancestors(tree: &Tree, node: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(node), |&node| (node > 0).then(|| tree.0[node].parent))
}

fn takes(element: &Element, step: &Step) -> bool {
    let local = step
        .name
        .local
        .as_ref()
        .is_none_or(|local| *local == element.local);
    local
        && in_namespace(&element.uri, &step.name)
        && step.predicates.iter().all(|each| holds(element, each))
}

fn in_namespace(uri: &str, test: &NameTest) -> bool {
    match &test.namespace {
        NamespaceTest::Any => true,
        NamespaceTest::NoNamespace => uri.is_empty(),
        NamespaceTest::Uri(expected) => uri == expected,
    }
}

fn named(attribute: &Attribute, test: &NameTest) -> bool {
    let local = test
        .local
        .as_ref()
        .is_none_or(|local| *local == attribute.local);
    attribute
        .uri
        .as_ref()
        .is_some_and(|uri| local && in_namespace(uri, test))
}

fn holds(element: &Element, predicate: &Predicate) -> bool {
    let values = |test| {
        let named = element
            .attributes
            .iter()
            .filter(move |each| named(each, test));
        named.map(|each| &each.value)
    };
    match predicate {
        Predicate::Has(test) => values(test).count() > 0,
        Predicate::Equals(test, value) => values(test).any(|each| each == value),
        Predicate::Differs(test, value) => values(test).any(|each| each != value),
        Predicate::And(terms) => terms.iter().all(|term| holds(element, term)),
        Predicate::Or(terms) => terms.iter().any(|term| holds(element, term)),
        Predicate::Not(inner) => !holds(element, inner),
    }
}

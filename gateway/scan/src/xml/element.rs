//! An element as its start tag shows it, and tests of it.

use super::error::XmlErrorCode;
use super::namespaces::{Namespaces, Space};
use super::paths::Step;
use super::tag::{Attribute, Tag};
use super::value::normalized;
use policies::{NameTest, NamespaceTest, Predicate};
use std::collections::HashSet;

/// So many attributes are compared pair by pair; more are put into a set.
const PAIRS: usize = 16;

pub(super) struct Element<'e> {
    /// The start tag.
    pub(super) bytes: &'e [u8],
    pub(super) tag: &'e Tag,
    pub(super) namespaces: &'e Namespaces,
}

/// Takes a tag's declarations, and finds what its prefixes stand for. A fault is at the place it
/// gives, counted from the tag's `<`.
pub(super) fn resolve(
    bytes: &[u8],
    tag: &mut Tag,
    namespaces: &mut Namespaces,
    max_bytes: usize,
) -> Result<(), (usize, XmlErrorCode)> {
    for attribute in &mut tag.attributes {
        let name = attribute.name;
        let prefix = match (name.prefix(bytes), name.local(bytes)) {
            (b"", b"xmlns") => b"",
            (b"xmlns", prefix) => prefix,
            _ => continue,
        };
        let uri = bytes.get(attribute.value.clone()).unwrap_or_default();
        let declared = namespaces.declare(prefix, uri, max_bytes);
        declared.map_err(|code| (name.start, code))?;
        attribute.space = Space::Declaration;
    }
    let undeclared = |name: usize| (name, XmlErrorCode::UndeclaredPrefix);
    if tag.name.colon.is_some() && namespaces.find(tag.name.prefix(bytes)).is_none() {
        return Err(undeclared(tag.name.start));
    }
    for attribute in &mut tag.attributes {
        if attribute.name.colon.is_some() && attribute.space != Space::Declaration {
            let space = namespaces.find(attribute.name.prefix(bytes));
            attribute.space = space.ok_or(undeclared(attribute.name.start))?;
        }
    }
    Ok(())
}

impl<'e> Element<'e> {
    pub(super) fn local(&self) -> &'e [u8] {
        self.tag.name.local(self.bytes)
    }

    fn uri(&self) -> &'e [u8] {
        let prefix = self.tag.name.prefix(self.bytes);
        let space = self.namespaces.find(prefix).unwrap_or(Space::None);
        self.namespaces.uri(space)
    }

    /// Where an attribute begins whose expanded name an earlier one has.
    pub(super) fn duplicate(&self) -> Option<usize> {
        let attributes = &self.tag.attributes;
        if attributes.len() > PAIRS {
            let mut seen = HashSet::with_capacity(attributes.len());
            let mut all = attributes.iter();
            let again = all.find(|each| !seen.insert(self.expanded(each)))?;
            return Some(again.name.start);
        }
        let mut earlier: &[Attribute] = &[];
        for (index, each) in attributes.iter().enumerate() {
            if earlier.iter().any(|one| self.same_name(one, each)) {
                return Some(each.name.start);
            }
            earlier = attributes.get(..=index).unwrap_or_default();
        }
        None
    }

    fn same_name(&self, one: &Attribute, other: &Attribute) -> bool {
        one.name.local(self.bytes) == other.name.local(self.bytes)
            && (one.space == other.space
                || self.namespaces.uri(one.space) == self.namespaces.uri(other.space))
    }

    fn expanded(&self, attribute: &Attribute) -> (&'e [u8], &'e [u8]) {
        let uri = self.namespaces.uri(attribute.space);
        (uri, attribute.name.local(self.bytes))
    }

    /// Whether it may take a step whose local name is known to be right.
    pub(super) fn takes(&self, step: &Step) -> bool {
        let namespace = match &step.name.namespace {
            NamespaceTest::Any => true,
            NamespaceTest::NoNamespace => self.uri().is_empty(),
            NamespaceTest::Uri(uri) => self.uri() == uri.as_bytes(),
        };
        namespace && step.predicates.iter().all(|each| self.holds(each))
    }

    fn holds(&self, predicate: &Predicate) -> bool {
        match predicate {
            Predicate::Has(name) => self.named(name).next().is_some(),
            Predicate::Equals(name, value) => self.named(name).any(|each| self.is(each, value)),
            Predicate::Differs(name, value) => self.named(name).any(|each| !self.is(each, value)),
            Predicate::And(all) => all.iter().all(|each| self.holds(each)),
            Predicate::Or(some) => some.iter().any(|each| self.holds(each)),
            Predicate::Not(inner) => !self.holds(inner),
        }
    }

    fn named<'t>(&'t self, test: &'t NameTest) -> impl Iterator<Item = &'t Attribute> {
        let attributes = self.tag.attributes.iter();
        attributes.filter(move |each| self.has_name(each, test))
    }

    fn is(&self, attribute: &Attribute, value: &str) -> bool {
        let raw = self.bytes.get(attribute.value.clone());
        normalized(raw.unwrap_or_default()).as_ref() == value.as_bytes()
    }

    /// Whether an attribute has such a name; declarations have none.
    pub(super) fn has_name(&self, attribute: &Attribute, test: &NameTest) -> bool {
        if attribute.space == Space::Declaration {
            return false;
        }
        let (uri, local) = self.expanded(attribute);
        let named = test
            .local
            .as_ref()
            .is_none_or(|name| name.as_bytes() == local);
        named
            && match &test.namespace {
                NamespaceTest::Any => true,
                NamespaceTest::NoNamespace => uri.is_empty(),
                NamespaceTest::Uri(expected) => uri == expected.as_bytes(),
            }
    }
}

//! A subset of XPath 1.0 that can be decided as a document streams by.
//!
//! | what | how |
//! |---|---|
//! | location paths from the root | `/a/b`, `//a`, `/a//b` |
//! | attributes | `/a/@b`, `//@b`, `//a//@b` |
//! | an element's own texts | `/a/text()`; with all inside it: `/a` or `/a//text()` |
//! | any name, or any of a namespace | `*`, `@*`, `c:*`, `@c:*` |
//! | a name in a namespace | `c:number`, with the prefix declared in the policy |
//! | conditions on attributes | `[@a]`, `[@a='x']`, `[@a!='x']`, with `and`, `or`, `not()` |
//! | unions | `//a \| //b` |
//!
//! One thing is stricter than in XPath: a name without a prefix matches that local name in every
//! namespace (XPath 1.0, section 2.3: only in none). A document that declares a default namespace
//! would slip through otherwise. Inside `not()` it is the other way round, an attribute's name
//! without a prefix stands only for the one in no namespace: either way more is taken, not less.
//! `*:name` means any namespace everywhere, as in XPath 2.0.

mod contradiction;
mod cursor;
mod model;
mod name;
mod path;
mod predicate;
#[cfg(test)]
mod tests;

pub use model::{LocationPath, NameTest, NamespaceTest, Predicate, Step, Takes};
pub use name::{is_xml_name_char, is_xml_name_start};

use std::fmt;

/// An XPath of the subset: one location path or a union of some.
///
/// `//@a` is kept as two paths, `//*/@a` of whatever comes before and `@a` of that itself, so a step
/// never leads to its own element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XPath {
    text: String,
    paths: Vec<LocationPath>,
}

/// Why a text is no XPath of the subset, and where in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct XPathError {
    /// How many characters come before the fault.
    pub offset: usize,
    /// What is wrong, as one sentence without a full stop.
    pub message: String,
    /// What to write instead, as one sentence without a full stop.
    pub help: String,
}

impl XPath {
    /// Parses `text`; `namespaces` are pairs of a prefix and its URI. The prefix `xml` needs none.
    ///
    /// # Errors
    /// The first thing that is not of the subset, with its place.
    pub fn parse(text: &str, namespaces: &[(String, String)]) -> Result<Self, XPathError> {
        let paths = path::union(&mut cursor::Cursor::new(text, namespaces))?;
        Ok(Self {
            text: text.to_owned(),
            paths,
        })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether one of its paths has conditions that no element meets. `false` where that is not
    /// certain.
    pub(crate) fn contradicts_itself(&self) -> bool {
        let mut steps = self.paths.iter().flat_map(|path| &path.steps);
        steps.any(|step| contradiction::unmeetable(&step.predicates))
    }

    /// The local names of what its paths take: elements or attributes.
    pub(crate) fn last_names(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().filter_map(|path| match &path.takes {
            Takes::Attribute(name) => name.local.as_deref(),
            Takes::Element | Takes::Text => path.steps.last()?.name.local.as_deref(),
        })
    }

    /// The location paths; what any of them takes, the XPath takes.
    pub fn paths(&self) -> &[LocationPath] {
        &self.paths
    }
}

impl fmt::Display for XPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

//! Namespaces in XML 1.0: which prefix stands for which URI, element by element.

use super::error::XmlErrorCode;
use super::value::normalized;

pub(super) const XML_URI: &[u8] = b"http://www.w3.org/XML/1998/namespace";
pub(super) const XMLNS_URI: &[u8] = b"http://www.w3.org/2000/xmlns/";

/// Declarations in scope: each prefix is looked for among them.
const MAX_DECLARATIONS: usize = 256;

/// The namespace of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// It is in none.
    None,
    /// It declares one.
    Declaration,
    /// The one of the prefix `xml`.
    Xml,
    /// That of a declaration in scope.
    Declared(usize),
}

/// The declarations of all open elements.
#[derive(Debug, Default)]
pub(super) struct Namespaces {
    declarations: Vec<Declaration>,
    /// Prefixes and URIs, one after the other.
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Declaration {
    prefix: usize,
    uri: usize,
    end: usize,
}

impl Namespaces {
    /// How many declarations are in scope: [`Namespaces::leave`] takes it to end later ones.
    pub(super) fn count(&self) -> usize {
        self.declarations.len()
    }

    /// Declares a prefix, or the default namespace with an empty one.
    pub(super) fn declare(
        &mut self,
        prefix: &[u8],
        raw_uri: &[u8],
        max_bytes: usize,
    ) -> Result<(), XmlErrorCode> {
        let uri = normalized(raw_uri);
        let uri = uri.as_ref();
        let reserved = uri == XMLNS_URI || (prefix == b"xml") != (uri == XML_URI);
        if reserved || prefix == b"xmlns" || (uri.is_empty() && !prefix.is_empty()) {
            return Err(XmlErrorCode::Namespace);
        }
        if prefix == b"xml" {
            return Ok(());
        }
        let start = self.bytes.len();
        let declaration = Declaration {
            prefix: start,
            uri: start + prefix.len(),
            end: start + prefix.len() + uri.len(),
        };
        if self.declarations.len() == MAX_DECLARATIONS || declaration.end > max_bytes {
            return Err(XmlErrorCode::TooManyNamespaces);
        }
        self.bytes.extend_from_slice(prefix);
        self.bytes.extend_from_slice(uri);
        self.declarations.push(declaration);
        Ok(())
    }

    /// What a prefix stands for; without one, the default namespace of elements.
    pub(super) fn find(&self, prefix: &[u8]) -> Option<Space> {
        let mut latest_first = self.declarations.iter().enumerate().rev();
        let found = latest_first.find(|(_, each)| {
            each.uri - each.prefix == prefix.len()
                && self.bytes.get(each.prefix..each.uri) == Some(prefix)
        });
        match found {
            Some((index, _)) => Some(Space::Declared(index)),
            None if prefix.is_empty() => Some(Space::None),
            None => (prefix == b"xml").then_some(Space::Xml),
        }
    }

    /// The URI; empty for no namespace.
    pub(super) fn uri(&self, space: Space) -> &[u8] {
        match space {
            Space::None => b"",
            Space::Declaration => XMLNS_URI,
            Space::Xml => XML_URI,
            Space::Declared(index) => self
                .declarations
                .get(index)
                .and_then(|each| self.bytes.get(each.uri..each.end))
                .unwrap_or_default(),
        }
    }

    /// Ends all declarations but the first `count`.
    pub(super) fn leave(&mut self, count: usize) {
        if self.declarations.len() > count {
            self.declarations.truncate(count);
            let end = self.declarations.last().map_or(0, |each| each.end);
            self.bytes.truncate(end);
        }
    }
}

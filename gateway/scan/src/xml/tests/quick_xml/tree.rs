//! A document as `quick-xml` reads it.

use quick_xml::NsReader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use std::collections::HashSet;
use std::ops::Range;

/// Nodes; the first is the document.
pub(super) struct Tree(pub(super) Vec<Element>);

#[derive(Default)]
pub(super) struct Element {
    pub(super) parent: usize,
    pub(super) uri: String,
    pub(super) local: String,
    pub(super) attributes: Vec<Attribute>,
    pub(super) texts: Vec<Text>,
}

pub(super) struct Attribute {
    /// `None` for a declaration.
    pub(super) uri: Option<String>,
    pub(super) local: String,
    pub(super) value: String,
    pub(super) span: Range<usize>,
}

/// A run of text, or the inside of a CDATA section, comment or instruction.
pub(super) struct Text {
    pub(super) span: Range<usize>,
    /// Whether it is character data.
    pub(super) data: bool,
}

impl Tree {
    pub(super) fn has_duplicates(&self) -> bool {
        self.0.iter().any(|element| {
            let mut seen = HashSet::new();
            let mut names = element.attributes.iter();
            names.any(|each| each.uri.is_some() && !seen.insert((&each.uri, &each.local)))
        })
    }
}

pub(super) fn read(input: &str) -> Tree {
    let mut reader = NsReader::from_str(input);
    let mut nodes = vec![Element::default()];
    let mut at = 0;
    // whether the last event was a part of a text
    let mut in_text = false;
    loop {
        let start = reader.buffer_position() as usize;
        let event = reader
            .read_event()
            .unwrap_or_else(|error| panic!("{error}: {input}"));
        let span = start..reader.buffer_position() as usize;
        let was_in_text = std::mem::take(&mut in_text);
        match event {
            Event::Start(tag) | Event::Empty(tag) => {
                nodes.push(element(&reader, &tag, at, input));
                let empty = input[..span.end].ends_with("/>");
                at = if empty { at } else { nodes.len() - 1 };
            }
            Event::End(_) => at = nodes[at].parent,
            Event::Text(_) | Event::GeneralRef(_) => {
                in_text = true;
                let texts = &mut nodes[at].texts;
                match texts.last_mut() {
                    Some(text) if was_in_text => text.span.end = span.end,
                    _ => texts.push(Text { span, data: true }),
                }
            }
            Event::CData(_) => nodes[at].texts.push(Text {
                span: span.start + 9..span.end - 3,
                data: true,
            }),
            Event::Comment(_) => nodes[at].texts.push(Text {
                span: span.start + 4..span.end - 3,
                data: false,
            }),
            Event::PI(_) => {
                let inside = span.start + 2..span.end - 2;
                let target = input[inside.clone()].find(char::is_whitespace);
                let from = target.map_or(inside.end, |target| inside.start + target + 1);
                nodes[at].texts.push(Text {
                    span: from..inside.end,
                    data: false,
                });
            }
            Event::Decl(_) => {}
            Event::DocType(_) => panic!("none is generated"),
            Event::Eof => return Tree(nodes),
        }
    }
}

fn element(reader: &NsReader<&[u8]>, tag: &BytesStart<'_>, parent: usize, input: &str) -> Element {
    let uri = |resolved| match resolved {
        ResolveResult::Bound(namespace) => namespace.into_inner().to_owned(),
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(prefix) => panic!("{prefix:?}: {input}"),
    };
    let (namespace, local) = reader.resolver().resolve_element(tag.name());
    let namespace = uri(namespace);
    let attributes = tag.attributes().map(|attribute| {
        let attribute = attribute.unwrap();
        let start = attribute.value.as_ptr() as usize - input.as_ptr() as usize;
        let declares = attribute.key.as_namespace_binding().is_some();
        let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
        Attribute {
            uri: (!declares).then(|| uri(namespace)),
            local: local.into_inner().to_owned(),
            span: start..start + attribute.value.len(),
            value: attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .unwrap()
                .into_owned(),
        }
    });
    Element {
        parent,
        uri: namespace,
        local: local.into_inner().to_owned(),
        attributes: attributes.collect(),
        texts: Vec::new(),
    }
}

//! A part of a document that is held whole, as a tree over its bytes. Duplicate keys stay.

use crate::json::unescape;
use memchr::memchr2;
use std::borrow::Cow;
use std::collections::HashMap;

/// A node: its place in document order.
pub(crate) type NodeId = u32;

/// How duplicate keys are read: readers of JSON disagree on which one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// The first member of a name counts.
    First,
    /// The last one does.
    Last,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    start: u32,
    end: u32,
    /// The first node after this one and all below it.
    after: NodeId,
    /// Inside the quotes, as spelled; a member when `key_start` is not 0.
    key_start: u32,
    key_end: u32,
    /// An earlier member has the same name.
    repeats: bool,
    /// A later member has the same name.
    repeated: bool,
}

/// Nodes in document order; the root is node 0.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    bytes: &'a [u8],
    nodes: Vec<Node>,
    /// Some object has two members of one name.
    pub(crate) has_duplicates: bool,
}

impl<'a> Tree<'a> {
    /// The tree of a valid JSON value without whitespace around it, shorter than 4 GiB.
    pub(crate) fn parse(bytes: &'a [u8]) -> Self {
        let mut tree = Self {
            bytes,
            nodes: Vec::new(),
            has_duplicates: false,
        };
        let mut open: Vec<usize> = Vec::new();
        let mut key = (0, 0);
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'{' | b'[' => {
                    open.push(tree.nodes.len());
                    tree.add(at, at + 1, std::mem::take(&mut key));
                    at += 1;
                }
                b'}' | b']' => {
                    at += 1;
                    if let Some(node) = open.pop() {
                        tree.close(node, at);
                    }
                }
                b'"' => {
                    let end = string_end(bytes, at);
                    let in_object = open
                        .last()
                        .is_some_and(|&node| tree.is_object(node as NodeId));
                    if in_object && key == (0, 0) {
                        key = (at + 1, end - 1);
                    } else {
                        tree.add(at, end, std::mem::take(&mut key));
                    }
                    at = end;
                }
                b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' => at += 1,
                _ => {
                    let end = scalar_end(bytes, at);
                    tree.add(at, end, std::mem::take(&mut key));
                    at = end;
                }
            }
        }
        tree.mark_duplicates();
        tree
    }

    fn add(&mut self, start: usize, end: usize, (key_start, key_end): (usize, usize)) {
        self.nodes.push(Node {
            start: start as u32,
            end: end as u32,
            after: self.nodes.len() as u32 + 1,
            key_start: key_start as u32,
            key_end: key_end as u32,
            repeats: false,
            repeated: false,
        });
    }

    fn close(&mut self, node: usize, end: usize) {
        let after = self.nodes.len() as NodeId;
        if let Some(node) = self.nodes.get_mut(node) {
            (node.end, node.after) = (end as u32, after);
        }
    }

    fn mark_duplicates(&mut self) {
        let mut marks = Vec::new();
        let mut members = Vec::new();
        for object in (0..self.len()).filter(|&node| self.is_object(node)) {
            members.clear();
            members.extend(
                self.children(object)
                    .map(|member| (self.key(member), member)),
            );
            pair_duplicates(&members, &mut marks);
        }
        self.has_duplicates = !marks.is_empty();
        for (earlier, later) in marks {
            if let Some(node) = self.nodes.get_mut(earlier as usize) {
                node.repeated = true;
            }
            if let Some(node) = self.nodes.get_mut(later as usize) {
                node.repeats = true;
            }
        }
    }

    pub(crate) fn len(&self) -> NodeId {
        self.nodes.len() as NodeId
    }

    fn node(&self, node: NodeId) -> Node {
        self.nodes.get(node as usize).copied().unwrap_or(Node {
            start: 0,
            end: 0,
            after: NodeId::MAX,
            key_start: 0,
            key_end: 0,
            repeats: false,
            repeated: false,
        })
    }

    /// Where the node's value is.
    pub(crate) fn span(&self, node: NodeId) -> std::ops::Range<usize> {
        let node = self.node(node);
        node.start as usize..node.end as usize
    }

    /// The node's value, as spelled.
    pub(crate) fn raw(&self, node: NodeId) -> &'a [u8] {
        self.bytes.get(self.span(node)).unwrap_or_default()
    }

    fn first_byte(&self, node: NodeId) -> u8 {
        self.bytes
            .get(self.node(node).start as usize)
            .copied()
            .unwrap_or(0)
    }

    pub(crate) fn is_object(&self, node: NodeId) -> bool {
        self.first_byte(node) == b'{'
    }

    pub(crate) fn is_array(&self, node: NodeId) -> bool {
        self.first_byte(node) == b'['
    }

    /// A member's name, unescaped; empty for an element.
    pub(crate) fn key(&self, node: NodeId) -> Cow<'a, [u8]> {
        let node = self.node(node);
        let raw = self
            .bytes
            .get(node.key_start as usize..node.key_end as usize);
        unescape(raw.unwrap_or_default())
    }

    /// The first node that is not below this one.
    pub(crate) fn after(&self, node: NodeId) -> NodeId {
        self.node(node).after
    }

    /// All children, duplicate members too.
    pub(crate) fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let end = self.after(node);
        let mut next = node + 1;
        std::iter::from_fn(move || {
            let child = next;
            next = self.after(child);
            (child < end).then_some(child)
        })
    }

    /// The children that count in a reading.
    pub(crate) fn children_read(
        &self,
        node: NodeId,
        reading: Reading,
    ) -> impl Iterator<Item = NodeId> {
        self.children(node)
            .filter(move |&child| self.counts(child, reading))
    }

    /// False for a member that another of its name hides in this reading.
    pub(crate) fn counts(&self, node: NodeId, reading: Reading) -> bool {
        let node = self.node(node);
        match reading {
            Reading::First => !node.repeats,
            Reading::Last => !node.repeated,
        }
    }
}

/// Adds, for each member of an object that has one of the same name before it, the two.
fn pair_duplicates(members: &[(Cow<'_, [u8]>, NodeId)], marks: &mut Vec<(NodeId, NodeId)>) {
    // comparing a few is quicker than hashing them
    const FEW: usize = 12;
    if members.len() <= FEW {
        for (index, (key, member)) in members.iter().enumerate() {
            let earlier = members.iter().take(index).rfind(|(other, _)| other == key);
            marks.extend(earlier.map(|&(_, earlier)| (earlier, *member)));
        }
        return;
    }
    let mut latest: HashMap<&[u8], NodeId> = HashMap::with_capacity(members.len());
    for (key, member) in members {
        let earlier = latest.insert(key, *member);
        marks.extend(earlier.map(|earlier| (earlier, *member)));
    }
}

pub(crate) fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(found) = memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
        at += found;
        if bytes.get(at) == Some(&b'"') {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

pub(crate) fn scalar_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let length = rest
        .iter()
        .position(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'E' | b'+' | b'-' | b'.'));
    start + length.unwrap_or(rest.len()).max(1)
}

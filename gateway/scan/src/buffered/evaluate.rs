//! Filters, asked of the children of a held node (RFC 9535, 2.3.5.2).

use super::compare::{Operands, Value};
use super::tree::{NodeId, Reading, Tree};
use crate::json::unescape;
use crate::select::filter::{Filter, Operand, Pattern, Query, Segment, Selector, regex};
use regex::Regex;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Evaluates filters over one tree in one reading; remembers what the whole tree settles.
pub(crate) struct Evaluator<'t> {
    tree: &'t Tree<'t>,
    reading: Reading,
    absolute: RefCell<Vec<Option<Rc<[NodeId]>>>>,
    patterns: RefCell<Patterns>,
}

/// Regular expressions that the document holds, by their text and whether they match whole.
/// `None` for a text that is no regular expression.
type Patterns = HashMap<(Vec<u8>, bool), Option<Regex>>;

impl<'t> Evaluator<'t> {
    pub(crate) fn new(tree: &'t Tree<'t>, reading: Reading, absolute_queries: usize) -> Self {
        Self {
            tree,
            reading,
            absolute: RefCell::new(vec![None; absolute_queries]),
            patterns: RefCell::default(),
        }
    }

    /// True when the filter selects the node.
    pub(crate) fn holds(&self, filter: &Filter, node: NodeId) -> bool {
        match filter {
            Filter::Any(any) => any.iter().any(|one| self.holds(one, node)),
            Filter::All(all) => all.iter().all(|one| self.holds(one, node)),
            Filter::Not(filter) => !self.holds(filter, node),
            Filter::Exists(query) => !self.nodes(query, node).is_empty(),
            Filter::Compare(comparison, left, right) => {
                let left = self.value(left, node);
                let right = self.value(right, node);
                let operands = Operands {
                    tree: self.tree,
                    reading: self.reading,
                };
                comparison.holds(operands.order(&left, &right), operands.equal(&left, &right))
            }
            Filter::Matches {
                text,
                pattern,
                whole,
            } => self.matches(text, pattern, *whole, node),
            Filter::Unknown => true,
        }
    }

    fn matches(&self, text: &Operand, pattern: &Pattern, whole: bool, node: NodeId) -> bool {
        let value = self.value(text, node);
        let Some(text) = self.text(&value) else {
            return false;
        };
        let Ok(text) = std::str::from_utf8(&text) else {
            return false;
        };
        match pattern {
            Pattern::Fixed(regex) => regex.as_ref().is_some_and(|regex| regex.is_match(text)),
            Pattern::FromDocument(operand) => {
                let value = self.value(operand, node);
                let Some(pattern) = self.text(&value) else {
                    return false;
                };
                let mut patterns = self.patterns.borrow_mut();
                let built = patterns
                    .entry((pattern.to_vec(), whole))
                    .or_insert_with(|| {
                        std::str::from_utf8(&pattern)
                            .ok()
                            .and_then(|text| regex(text, whole))
                    });
                built.as_ref().is_some_and(|regex| regex.is_match(text))
            }
        }
    }

    fn value<'o>(&self, operand: &'o Operand, node: NodeId) -> Value<'o> {
        match operand {
            Operand::Text(text) => Value::Text(Cow::Borrowed(text.as_bytes())),
            Operand::Number(number) => Value::Number(*number),
            Operand::Boolean(boolean) => Value::Boolean(*boolean),
            Operand::Null => Value::Null,
            Operand::Nothing => Value::Nothing,
            Operand::Value(query) => match *self.nodes(query, node) {
                [only] => Value::Node(only),
                _ => Value::Nothing,
            },
            Operand::Count(query) => Value::count(self.nodes(query, node).len()),
            Operand::Length(operand) => {
                let value = self.value(operand, node);
                match (self.text(&value), &value) {
                    (Some(text), _) => Value::count(String::from_utf8_lossy(&text).chars().count()),
                    (None, &Value::Node(node))
                        if matches!(self.tree.raw(node), [b'{' | b'[', ..]) =>
                    {
                        Value::count(self.tree.children_read(node, self.reading).count())
                    }
                    _ => Value::Nothing,
                }
            }
        }
    }

    /// The text of a string, whether literal or in the document.
    fn text<'v>(&self, value: &'v Value<'_>) -> Option<Cow<'v, [u8]>>
    where
        't: 'v,
    {
        match value {
            Value::Text(text) => Some(Cow::Borrowed(text)),
            Value::Node(node) => match self.tree.raw(*node) {
                [b'"', inner @ .., b'"'] => Some(unescape(inner)),
                _ => None,
            },
            _ => None,
        }
    }

    /// The nodes that a query selects.
    fn nodes(&self, query: &Query, current: NodeId) -> Rc<[NodeId]> {
        let Some(number) = query.absolute else {
            return self.walk(&query.segments, current).into();
        };
        if let Some(known) = self.absolute.borrow().get(number).cloned().flatten() {
            return known;
        }
        let nodes: Rc<[NodeId]> = self.walk(&query.segments, 0).into();
        if let Some(place) = self.absolute.borrow_mut().get_mut(number) {
            *place = Some(Rc::clone(&nodes));
        }
        nodes
    }

    fn walk(&self, segments: &[Segment], from: NodeId) -> Vec<NodeId> {
        segments.iter().fold(vec![from], |nodes, segment| {
            let mut reached = Vec::new();
            for node in nodes {
                if segment.descend {
                    self.descend(segment, node, &mut reached);
                } else {
                    self.select(segment, node, &mut reached);
                }
            }
            reached
        })
    }

    fn descend(&self, segment: &Segment, node: NodeId, reached: &mut Vec<NodeId>) {
        self.select(segment, node, reached);
        let end = self.tree.after(node);
        let mut next = node + 1;
        while next < end {
            if self.tree.counts(next, self.reading) {
                self.select(segment, next, reached);
                next += 1;
            } else {
                next = self.tree.after(next);
            }
        }
    }

    fn select(&self, segment: &Segment, node: NodeId, reached: &mut Vec<NodeId>) {
        let (object, array) = (self.tree.is_object(node), self.tree.is_array(node));
        if !object && !array {
            return;
        }
        let children = || self.tree.children_read(node, self.reading);
        for selector in &segment.selectors {
            match selector {
                Selector::Name(name) if object => {
                    reached.extend(children().filter(|&child| *self.tree.key(child) == **name));
                }
                Selector::Any => reached.extend(children()),
                Selector::Position(position) if array => reached.extend(
                    (0..)
                        .zip(children())
                        .filter(|(index, _)| position.holds(*index))
                        .map(|(_, child)| child),
                ),
                Selector::FromEnd(from_end) if array => {
                    let length = children().count() as u64;
                    let chosen = (0..)
                        .zip(children())
                        .filter(|(index, _)| from_end.holds(*index, length));
                    reached.extend(chosen.map(|(_, child)| child));
                }
                Selector::Filter(filter) => {
                    reached.extend(children().filter(|&child| self.holds(filter, child)));
                }
                Selector::Name(_) | Selector::Position(_) | Selector::FromEnd(_) => {}
            }
        }
    }
}

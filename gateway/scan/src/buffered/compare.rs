//! Comparison of what filters compare (RFC 9535, 2.3.5.2.2).

use super::tree::{NodeId, Reading, Tree};
use crate::json::unescape;
use crate::select::filter::Number;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;

/// An operand's value.
#[derive(Debug)]
pub(crate) enum Value<'a> {
    Text(Cow<'a, [u8]>),
    Number(Number),
    Boolean(bool),
    Null,
    Node(NodeId),
    Nothing,
}

impl Value<'_> {
    pub(crate) const fn count(count: usize) -> Self {
        Self::Number(Number::Integer(count as i128))
    }
}

/// Where nodes are looked up.
pub(crate) struct Operands<'t> {
    pub(crate) tree: &'t Tree<'t>,
    pub(crate) reading: Reading,
}

impl<'t> Operands<'t> {
    /// Numbers and strings have an order; strings that of their Unicode scalar values, which is
    /// that of their UTF-8.
    pub(crate) fn order(&self, left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
        match (self.plain(left), self.plain(right)) {
            (Value::Number(left), Value::Number(right)) => left.order(right),
            (Value::Text(left), Value::Text(right)) => Some(left.cmp(&right)),
            _ => None,
        }
    }

    pub(crate) fn equal(&self, left: &Value<'_>, right: &Value<'_>) -> bool {
        match (self.plain(left), self.plain(right)) {
            (Value::Node(left), Value::Node(right)) => self.equal_nodes(left, right),
            (left, right) => equal_plain(&left, &right),
        }
    }

    /// A scalar node as its value; objects and arrays stay nodes.
    fn plain<'v>(&self, value: &'v Value<'_>) -> Value<'v>
    where
        't: 'v,
    {
        match value {
            Value::Text(text) => Value::Text(Cow::Borrowed(text)),
            Value::Number(number) => Value::Number(*number),
            Value::Boolean(boolean) => Value::Boolean(*boolean),
            Value::Null => Value::Null,
            Value::Nothing => Value::Nothing,
            Value::Node(node) => self.scalar(*node),
        }
    }

    fn scalar(&self, node: NodeId) -> Value<'t> {
        match self.tree.raw(node) {
            [b'{' | b'[', ..] => Value::Node(node),
            [b'"', inner @ .., b'"'] => Value::Text(unescape(inner)),
            b"true" => Value::Boolean(true),
            b"false" => Value::Boolean(false),
            b"null" => Value::Null,
            spelled => Number::parse(spelled).map_or(Value::Nothing, Value::Number),
        }
    }

    /// Deep equality, without recursion: pairs that must be equal wait on a stack.
    fn equal_nodes(&self, left: NodeId, right: NodeId) -> bool {
        let mut pairs = vec![(left, right)];
        while let Some((left, right)) = pairs.pop() {
            let equal = match (self.scalar(left), self.scalar(right)) {
                (Value::Node(left), Value::Node(right)) => {
                    self.pair_children(left, right, &mut pairs)
                }
                (left, right) => equal_plain(&left, &right),
            };
            if !equal {
                return false;
            }
        }
        true
    }

    /// Adds the children's pairs; false when they cannot all be paired.
    fn pair_children(
        &self,
        left: NodeId,
        right: NodeId,
        pairs: &mut Vec<(NodeId, NodeId)>,
    ) -> bool {
        let children = |node| self.tree.children_read(node, self.reading);
        if self.tree.is_array(left) != self.tree.is_array(right)
            || children(left).count() != children(right).count()
        {
            return false;
        }
        if self.tree.is_array(left) {
            pairs.extend(children(left).zip(children(right)));
            return true;
        }
        let members: HashMap<_, _> = children(right)
            .map(|member| (self.tree.key(member), member))
            .collect();
        for member in children(left) {
            match members.get(&self.tree.key(member)) {
                Some(&other) => pairs.push((member, other)),
                None => return false,
            }
        }
        true
    }
}

fn equal_plain(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::Number(left), Value::Number(right)) => left.order(*right) == Some(Ordering::Equal),
        (Value::Boolean(left), Value::Boolean(right)) => left == right,
        (Value::Null, Value::Null) | (Value::Nothing, Value::Nothing) => true,
        _ => false,
    }
}

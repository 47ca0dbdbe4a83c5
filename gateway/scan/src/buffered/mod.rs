//! Parts of a document that must be held whole: filters, and what is counted from an array's end.

mod compare;
mod evaluate;
mod tree;

use crate::select::Selectors;
use crate::select::filter::Filter;
use crate::select::graph::{GraphState, Step, Target};
use evaluate::Evaluator;
use std::ops::Range;
use tree::{NodeId, Reading, Tree};
pub(crate) use tree::{scalar_end, string_end};

/// A node below the held one that a rule takes, or that is a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) rule: u32,
    /// Where it is in the held bytes.
    pub(crate) span: Range<usize>,
}

/// An array or object on the way down, whose children come next.
struct Parent {
    end: NodeId,
    live: Vec<GraphState>,
    object: bool,
    /// Elements; 0 for an object.
    length: u64,
    next_index: u64,
}

/// The nodes below the held one, which is in states `live`, that rules take or that are records, in
/// document order.
/// With `nested`, also those inside other such nodes.
pub(crate) fn find(
    bytes: &[u8],
    live: &[GraphState],
    selectors: &Selectors,
    nested: bool,
) -> Vec<Found> {
    let tree = Tree::parse(bytes);
    let graph = selectors.graph();
    let readings = [Reading::First, Reading::Last]
        .map(|reading| Evaluator::new(&tree, reading, graph.absolute_queries));
    let search = Search {
        tree: &tree,
        selectors,
        readings: &readings,
    };
    let mut found = Vec::new();
    let mut parents = vec![search.parent(0, live.to_vec())];
    let mut node = 1;
    while node < tree.len() {
        while parents.last().is_some_and(|parent| parent.end <= node) {
            parents.pop();
        }
        let Some(parent) = parents.last_mut() else {
            break;
        };
        let target = search.step(parent, node);
        let record = target.rule.is_some_and(|rule| selectors.is_record(rule));
        if let Some(rule) = target.rule
            && (!record || search.holds_others(node))
        {
            found.push(Found {
                rule,
                span: tree.span(node),
            });
        }
        let taken = target.rule.is_some() && !record;
        if target.live.is_empty() || (taken && !nested) {
            node = tree.after(node);
        } else {
            parents.push(search.parent(node, target.live));
            node += 1;
        }
    }
    found
}

struct Search<'s> {
    tree: &'s Tree<'s>,
    selectors: &'s Selectors,
    readings: &'s [Evaluator<'s>; 2],
}

impl Search<'_> {
    fn holds_others(&self, node: NodeId) -> bool {
        self.tree.is_object(node) || self.tree.is_array(node)
    }

    fn parent(&self, node: NodeId, live: Vec<GraphState>) -> Parent {
        let object = self.tree.is_object(node);
        let counted = !object
            && self
                .selectors
                .graph()
                .edges(&live)
                .any(|edges| !edges.from_end.is_empty());
        let length = if counted {
            self.tree.children(node).count() as u64
        } else {
            0
        };
        Parent {
            end: self.tree.after(node),
            live,
            object,
            length,
            next_index: 0,
        }
    }

    /// The states of the parent's next child, `node`.
    fn step(&self, parent: &mut Parent, node: NodeId) -> Target {
        let graph = self.selectors.graph();
        let index = parent.next_index;
        parent.next_index += 1;
        let step = match parent.object {
            true => Step::Member(self.selectors.names().find(&self.tree.key(node))),
            false => Step::Element(index),
        };
        let mut reached = graph.reached(&parent.live, step);
        for edges in graph.edges(&parent.live) {
            if !parent.object {
                let chosen = edges
                    .from_end
                    .iter()
                    .filter(|(at, _)| at.holds(index, parent.length));
                reached.extend(chosen.map(|&(_, to)| to));
            }
            for &(filter, to) in &edges.filters {
                if graph
                    .filters
                    .get(filter)
                    .is_some_and(|filter| self.holds(filter, node))
                {
                    reached.push(to);
                }
            }
        }
        graph.target(reached)
    }

    /// A child is taken when either reading of its duplicate keys says so.
    fn holds(&self, filter: &Filter, node: NodeId) -> bool {
        let [first, last] = self.readings;
        first.holds(filter, node) || (self.tree.has_duplicates && last.holds(filter, node))
    }
}

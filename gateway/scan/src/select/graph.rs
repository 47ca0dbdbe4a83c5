//! The selectors of all rules as one nondeterministic automaton over the steps from a node to its
//! children. Selectors that begin alike share their first states.

use super::filter::{Filter, FilterCompiler};
use super::names::{NameId, Names};
use super::position::{FromEnd, Position};
use jsonpath_rust::parser::model::{JpQuery, Segment, Selector};
use std::collections::{BTreeMap, HashMap};

/// A state of the graph.
pub(crate) type GraphState = u32;

/// The state of every node's root.
pub(crate) const ROOT: GraphState = 0;

/// What one segment's selectors lead to, by what they select.
#[derive(Debug, Default)]
pub(crate) struct Edges {
    pub(crate) names: BTreeMap<NameId, Vec<GraphState>>,
    pub(crate) any: Vec<GraphState>,
    pub(crate) positions: Vec<(Position, GraphState)>,
    /// Counted from an array's end: the array must be held whole.
    pub(crate) from_end: Vec<(FromEnd, GraphState)>,
    /// Decided by a child's content: the parent must be held whole.
    pub(crate) filters: Vec<(usize, GraphState)>,
    /// Where every child goes as well, for a descendant segment.
    pub(crate) descend: Option<GraphState>,
}

impl Edges {
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
            && self.any.is_empty()
            && self.positions.is_empty()
            && self.from_end.is_empty()
            && self.filters.is_empty()
            && self.descend.is_none()
    }
}

/// The automaton's states, and the filters that its edges ask.
#[derive(Debug)]
pub(crate) struct Graph {
    edges: Vec<Edges>,
    /// The rule that takes a node in this state.
    accepts: Vec<Option<u32>>,
    pub(crate) filters: Vec<Filter>,
    /// A filter reads from the root: documents are held whole.
    pub(crate) needs_root: bool,
    /// Absolute queries inside filters, whose answers are the same for a whole document.
    pub(crate) absolute_queries: usize,
}

/// A child, as seen from its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The member of this name; `None` for a name that no selector mentions.
    Member(Option<NameId>),
    /// The element at this index.
    Element(u64),
}

/// The states that a node is in: a sorted set that still leads somewhere, and the first rule that
/// takes the node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    pub(crate) live: Vec<GraphState>,
    pub(crate) rule: Option<u32>,
}

impl Graph {
    /// Builds the graph; interns the selectors' names.
    pub(crate) fn build<'a>(
        queries: impl IntoIterator<Item = (usize, &'a JpQuery)>,
        names: &mut Names,
    ) -> Self {
        let mut builder = Builder {
            edges: vec![Edges::default()],
            accepts: vec![None],
            filters: FilterCompiler::default(),
            prefixes: HashMap::new(),
            endings: HashMap::new(),
            names,
        };
        for (rule, query) in queries {
            builder.insert(u32::try_from(rule).unwrap_or(u32::MAX), query);
        }
        Self {
            needs_root: builder.filters.needs_root,
            absolute_queries: builder.filters.absolute_queries,
            filters: builder.filters.filters,
            edges: builder.edges,
            accepts: builder.accepts,
        }
    }

    pub(crate) fn edges(&self, live: &[GraphState]) -> impl Iterator<Item = &Edges> {
        live.iter()
            .filter_map(|&state| self.edges.get(state as usize))
    }

    /// The root's states.
    pub(crate) fn root(&self) -> Target {
        self.target(vec![ROOT])
    }

    /// Whether objects, and whether arrays, in these states must be held until they are whole.
    pub(crate) fn holds(&self, live: &[GraphState]) -> (bool, bool) {
        let from_root = self.needs_root && live.contains(&ROOT);
        let filters = self.edges(live).any(|edges| !edges.filters.is_empty());
        let from_end = self.edges(live).any(|edges| !edges.from_end.is_empty());
        (from_root || filters, from_root || filters || from_end)
    }

    /// The child's states that the parent's states lead to without looking into either.
    pub(crate) fn step(&self, live: &[GraphState], step: Step) -> Target {
        self.target(self.reached(live, step))
    }

    /// As [`Graph::step`], not yet made a set: `buffered` adds to it.
    pub(crate) fn reached(&self, live: &[GraphState], step: Step) -> Vec<GraphState> {
        let mut reached = Vec::new();
        for edges in self.edges(live) {
            reached.extend_from_slice(&edges.any);
            reached.extend(edges.descend);
            match step {
                Step::Member(name) => {
                    let named = name.and_then(|name| edges.names.get(&name));
                    reached.extend(named.into_iter().flatten());
                }
                Step::Element(index) => reached.extend(
                    edges
                        .positions
                        .iter()
                        .filter(|(at, _)| at.holds(index))
                        .map(|&(_, to)| to),
                ),
            }
        }
        reached
    }

    /// A set from states in any order.
    pub(crate) fn target(&self, mut reached: Vec<GraphState>) -> Target {
        reached.sort_unstable();
        reached.dedup();
        let accept = |state: &GraphState| self.accepts.get(*state as usize).copied().flatten();
        let rule = reached.iter().filter_map(accept).min();
        reached.retain(|&state| {
            self.edges
                .get(state as usize)
                .is_some_and(|edges| !edges.is_empty())
        });
        Target {
            live: reached,
            rule,
        }
    }
}

struct Builder<'n> {
    edges: Vec<Edges>,
    accepts: Vec<Option<u32>>,
    filters: FilterCompiler,
    /// States by the state before and the segment that led there.
    prefixes: HashMap<(GraphState, String), GraphState>,
    /// The state that takes a node, by rule.
    endings: HashMap<u32, GraphState>,
    names: &'n mut Names,
}

impl Builder<'_> {
    fn insert(&mut self, rule: u32, query: &JpQuery) {
        let mut state = ROOT;
        let Some((last, segments)) = query.segments.split_last() else {
            if let Some(accept) = self.accepts.first_mut() {
                *accept = Some(accept.map_or(rule, |first| first.min(rule)));
            }
            return;
        };
        for segment in segments {
            let key = (state, format!("{segment:?}"));
            state = match self.prefixes.get(&key) {
                Some(&known) => known,
                None => {
                    let next = self.new_state(None);
                    self.connect(state, segment, next);
                    self.prefixes.insert(key, next);
                    next
                }
            };
        }
        let ending = match self.endings.get(&rule) {
            Some(&known) => known,
            None => self.new_state(Some(rule)),
        };
        self.endings.insert(rule, ending);
        self.connect(state, last, ending);
    }

    fn new_state(&mut self, rule: Option<u32>) -> GraphState {
        let state = GraphState::try_from(self.edges.len()).unwrap_or(GraphState::MAX);
        self.edges.push(Edges::default());
        self.accepts.push(rule);
        state
    }

    fn connect(&mut self, from: GraphState, segment: &Segment, to: GraphState) {
        match segment {
            Segment::Descendant(inner) => {
                let below = self.descendants_of(from);
                self.connect(below, inner, to);
                self.connect(from, inner, to);
            }
            Segment::Selector(selector) => self.add(from, selector, to),
            Segment::Selectors(selectors) => {
                for selector in selectors {
                    self.add(from, selector, to);
                }
            }
        }
    }

    /// The state of all nodes below one in state `from`; only descendant segments leave it.
    fn descendants_of(&mut self, from: GraphState) -> GraphState {
        let known = self
            .edges
            .get(from as usize)
            .and_then(|edges| edges.descend);
        known.unwrap_or_else(|| {
            let below = self.new_state(None);
            for state in [from, below] {
                self.edit(state, |edges| edges.descend = Some(below));
            }
            below
        })
    }

    fn add(&mut self, from: GraphState, selector: &Selector, to: GraphState) {
        match selector {
            Selector::Name(name) => {
                let name = self.names.intern(name);
                self.edit(from, |edges| edges.names.entry(name).or_default().push(to));
            }
            Selector::Wildcard => self.edit(from, |edges| edges.any.push(to)),
            Selector::Index(index) => match u64::try_from(*index) {
                Ok(index) => {
                    self.edit(from, |edges| {
                        edges.positions.push((Position::at(index), to))
                    });
                }
                Err(_) => {
                    let last = FromEnd::Index(*index);
                    self.edit(from, |edges| edges.from_end.push((last, to)));
                }
            },
            Selector::Slice(start, end, step) => match Position::slice(*start, *end, *step) {
                Some(position) => self.edit(from, |edges| edges.positions.push((position, to))),
                None => {
                    let slice = FromEnd::Slice(*start, *end, step.unwrap_or(1));
                    self.edit(from, |edges| edges.from_end.push((slice, to)));
                }
            },
            Selector::Filter(filter) => {
                let filter = self.filters.compile(filter);
                self.edit(from, |edges| edges.filters.push((filter, to)));
            }
        }
    }

    fn edit(&mut self, state: GraphState, change: impl FnOnce(&mut Edges)) {
        if let Some(edges) = self.edges.get_mut(state as usize) {
            change(edges);
        }
    }
}

//! The graph made deterministic: a step is a look-up. Built once for a policy and shared.
//!
//! Making a graph deterministic can take exponentially many states (`$..a.*.*.*.*`). Past a cap the
//! table leaves steps out, and `walk` takes those on the graph instead.

use super::graph::{Graph, Step, Target};
use super::names::{NameId, Names};
use std::collections::HashMap;

/// A deterministic state, or the mark that the graph must be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StateId(u32);

impl StateId {
    /// Nothing below matches.
    pub(crate) const DEAD: Self = Self(0);
    /// This step is not in the table.
    pub(crate) const ASK: Self = Self(u32::MAX);
    /// A node of this state is taken, or held, or not in the table.
    const SPECIAL: u32 = 1 << 31;
    /// Its states are in a scanner's own list.
    const OWN: u32 = 1 << 30;

    /// False for the many: just walk on.
    #[inline(always)]
    pub(crate) const fn is_special(self) -> bool {
        self.0 & Self::SPECIAL != 0
    }

    pub(crate) const fn own(index: usize) -> Self {
        Self(Self::SPECIAL | Self::OWN | index as u32)
    }

    pub(crate) fn own_index(self) -> Option<usize> {
        let mark = Self::SPECIAL | Self::OWN;
        (self != Self::ASK && self.0 & mark == mark).then_some((self.0 & !mark) as usize)
    }

    #[inline(always)]
    const fn index(self) -> usize {
        (self.0 & !Self::SPECIAL) as usize
    }
}

/// What a state says of its node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct State {
    pub(crate) row: u32,
    /// The rule that takes the node.
    pub(crate) rule: Option<u32>,
}

/// Where the children of a node go.
#[derive(Debug)]
pub(crate) struct Row {
    /// Lengths of the names that lead elsewhere than `other`: bit `min(length, 63)`.
    lengths: u64,
    /// The same for their first bytes: bit `byte % 64`.
    firsts: u64,
    /// By name; empty when no name leads elsewhere.
    names: Vec<StateId>,
    /// Members of every other name.
    other: StateId,
    /// Elements by index.
    first_elements: Vec<StateId>,
    /// The elements after those.
    more_elements: StateId,
    /// The graph's states that this row stands for.
    pub(crate) live: Vec<u32>,
}

impl Row {
    const fn leading_to(state: StateId, live: Vec<u32>) -> Self {
        Self {
            lengths: 0,
            firsts: 0,
            names: Vec::new(),
            other: state,
            first_elements: Vec::new(),
            more_elements: state,
            live,
        }
    }

    /// True when members differ by name, so that keys must be known.
    #[inline(always)]
    pub(crate) const fn reads_keys(&self) -> bool {
        self.lengths != 0
    }

    /// The state of the member with this unescaped key.
    #[inline(always)]
    pub(crate) fn member(&self, key: &[u8], names: &Names) -> StateId {
        let length = 1_u64 << key.len().min(63);
        let first = 1_u64 << (key.first().copied().unwrap_or(0) % 64);
        if self.lengths & length == 0 || self.firsts & first == 0 {
            return self.other;
        }
        match names.find(key) {
            Some(name) => self.names.get(name as usize).copied().unwrap_or(self.other),
            None => self.other,
        }
    }

    #[inline(always)]
    pub(crate) fn element(&self, index: u64) -> StateId {
        let first = usize::try_from(index)
            .ok()
            .and_then(|index| self.first_elements.get(index));
        first.copied().unwrap_or(self.more_elements)
    }
}

/// All states and rows.
#[derive(Debug)]
pub(crate) struct Table {
    states: Vec<State>,
    rows: Vec<Row>,
    ids: HashMap<Target, StateId>,
    row_ids: HashMap<Vec<u32>, u32>,
    /// The row of states that are not in the table.
    asking: Row,
}

/// Rows times names: 4 bytes each, so 4 MiB.
const MAX_CELLS: usize = 1 << 20;
const MAX_ROWS: usize = 4096;
const MAX_STATES: usize = 1 << 16;
/// Elements at the start of arrays that a row lists one by one.
const MAX_FIRST_ELEMENTS: u64 = 256;

impl Table {
    pub(crate) fn build(graph: &Graph, names: &Names) -> Self {
        let mut table = Self {
            states: Vec::new(),
            rows: Vec::new(),
            ids: HashMap::new(),
            row_ids: HashMap::new(),
            asking: Row {
                lengths: u64::MAX,
                firsts: u64::MAX,
                ..Row::leading_to(StateId::ASK, Vec::new())
            },
        };
        // the first target is DEAD, the second the root
        table.id(Target::default(), graph, names);
        table.id(graph.root(), graph, names);
        let mut done = 0;
        while let Some(row) = table.rows.get(done) {
            let live = row.live.clone();
            table.fill(done, &live, graph, names);
            done += 1;
        }
        table
    }

    pub(crate) fn root(&self, graph: &Graph) -> StateId {
        self.find(&graph.root()).unwrap_or(StateId::DEAD)
    }

    #[inline(always)]
    pub(crate) fn state(&self, id: StateId) -> Option<&State> {
        self.states.get(id.index())
    }

    /// Where the children of a node in this state go.
    #[inline(always)]
    pub(crate) fn row_of(&self, id: StateId) -> &Row {
        let state = self.states.get(id.index());
        state
            .and_then(|state| self.rows.get(state.row as usize))
            .unwrap_or(&self.asking)
    }

    /// The state of a target, if the table has it.
    pub(crate) fn find(&self, target: &Target) -> Option<StateId> {
        self.ids.get(target).copied()
    }

    fn fill(&mut self, row: usize, live: &[u32], graph: &Graph, names: &Names) {
        let other = self.id(graph.step(live, Step::Member(None)), graph, names);
        let mut mentioned: Vec<NameId> = graph
            .edges(live)
            .flat_map(|edges| edges.names.keys().copied())
            .collect();
        mentioned.sort_unstable();
        mentioned.dedup();
        let mut targets = vec![other; if mentioned.is_empty() { 0 } else { names.len() }];
        let (mut lengths, mut firsts) = (0, 0);
        for name in mentioned {
            let target = self.id(graph.step(live, Step::Member(Some(name))), graph, names);
            if let Some(place) = targets.get_mut(name as usize) {
                *place = target;
            }
            let text = names.text(name);
            lengths |= 1_u64 << text.len().min(63);
            firsts |= 1_u64 << (text.first().copied().unwrap_or(0) % 64);
        }
        let (first_elements, more_elements) = self.elements(live, graph, names);
        if let Some(row) = self.rows.get_mut(row) {
            (row.lengths, row.firsts, row.names, row.other) = (lengths, firsts, targets, other);
            (row.first_elements, row.more_elements) = (first_elements, more_elements);
        }
    }

    /// The states of the first elements one by one, and the state of all others if they share one.
    fn elements(&mut self, live: &[u32], graph: &Graph, names: &Names) -> (Vec<StateId>, StateId) {
        let positions = || graph.edges(live).flat_map(|edges| &edges.positions);
        let settled = positions()
            .map(|(at, _)| if at.end == u64::MAX { at.start } else { at.end })
            .max()
            .unwrap_or(0);
        let open_steps = positions().any(|(at, _)| at.end == u64::MAX && at.step > 1);
        let listed = settled.min(MAX_FIRST_ELEMENTS);
        let first = (0..listed)
            .map(|index| self.id(graph.step(live, Step::Element(index)), graph, names))
            .collect();
        let more = if open_steps || listed < settled {
            StateId::ASK
        } else {
            self.id(graph.step(live, Step::Element(settled)), graph, names)
        };
        (first, more)
    }

    /// The state of a target: known, new, or left out.
    fn id(&mut self, target: Target, graph: &Graph, names: &Names) -> StateId {
        if let Some(known) = self.find(&target) {
            return known;
        }
        if self.states.len() >= MAX_STATES {
            return StateId::ASK;
        }
        let Some(row) = self.row_id(&target.live, names) else {
            return StateId::ASK;
        };
        let holds = graph.holds(&target.live) != (false, false);
        let special = if holds || target.rule.is_some() {
            StateId::SPECIAL
        } else {
            0
        };
        let id = StateId(self.states.len() as u32 | special);
        self.states.push(State {
            row,
            rule: target.rule,
        });
        self.ids.insert(target, id);
        id
    }

    fn row_id(&mut self, live: &[u32], names: &Names) -> Option<u32> {
        if let Some(&known) = self.row_ids.get(live) {
            return Some(known);
        }
        let row = self.rows.len();
        // the first two, DEAD and the root, are always there
        if row >= 2 && (row >= MAX_ROWS || row * names.len() >= MAX_CELLS) {
            return None;
        }
        let id = u32::try_from(row).ok()?;
        self.rows
            .push(Row::leading_to(StateId::DEAD, live.to_vec()));
        self.row_ids.insert(live.to_vec(), id);
        Some(id)
    }
}

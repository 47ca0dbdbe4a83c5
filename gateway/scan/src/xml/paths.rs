//! XPaths compiled to steps that start tags take.

use policies::{LocationPath, NameTest, Predicate, Takes, XPath};
use std::collections::BTreeSet;

/// A step of some path: its place among all.
pub(super) type StepId = u32;

/// A local name that some step asks for, from 1; 0 stands for all others.
pub(super) type NameId = u32;

/// The XPaths of a policy's rules.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    steps: Vec<Step>,
    /// First steps that begin with `/`.
    at_root: Vec<StepId>,
    /// For each name, the first steps with `//` that it may take: they are tried at every element.
    anywhere: Vec<Vec<StepId>>,
    /// Local names, ordered by length and bytes.
    names: Vec<Box<[u8]>>,
    /// Bit `n` tells whether there is a name of `n` bytes; the last bit stands for longer ones.
    lengths: u64,
}

#[derive(Debug)]
pub(super) struct Step {
    /// Whether it may be taken at any depth.
    pub(super) descendant: bool,
    /// `None` for any.
    pub(super) local: Option<NameId>,
    pub(super) name: NameTest,
    pub(super) predicates: Vec<Predicate>,
    pub(super) then: Then,
}

/// What a step leads to.
#[derive(Debug)]
pub(super) enum Then {
    Step(StepId),
    /// The rule takes all texts in the element.
    Inside(u32),
    /// The rule takes the element's own texts.
    Text(u32),
    /// The rule takes attributes.
    Attribute(u32, NameTest),
}

impl Paths {
    /// Compiles XPaths, each with its rule; where several take the same, the first rule has it.
    pub(crate) fn compile<'a>(xpaths: impl IntoIterator<Item = (usize, &'a XPath)>) -> Self {
        let of_rule = |(rule, xpath): (usize, &'a XPath)| {
            let rule = u32::try_from(rule).unwrap_or(u32::MAX);
            xpath.paths().iter().map(move |path| (rule, path))
        };
        let paths: Vec<_> = xpaths.into_iter().flat_map(of_rule).collect();
        let mut compiled = Self::default();
        compiled.set_names(&paths);
        compiled.anywhere = vec![Vec::new(); compiled.names.len() + 1];
        for (rule, path) in paths {
            compiled.add(rule, path);
        }
        compiled
    }

    fn set_names(&mut self, paths: &[(u32, &LocationPath)]) {
        let steps = paths.iter().flat_map(|(_, path)| &path.steps);
        let names = steps.filter_map(|step| step.name.local.as_deref());
        let ordered: BTreeSet<_> = names.map(|name| (name.len(), name.as_bytes())).collect();
        self.lengths = ordered
            .iter()
            .fold(0, |bits, (length, _)| bits | bit(*length));
        self.names = ordered.into_iter().map(|(_, name)| name.into()).collect();
    }

    fn add(&mut self, rule: u32, path: &LocationPath) {
        let first = self.next_id();
        let last = path.steps.len().saturating_sub(1);
        for (index, step) in path.steps.iter().enumerate() {
            let then = match &path.takes {
                _ if index < last => Then::Step(self.next_id() + 1),
                Takes::Element => Then::Inside(rule),
                Takes::Text => Then::Text(rule),
                Takes::Attribute(name) => Then::Attribute(rule, name.clone()),
            };
            let local = step.name.local.as_deref();
            self.steps.push(Step {
                descendant: step.descendant,
                local: local.map(|name| self.name(name.as_bytes())),
                name: step.name.clone(),
                predicates: step.predicates.clone(),
                then,
            });
        }
        let Some(step) = self.step(first) else { return };
        match (step.descendant, step.local) {
            (false, _) => self.at_root.push(first),
            (true, Some(name)) => {
                if let Some(steps) = self.anywhere.get_mut(name as usize) {
                    steps.push(first);
                }
            }
            (true, None) => self.anywhere.iter_mut().for_each(|steps| steps.push(first)),
        }
    }

    fn next_id(&self) -> StepId {
        u32::try_from(self.steps.len()).unwrap_or(u32::MAX)
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    pub(super) fn count(&self) -> usize {
        self.steps.len()
    }

    pub(super) fn step(&self, step: StepId) -> Option<&Step> {
        self.steps.get(step as usize)
    }

    /// First steps that the root element may take.
    pub(super) fn at_root(&self) -> &[StepId] {
        &self.at_root
    }

    /// First steps that an element of this name may take wherever it is.
    pub(super) fn anywhere(&self, name: NameId) -> &[StepId] {
        self.anywhere.get(name as usize).map_or(&[], Vec::as_slice)
    }

    /// The number of a local name.
    pub(super) fn name(&self, name: &[u8]) -> NameId {
        if self.lengths & bit(name.len()) == 0 {
            return 0;
        }
        let found = self
            .names
            .binary_search_by_key(&(name.len(), name), |each| (each.len(), each));
        found.map_or(0, |index| u32::try_from(index + 1).unwrap_or(0))
    }
}

const fn bit(length: usize) -> u64 {
    1 << if length < 63 { length } else { 63 }
}

//! XPaths compiled to steps that start tags take.

use crate::select::names::Names;
use policies::{LocationPath, NameTest, NamespaceTest, Predicate, Takes, XPath};

/// A step of some path: its place among all.
pub(super) type StepId = u32;

/// A local name that some path asks for, from 1; 0 stands for all others.
pub(super) type NameId = u32;

/// The XPaths of a policy's rules.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    steps: Vec<Step>,
    /// First steps that begin with `/`.
    at_root: Vec<StepId>,
    /// For each name, the first steps with `//` that it may take: they are tried at every element.
    anywhere: Vec<Vec<StepId>>,
    /// For each name, what paths like `//@name` ask of an attribute. They hold for every element,
    /// so they are no steps: a policy may have hundreds of them.
    of_any_element: Vec<Vec<AttributeTest>>,
    has_of_any_element: bool,
    /// Local names of elements and attributes.
    names: Names,
    /// Bit `n` tells whether there is a name of `n` bytes; the last bit stands for longer ones.
    lengths: u64,
}

/// A test of attributes, and the rule that takes those that pass.
#[derive(Debug, Clone)]
pub(super) struct AttributeTest {
    pub(super) rule: u32,
    pub(super) name: NameTest,
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
    /// The element is a record.
    Record,
    /// A rule takes attributes.
    Attribute(AttributeTest),
}

impl Paths {
    /// Compiles XPaths, each with its rule; where several take the same, the first rule has it.
    /// The elements of `records` are records.
    pub(crate) fn compile<'a>(
        xpaths: impl IntoIterator<Item = (usize, &'a XPath)>,
        records: &'a [XPath],
    ) -> Self {
        let of_rule = |(rule, xpath): (usize, &'a XPath)| {
            let rule = u32::try_from(rule).unwrap_or(u32::MAX);
            xpath.paths().iter().map(move |path| (Some(rule), path))
        };
        let records = records.iter().flat_map(XPath::paths);
        let paths = xpaths.into_iter().flat_map(of_rule);
        let paths: Vec<_> = paths.chain(records.map(|path| (None, path))).collect();
        let mut compiled = Self::default();
        compiled.set_names(&paths);
        let names = compiled.names.len() + 1;
        compiled.anywhere = vec![Vec::new(); names];
        compiled.of_any_element = vec![Vec::new(); names];
        for (rule, path) in paths {
            match (rule, of_any_element(path)) {
                (Some(rule), Some(name)) => compiled.add_attribute(rule, name),
                _ => compiled.add_steps(rule, path),
            }
        }
        compiled
    }

    fn set_names(&mut self, paths: &[(Option<u32>, &LocationPath)]) {
        for (_, path) in paths {
            let attribute = match &path.takes {
                Takes::Attribute(name) => Some(name),
                Takes::Element | Takes::Text => None,
            };
            let tests = path.steps.iter().map(|step| &step.name).chain(attribute);
            for name in tests.filter_map(|test| test.local.as_deref()) {
                self.lengths |= bit(name.len());
                self.names.intern(name);
            }
        }
        self.names.freeze();
    }

    fn add_attribute(&mut self, rule: u32, name: &NameTest) {
        let local = name.local.as_deref();
        let local = local.map(|local| self.name(local.as_bytes()));
        let test = AttributeTest {
            rule,
            name: name.clone(),
        };
        add(&mut self.of_any_element, local, &test);
        self.has_of_any_element = true;
    }

    /// The steps of a rule's path, or of one to records.
    fn add_steps(&mut self, rule: Option<u32>, path: &LocationPath) {
        let first = self.next_id();
        let last = path.steps.len().saturating_sub(1);
        for (index, step) in path.steps.iter().enumerate() {
            let then = match (rule, &path.takes) {
                _ if index < last => Then::Step(self.next_id() + 1),
                (None, _) => Then::Record,
                (Some(rule), Takes::Element) => Then::Inside(rule),
                (Some(rule), Takes::Text) => Then::Text(rule),
                (Some(rule), Takes::Attribute(name)) => Then::Attribute(AttributeTest {
                    rule,
                    name: name.clone(),
                }),
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
            (true, local) => add(&mut self.anywhere, local, &first),
        }
    }

    fn next_id(&self) -> StepId {
        u32::try_from(self.steps.len()).unwrap_or(u32::MAX)
    }

    /// Whether no element can take a step.
    pub(super) fn has_no_steps(&self) -> bool {
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

    /// Tests that take attributes of this name from every element.
    pub(super) fn of_any_element(&self, name: NameId) -> &[AttributeTest] {
        let tests = self.of_any_element.get(name as usize);
        tests.map_or(&[], Vec::as_slice)
    }

    /// Whether there are such tests.
    pub(super) fn has_of_any_element(&self) -> bool {
        self.has_of_any_element
    }

    /// The number of a local name.
    pub(super) fn name(&self, name: &[u8]) -> NameId {
        if self.lengths & bit(name.len()) == 0 {
            return 0;
        }
        self.names.find(name).map_or(0, |id| id + 1)
    }
}

/// Adds to the list of a name, or of all when any name will do.
fn add<T: Clone>(lists: &mut [Vec<T>], name: Option<NameId>, item: &T) {
    let lists = match name {
        Some(name) => lists.get_mut(name as usize..=name as usize),
        None => Some(lists),
    };
    for list in lists.into_iter().flatten() {
        list.push(item.clone());
    }
}

/// The test of a path like `//@name`.
fn of_any_element(path: &LocationPath) -> Option<&NameTest> {
    let ([step], Takes::Attribute(name)) = (path.steps.as_slice(), &path.takes) else {
        return None;
    };
    let any = step.name.local.is_none() && step.name.namespace == NamespaceTest::Any;
    (step.descendant && any && step.predicates.is_empty()).then_some(name)
}

const fn bit(length: usize) -> u64 {
    1 << if length < 63 { length } else { 63 }
}

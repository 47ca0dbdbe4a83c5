//! The elements that are open, and how far the paths have come with them.

use super::element::Element;
use super::paths::{NameId, Paths, StepId, Then};
use super::tag::Attribute;

#[derive(Debug, Default)]
pub(super) struct OpenElements {
    frames: Vec<Frame>,
    /// The names of all, one after the other.
    names: Vec<u8>,
    /// Steps that children may take: those of the root element, then those that each frame adds.
    active: Vec<StepId>,
    /// For each step, the element that it was made active by last.
    made_active: Vec<u64>,
    elements: u64,
    /// Steps that take attributes of the element that was opened last.
    wanted: Vec<StepId>,
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    /// Where its name begins.
    name: usize,
    /// Where its steps begin.
    active: usize,
    /// Namespace declarations around it.
    namespaces: usize,
    /// The rule that takes all texts in it.
    inside: Option<u32>,
    /// The rule that takes its own texts.
    text: Option<u32>,
    /// Whether it is a record.
    record: bool,
}

impl OpenElements {
    pub(super) fn new(paths: &Paths) -> Self {
        Self {
            active: paths.at_root().to_vec(),
            made_active: vec![0; paths.count()],
            ..Self::default()
        }
    }

    pub(super) fn depth(&self) -> usize {
        self.frames.len()
    }

    /// The innermost one's name.
    pub(super) fn name(&self) -> &[u8] {
        let start = self.frames.last().map_or(0, |frame| frame.name);
        self.names.get(start..).unwrap_or_default()
    }

    /// Whether the innermost one is a record.
    pub(super) fn is_record(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.record)
    }

    /// The rule that takes texts here.
    pub(super) fn text_rule(&self) -> Option<u32> {
        self.frames.last().and_then(|frame| frame.text)
    }

    /// Opens an element; `namespaces` is how many declarations are around it.
    pub(super) fn enter(&mut self, element: &Element<'_>, namespaces: usize, paths: &Paths) {
        let parent = self.frames.last();
        let (from, to) = (parent.map_or(0, |frame| frame.active), self.active.len());
        let inside = parent.and_then(|frame| frame.inside);
        let mut frame = Frame {
            name: self.names.len(),
            active: to,
            namespaces,
            inside,
            text: None,
            record: false,
        };
        let name = element.tag.name.whole(element.bytes);
        self.names.extend_from_slice(name);
        self.wanted.clear();
        if !paths.has_no_steps() {
            self.elements += 1;
            let name = paths.name(element.local());
            for &step in paths.anywhere(name) {
                self.try_step(step, name, element, paths, &mut frame);
            }
            for index in from..to {
                let Some(&step) = self.active.get(index) else {
                    break;
                };
                self.try_step(step, name, element, paths, &mut frame);
                if paths.step(step).is_some_and(|step| step.descendant) {
                    self.make_active(step);
                }
            }
        }
        frame.text = first(frame.inside, frame.text);
        self.frames.push(frame);
    }

    fn try_step(
        &mut self,
        id: StepId,
        name: NameId,
        element: &Element<'_>,
        paths: &Paths,
        frame: &mut Frame,
    ) {
        let Some(step) = paths.step(id) else { return };
        if step.local.is_some_and(|local| local != name) || !element.takes(step) {
            return;
        }
        match step.then {
            Then::Step(next) => self.make_active(next),
            Then::Inside(rule) => frame.inside = first(frame.inside, Some(rule)),
            Then::Text(rule) => frame.text = first(frame.text, Some(rule)),
            Then::Attribute(..) => self.wanted.push(id),
            Then::Record => frame.record = true,
        }
    }

    fn make_active(&mut self, step: StepId) {
        if let Some(made_active) = self.made_active.get_mut(step as usize)
            && *made_active != self.elements
        {
            *made_active = self.elements;
            self.active.push(step);
        }
    }

    /// Whether any attribute of the element that was opened last may be taken.
    pub(super) fn wants_attributes(&self, paths: &Paths) -> bool {
        !self.wanted.is_empty() || paths.has_of_any_element()
    }

    /// The rule that takes an attribute of the element that was opened last.
    pub(super) fn attribute_rule(
        &self,
        element: &Element<'_>,
        attribute: &Attribute,
        paths: &Paths,
    ) -> Option<u32> {
        let wanted = self.wanted.iter().filter_map(|step| paths.step(*step));
        let wanted = wanted.filter_map(|step| match &step.then {
            Then::Attribute(test) => Some(test),
            _ => None,
        });
        let name = paths.name(attribute.name.local(element.bytes));
        let tests = wanted.chain(paths.of_any_element(name));
        let passed = tests.filter(|test| element.has_name(attribute, &test.name));
        passed.map(|test| test.rule).min()
    }

    /// Closes the innermost one; gives how many namespace declarations were around it.
    pub(super) fn leave(&mut self) -> usize {
        let Some(frame) = self.frames.pop() else {
            return 0;
        };
        self.names.truncate(frame.name);
        self.active.truncate(frame.active);
        frame.namespaces
    }
}

/// The first of two rules.
fn first(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

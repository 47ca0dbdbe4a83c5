//! The arrays and objects that are open: a list on the heap, never the call stack.

use crate::select::table::StateId;

/// An open array or object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) state: StateId,
    pub(crate) object: bool,
    /// States of the scanner's own that this frame and those around it use.
    pub(crate) own: usize,
    /// The index of the element at hand.
    pub(crate) index: u64,
}

/// Open frames; `top` is the innermost, or a stand-in outside of all.
#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) top: Frame,
    below: Vec<Frame>,
}

impl Stack {
    pub(crate) const fn new() -> Self {
        let top = Frame {
            state: StateId::DEAD,
            object: false,
            own: 0,
            index: 0,
        };
        Self {
            top,
            below: Vec::new(),
        }
    }

    #[inline(always)]
    pub(crate) fn depth(&self) -> usize {
        self.below.len()
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, frame: Frame) {
        self.below.push(std::mem::replace(&mut self.top, frame));
    }

    #[inline(always)]
    pub(crate) fn pop(&mut self) {
        if let Some(frame) = self.below.pop() {
            self.top = frame;
        }
    }
}

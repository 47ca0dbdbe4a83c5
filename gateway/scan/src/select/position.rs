//! Which elements of an array an index or a slice selects (RFC 9535, 2.3.3 and 2.3.4).

/// Indexes that can be told from an array's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) start: u64,
    /// The first index after; `u64::MAX` for none.
    pub(crate) end: u64,
    /// At least 1.
    pub(crate) step: u64,
}

impl Position {
    pub(crate) const fn at(index: u64) -> Self {
        Self {
            start: index,
            end: index.saturating_add(1),
            step: 1,
        }
    }

    /// `None` when the slice counts from the array's end; a step of 0 selects nothing.
    pub(crate) fn slice(start: Option<i64>, end: Option<i64>, step: Option<i64>) -> Option<Self> {
        let step = u64::try_from(step.unwrap_or(1)).ok()?;
        if step == 0 {
            return Some(Self {
                start: 0,
                end: 0,
                step: 1,
            });
        }
        let start = u64::try_from(start.unwrap_or(0)).ok()?;
        let end = end.map_or(Ok(u64::MAX), u64::try_from).ok()?;
        Some(Self { start, end, step })
    }

    pub(crate) const fn holds(&self, index: u64) -> bool {
        index >= self.start && index < self.end && (index - self.start).is_multiple_of(self.step)
    }
}

/// Indexes that only an array's length settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FromEnd {
    /// A negative index.
    Index(i64),
    /// Start, end, step; a bound is negative or the step is.
    Slice(Option<i64>, Option<i64>, i64),
}

impl FromEnd {
    /// True when element `index` of an array of `length` is selected.
    pub(crate) fn holds(self, index: u64, length: u64) -> bool {
        let (index, length) = (i128::from(index), i128::from(length));
        let from_start = |bound: i64| match i128::from(bound) {
            bound @ ..0 => length + bound,
            bound => bound,
        };
        match self {
            Self::Index(wanted) => index == from_start(wanted),
            Self::Slice(start, end, step) if step > 0 => {
                let lower = start.map_or(0, from_start).clamp(0, length);
                let upper = end.map_or(length, from_start).clamp(0, length);
                index >= lower && index < upper && (index - lower) % i128::from(step) == 0
            }
            Self::Slice(start, end, step) if step < 0 => {
                let upper = start.map_or(length - 1, from_start).clamp(-1, length - 1);
                let lower = end.map_or(-1, from_start).clamp(-1, length - 1);
                index <= upper && index > lower && (upper - index) % i128::from(step) == 0
            }
            Self::Slice(..) => false,
        }
    }
}

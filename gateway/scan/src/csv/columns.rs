//! Which columns which rules take.

/// The columns that rules name, by name and by number.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    by_name: Vec<(String, usize)>,
    /// From 1.
    by_number: Vec<(u32, usize)>,
}

/// The columns that are taken in one document, by place; the first rule of the policy takes one.
#[derive(Debug, Default, Clone)]
pub(super) struct Taken {
    rules: Vec<Option<usize>>,
    /// Which names of [`Columns`] the header has.
    found: Vec<usize>,
}

impl Columns {
    pub(crate) fn new(by_name: Vec<(String, usize)>, by_number: Vec<(u32, usize)>) -> Self {
        Self { by_name, by_number }
    }

    /// Whether a header must be read to know which columns are taken.
    pub(super) fn are_named(&self) -> bool {
        !self.by_name.is_empty()
    }

    /// What is taken whatever the header says.
    pub(super) fn by_number(&self) -> Taken {
        let mut taken = Taken::default();
        for &(number, rule) in &self.by_number {
            taken.take(number.saturating_sub(1) as usize, rule);
        }
        taken
    }
}

impl Taken {
    /// Adds what is taken because column `place` has this name.
    pub(super) fn add_name(&mut self, columns: &Columns, place: usize, name: &[u8]) {
        for (index, (own, rule)) in columns.by_name.iter().enumerate() {
            if own.as_bytes() == name {
                self.take(place, *rule);
                self.found.push(index);
            }
        }
    }

    /// Whether the header had every name.
    pub(super) fn has_all(&self, columns: &Columns) -> bool {
        (0..columns.by_name.len()).all(|index| self.found.contains(&index))
    }

    fn take(&mut self, place: usize, rule: usize) {
        if self.rules.len() <= place {
            self.rules.resize(place + 1, None);
        }
        if let Some(taken) = self.rules.get_mut(place) {
            *taken = Some(taken.map_or(rule, |first| first.min(rule)));
        }
    }

    /// The rule that takes this column.
    #[inline(always)]
    pub(super) fn rule(&self, place: usize) -> Option<usize> {
        self.rules.get(place).copied().flatten()
    }

    /// How many columns there are up to the last that is taken.
    #[inline(always)]
    pub(super) fn count(&self) -> usize {
        self.rules.len()
    }
}

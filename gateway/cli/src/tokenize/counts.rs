//! What came of a document.

use rewrite::Coverage;

/// Counts of one document; never a value.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Bytes that were read.
    pub(crate) read: u64,
    /// Tokens that were made, by class.
    pub(crate) tokens: Vec<(String, u64)>,
    /// Values that were tokens already, or that the policy keeps readable.
    pub(crate) kept: u64,
}

impl Counts {
    pub(crate) fn of(coverage: &Coverage, read: u64) -> Self {
        let tokens = coverage.tokens().into_iter();
        Self {
            read,
            tokens: tokens
                .map(|(class, count)| (class.to_owned(), count))
                .collect(),
            kept: coverage.kept(),
        }
    }

    /// Adds tokens of a class.
    pub(crate) fn add_tokens(&mut self, class: &str, count: u64) {
        match self.tokens.iter_mut().find(|(name, _)| name == class) {
            Some((_, tokens)) => *tokens += count,
            None => self.tokens.push((class.to_owned(), count)),
        }
    }

    /// Adds what came of another document.
    pub(crate) fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.kept += other.kept;
        for (class, count) in &other.tokens {
            self.add_tokens(class, *count);
        }
    }
}

//! What was inspected, and what became of what was found.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use policies::Policy;

/// Counts of one body, by rule; never a value. Shared between who rewrites and who reports.
#[derive(Debug)]
pub struct Coverage {
    policy: Arc<Policy>,
    /// By the rule's place in the policy.
    rules: Box<[RuleCounts]>,
    inspected: AtomicU64,
    shadow: bool,
}

#[derive(Debug, Default)]
struct RuleCounts {
    found: AtomicU64,
    tokenized: AtomicU64,
    kept: AtomicU64,
}

/// What one rule came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleCoverage<'a> {
    /// The rule's name.
    pub rule: &'a str,
    /// Its class's name.
    pub class: &'a str,
    /// Values that it took.
    pub found: u64,
    /// Of these, those that became tokens.
    pub tokenized: u64,
    /// Of these, those that stayed: tokens of their class already, or of a class of kind `keep`.
    pub kept: u64,
    /// Of these, those that stayed plain: a shadow only looks.
    pub left: u64,
}

impl Coverage {
    /// Nothing yet. `shadow`: what is found stays as it is.
    #[must_use]
    pub fn new(policy: Arc<Policy>, shadow: bool) -> Arc<Self> {
        let rules = policy
            .rules()
            .iter()
            .map(|_| RuleCounts::default())
            .collect();
        Arc::new(Self {
            policy,
            rules,
            inspected: AtomicU64::new(0),
            shadow,
        })
    }

    /// Bytes that were scanned, after decoding.
    #[must_use]
    pub fn inspected(&self) -> u64 {
        self.inspected.load(Ordering::Relaxed)
    }

    /// Whether what is found stays as it is.
    #[must_use]
    pub fn is_shadow(&self) -> bool {
        self.shadow
    }

    /// The rules that took something, in the policy's order.
    pub fn rules(&self) -> impl Iterator<Item = RuleCoverage<'_>> {
        let rules = self.policy.rules().iter().zip(&self.rules);
        rules.filter_map(|(rule, counts)| {
            let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
            let found = count(&counts.found);
            (found > 0).then(|| RuleCoverage {
                rule: &rule.name,
                class: self.policy.class(rule.class).name.as_str(),
                found,
                tokenized: count(&counts.tokenized),
                kept: count(&counts.kept),
                left: if self.shadow { found } else { 0 },
            })
        })
    }

    /// Tokens by class, each class once, in the policy's order.
    #[must_use]
    pub fn tokens(&self) -> Vec<(&str, u64)> {
        let mut classes: Vec<(&str, u64)> = Vec::new();
        for rule in self.rules().filter(|rule| rule.tokenized > 0) {
            match classes.iter_mut().find(|(class, _)| *class == rule.class) {
                Some((_, count)) => *count += rule.tokenized,
                None => classes.push((rule.class, rule.tokenized)),
            }
        }
        classes
    }

    /// Values that stayed: tokens already, or of kind `keep`.
    #[must_use]
    pub fn kept(&self) -> u64 {
        self.rules().map(|rule| rule.kept).sum()
    }

    pub(crate) fn add_inspected(&self, bytes: usize) {
        self.inspected.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Adds what was counted, and counts anew.
    pub(crate) fn add(&self, tally: &mut Tally) {
        for (counts, rule) in self.rules.iter().zip(&mut tally.0) {
            let rule = std::mem::take(rule);
            if rule.found > 0 {
                counts.found.fetch_add(rule.found, Ordering::Relaxed);
                counts
                    .tokenized
                    .fetch_add(rule.tokenized, Ordering::Relaxed);
                counts.kept.fetch_add(rule.kept, Ordering::Relaxed);
            }
        }
    }
}

/// What became of one piece's values, by rule: counted here first, since counters that threads
/// share cost more than all else that is done for a value's place.
#[derive(Debug, Default)]
pub(crate) struct Tally(Vec<RuleTally>);

#[derive(Debug, Default, Clone)]
struct RuleTally {
    found: u64,
    tokenized: u64,
    kept: u64,
}

impl Tally {
    /// None yet, for a policy with so many rules.
    pub(crate) fn new(rules: usize) -> Self {
        Self(vec![RuleTally::default(); rules])
    }

    pub(crate) fn count(&mut self, rule: usize, what: Became) {
        let Some(counts) = self.0.get_mut(rule) else {
            return;
        };
        counts.found += 1;
        match what {
            Became::Token => counts.tokenized += 1,
            Became::Kept => counts.kept += 1,
            Became::Nothing => {}
        }
    }
}

/// What became of a value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Became {
    Token,
    /// It was one.
    Kept,
    /// It was only seen.
    Nothing,
}

/// `rule=found/tokenized/kept/left`, one after the other; rules without a find are left out.
impl fmt::Display for Coverage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, rule) in self.rules().enumerate() {
            let between = if index > 0 { "; " } else { "" };
            write!(
                formatter,
                "{between}{} ({}): found={} tokenized={} kept={} left={}",
                rule.rule, rule.class, rule.found, rule.tokenized, rule.kept, rule.left
            )?;
        }
        Ok(())
    }
}

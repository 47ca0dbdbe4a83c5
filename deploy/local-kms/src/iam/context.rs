//! The facts of one request that conditions and policy variables look at.

use std::collections::BTreeMap;

/// Condition keys with their values. Names of keys are not case-sensitive, values are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// Adds a value: a key that has one already then has several.
    pub(crate) fn add(&mut self, key: &str, value: impl Into<String>) {
        self.0
            .entry(key.to_ascii_lowercase())
            .or_default()
            .push(value.into());
    }

    /// All values of a key; none when the request does not have it.
    pub(crate) fn get(&self, key: &str) -> &[String] {
        match self.0.get(key) {
            Some(values) => values,
            None => self
                .0
                .get(&key.to_ascii_lowercase())
                .map_or(&[], Vec::as_slice),
        }
    }

    /// Takes over all that the other context has.
    pub(crate) fn extend(&mut self, other: &Context) {
        for (key, values) in &other.0 {
            self.0
                .entry(key.clone())
                .or_default()
                .extend(values.iter().cloned());
        }
    }
}

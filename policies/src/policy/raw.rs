//! The policy as YAML spells it. Choices are texts here, so that all faulty ones are reported at once.

use crate::units::Size;
use crate::yaml::{Entries, Spanned};
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use std::fmt;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    pub(super) version: Spanned<u64>,
    pub(super) classes: Spanned<Entries<Class>>,
    pub(super) rules: Spanned<Vec<Rule>>,
    pub(super) malformed: Option<Malformed>,
    pub(super) json: Option<Json>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Class {
    pub(super) kind: Spanned<String>,
    pub(super) key: Spanned<String>,
    pub(super) too_long: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) name: Option<Spanned<String>>,
    pub(super) select: Spanned<Select>,
    pub(super) class: Spanned<String>,
    pub(super) null: Option<Spanned<String>>,
}

/// One selector or a list of them.
#[derive(Debug)]
pub(super) enum Select {
    /// Its place is that of the whole.
    One(String),
    List(Vec<Spanned<String>>),
}

impl<'de> Deserialize<'de> for Select {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SelectVisitor)
    }
}

struct SelectVisitor;

impl<'de> Visitor<'de> for SelectVisitor {
    type Value = Select;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSONPath or a list of them")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Select, E> {
        Ok(Select::One(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Select, A::Error> {
        let mut selectors = Vec::new();
        while let Some(selector) = list.next_element()? {
            selectors.push(selector);
        }
        Ok(Select::List(selectors))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Malformed {
    pub(super) status: Spanned<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Json {
    pub(super) max_depth: Option<Spanned<u64>>,
    pub(super) max_key_bytes: Option<Spanned<Size>>,
    pub(super) max_value_bytes: Option<Spanned<Size>>,
    pub(super) max_buffer_bytes: Option<Spanned<Size>>,
}

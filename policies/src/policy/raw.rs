//! The policy as YAML spells it. Choices are texts here, so that all faulty ones are reported at once.

use crate::units::{Size, Span};
use crate::yaml::{Entries, OneOrMany, Spanned};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use std::fmt;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    pub(super) version: Spanned<u64>,
    pub(super) classes: Spanned<Entries<Class>>,
    pub(super) rules: Spanned<Vec<Rule>>,
    pub(super) tenant: Option<Spanned<String>>,
    pub(super) records: Option<Records>,
    pub(super) malformed: Option<Malformed>,
    pub(super) json: Option<Json>,
    pub(super) csv: Option<Csv>,
    pub(super) form: Option<Form>,
    pub(super) xml: Option<Xml>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Class {
    pub(super) kind: Spanned<String>,
    pub(super) key: Option<Spanned<String>>,
    pub(super) key_version: Option<Spanned<u64>>,
    pub(super) too_long: Option<Spanned<String>>,
    pub(super) misfit: Option<Spanned<String>>,
    // envelope, vault
    pub(super) views: Option<Spanned<Entries<View>>>,
    // envelope
    pub(super) stored: Option<Spanned<bool>>,
    // fpe, vault
    pub(super) alphabet: Option<Spanned<String>>,
    pub(super) characters: Option<Spanned<String>>,
    pub(super) outside: Option<Spanned<String>>,
    pub(super) case: Option<Spanned<String>>,
    pub(super) luhn: Option<Spanned<String>>,
    pub(super) marker: Option<Spanned<String>>,
    pub(super) marker_place: Option<Spanned<String>>,
    pub(super) min_length: Option<Spanned<u64>>,
    pub(super) max_length: Option<Spanned<u64>>,
    // fpe, vault, mask
    pub(super) keep_first: Option<Spanned<u64>>,
    pub(super) keep_last: Option<Spanned<u64>>,
    // vault
    pub(super) format: Option<Spanned<String>>,
    pub(super) prefix: Option<Spanned<String>>,
    pub(super) index_key: Option<Spanned<String>>,
    pub(super) deterministic: Option<Spanned<bool>>,
    pub(super) time_to_live: Option<Spanned<Span>>,
    pub(super) renew: Option<Spanned<bool>>,
    // vault, hmac, mask
    pub(super) length: Option<Spanned<u64>>,
    // hmac, bucket
    pub(super) output: Option<Spanned<String>>,
    // date
    pub(super) max_days: Option<Spanned<u64>>,
    // date, bucket
    pub(super) order: Option<Spanned<String>>,
    // bucket
    pub(super) width: Option<Spanned<u64>>,
    pub(super) edges: Option<Spanned<Vec<i64>>>,
    pub(super) unit: Option<Spanned<String>>,
    // mask
    pub(super) with: Option<Spanned<String>>,
    pub(super) separators: Option<Spanned<bool>>,
    // redact
    pub(super) replace: Option<Spanned<String>>,
    pub(super) constant: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct View {
    pub(super) key: Spanned<String>,
    pub(super) keep_first: Option<Spanned<u64>>,
    pub(super) keep_last: Option<Spanned<u64>>,
    pub(super) part: Option<Spanned<String>>,
    pub(super) unit: Option<Spanned<String>>,
    pub(super) order: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) name: Option<Spanned<String>>,
    pub(super) select: Option<Spanned<OneOrMany<String>>>,
    pub(super) columns: Option<Spanned<OneOrMany<Column>>>,
    pub(super) fields: Option<Spanned<OneOrMany<String>>>,
    pub(super) xpath: Option<Spanned<OneOrMany<String>>>,
    pub(super) headers: Option<Spanned<OneOrMany<String>>>,
    pub(super) query: Option<Spanned<OneOrMany<String>>>,
    pub(super) path: Option<Spanned<OneOrMany<String>>>,
    pub(super) detect: Option<Spanned<OneOrMany<Detect>>>,
    pub(super) class: Spanned<String>,
    pub(super) subject: Option<Spanned<String>>,
    pub(super) null: Option<Spanned<String>>,
}

/// A column of a CSV document.
#[derive(Debug, Clone)]
pub(super) enum Column {
    Number(u64),
    Name(String),
}

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ColumnVisitor)
    }
}

struct ColumnVisitor;

impl Visitor<'_> for ColumnVisitor {
    type Value = Column;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a column's name or number")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Column, E> {
        Ok(Column::Name(name.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Column, E> {
        Ok(Column::Number(number))
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Name(name) => write!(f, "{name:?}"),
        }
    }
}

/// What a rule looks for: a built-in detector's name, or more.
#[derive(Debug, Clone)]
pub(super) enum Detect {
    Name(String),
    More(Box<DetectMore>),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DetectMore {
    pub(super) built_in: Option<Spanned<String>>,
    pub(super) pattern: Option<Spanned<String>>,
    pub(super) checksum: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) context: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) never: Vec<Spanned<String>>,
}

impl<'de> Deserialize<'de> for Detect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DetectVisitor)
    }
}

struct DetectVisitor;

impl<'de> Visitor<'de> for DetectVisitor {
    type Value = Detect;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a detector's name, or a mapping with `built_in` or `pattern`")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Detect, E> {
        Ok(Detect::Name(name.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Detect, A::Error> {
        let more = DetectMore::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Detect::More(Box::new(more)))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Records {
    pub(super) select: Option<Spanned<OneOrMany<String>>>,
    pub(super) xpath: Option<Spanned<OneOrMany<String>>>,
    pub(super) max_bytes: Option<Spanned<Size>>,
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Csv {
    pub(super) delimiter: Option<Spanned<String>>,
    pub(super) header: Option<bool>,
    pub(super) strict: Option<bool>,
    pub(super) missing_columns: Option<Spanned<String>>,
    pub(super) max_field_bytes: Option<Spanned<Size>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    pub(super) max_name_bytes: Option<Spanned<Size>>,
    pub(super) max_value_bytes: Option<Spanned<Size>>,
    pub(super) other_parts: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Xml {
    pub(super) namespaces: Option<Entries<Spanned<String>>>,
    pub(super) max_depth: Option<Spanned<u64>>,
    pub(super) max_name_bytes: Option<Spanned<Size>>,
    pub(super) max_tag_bytes: Option<Spanned<Size>>,
    pub(super) max_value_bytes: Option<Spanned<Size>>,
}

//! One thing, or a list of them.

use serde::de::value::{MapAccessDeserializer, StrDeserializer, U64Deserializer};
use serde::de::{
    Deserialize, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde_saphyr::Spanned;
use std::fmt;
use std::marker::PhantomData;

/// A text, number or mapping that may stand alone or in a list.
#[derive(Debug, Clone)]
pub enum OneOrMany<T> {
    /// Its place is that of the whole.
    One(T),
    /// As many as there are, also none.
    Many(Vec<Spanned<T>>),
}

impl<T: Clone> OneOrMany<T> {
    /// All of them, each with its place.
    pub fn list(whole: &Spanned<Self>) -> Vec<Spanned<T>> {
        match &whole.value {
            Self::One(one) => vec![Spanned::new(one.clone(), whole.referenced, whole.defined)],
            Self::Many(many) => many.clone(),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor(PhantomData))
    }
}

struct OneOrManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrManyVisitor<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one of them or a list of them")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let one: StrDeserializer<'_, E> = text.into_deserializer();
        T::deserialize(one).map(OneOrMany::One)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        let one: U64Deserializer<E> = number.into_deserializer();
        T::deserialize(one).map(OneOrMany::One)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(OneOrMany::One)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut many = Vec::new();
        while let Some(each) = list.next_element()? {
            many.push(each);
        }
        Ok(OneOrMany::Many(many))
    }
}

//! The id of a request, in answers, logs and upstream requests.

use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::{Builder, Uuid, fmt::Hyphenated};

thread_local! {
    /// A keyed function over a counter takes the place of a random number: the key is the
    /// system's randomness, and a system call for each request is saved. Ids are unique; nothing
    /// rests on whether they can be guessed.
    static SEQUENCE: (RandomState, Cell<u64>) = (RandomState::new(), Cell::new(0));
}

/// The header that carries the id, in and out.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// A UUID in its usual form, 36 characters of lower-case hex and hyphens.
///
/// Nothing else is accepted from outside: an id goes into logs, so a free text would let a
/// client write a card number there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RequestId([u8; Hyphenated::LENGTH]);

impl RequestId {
    /// A new id: UUID version 7, so that ids sort by time.
    #[expect(clippy::new_without_default, reason = "each call gives another id")]
    pub fn new() -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let millis = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        let (first, second) = SEQUENCE.with(|(key, counter)| {
            let number = counter.get();
            counter.set(number.wrapping_add(1));
            (key.hash_one((number, 0_u8)), key.hash_one((number, 1_u8)))
        });
        let mut random = [0; 10];
        let bytes = first.to_ne_bytes().into_iter().chain(second.to_ne_bytes());
        random
            .iter_mut()
            .zip(bytes)
            .for_each(|(to, from)| *to = from);
        Self::from_uuid(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// The caller's id when `trusted` says that a proxy of ours sent it and it is a single
    /// well-formed UUID; else a new one.
    pub fn choose(headers: &HeaderMap, trusted: bool) -> Self {
        if !trusted {
            return Self::new();
        }
        let mut values = headers.get_all(HEADER).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => Self::parse(value.as_bytes()).unwrap_or_else(Self::new),
            _ => Self::new(),
        }
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let hyphenated = text.len() == Hyphenated::LENGTH;
        let uuid = Uuid::try_parse_ascii(text).ok()?;
        hyphenated.then(|| Self::from_uuid(uuid))
    }

    fn from_uuid(uuid: Uuid) -> Self {
        let mut text = [0; Hyphenated::LENGTH];
        uuid.hyphenated().encode_lower(&mut text);
        Self(text)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The id as a header value.
    pub fn header_value(&self) -> HeaderValue {
        HeaderValue::from_bytes(&self.0).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn choose(values: &[&str], trusted: bool) -> String {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, value.parse().unwrap());
        }
        RequestId::choose(&headers, trusted).to_string()
    }

    #[test]
    fn new_ids_are_version_7_and_unique_across_threads() {
        let make = || {
            (0..2000)
                .map(|_| RequestId::new().to_string())
                .collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(make)).collect();
        let ids = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap());
        let ids: std::collections::HashSet<String> = ids.collect();
        assert_eq!(ids.len(), 8000);
        for id in ids {
            let uuid = Uuid::try_parse(&id).unwrap();
            assert_eq!(
                (uuid.get_version_num(), uuid.get_variant()),
                (7, uuid::Variant::RFC4122)
            );
        }
    }

    #[test]
    fn takes_a_trusted_uuid_and_nothing_else() {
        let uuid = "0196a1b2-0000-7000-8000-0123456789ab";
        assert_eq!(choose(&[uuid], true), uuid);
        assert_eq!(
            choose(&["0196A1B2-0000-7000-8000-0123456789AB"], true),
            uuid
        );
        assert_ne!(choose(&[uuid], false), uuid);
        assert_ne!(choose(&[uuid, uuid], true), uuid);
        for bad in [
            "4111111111111111",
            "0196a1b200007000800001234567890ab",
            "",
            "{}",
        ] {
            assert_ne!(choose(&[bad], true), bad);
            assert_eq!(choose(&[bad], true).len(), 36);
        }
    }
}

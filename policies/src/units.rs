//! Sizes and durations as configurations spell them.

#[cfg(test)]
mod tests;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::time::Duration;

/// What a [`Size`] may look like, for messages.
const SIZE_RULE: &str = "a size such as `64KiB` or `1MiB`, or a number of bytes";
/// What a [`Span`] may look like, for messages.
const SPAN_RULE: &str = "a duration such as `500ms`, `30s`, `10m` or `1h30m`";

const SIZE_UNITS: &[(&str, u64)] = &[
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
];

const SPAN_UNITS: &[(&str, u64)] = &[
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// A number of bytes: `4096`, `64KiB`, `1MB`. Binary units count by 1024, decimal ones by 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(pub u64);

/// A length of time: `500ms`, `30s`, `10m`, `1h30m`, `2d`. A bare number is refused: of what?
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub Duration);

/// The text is no size, or no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write {0}")]
pub struct UnitError(&'static str);

impl Size {
    /// In bytes, at most `usize::MAX`.
    pub fn bytes(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        span.0
    }
}

impl FromStr for Size {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        if let Some(bytes) = whole(text) {
            return Ok(Self(bytes));
        }
        match amount(text, SIZE_UNITS) {
            Some((bytes, _, "")) => Ok(Self(bytes)),
            _ => Err(UnitError(SIZE_RULE)),
        }
    }
}

impl FromStr for Span {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let (mut total, mut largest, mut rest) = (0_u64, u64::MAX, text);
        loop {
            let (millis, unit, after) = amount(rest, SPAN_UNITS).ok_or(UnitError(SPAN_RULE))?;
            // each unit once, from large to small: `30m1h` is more likely a slip than meant
            if unit >= largest {
                return Err(UnitError(SPAN_RULE));
            }
            total = total.checked_add(millis).ok_or(UnitError(SPAN_RULE))?;
            (largest, rest) = (unit, after);
            if rest.is_empty() {
                return Ok(Self(Duration::from_millis(total)));
            }
        }
    }
}

/// A number and its unit at the beginning of `text`: the product, the unit, and what follows.
fn amount<'a>(text: &'a str, units: &[(&str, u64)]) -> Option<(u64, u64, &'a str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, rest) = text.split_at_checked(digits)?;
    let end = rest
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(rest.len());
    let (unit, after) = rest.split_at_checked(end)?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    Some((whole(number)?.checked_mul(*factor)?, *factor, after))
}

/// Digits only: `u64::from_str` would let a plus sign pass.
fn whole(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

impl fmt::Display for Size {
    /// In the largest binary unit that divides it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let binary = [
            ("TiB", 1_u64 << 40),
            ("GiB", 1 << 30),
            ("MiB", 1 << 20),
            ("KiB", 1 << 10),
        ];
        let fits = |unit: u64| self.0 >= unit && self.0.is_multiple_of(unit);
        match binary.iter().find(|(_, unit)| fits(*unit)) {
            Some((name, unit)) => write!(f, "{}{name}", self.0 / unit),
            None => write!(f, "{}B", self.0),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_millis();
        if rest == 0 {
            return f.write_str("0s");
        }
        for (name, unit) in SPAN_UNITS.iter().rev() {
            let count = rest / u128::from(*unit);
            if count > 0 {
                write!(f, "{count}{name}")?;
            }
            rest %= u128::from(*unit);
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(UnitVisitor {
            rule: SIZE_RULE,
            unit: PhantomData,
        })
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(UnitVisitor {
            rule: SPAN_RULE,
            unit: PhantomData,
        })
    }
}

struct UnitVisitor<T> {
    rule: &'static str,
    unit: PhantomData<T>,
}

impl<T: FromStr> Visitor<'_> for UnitVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse()
            .map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

//! `versions_by_alias`: KMS aliases that end in a version's number.

use std::fmt;

/// Longest name of an alias in KMS, in bytes.
const MAX_ALIAS_BYTES: usize = 256;
/// Bytes of the longest number of a version.
const MAX_NUMBER_BYTES: usize = 5;

/// Names of KMS aliases with a version's number at the end: `alias/veilgate-payments-*`.
///
/// What is before the `*` does not end in a digit, so that an alias has one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasPattern {
    /// With `alias/`, without `*`.
    prefix: String,
}

/// How an alias's name fits a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Version(u16),
    /// Digits that are no version's number: a leading zero, or out of range.
    OtherDigits,
}

impl AliasPattern {
    /// `None` when `text` is not `alias/`, the beginning of a name that a customer's alias can have,
    /// and one `*` at the end.
    pub fn new(text: &str) -> Option<Self> {
        let prefix = text.strip_suffix('*')?;
        let name = prefix.strip_prefix("alias/")?;
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte);
        let good = !name.is_empty()
            && name.bytes().all(inside)
            && !name.ends_with(|last: char| last.is_ascii_digit())
            && !name.starts_with("aws/")
            && prefix.len() <= MAX_ALIAS_BYTES - MAX_NUMBER_BYTES;
        good.then(|| Self {
            prefix: prefix.to_owned(),
        })
    }

    /// The version that an alias of this name (`alias/…`) is for: 1 to 65535 without leading zero.
    pub fn version(&self, alias: &str) -> Option<u16> {
        match self.fit(alias)? {
            Fit::Version(number) => Some(number),
            Fit::OtherDigits => None,
        }
    }

    /// Whether an alias of this name looks as if it were for a version, but has a number that no
    /// version can have, such as `01` or `65536`.
    pub fn almost(&self, alias: &str) -> bool {
        self.fit(alias) == Some(Fit::OtherDigits)
    }

    /// The name of the alias for a version.
    pub fn alias(&self, version: u16) -> String {
        format!("{}{version}", self.prefix)
    }

    fn fit(&self, alias: &str) -> Option<Fit> {
        let digits = alias.strip_prefix(&self.prefix)?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number = digits.parse().ok().filter(|_| !digits.starts_with('0'));
        Some(number.map_or(Fit::OtherDigits, Fit::Version))
    }
}

impl fmt::Display for AliasPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}*", self.prefix)
    }
}

//! Value types, token formats and key identifiers.

use std::fmt;
use thiserror::Error;

/// What a value was before it became a token (section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum ValueType {
    /// A JSON string, unescaped; any text elsewhere.
    Text = 0,
    /// A JSON number, as it was spelled.
    Number = 1,
    /// `true` or `false`.
    Boolean = 2,
    /// A JSON object, as it was spelled.
    Object = 3,
    /// A JSON array, as it was spelled.
    Array = 4,
    /// `null`.
    Null = 5,
}

impl ValueType {
    /// Every value type, in the order of their codes.
    pub const ALL: [Self; 6] = [
        Self::Text,
        Self::Number,
        Self::Boolean,
        Self::Object,
        Self::Array,
        Self::Null,
    ];

    /// The byte that stands for this type in a token.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The type's name, as tools and test vectors print it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::Array => "array",
            Self::Null => "null",
        }
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A type byte that this version of the format does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("unknown value type {0}")]
pub struct UnknownValueType(pub u8);

impl TryFrom<u8> for ValueType {
    type Error = UnknownValueType;

    fn try_from(code: u8) -> Result<Self, Self::Error> {
        Self::ALL
            .get(usize::from(code))
            .copied()
            .ok_or(UnknownValueType(code))
    }
}

/// A token's format byte: the first of its head (section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Format {
    /// The value itself under RSAES-OAEP.
    Rsa = 1,
    /// AES-256-GCM under a data key that the head carries wrapped.
    Envelope = 2,
    /// AES-256-SIV under a symmetric key.
    Siv = 3,
    /// As [`Format::Envelope`], with the head in a vault.
    Stored = 4,
    /// As one of the two before, with views beside the value.
    Views = 5,
}

impl Format {
    /// The byte that stands for this format in a head.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// One version of a key or signer in the key ring.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId {
    /// The name in the key ring; 1 to 255 bytes in a token.
    pub name: Box<str>,
    /// The version in the key ring.
    pub version: u16,
}

impl KeyId {
    /// The version `version` of the key `name`.
    pub fn new(name: impl Into<Box<str>>, version: u16) -> Self {
        Self {
            name: name.into(),
            version,
        }
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} version {}", self.name, self.version)
    }
}

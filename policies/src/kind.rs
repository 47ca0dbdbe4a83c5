//! The kinds of token, each with its settings.

use crate::name::KeyName;
use shape::{Alphabet, Shape};
use std::sync::Arc;
use std::time::Duration;

/// A kind of token, with the settings of the class that has it. `docs/kinds.md` says what each is for
/// and what it gives away.
#[derive(Debug, Clone)]
pub enum Kind {
    /// RSAES-OAEP-SHA-256 of the value: up to 190 bytes under RSA-2048.
    Rsa {
        /// A public key.
        key: KeyName,
    },
    /// AES-256-GCM under an epoch's data key.
    Envelope {
        /// A public key.
        key: KeyName,
        /// Whether the vault keeps the epoch's head, so that tokens only name it.
        stored: bool,
    },
    /// AES-256-SIV (RFC 5297): the same value gets the same token.
    Siv {
        /// A symmetric key.
        key: KeyRef,
    },
    /// FF1 (SP 800-38G): a token in the value's format.
    Fpe {
        /// A symmetric key.
        key: KeyRef,
        /// Of values and tokens; can be turned back, and is never of fewer than a million tokens.
        shape: Arc<Shape>,
    },
    /// Drawn at random; the vault keeps the value, sealed.
    Vault(Box<VaultKind>),
    /// HMAC-SHA-256, which nothing turns back.
    Hmac {
        /// A symmetric key, or a MAC key that stays in KMS.
        key: KeyRef,
        /// How it is written.
        output: HmacOutput,
    },
    /// Moves dates by a secret number of days.
    Date {
        /// A symmetric key.
        key: KeyRef,
        /// By how much, and how dates are read.
        shift: DateShift,
    },
    /// A range that the value is in.
    Bucket(Bucket),
    /// The value with most of its characters covered.
    Mask(Mask),
    /// Something else in the value's place.
    Redact(Redact),
    /// The value itself: it is known, and stays readable on purpose.
    Keep,
}

/// A symmetric key: its newest version, or one that the class is fixed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRef {
    /// Its name in the key ring.
    pub name: KeyName,
    /// `None`: the newest.
    pub version: Option<u16>,
}

/// Tokens that a vault keeps.
#[derive(Debug, Clone)]
pub struct VaultKind {
    /// The public key that values are sealed under.
    pub key: KeyName,
    /// How values can be found again.
    pub index: VaultIndex,
    /// What tokens look like.
    pub format: VaultFormat,
    /// How long a token lives; `None`: until it is erased.
    pub time_to_live: Option<Duration>,
    /// Whether a value that comes again makes its token live anew. Only with
    /// [`VaultIndex::Deterministic`].
    pub renew: bool,
}

/// How a vault finds the token of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultIndex {
    /// It cannot.
    None,
    /// Each value gets a token each time; all of a value's can be erased together.
    Erasable(KeyRef),
    /// The same value gets the same token.
    Deterministic(KeyRef),
}

/// What drawn tokens look like.
#[derive(Debug, Clone)]
pub enum VaultFormat {
    /// As the value.
    Shape(Arc<Shape>),
    /// A UUID of version 4 (RFC 9562).
    Uuid,
    /// `prefix`, and so many characters of the alphabet.
    Random {
        /// What they begin with; may be empty.
        prefix: Box<str>,
        /// What the rest is drawn from.
        alphabet: Alphabet,
        /// How long the rest is, in characters.
        length: usize,
    },
}

/// How an HMAC is written, in full or shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HmacOutput {
    /// So many small hexadecimal digits, 16 to 64.
    Hex(usize),
    /// So many characters of base64url without padding, 11 to 43.
    Base64url(usize),
    /// So many decimal digits, 12 to 36.
    Digits(usize),
    /// A UUID of version 8 (RFC 9562, section 5.8).
    Uuid,
    /// A whole number from 0 to 2⁶³ − 1: in JSON a number.
    Integer,
}

/// By how much dates are moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateShift {
    /// By up to so many days, earlier or later, and by one day at least.
    pub max_days: u32,
    /// How `03/04/2026` is read.
    pub order: DateOrder,
}

/// Which comes first in a date written with numbers alone, its year last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateOrder {
    /// The day, as in most of the world.
    #[default]
    DayFirst,
    /// The month, as in the United States.
    MonthFirst,
}

impl DateOrder {
    /// As policies spell them.
    pub(crate) const NAMES: [(&str, Self); 2] = [
        ("day-first", Self::DayFirst),
        ("month-first", Self::MonthFirst),
    ];
}

/// Ranges of numbers or dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bucket {
    /// Ranges of numbers, of the same width, one of which begins at 0.
    Width {
        /// The width, at least 2: ranges of one number would be the numbers.
        width: u64,
        /// How they are written.
        output: BucketOutput,
    },
    /// Ranges of numbers between edges, of which there are one or more, ascending. Each belongs to
    /// the range that begins there.
    Edges {
        /// The edges.
        edges: Vec<i64>,
        /// How they are written.
        output: BucketOutput,
    },
    /// Spans of time.
    Time {
        /// Which.
        unit: TimeUnit,
        /// How `03/04/2026` is read.
        order: DateOrder,
    },
}

/// How a range of numbers is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BucketOutput {
    /// `30-39`, as a text; `<18` and `65+` at the ends.
    #[default]
    Range,
    /// Its lowest number, as a number in JSON. What lies below the first edge has none, and does not
    /// fit the class.
    Floor,
}

/// A span of time that dates are cut down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// `1980s`.
    Decade,
    /// `1984`.
    Year,
    /// `1984-Q3`.
    Quarter,
    /// `1984-09`.
    Month,
}

impl TimeUnit {
    /// As policies spell them.
    pub(crate) const NAMES: [(&str, Self); 4] = [
        ("decade", Self::Decade),
        ("year", Self::Year),
        ("quarter", Self::Quarter),
        ("month", Self::Month),
    ];
}

/// What is left to see of a value. When all of it would be, none is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mask {
    /// How many characters stay at the start.
    pub keep_first: usize,
    /// How many characters stay at the end.
    pub keep_last: usize,
    /// What covers the others.
    pub with: char,
    /// How many of them stand between what stays; `None`: as many as are covered.
    pub length: Option<usize>,
    /// Whether only letters and digits count and are covered, and all else stays.
    pub separators: bool,
}

/// What takes a value's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redact {
    /// `[NAME]`, with the class's name.
    Class,
    /// This text.
    Constant(Box<str>),
    /// `null` in JSON, nothing elsewhere.
    Drop,
}

impl Kind {
    /// The names of all kinds, as policies spell them.
    pub const NAMES: [&str; 11] = [
        "envelope", "rsa", "siv", "fpe", "vault", "hmac", "date", "bucket", "mask", "redact",
        "keep",
    ];

    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rsa { .. } => "rsa",
            Self::Envelope { .. } => "envelope",
            Self::Siv { .. } => "siv",
            Self::Fpe { .. } => "fpe",
            Self::Vault(_) => "vault",
            Self::Hmac { .. } => "hmac",
            Self::Date { .. } => "date",
            Self::Bucket(_) => "bucket",
            Self::Mask(_) => "mask",
            Self::Redact(_) => "redact",
            Self::Keep => "keep",
        }
    }

    /// The public key that values are sealed under.
    pub fn public_key(&self) -> Option<&KeyName> {
        match self {
            Self::Rsa { key } | Self::Envelope { key, .. } => Some(key),
            Self::Vault(vault) => Some(&vault.key),
            _ => None,
        }
    }

    /// The symmetric key that tokens are made with, or found.
    pub fn symmetric_key(&self) -> Option<&KeyRef> {
        match self {
            Self::Siv { key }
            | Self::Fpe { key, .. }
            | Self::Hmac { key, .. }
            | Self::Date { key, .. } => Some(key),
            Self::Vault(vault) => match &vault.index {
                VaultIndex::None => None,
                VaultIndex::Erasable(key) | VaultIndex::Deterministic(key) => Some(key),
            },
            _ => None,
        }
    }

    /// The names of all keys that the kind uses.
    pub fn keys(&self) -> impl Iterator<Item = &KeyName> {
        let symmetric = self.symmetric_key().map(|key| &key.name);
        self.public_key().into_iter().chain(symmetric)
    }

    /// Whether the value can be given back.
    pub fn is_reversible(&self) -> bool {
        matches!(
            self,
            Self::Rsa { .. }
                | Self::Envelope { .. }
                | Self::Siv { .. }
                | Self::Fpe { .. }
                | Self::Vault(_)
        )
    }

    /// Whether tokens tell by themselves what they are, wherever they stand. Others are turned back
    /// by the policy's rules, or by the class that a caller names.
    pub fn describes_itself(&self) -> bool {
        matches!(
            self,
            Self::Rsa { .. } | Self::Envelope { .. } | Self::Siv { .. }
        )
    }

    /// Whether a vault is needed.
    pub fn needs_vault(&self) -> bool {
        matches!(self, Self::Vault(_) | Self::Envelope { stored: true, .. })
    }

    /// Whether every value fits, so that the kind can stand in for another.
    pub fn takes_every_value(&self) -> bool {
        match self {
            Self::Envelope { .. }
            | Self::Siv { .. }
            | Self::Hmac { .. }
            | Self::Mask(_)
            | Self::Redact(_) => true,
            Self::Vault(vault) => !matches!(vault.format, VaultFormat::Shape(_)),
            // what does not fit another class must not stay readable for that
            Self::Keep => false,
            Self::Rsa { .. } | Self::Fpe { .. } | Self::Date { .. } | Self::Bucket(_) => false,
        }
    }
}

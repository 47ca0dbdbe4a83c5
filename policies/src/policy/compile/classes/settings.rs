//! The settings of one class, read as its kind asks for them.

use super::{key_name, raw};
use crate::diagnostic::{Code, Place};
use crate::kind::KeyRef;
use crate::name::KeyName;
use crate::yaml::{Report, Spanned, choice_help, list};
use std::ops::RangeInclusive;

/// Settings of what values and tokens look like.
const SHAPE: &[&str] = &[
    "alphabet",
    "characters",
    "outside",
    "case",
    "luhn",
    "marker",
    "marker_place",
    "min_length",
    "max_length",
    "keep_first",
    "keep_last",
    "misfit",
];

/// The settings of each kind, besides `kind`.
fn known(kind: &str) -> Vec<&'static str> {
    let (own, shape): (&[&str], &[&str]) = match kind {
        "rsa" => (&["key", "too_long"], &[]),
        "envelope" => (&["key", "stored", "views"], &[]),
        "siv" => (&["key", "key_version"], &[]),
        "fpe" => (&["key", "key_version"], SHAPE),
        "vault" => (
            &[
                "key",
                "format",
                "prefix",
                "length",
                "index_key",
                "key_version",
                "deterministic",
                "time_to_live",
                "renew",
                "views",
            ],
            SHAPE,
        ),
        "hmac" => (&["key", "key_version", "output", "length"], &[]),
        "date" => (&["key", "key_version", "max_days", "order", "misfit"], &[]),
        "bucket" => (
            &["width", "edges", "unit", "output", "order", "misfit"],
            &[],
        ),
        "mask" => (
            &["keep_first", "keep_last", "with", "length", "separators"],
            &[],
        ),
        "keep" => (&[], &[]),
        _ => (&["replace", "constant"], &[]),
    };
    [own, shape].concat()
}

/// One class as it is spelled, and the report that its faults go to.
pub(super) struct Settings<'a, 'r, 's> {
    pub(super) report: &'r mut Report<'s>,
    pub(super) raw: &'a raw::Class,
}

impl<'a, 'r, 's> Settings<'a, 'r, 's> {
    pub(super) fn new(report: &'r mut Report<'s>, raw: &'a raw::Class) -> Self {
        Self { report, raw }
    }

    /// The name of the class's kind.
    pub(super) fn kind(&self) -> &'a str {
        &self.raw.kind.value
    }

    /// Refuses settings that other kinds have and this one has not.
    pub(super) fn refuse_foreign(&mut self) {
        let kind = self.kind();
        let known = known(kind);
        for (name, place) in self.raw.given() {
            if !known.contains(&name) {
                let message = format!("kind `{kind}` has no setting `{name}`");
                let help = match known.as_slice() {
                    [] => "remove it; the kind has no settings".into(),
                    known => format!("remove it; the kind has {}", list(known)),
                };
                // `too_long` had its own code before there were other kinds
                let code = match name {
                    "too_long" => Code::TooLong,
                    _ => Code::KindSetting,
                };
                self.report.error(code, place, message, help);
            }
        }
    }

    /// The class's public key.
    pub(super) fn key(&mut self) -> Option<KeyName> {
        match &self.raw.key {
            Some(key) => key_name(self.report, key),
            None => {
                self.missing("key", "the name of a key of the key ring");
                None
            }
        }
    }

    /// The class's symmetric key.
    pub(super) fn key_ref(&mut self) -> Option<KeyRef> {
        let name = self.key();
        let version = self.key_version()?;
        Some(KeyRef {
            name: name?,
            version,
        })
    }

    /// `None` when it is faulty, `Some(None)` when the newest is meant.
    pub(super) fn key_version(&mut self) -> Option<Option<u16>> {
        let version = self.number("key_version", self.raw.key_version.as_ref(), 1..=65_535)?;
        Some(version.and_then(|version| u16::try_from(version).ok()))
    }

    /// A number in a range: `None` when it is faulty, `Some(None)` when it is not given.
    pub(super) fn number(
        &mut self,
        name: &str,
        raw: Option<&Spanned<u64>>,
        range: RangeInclusive<u64>,
    ) -> Option<Option<usize>> {
        let Some(raw) = raw else { return Some(None) };
        if !range.contains(&raw.value) {
            let message = format!("{} is not a value for `{name}`", raw.value);
            let help = format!("write a number from {} to {}", range.start(), range.end());
            self.report.error(Code::OutOfRange, raw, message, help);
            return None;
        }
        Some(usize::try_from(raw.value).ok())
    }

    /// One of a few words: `None` when it is faulty, the default when it is not given.
    pub(super) fn choice<T: Copy + Default>(
        &mut self,
        name: &str,
        raw: Option<&Spanned<String>>,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let Some(raw) = raw else {
            return Some(T::default());
        };
        let found = choices.iter().find(|(each, _)| *each == raw.value);
        if found.is_none() {
            let known: Vec<_> = choices.iter().map(|(each, _)| *each).collect();
            let message = format!("`{}` is not a value for `{name}`", raw.value);
            let help = choice_help(&raw.value, &known);
            self.report.error(Code::WrongValue, raw, message, help);
        }
        found.map(|(_, value)| *value)
    }

    /// Reports a setting that the kind needs.
    pub(super) fn missing(&mut self, name: &str, what: &str) {
        let message = format!("kind `{}` needs `{name}`", self.kind());
        let help = format!("add `{name}:` with {what}");
        self.report
            .error(Code::MissingField, &self.raw.kind, message, help);
    }

    /// Reports two settings of which one is too many.
    pub(super) fn conflict(&mut self, place: Place, message: &str, help: &str) {
        self.report.error(Code::KindSetting, place, message, help);
    }
}

impl raw::Class {
    /// The settings that are given, besides `kind`, with their places.
    fn given(&self) -> Vec<(&'static str, Place)> {
        macro_rules! given {
            ($($name:ident)*) => {
                [$((stringify!($name), self.$name.as_ref().map(Place::from)),)*]
            };
        }
        let all = given!(
            key key_version too_long misfit views stored alphabet characters outside case luhn marker
            marker_place min_length max_length keep_first keep_last format prefix index_key
            deterministic time_to_live renew length output max_days order width edges unit with
            separators replace constant
        );
        let given = all.into_iter();
        given
            .filter_map(|(name, place)| Some((name, place?)))
            .collect()
    }
}

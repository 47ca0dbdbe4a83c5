//! What a key ring gets: a new version of a key or signer, as lines for its file.

use std::path::Path;

use policies::{KeyDraft, KeyName, KeyRingDraft, KeySort};

use super::read_draft;
use super::yaml::scalar;
use crate::AnyError;

/// What a version is of. All versions of a key are of one sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    PublicKeys,
    WrappedKeys,
    MacKeys,
    Signers,
}

/// A version that the ring does not have yet.
pub(super) struct Addition<'a> {
    pub(super) ring: &'a Path,
    pub(super) name: &'a str,
    pub(super) version: u16,
    section: Section,
    heads: Heads,
}

/// How much of the file is to be written above the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heads {
    /// The key is there.
    None,
    /// The section is there.
    Name,
    /// The file is there.
    Section,
    File,
}

/// A key's name as the user gave it.
pub(super) fn name(given: &str) -> Result<KeyName, AnyError> {
    KeyName::new(given).ok_or_else(|| {
        format!(
            "`{given}` cannot name a key: write 1 to 64 ASCII letters, digits, `-`, `_` or `.`, beginning with a letter or a digit"
        )
        .into()
    })
}

impl<'a> Addition<'a> {
    /// The version `asked` for, or the next.
    ///
    /// # Errors
    /// When the ring cannot be read, has the version, or the key is of another sort.
    pub(super) fn new(
        ring: &'a Path,
        section: Section,
        name: &'a str,
        asked: Option<u16>,
    ) -> Result<Self, AnyError> {
        let read = read_draft(ring)?.map(|(_, draft)| draft);
        let (numbers, has_section) = match &read {
            None => (None, false),
            Some(ring) => (
                known(ring, section, name)?,
                section != Section::Signers || !ring.signers().is_empty(),
            ),
        };
        let heads = match (&read, &numbers, has_section) {
            (None, ..) => Heads::File,
            (Some(_), None, false) => Heads::Section,
            (Some(_), None, true) => Heads::Name,
            (Some(_), Some(_), _) => Heads::None,
        };
        let version = number(section, name, &numbers.unwrap_or_default(), asked)?;
        Ok(Self {
            ring,
            name,
            version,
            section,
            heads,
        })
    }

    /// Where the lines go.
    pub(super) fn place(&self) -> String {
        let (ring, section, name) = (self.ring.display(), self.section.head(), self.name);
        match self.heads {
            Heads::File => format!("write `{ring}`"),
            Heads::Section => format!("add to `{ring}`"),
            Heads::Name => format!("add to `{ring}`, under `{section}`"),
            Heads::None => format!("add to `{ring}`, under `{section}.{name}.versions`"),
        }
    }

    /// The lines, with these fields of the version.
    pub(super) fn lines(&self, fields: &[(&str, &str)]) -> String {
        let mut lines = String::new();
        if self.heads == Heads::File {
            lines.push_str("version: 1\n");
        }
        if matches!(self.heads, Heads::File | Heads::Section) {
            lines.push_str(&format!("{}:\n", self.section.head()));
        }
        if self.heads != Heads::None {
            lines.push_str(&format!("  {}:\n    versions:\n", scalar(self.name)));
        }
        lines.push_str(&format!("      - {}\n", entry(self.version, fields)));
        lines
    }
}

/// A version as one entry of a list.
pub(super) fn entry(version: u16, fields: &[(&str, &str)]) -> String {
    let fields = fields.iter();
    let fields = fields.map(|(name, value)| format!(", {name}: {}", scalar(value)));
    format!("{{ version: {version}{} }}", fields.collect::<String>())
}

impl Section {
    fn head(self) -> &'static str {
        match self {
            Self::Signers => "signers",
            Self::PublicKeys | Self::WrappedKeys | Self::MacKeys => "keys",
        }
    }

    /// What the ring has under the name; `None` when it is of this sort.
    fn other_sort(self, key: &KeyDraft) -> Option<&'static str> {
        let (is, what) = match key.sort() {
            Some(KeySort::Wrapped) => (Self::WrappedKeys, "a wrapped symmetric key"),
            Some(KeySort::Mac) => (Self::MacKeys, "a MAC key in KMS"),
            Some(KeySort::Public) => (Self::PublicKeys, "an RSA key"),
            None => {
                let what = "an RSA or MAC key (`versions_by_alias`)";
                return (self == Self::WrappedKeys).then_some(what);
            }
        };
        (is != self).then_some(what)
    }
}

/// The versions that the ring has of it, ascending; `None` when it does not have it.
fn known(ring: &KeyRingDraft, section: Section, name: &str) -> Result<Option<Vec<u16>>, AnyError> {
    if section == Section::Signers {
        let signer = ring.signer(name);
        return Ok(signer.map(|signer| signer.versions.iter().map(|each| each.version).collect()));
    }
    let Some(key) = ring.key(name) else {
        return Ok(None);
    };
    if let Some(what) = section.other_sort(key) {
        return Err(format!(
            "key {name} is {what} in the key ring, in all its versions: give another `--key`"
        )
        .into());
    }
    Ok(Some(key.versions.iter().map(|each| each.version).collect()))
}

/// The new version's number.
fn number(
    section: Section,
    name: &str,
    known: &[u16],
    asked: Option<u16>,
) -> Result<u16, AnyError> {
    let what = match section {
        Section::Signers => "signer",
        Section::PublicKeys | Section::WrappedKeys | Section::MacKeys => "key",
    };
    match (asked, known.last()) {
        (Some(number), _) if known.contains(&number) => Err(format!(
            "{what} {name} has version {number} in the key ring already: leave `--version` out for the next"
        )
        .into()),
        (Some(number), _) => Ok(number),
        (None, None) => Ok(1),
        (None, Some(newest)) => newest.checked_add(1).ok_or_else(|| {
            format!(
                "{what} {name} has no version left: give `--version` a number that was never used"
            )
            .into()
        }),
    }
}

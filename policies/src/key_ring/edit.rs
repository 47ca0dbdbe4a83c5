//! New versions in a key ring's text: lines are put in, and nothing else of the file changes.
//!
//! Where they go is found from the places that the YAML parser gives, and is a guess about layout.
//! So the new text is compiled, and is only taken when it says what the old one said and the new
//! versions.

mod flow;
mod lines;
#[cfg(test)]
mod tests;

use super::{KeyDraft, KeyVersion, draft_key_ring, raw};
use crate::name::KeyName;
use crate::yaml::Source;
use std::fmt;

use lines::Lines;

/// A version that a key gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVersion {
    /// A key of the ring.
    pub key: KeyName,
    /// What the ring has afterwards; paths are joined to the folder of the ring's file.
    pub version: KeyVersion,
    /// How the file spells it: a mapping in flow style, `{ version: 2, … }`.
    pub entry: String,
}

/// The text has a layout in which the place of a new version is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotEditable;

impl fmt::Display for NotEditable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the file is laid out in a way that cannot be edited line by line")
    }
}

impl std::error::Error for NotEditable {}

/// The text of the key ring `file` with these versions, whose keys and signers are otherwise those of
/// `yaml`. Only adds characters: what was there stays byte for byte, comments too.
///
/// # Errors
/// When the text is no key ring, or has a layout (anchors, a flow mapping without `versions`) in
/// which that cannot be done, or when it has one of the versions.
pub fn add_versions(file: &str, yaml: &str, new: &[NewVersion]) -> Result<String, NotEditable> {
    let before = draft_key_ring(file, yaml).map_err(|_| NotEditable)?;
    let mut expected = before.clone();
    let mut text = yaml.to_owned();
    for key in &mut expected.keys {
        let added: Vec<_> = new.iter().filter(|each| each.key == key.name).collect();
        if added.is_empty() {
            continue;
        }
        let entries: Vec<_> = added.iter().map(|each| each.entry.as_str()).collect();
        text = add(file, &text, key, &entries).ok_or(NotEditable)?;
        let versions = added.into_iter().map(|each| each.version.clone());
        key.versions.extend(versions);
        key.versions.sort_by_key(|version| version.version);
    }
    match draft_key_ring(file, &text) {
        Ok(after) if after == expected && all_are_there(&expected.keys, new) => Ok(text),
        Ok(_) | Err(_) => Err(NotEditable),
    }
}

fn all_are_there(keys: &[KeyDraft], new: &[NewVersion]) -> bool {
    let mut new = new.iter();
    new.all(|each| keys.iter().any(|key| key.name == each.key))
}

/// The text with these entries in the list of one key.
fn add(file: &str, text: &str, key: &KeyDraft, entries: &[&str]) -> Option<String> {
    let raw: raw::KeyRing = Source::new(file, text).parse().ok()?;
    let mut keys = raw.keys.value.0.into_iter();
    let (_, key) = keys.find(|(name, _)| key.name == name.value.as_str())?;
    let lines = Lines::new(text);
    let Some(list) = &key.versions else {
        return lines.with_list(key.versions_by_alias.as_ref()?.referenced, entries);
    };
    let start = lines.offset(list.referenced)?;
    if text.get(start..)?.starts_with('[') {
        return flow::with_entries(text, start, entries);
    }
    let last = list.value.last()?;
    lines.with_entries(last.version.referenced, entries)
}

//! The policy: classes, rules and limits, compiled so that they cannot be invalid.

mod compile;
mod limits;
mod raw;
mod rule;
#[cfg(test)]
mod tests;

pub use compile::compile_policy;
pub use limits::{CsvSettings, FormLimits, JsonLimits, OtherParts, XmlLimits};
pub use rule::{Column, Detect, DetectWhat, OnNull, PathSegment, PathTemplate, Places, Rule};

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::key_ring::{KeyRing, TokenFormat};
use crate::name::{ClassName, KeyName};

/// What is sensitive on a route, and how it is tokenized.
#[derive(Debug, Clone)]
pub struct Policy {
    classes: Vec<Class>,
    rules: Vec<Rule>,
    json: JsonLimits,
    csv: CsvSettings,
    form: FormLimits,
    xml: XmlLimits,
    malformed_status: u16,
    warnings: Vec<Diagnostic>,
    /// Where each class names its key, to speak of it once the key ring is known.
    key_places: Vec<Diagnostic>,
}

/// Which of its policy's classes: an index into [`Policy::classes`].
///
/// Belongs to the policy that it came from; another policy has classes of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(usize);

/// A sort of sensitive value: which tokens it gets, under which key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Its name, unique in the policy; tokens carry it.
    pub name: ClassName,
    /// The kind of its tokens.
    pub kind: Kind,
    /// The key of the key ring that its tokens are made under.
    pub key: KeyName,
    /// What to do with a value that the kind cannot hold.
    pub too_long: TooLong,
}

/// A kind of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// RSAES-OAEP-SHA-256 of the value: up to 190 bytes under RSA-2048.
    Rsa,
    /// AES-256-GCM under an epoch's data key.
    Envelope,
}

/// What happens to a value that is too long for its class's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TooLong {
    /// The request is refused.
    Reject,
    /// The value gets a token of this class, which is of kind [`Kind::Envelope`].
    Use(ClassId),
}

impl ClassId {
    /// The index into [`Policy::classes`].
    pub fn index(self) -> usize {
        self.0
    }
}

impl Policy {
    /// In the file's order. Never empty.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The class of `id`.
    ///
    /// # Panics
    /// When `id` came from another policy that has more classes.
    #[expect(
        clippy::indexing_slicing,
        reason = "ids are made by this policy's compilation only"
    )]
    pub fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.0]
    }

    /// The id of the class with this name.
    pub fn class_named(&self, name: &str) -> Option<ClassId> {
        self.classes
            .iter()
            .position(|class| class.name == name)
            .map(ClassId)
    }

    /// In the file's order. Never empty. The first rule that selects a node takes it.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Limits of JSON documents.
    pub fn json(&self) -> &JsonLimits {
        &self.json
    }

    /// How CSV documents are read, and their limits.
    pub fn csv(&self) -> &CsvSettings {
        &self.csv
    }

    /// Limits of forms.
    pub fn form(&self) -> &FormLimits {
        &self.form
    }

    /// Limits of XML documents.
    pub fn xml(&self) -> &XmlLimits {
        &self.xml
    }

    /// The status that a malformed body is refused with: 400 or 422.
    pub fn malformed_status(&self) -> u16 {
        self.malformed_status
    }

    /// What is likely a mistake but refuses nothing, in the file's order.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Checks that `ring` has the key of each class, in a format that can hold its kind.
    ///
    /// # Errors
    /// `VG0109` and `VG0110`, at the places in the policy that name the keys.
    pub fn check_keys(&self, ring: &KeyRing) -> Result<(), Diagnostics> {
        let pairs = self.classes.iter().zip(&self.key_places);
        let faults: Vec<_> = pairs
            .filter_map(|(class, at)| key_fault(class, at, ring))
            .collect();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(faults.into_iter().collect())
        }
    }
}

fn key_fault(class: &Class, at: &Diagnostic, ring: &KeyRing) -> Option<Diagnostic> {
    let Some(key) = ring.key(class.key.as_str()) else {
        let known: Vec<_> = ring.keys().iter().map(|key| key.name.as_str()).collect();
        return Some(Diagnostic {
            code: Code::UnknownKey,
            message: format!("the key ring has no key `{}`", class.key),
            help: crate::yaml::choice_help(class.key.as_str(), &known),
            ..at.clone()
        });
    };
    let original = matches!(key.format, TokenFormat::Original { .. });
    (original && class.kind == Kind::Envelope).then(|| Diagnostic {
        code: Code::FormatWithoutKind,
        message: format!(
            "the key `{}` has `format: original`, which has no `envelope` tokens",
            class.key
        ),
        help: "write `kind: rsa`, or use a key of `format: veilgate`".into(),
        ..at.clone()
    })
}

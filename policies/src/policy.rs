//! The policy: classes, rules and limits, compiled so that they cannot be invalid.

mod compile;
mod raw;
#[cfg(test)]
mod tests;

pub use compile::compile_policy;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::key_ring::{KeyRing, TokenFormat};
use crate::name::{ClassName, KeyName};
use crate::selector::Selector;

/// What is sensitive on a route, and how it is tokenized.
#[derive(Debug, Clone)]
pub struct Policy {
    classes: Vec<Class>,
    rules: Vec<Rule>,
    json: JsonLimits,
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

/// Which values get which class.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Unique in the policy; `rule 1` for a first rule without a name.
    pub name: String,
    /// At least one. A node that any of them selects is this rule's.
    pub selectors: Vec<Selector>,
    /// The class of the selected values.
    pub class: ClassId,
    /// What to do with `null`.
    pub null: OnNull,
}

/// What a rule does with a selected `null`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnNull {
    /// It stays `null`.
    Pass,
    /// It becomes a token like any other value, so that its absence of content does not show.
    Tokenize,
}

/// What a JSON document may hold. More is refused, never cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JsonLimits {
    /// Deepest nesting of arrays and objects. 1 to 1024; 128 by default.
    pub max_depth: usize,
    /// Longest object key in bytes, as spelled. 16 B to 1 MiB; 64 KiB by default.
    pub max_key_bytes: usize,
    /// Longest value that becomes a token, in bytes, as spelled. 64 B to 64 MiB; 1 MiB by default.
    pub max_value_bytes: usize,
    /// Largest node that is held to evaluate a filter or a negative index, in bytes. 64 B to
    /// 64 MiB; 1 MiB by default.
    pub max_buffer_bytes: usize,
}

impl Default for JsonLimits {
    fn default() -> Self {
        Self {
            max_depth: 128,
            max_key_bytes: 64 << 10,
            max_value_bytes: 1 << 20,
            max_buffer_bytes: 1 << 20,
        }
    }
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

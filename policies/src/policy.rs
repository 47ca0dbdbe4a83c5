//! The policy: classes, rules and limits, compiled so that they cannot be invalid.

mod compile;
mod limits;
mod raw;
mod records;
mod rule;
#[cfg(test)]
mod tests;

pub use compile::compile_policy;
pub use limits::{CsvSettings, FormLimits, JsonLimits, OtherParts, XmlLimits};
pub use records::Records;
pub use rule::{Column, Detect, DetectWhat, OnNull, PathSegment, PathTemplate, Places, Rule};

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::key_ring::{Key, KeyRing, KeySort, TokenFormat};
use crate::kind::{KeyRef, Kind};
use crate::name::{ClassName, KeyName};
use crate::view::View;

/// What is sensitive on a route, and how it is tokenized.
#[derive(Debug, Clone)]
pub struct Policy {
    classes: Vec<Class>,
    rules: Vec<Rule>,
    json: JsonLimits,
    csv: CsvSettings,
    form: FormLimits,
    xml: XmlLimits,
    records: Records,
    tenant: Option<usize>,
    malformed_status: u16,
    warnings: Vec<Diagnostic>,
    /// Where classes name their keys, to speak of it once the key ring is known.
    key_uses: Vec<KeyUse>,
}

/// Which of its policy's classes: an index into [`Policy::classes`].
///
/// Belongs to the policy that it came from; another policy has classes of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(usize);

/// A sort of sensitive value: which tokens it gets.
#[derive(Debug, Clone)]
pub struct Class {
    /// Its name, unique in the policy; tokens carry it.
    pub name: ClassName,
    /// The kind of its tokens, with its settings and keys.
    pub kind: Kind,
    /// What to do with a value that the kind cannot hold.
    pub misfit: Misfit,
    /// What may be seen of its values by who may not see all; only kinds `envelope` and `vault` have
    /// any.
    pub views: Vec<View>,
}

impl Class {
    /// The names of all keys that the class uses.
    pub fn keys(&self) -> impl Iterator<Item = &KeyName> {
        let views = self.views.iter().map(|view| &view.key);
        self.kind.keys().chain(views)
    }
}

/// What happens to a value that does not fit its class: too long for `rsa`, say, or a letter in a
/// class of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Misfit {
    /// The request is refused.
    Reject,
    /// The value gets a token of this class, whose kind [takes every value](Kind::takes_every_value).
    Use(ClassId),
}

/// Where a class names a key, and what that must be.
#[derive(Debug, Clone)]
pub(crate) struct KeyUse {
    class: usize,
    key: KeyRef,
    symmetric: bool,
    place: Diagnostic,
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

    /// What one record is: values of one record belong to one tenant and to one subject.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// The rule, by its place in [`Policy::rules`], whose value says of which tenant the values of
    /// its record are. `None` when the tenant is known from elsewhere.
    pub fn tenant_rule(&self) -> Option<usize> {
        self.tenant
    }

    /// Whether some values wait for another of their record.
    pub fn has_owners(&self) -> bool {
        self.tenant.is_some() || self.rules.iter().any(|rule| rule.subject.is_some())
    }

    /// The rules whose values say whose a record is, by their places in [`Policy::rules`]; in order,
    /// each once.
    pub fn owner_rules(&self) -> Vec<usize> {
        let subjects = self.rules.iter().filter_map(|rule| rule.subject);
        let mut owners: Vec<_> = self.tenant.into_iter().chain(subjects).collect();
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    /// A rule that says whose a record is and takes what detectors find.
    pub fn searched_owner(&self) -> Option<&Rule> {
        let owners = self.owner_rules().into_iter();
        let mut owners = owners.filter_map(|owner| self.rules.get(owner));
        owners.find(|rule| !rule.places.detect.is_empty())
    }

    /// The status that a malformed body is refused with: 400 or 422.
    pub fn malformed_status(&self) -> u16 {
        self.malformed_status
    }

    /// What is likely a mistake but refuses nothing, in the file's order.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The policy as documents are read with whose values are tokens by now. Only places select: a
    /// token need not look like its value. And what is selected, or held to select something, may
    /// have `longest` bytes where the policy allows fewer: tokens are longer than their values.
    #[must_use]
    pub fn for_tokens(mut self, longest: usize) -> Self {
        for rule in &mut self.rules {
            rule.places.detect.clear();
        }
        for limit in [
            &mut self.json.max_value_bytes,
            &mut self.json.max_buffer_bytes,
            &mut self.csv.max_field_bytes,
            &mut self.form.max_value_bytes,
            &mut self.xml.max_value_bytes,
            &mut self.xml.max_tag_bytes,
        ] {
            *limit = longest.max(*limit);
        }
        self
    }

    /// Checks that `ring` has the key of each class, in a format that can hold its kind.
    ///
    /// # Errors
    /// `VG0109` and `VG0110`, at the places in the policy that name the keys.
    pub fn check_keys(&self, ring: &KeyRing) -> Result<(), Diagnostics> {
        let faults: Vec<_> = self
            .key_uses
            .iter()
            .filter_map(|used| self.key_fault(used, ring))
            .collect();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(faults.into_iter().collect())
        }
    }

    fn key_fault(&self, used: &KeyUse, ring: &KeyRing) -> Option<Diagnostic> {
        let name = &used.key.name;
        let fault = |code, message, help| {
            Some(Diagnostic {
                code,
                message,
                help,
                ..used.place.clone()
            })
        };
        let Some(key) = ring.key(name.as_str()) else {
            let known: Vec<_> = ring.keys().iter().map(|key| key.name.as_str()).collect();
            let message = format!("the key ring has no key `{name}`");
            let help = crate::yaml::choice_help(name.as_str(), &known);
            return fault(Code::UnknownKey, message, help);
        };
        let kind = &self.classes.get(used.class)?.kind;
        let found = used.sort_fault(key, kind);
        if let Some((code, message, help)) = found.or_else(|| used.view_fault(key, kind, ring)) {
            return fault(code, message, help);
        }
        if let Some(version) = used.key.version
            && key.version(version).is_none()
        {
            let known: Vec<_> = key
                .versions
                .iter()
                .map(|each| each.version.to_string())
                .collect();
            return fault(
                Code::UnknownKey,
                format!("the key `{name}` has no version {version}"),
                format!(
                    "write one of {}, or leave `key_version` out for the newest",
                    known.join(", ")
                ),
            );
        }
        if matches!(key.format, TokenFormat::Original { .. }) && !matches!(kind, Kind::Rsa { .. }) {
            let kind = kind.name();
            return fault(
                Code::FormatWithoutKind,
                format!("the key `{name}` has `format: original`, which has no `{kind}` tokens"),
                "write `kind: rsa`, or use a key of `format: veilgate`".into(),
            );
        }
        None
    }
}

/// What is wrong with a key where it is named: code, message, help.
type KeyFault = (Code, String, String);

impl KeyUse {
    /// Whether a key of this sort will do: only `hmac` is made with a key that stays in KMS.
    fn takes(&self, sort: KeySort, kind: &Kind) -> bool {
        match sort {
            KeySort::Public => !self.symmetric,
            KeySort::Wrapped => self.symmetric,
            KeySort::Mac => matches!(kind, Kind::Hmac { .. }),
        }
    }

    fn sort_fault(&self, key: &Key, kind: &Kind) -> Option<KeyFault> {
        if self.takes(key.sort(), kind) {
            return None;
        }
        let is = match key.sort() {
            KeySort::Public => "public",
            KeySort::Wrapped => "symmetric",
            KeySort::Mac => "a MAC key in KMS, which only kind `hmac` uses",
        };
        let (needed, help) = match self.symmetric {
            true => (
                "symmetric",
                "name a key whose versions have `wrapped_key`; `veilgate keys create` makes one",
            ),
            false => (
                "public",
                "name a key whose versions have neither `wrapped_key` nor `mac_key`",
            ),
        };
        let message = format!(
            "the key `{}` is {is}, and kind `{}` needs a {needed} one here",
            key.name,
            kind.name()
        );
        Some((Code::KeySort, message, help.into()))
    }

    /// Whether a view's key is one KMS key with the class's own.
    fn view_fault(&self, key: &Key, kind: &Kind, ring: &KeyRing) -> Option<KeyFault> {
        let own = kind.public_key().filter(|_| !self.symmetric)?;
        if *own == key.name {
            return None;
        }
        let shared = ring.key(own.as_str())?.shares_kms_key(key)?;
        let message = format!(
            "the keys `{own}` and `{}` have the KMS key `{shared}` in common: who may see the view could open the value",
            key.name
        );
        let help = "give the view's key a KMS key of its own";
        Some((Code::KindSetting, message, help.into()))
    }
}

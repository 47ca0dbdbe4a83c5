//! What is sensitive: the policy language and the key ring, compiled from YAML.
//!
//! Text in, plan out: this crate reads no file, knows no cipher and does not wait. What it returns
//! cannot be invalid; what it refuses comes back as [`Diagnostics`] with a stable code, the place in
//! the file and what to write instead. The reference for users is `docs/policy.md`.
//!
//! - [`compile_policy`] and [`compile_key_ring`] make the two plans.
//! - [`yaml::Source`] reads any other YAML configuration with diagnostics of the same form.
//! - [`units`] has the sizes and durations of configurations.

mod detector;
mod diagnostic;
mod key_ring;
mod kind;
mod name;
mod policy;
mod selector;
pub mod units;
mod view;
mod xpath;
pub mod yaml;

pub use detector::{Checksum, Detector};
pub use diagnostic::{Code, Diagnostic, Diagnostics, Place, Severity};
pub use key_ring::{
    AliasPattern, EncryptionContext, Key, KeyDraft, KeyRing, KeyRingDraft, KeySort, KeySource,
    KeyVersion, NewVersion, NotEditable, SignerKey, SignerVersion, TokenFormat, add_versions,
    compile_key_ring, draft_key_ring, encryption_context,
};
pub use kind::{
    Bucket, BucketOutput, DateOrder, DateShift, HmacOutput, KeyRef, Kind, Mask, Redact, TimeUnit,
    VaultFormat, VaultIndex, VaultKind,
};
pub use name::{ClassName, KeyName, is_tenant};
pub use policy::{
    Class, ClassId, Column, CsvSettings, Detect, DetectWhat, FormLimits, JsonLimits, Misfit,
    OnNull, OtherParts, PathSegment, PathTemplate, Places, Policy, Records, Rule, XmlLimits,
    compile_policy,
};
pub use selector::{Selector, SelectorError};
pub use view::{Shows, View};
pub use xpath::{
    LocationPath, NameTest, NamespaceTest, Predicate, Step, Takes, XPath, XPathError,
    is_xml_name_char, is_xml_name_start,
};

//! The classes of a policy.

mod covered;
mod derived;
mod drawn;
mod settings;
mod shape;
mod stand_in;
mod views;

use super::raw;
use crate::diagnostic::{Code, Severity};
use crate::kind::{KeyRef, Kind};
use crate::name::{ClassName, KeyName, NAME_RULE};
use crate::policy::{Class, KeyUse};
use crate::yaml::{Entries, Report, Source, Spanned, choice_help};
use settings::Settings;

/// The classes, and where they name keys, each with a diagnostic to be filled in when the key ring is
/// known. Faulty classes are left out: the report refuses the policy anyway.
pub(super) fn compile(
    report: &mut Report<'_>,
    source: &Source<'_>,
    raw: &Spanned<Entries<raw::Class>>,
) -> (Vec<Class>, Vec<KeyUse>) {
    if raw.value.0.is_empty() {
        let help = "name at least one class: `pan: { kind: envelope, key: payments }`";
        report.error(Code::EmptyPolicy, raw, "the policy has no classes", help);
    }
    let mut classes = Vec::new();
    let mut kinds = Vec::new();
    for (name, class) in &raw.value.0 {
        // every part is looked at, so that all that is wrong with a class is said at once
        let kind = kind(report, class);
        let class_name = ClassName::new(&name.value);
        if class_name.is_none() {
            bad_name(report, name, "class");
        }
        kinds.push(kind.clone());
        classes.push((class_name, kind, views::compile(report, class)));
    }
    let misfits: Vec<_> = raw
        .value
        .0
        .iter()
        .map(|(name, class)| stand_in::compile(report, name, class, &raw.value, &kinds))
        .collect();
    let mut uses = Vec::new();
    let entries = classes.into_iter().zip(misfits).zip(&raw.value.0);
    let classes = entries.filter_map(|(((name, kind, views), misfit), (_, raw))| {
        let class = Class {
            name: name?,
            kind: kind?,
            misfit: misfit?,
            views: views?,
        };
        Some((class, raw))
    });
    let classes = classes.enumerate().map(|(index, (class, raw))| {
        uses.extend(key_uses(source, index, &class, raw));
        class
    });
    (classes.collect(), uses)
}

fn bad_name(report: &mut Report<'_>, name: &Spanned<String>, of: &str) {
    let message = format!("`{}` cannot name a {of}", name.value);
    report.error(Code::Name, name, message, format!("write {NAME_RULE}"));
}

fn kind(report: &mut Report<'_>, raw: &raw::Class) -> Option<Kind> {
    let name = raw.kind.value.as_str();
    if !Kind::NAMES.contains(&name) {
        let message = format!("there is no kind `{name}`");
        let help = choice_help(name, &Kind::NAMES);
        report.error(Code::WrongValue, &raw.kind, message, help);
        return None;
    }
    let mut settings = Settings::new(report, raw);
    settings.refuse_foreign();
    match name {
        "rsa" => Some(Kind::Rsa {
            key: settings.key()?,
        }),
        "envelope" => Some(Kind::Envelope {
            key: settings.key()?,
            stored: raw.stored.as_ref().is_some_and(|stored| stored.value),
        }),
        "siv" => Some(Kind::Siv {
            key: settings.key_ref()?,
        }),
        "fpe" => shape::fpe(&mut settings),
        "vault" => drawn::vault(&mut settings),
        "hmac" => derived::hmac(&mut settings),
        "date" => derived::date(&mut settings),
        "bucket" => covered::bucket(&mut settings),
        "mask" => covered::mask(&mut settings),
        "keep" => Some(Kind::Keep),
        _ => covered::redact(&mut settings),
    }
}

/// Where a class names its keys.
fn key_uses(source: &Source<'_>, index: usize, class: &Class, raw: &raw::Class) -> Vec<KeyUse> {
    let kind = &class.kind;
    let used = |key: KeyRef, symmetric: bool, place: &Spanned<String>| KeyUse {
        class: index,
        key,
        symmetric,
        place: source.diagnostic(Severity::Error, Code::UnknownKey, place.into(), "", ""),
    };
    let mut uses = Vec::new();
    if let (Some(key), Some(place)) = (kind.public_key(), &raw.key) {
        let (name, version) = (key.clone(), None);
        uses.push(used(KeyRef { name, version }, false, place));
    }
    let place = match kind {
        Kind::Vault(_) => &raw.index_key,
        _ => &raw.key,
    };
    if let (Some(key), Some(place)) = (kind.symmetric_key(), place) {
        uses.push(used(key.clone(), true, place));
    }
    let views = raw.views.iter().flat_map(|views| &views.value.0);
    uses.extend(class.views.iter().zip(views).map(|(view, (_, raw))| {
        let (name, version) = (view.key.clone(), None);
        used(KeyRef { name, version }, false, &raw.key)
    }));
    uses
}

/// A key's name.
fn key_name(report: &mut Report<'_>, raw: &Spanned<String>) -> Option<KeyName> {
    let key = KeyName::new(&raw.value);
    if key.is_none() {
        bad_name(report, raw, "key");
    }
    key
}

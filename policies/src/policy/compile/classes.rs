//! The classes of a policy.

use super::raw;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::name::{ClassName, KeyName, NAME_RULE};
use crate::policy::{Class, ClassId, Kind, TooLong};
use crate::yaml::{Entries, Report, Source, Spanned, choice_help};

const KINDS: &[(&str, Kind)] = &[("envelope", Kind::Envelope), ("rsa", Kind::Rsa)];

/// The classes, each with a diagnostic at the place of its key, to be filled in when the key ring is
/// known. Faulty classes are left out: the report refuses the policy anyway.
pub(super) fn compile(
    report: &mut Report<'_>,
    source: &Source<'_>,
    raw: &Spanned<Entries<raw::Class>>,
) -> Vec<(Class, Diagnostic)> {
    if raw.value.0.is_empty() {
        let help = "name at least one class: `pan: { kind: envelope, key: payments }`";
        report.error(Code::EmptyPolicy, raw, "the policy has no classes", help);
    }
    let entries = raw.value.0.iter();
    let classes = entries.map(|(name, class)| {
        // every part is looked at, so that all that is wrong with a class is said at once
        let kind = kind(report, &class.kind);
        let too_long = too_long(report, name, class, &raw.value);
        let key = KeyName::new(&class.key.value);
        if key.is_none() {
            bad_name(report, &class.key, "key");
        }
        let class_name = ClassName::new(&name.value);
        if class_name.is_none() {
            bad_name(report, name, "class");
        }
        let place = source.diagnostic(
            Severity::Error,
            Code::UnknownKey,
            (&class.key).into(),
            "",
            "",
        );
        Some((
            Class {
                name: class_name?,
                kind: kind?,
                key: key?,
                too_long: too_long?,
            },
            place,
        ))
    });
    classes.collect::<Vec<_>>().into_iter().flatten().collect()
}

fn bad_name(report: &mut Report<'_>, name: &Spanned<String>, of: &str) {
    let message = format!("`{}` cannot name a {of}", name.value);
    report.error(Code::Name, name, message, format!("write {NAME_RULE}"));
}

fn kind(report: &mut Report<'_>, raw: &Spanned<String>) -> Option<Kind> {
    let found = KINDS.iter().find(|(name, _)| *name == raw.value);
    if found.is_none() {
        let known: Vec<_> = KINDS.iter().map(|(name, _)| *name).collect();
        let message = format!("there is no kind `{}`", raw.value);
        report.error(
            Code::WrongValue,
            raw,
            message,
            choice_help(&raw.value, &known),
        );
    }
    found.map(|(_, kind)| *kind)
}

/// `reject`, or an `envelope` class other than this one. Only `rsa` has values that are too long.
fn too_long(
    report: &mut Report<'_>,
    name: &Spanned<String>,
    class: &raw::Class,
    all: &Entries<raw::Class>,
) -> Option<TooLong> {
    let Some(raw) = &class.too_long else {
        return Some(TooLong::Reject);
    };
    let mut refuse = |message: String, help: String| {
        report.error(Code::TooLong, raw, message, help);
        None
    };
    if raw.value == "reject" {
        return Some(TooLong::Reject);
    }
    if class.kind.value == "envelope" {
        let help = "remove `too_long`, or write `kind: rsa`";
        return refuse(
            "no value is too long for kind `envelope`".into(),
            help.into(),
        );
    }
    if raw.value == name.value {
        let help = "write `reject`, or the name of a class of kind `envelope`";
        return refuse("a class cannot stand in for itself".into(), help.into());
    }
    let found = all.0.iter().position(|(each, _)| each.value == raw.value);
    let Some(index) = found else {
        let mut known = vec!["reject"];
        let envelope = |(name, class): &'_ &(Spanned<String>, raw::Class)| {
            class.kind.value == "envelope" && !name.value.is_empty()
        };
        known.extend(
            all.0
                .iter()
                .filter(envelope)
                .map(|(name, _)| name.value.as_str()),
        );
        return refuse(
            format!("no class is named `{}`", raw.value),
            choice_help(&raw.value, &known),
        );
    };
    let stand_in = all.0.get(index).map(|(_, class)| class.kind.value.as_str());
    if stand_in != Some("envelope") {
        let message = format!("the class `{}` is not of kind `envelope`", raw.value);
        return refuse(
            message,
            "write `reject`, or the name of a class of kind `envelope`".into(),
        );
    }
    Some(TooLong::Use(ClassId(index)))
}

//! Kinds that give away more than their author may think, judged by what leads to a class.

mod field_names;

use super::raw;
use crate::diagnostic::{Code, Place};
use crate::kind::{Kind, VaultIndex};
use crate::policy::{Class, DetectWhat, Rule};
use crate::yaml::{OneOrMany, Report, Spanned};
use field_names::{Field, field_named};

/// Of so many values or fewer, equal tokens alone tell which is which.
const TOLD_BY_EQUALITY: u64 = 100_000;

/// Warns of places of `rule` that do not go with the kind of its class.
pub(super) fn rule(report: &mut Report<'_>, raw: &raw::Rule, rule: &Rule, class: &Class) {
    if !is_deterministic(&class.kind) {
        return;
    }
    // a rule names one field in many spellings: the first of them is enough
    let mut said: Vec<*const Field> = Vec::new();
    for (place, name) in names(raw, rule) {
        let Some(field) = field_named(&name) else {
            continue;
        };
        if said.contains(&std::ptr::from_ref(field)) {
            continue;
        }
        said.push(field);
        match field
            .values
            .filter(|values| can_be_listed(&class.kind, *values))
        {
            Some(values) => few(report, place, &format!("`{name}`"), values, class),
            None if field.of_nobody => nobody(report, place, &name, class),
            None => {}
        }
    }
    for (place, detect) in listed(raw.detect.as_ref())
        .into_iter()
        .zip(&rule.places.detect)
    {
        if let DetectWhat::BuiltIn(detector) = &detect.what
            && let Some(values) = detector.values()
            && can_be_listed(&class.kind, values)
        {
            few(
                report,
                place.0,
                &format!("`{}`", detector.name()),
                values,
                class,
            );
        }
    }
}

fn is_deterministic(kind: &Kind) -> bool {
    match kind {
        Kind::Siv { .. } | Kind::Fpe { .. } | Kind::Hmac { .. } => true,
        Kind::Vault(vault) => matches!(vault.index, VaultIndex::Deterministic(_)),
        // a date is moved and a range is left on purpose; the others keep no value apart
        _ => false,
    }
}

/// Whether so few values lose more under this kind than under others. What `siv` encrypts comes back
/// to whoever has the key anyway; the sizes of formats have rules of their own (`VG0117`).
fn can_be_listed(kind: &Kind, values: u64) -> bool {
    match kind {
        Kind::Hmac { .. } => true,
        Kind::Siv { .. } => values <= TOLD_BY_EQUALITY,
        _ => false,
    }
}

/// The names that a rule takes values by, each with its place. A `*` stands for names not known here.
fn names(raw: &raw::Rule, rule: &Rule) -> Vec<(Place, String)> {
    let places = &rule.places;
    let mut names = Vec::new();
    for ((place, _), selector) in listed(raw.select.as_ref()).iter().zip(&places.selectors) {
        names.extend(
            selector
                .last_names()
                .into_iter()
                .map(|name| (*place, name.to_owned())),
        );
    }
    for (place, column) in listed(raw.columns.as_ref()) {
        if let raw::Column::Name(name) = column {
            names.push((place, name));
        }
    }
    for ((place, _), xpath) in listed(raw.xpath.as_ref()).iter().zip(&places.xpaths) {
        names.extend(xpath.last_names().map(|name| (*place, name.to_owned())));
    }
    for field in [&raw.fields, &raw.query] {
        names.extend(
            listed(field.as_ref())
                .into_iter()
                .filter(|(_, name)| !name.ends_with('*')),
        );
    }
    names
}

fn listed<R: Clone>(raw: Option<&Spanned<OneOrMany<R>>>) -> Vec<(Place, R)> {
    let all = raw.map(OneOrMany::list).unwrap_or_default();
    all.into_iter()
        .map(|each| (Place::from(&each), each.value))
        .collect()
}

fn few(report: &mut Report<'_>, place: Place, what: &str, values: u64, class: &Class) {
    let kind = class.kind.name();
    let message = format!(
        "{what} has about {} values at most, and class `{}` gives equal ones equal tokens: whoever has the key of kind `{kind}`, or can send values through the gateway, can list them all",
        grouped(values),
        class.name
    );
    let help = "use kind `envelope`, or `vault` without `deterministic`; where nobody needs the value, `bucket`, `mask` or `redact`";
    report.warning(Code::FewValues, place, message, help);
}

fn nobody(report: &mut Report<'_>, place: Place, name: &str, class: &Class) {
    let message = format!(
        "`{name}` identifies nobody, so nothing joins on it, and the equal tokens of class `{}` (`{}`) tell how frequent each value is",
        class.name,
        class.kind.name()
    );
    let help = "use kind `envelope`; for analysis `bucket`, and where nobody needs the value `mask` or `redact`";
    report.warning(Code::NothingJoins, place, message, help);
}

/// With commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

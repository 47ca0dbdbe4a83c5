//! `subject` and `tenant`: rules whose values say whose a record is.

use super::raw;
use crate::diagnostic::{Code, Place};
use crate::kind::Kind;
use crate::policy::{Class, Places, Rule};
use crate::yaml::{Report, Spanned, choice_help};

/// Joins rules with those that they wait for; gives the rule that says the tenant.
pub(super) fn compile(
    report: &mut Report<'_>,
    raw: &raw::Policy,
    rules: &mut [Rule],
    classes: &[Class],
) -> Option<usize> {
    let names: Vec<_> = rules.iter().map(|rule| rule.name.clone()).collect();
    for (index, raw) in raw.rules.value.iter().enumerate() {
        let Some(subject) = &raw.subject else {
            continue;
        };
        let owner = find(report, subject, &names);
        let (Some(owner), Some(rule)) = (owner, rules.get(index)) else {
            continue;
        };
        let dated = classes
            .get(rule.class.index())
            .is_some_and(|class| matches!(class.kind, Kind::Date { .. }));
        if !dated {
            let message = "only dates are moved by a number of days of each subject's own";
            let help = "name a class of kind `date`, or remove `subject`";
            report.error(Code::KindSetting, subject, message, help);
        } else if owner == index {
            let message = "a value cannot say whose it is itself";
            let help = "name the rule that takes what tells the subjects apart";
            report.error(Code::NoOwner, subject, message, help);
        } else {
            check(report, subject.into(), "subject", rule, rules.get(owner));
        }
        if let Some(rule) = rules.get_mut(index) {
            rule.subject = Some(owner);
        }
    }
    let tenant = raw.tenant.as_ref()?;
    let owner = find(report, tenant, &names)?;
    for rule in rules.iter() {
        check(report, tenant.into(), "tenant", rule, rules.get(owner));
    }
    Some(owner)
}

fn find(report: &mut Report<'_>, raw: &Spanned<String>, names: &[String]) -> Option<usize> {
    let found = names.iter().position(|name| *name == raw.value);
    if found.is_none() {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let message = format!("no rule is named `{}`", raw.value);
        let help = choice_help(&raw.value, &names);
        report.error(Code::UnknownRule, raw, message, help);
    }
    found
}

/// Tells of values of `rule` that can never know whose they are.
fn check(report: &mut Report<'_>, place: Place, what: &str, rule: &Rule, owner: Option<&Rule>) {
    let Some(owner) = owner else { return };
    if rule.places.has_head() {
        let message = format!(
            "rule `{}` takes values of the request's head, which leaves before the body has said the {what}",
            rule.name
        );
        let help = match what {
            "tenant" => {
                "remove these places, or say the tenant elsewhere: `routes[].tenant` of the gateway"
            }
            _ => "take these values by a rule of their own, without `subject`",
        };
        report.error(Code::NoOwner, place, message, help);
    }
    for (format, has) in FORMATS {
        if has(&rule.places) && !has(&owner.places) {
            let message = format!(
                "rule `{}` takes values in {format} and rule `{}`, which says their {what}, takes none there: it can never be known",
                rule.name, owner.name
            );
            let help = format!(
                "say in rule `{}` where the {what} stands in {format}",
                owner.name
            );
            report.warning(Code::NoOwner, place, message, help);
        }
    }
}

type Has = fn(&Places) -> bool;

const FORMATS: [(&str, Has); 4] = [
    ("JSON", |places| !places.selectors.is_empty()),
    ("CSV", |places| !places.columns.is_empty()),
    ("forms", |places| !places.fields.is_empty()),
    ("XML", |places| !places.xpaths.is_empty()),
];

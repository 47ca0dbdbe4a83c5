//! What a class does with values that do not fit it.

use super::raw;
use crate::diagnostic::Code;
use crate::kind::Kind;
use crate::policy::{ClassId, Misfit};
use crate::yaml::{Entries, Report, Spanned, choice_help};

/// `reject`, or a class other than this one whose kind takes every value. `kinds` are those of `all`,
/// `None` where they are faulty. `rsa` spells the setting `too_long`.
pub(super) fn compile(
    report: &mut Report<'_>,
    name: &Spanned<String>,
    class: &raw::Class,
    all: &Entries<raw::Class>,
    kinds: &[Option<Kind>],
) -> Option<Misfit> {
    let given = match class.kind.value.as_str() {
        "rsa" => &class.too_long,
        _ => &class.misfit,
    };
    let Some(raw) = given else {
        return Some(Misfit::Reject);
    };
    if raw.value == "reject" {
        return Some(Misfit::Reject);
    }
    let mut refuse = |message: String, help: String| {
        report.error(Code::TooLong, raw, message, help);
        None
    };
    let takers = "write `reject`, or the name of a class of kind `envelope`";
    if raw.value == name.value {
        return refuse("a class cannot stand in for itself".into(), takers.into());
    }
    let found = all.0.iter().position(|(each, _)| each.value == raw.value);
    let Some(index) = found else {
        let mut known = vec!["reject"];
        let named = all.0.iter().zip(kinds).filter(|((name, _), kind)| {
            !name.value.is_empty() && kind.as_ref().is_some_and(Kind::takes_every_value)
        });
        known.extend(named.map(|((name, _), _)| name.value.as_str()));
        return refuse(
            format!("no class is named `{}`", raw.value),
            choice_help(&raw.value, &known),
        );
    };
    // a stand-in that is faulty itself has been reported
    let Some(kind) = kinds.get(index).and_then(Option::as_ref) else {
        return Some(Misfit::Reject);
    };
    if !kind.takes_every_value() {
        let message = format!(
            "the class `{}` is of kind `{}`, which does not take every value",
            raw.value,
            kind.name()
        );
        return refuse(message, takers.into());
    }
    Some(Misfit::Use(ClassId(index)))
}

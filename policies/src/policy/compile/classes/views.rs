//! The views of a class.

use super::{bad_name, key_name, raw};
use crate::diagnostic::{Code, Place};
use crate::kind::{DateOrder, TimeUnit};
use crate::name::{ClassName, KeyName};
use crate::view::{Shows, View};
use crate::yaml::{Report, Spanned, choice_help};

/// Most views of a class, as tokens have room for.
const MAX_VIEWS: usize = 8;
/// Most characters that a view shows.
const MAX_SHOWN: u64 = 64;

/// All views of `class`; `None` when one of them is faulty.
pub(super) fn compile(report: &mut Report<'_>, class: &raw::Class) -> Option<Vec<View>> {
    let Some(raw) = &class.views else {
        return Some(Vec::new());
    };
    if !(1..=MAX_VIEWS).contains(&raw.value.0.len()) {
        let message = format!("a class has 1 to {MAX_VIEWS} views, or no `views`");
        let help = "write what may be seen of a value: `last4: { key: KEY, keep_last: 4 }`";
        report.error(Code::OutOfRange, raw, message, help);
        return None;
    }
    let own = class.key.as_ref().map(|key| key.value.as_str());
    let views = raw.value.0.iter().map(|(name, view)| {
        let key = key(report, own, &view.key);
        let shows = shows(report, name, view);
        let view_name = ClassName::new(&name.value);
        if view_name.is_none() {
            bad_name(report, name, "view");
        }
        Some(View {
            name: view_name?,
            key: key?,
            shows: shows?,
        })
    });
    // every view is looked at, so that all that is wrong is said at once
    let views: Vec<_> = views.collect();
    views.into_iter().collect()
}

fn key(report: &mut Report<'_>, own: Option<&str>, raw: &Spanned<String>) -> Option<KeyName> {
    if own == Some(raw.value.as_str()) {
        let message =
            "the view's key is the class's own: who may see the view could open the value";
        let help =
            "name another key, with a KMS key whose policy lets those in that may see the view";
        report.error(Code::KindSetting, raw, message, help);
        return None;
    }
    key_name(report, raw)
}

fn shows(report: &mut Report<'_>, name: &Spanned<String>, raw: &raw::View) -> Option<Shows> {
    let given = [
        raw.keep_first.as_ref().map(Place::from),
        raw.keep_last.as_ref().map(Place::from),
        raw.part.as_ref().map(Place::from),
        raw.unit.as_ref().map(Place::from),
    ];
    let given: Vec<Place> = given.into_iter().flatten().collect();
    let choices = "one of `keep_first`, `keep_last`, `part` and `unit` says what a view shows";
    match given.as_slice() {
        [] => {
            let message = format!("the view `{}` does not say what it shows", name.value);
            let help = "add `keep_last: 4`, `keep_first: 6`, `part: domain` or `unit: year`";
            report.error(Code::MissingField, name, message, help);
            return None;
        }
        [_] => {}
        [_, second, ..] => {
            let help = "make a view of each";
            report.error(Code::KindSetting, *second, choices, help);
            return None;
        }
    }
    if let (Some(order), None) = (&raw.order, &raw.unit) {
        let help = "remove it, or write `unit:`";
        report.error(Code::KindSetting, order, "`order` is of dates", help);
        return None;
    }
    if let Some(count) = &raw.keep_first {
        return shown(report, "keep_first", count).map(Shows::First);
    }
    if let Some(count) = &raw.keep_last {
        return shown(report, "keep_last", count).map(Shows::Last);
    }
    if let Some(part) = &raw.part {
        return choice(report, "part", part, &[("domain", Shows::Domain)]);
    }
    let order = match &raw.order {
        Some(order) => choice(report, "order", order, &DateOrder::NAMES),
        None => Some(DateOrder::default()),
    };
    let unit = choice(report, "unit", raw.unit.as_ref()?, &TimeUnit::NAMES);
    Some(Shows::Time {
        unit: unit?,
        order: order?,
    })
}

fn shown(report: &mut Report<'_>, name: &str, raw: &Spanned<u64>) -> Option<usize> {
    if (1..=MAX_SHOWN).contains(&raw.value) {
        return usize::try_from(raw.value).ok();
    }
    let message = format!("{} is not a value for `{name}`", raw.value);
    let help = format!("write a number from 1 to {MAX_SHOWN}");
    report.error(Code::OutOfRange, raw, message, help);
    None
}

fn choice<T: Copy>(
    report: &mut Report<'_>,
    name: &str,
    raw: &Spanned<String>,
    choices: &[(&str, T)],
) -> Option<T> {
    let found = choices.iter().find(|(each, _)| *each == raw.value);
    if found.is_none() {
        let known: Vec<_> = choices.iter().map(|(each, _)| *each).collect();
        let message = format!("`{}` is not a value for `{name}`", raw.value);
        let help = choice_help(&raw.value, &known);
        report.error(Code::WrongValue, raw, message, help);
    }
    found.map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use crate::diagnostic::Code;
    use crate::kind::{DateOrder, TimeUnit};
    use crate::policy::compile_policy;
    use crate::view::Shows;

    fn policy(class: &str) -> String {
        format!(
            "version: 1\nclasses:\n  pan: {{ kind: envelope, key: pay, {class} }}\nrules:\n  - {{ select: $.a, class: pan }}\n"
        )
    }

    #[test]
    fn views_are_read_in_order() {
        let text = policy(
            "views: { last4: { key: a, keep_last: 4 }, bin: { key: a, keep_first: 6 }, \
             domain: { key: b, part: domain }, year: { key: c, unit: year, order: month-first } }",
        );
        let policy = compile_policy("p", &text).unwrap();
        let class = &policy.classes()[0];
        let read: Vec<_> = class
            .views
            .iter()
            .map(|view| (view.name.as_str(), view.key.as_str(), view.shows))
            .collect();
        let time = Shows::Time {
            unit: TimeUnit::Year,
            order: DateOrder::MonthFirst,
        };
        let expected = [
            ("last4", "a", Shows::Last(4)),
            ("bin", "a", Shows::First(6)),
            ("domain", "b", Shows::Domain),
            ("year", "c", time),
        ];
        assert_eq!(read, expected);
        let keys: Vec<_> = class.keys().map(|key| key.as_str()).collect();
        assert_eq!(keys, ["pay", "a", "a", "b", "c"]);
    }

    #[test]
    fn what_is_wrong_with_views_is_told() {
        let cases = [
            ("views: {}", Code::OutOfRange),
            ("views: { v: { key: a } }", Code::MissingField),
            (
                "views: { v: { key: pay, keep_last: 4 } }",
                Code::KindSetting,
            ),
            (
                "views: { v: { key: a, keep_last: 4, keep_first: 4 } }",
                Code::KindSetting,
            ),
            (
                "views: { v: { key: a, keep_last: 4, order: day-first } }",
                Code::KindSetting,
            ),
            ("views: { v: { key: a, keep_last: 0 } }", Code::OutOfRange),
            ("views: { v: { key: a, part: host } }", Code::WrongValue),
            ("views: { v: { key: a, unit: week } }", Code::WrongValue),
            ("views: { 'v v': { key: a, unit: year } }", Code::Name),
            ("views: { v: { key: 'a a', unit: year } }", Code::Name),
        ];
        for (class, code) in cases {
            let errors = compile_policy("p", &policy(class)).unwrap_err();
            let codes: Vec<_> = errors.iter().map(|each| each.code).collect();
            assert_eq!(codes, [code], "{class}");
        }
    }

    #[test]
    fn kinds_that_no_key_opens_have_no_views() {
        let text = "version: 1\nclasses:\n  a: { kind: hmac, key: k, views: { v: { key: b, keep_last: 4 } } }\nrules:\n  - { select: $.a, class: a }\n";
        let errors = compile_policy("p", text).unwrap_err();
        let codes: Vec<_> = errors.iter().map(|each| each.code).collect();
        assert_eq!(codes, [Code::KindSetting]);
    }
}

//! The rules of a policy.

use super::places::PlacesReader;
use super::raw;
use crate::diagnostic::Code;
use crate::policy::{ClassId, CsvSettings, OnNull, Rule};
use crate::yaml::{Entries, Report, Source, Spanned, choice_help};
use std::collections::HashSet;

/// Longest name of a rule, in bytes: it is shown in logs and problem documents.
const MAX_RULE_NAME_BYTES: usize = 128;

pub(super) fn compile(
    report: &mut Report<'_>,
    source: &Source<'_>,
    raw: &Spanned<Vec<raw::Rule>>,
    classes: &Entries<raw::Class>,
    namespaces: &[(String, String)],
    csv: &CsvSettings,
) -> Vec<Rule> {
    if raw.value.is_empty() {
        let help = "write at least one rule; a route that is passed untouched says `policy: none`";
        report.error(Code::EmptyPolicy, raw, "the policy has no rules", help);
    }
    let mut reader = PlacesReader::new(source, namespaces, csv);
    let mut names = Names::new(&raw.value);
    let mut rules = Vec::new();
    for (index, rule) in raw.value.iter().enumerate() {
        let name = names.of(report, index, rule.name.as_ref());
        let places = reader.read(report, rule, &name);
        let class = class(report, &rule.class, classes);
        let null = on_null(report, rule.null.as_ref());
        if let Some(class) = class {
            rules.push(Rule {
                name,
                places,
                class,
                null,
                subject: None,
            });
        }
    }
    if !raw.value.is_empty() {
        unused(report, raw, classes);
    }
    rules
}

/// Names of rules, given ones and numbered ones, all different.
struct Names {
    taken: HashSet<String>,
}

impl Names {
    fn new(rules: &[raw::Rule]) -> Self {
        let unnamed = rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| rule.name.is_none());
        Self {
            taken: unnamed.map(|(index, _)| numbered(index)).collect(),
        }
    }

    fn of(
        &mut self,
        report: &mut Report<'_>,
        index: usize,
        name: Option<&Spanned<String>>,
    ) -> String {
        let Some(name) = name else {
            return numbered(index);
        };
        let text = &name.value;
        if text.is_empty() || text.len() > MAX_RULE_NAME_BYTES || text.contains(char::is_control) {
            let help = "write 1 to 128 bytes of text on one line";
            report.error(Code::Name, name, "this cannot name a rule", help);
        } else if !self.taken.insert(text.clone()) {
            let message = format!("another rule is named `{text}` already");
            report.error(
                Code::DuplicateRuleName,
                name,
                message,
                "give each rule a name of its own",
            );
        }
        text.clone()
    }
}

fn numbered(index: usize) -> String {
    format!("rule {}", index + 1)
}

fn class(
    report: &mut Report<'_>,
    raw: &Spanned<String>,
    classes: &Entries<raw::Class>,
) -> Option<ClassId> {
    let found = classes
        .0
        .iter()
        .position(|(name, _)| name.value == raw.value);
    if found.is_none() {
        let known: Vec<_> = classes
            .0
            .iter()
            .map(|(name, _)| name.value.as_str())
            .collect();
        let message = format!("no class is named `{}`", raw.value);
        report.error(
            Code::UnknownClass,
            raw,
            message,
            choice_help(&raw.value, &known),
        );
    }
    found.map(ClassId)
}

fn on_null(report: &mut Report<'_>, raw: Option<&Spanned<String>>) -> OnNull {
    let Some(raw) = raw else { return OnNull::Pass };
    match raw.value.as_str() {
        "pass" => OnNull::Pass,
        "tokenize" => OnNull::Tokenize,
        other => {
            let message = format!("`{other}` is nothing that can be done with null");
            report.error(
                Code::WrongValue,
                raw,
                message,
                choice_help(other, &["pass", "tokenize"]),
            );
            OnNull::Pass
        }
    }
}

/// A class is used by a rule, or as what stands in for a used class.
fn unused(report: &mut Report<'_>, rules: &Spanned<Vec<raw::Rule>>, classes: &Entries<raw::Class>) {
    let mut used: HashSet<_> = rules
        .value
        .iter()
        .map(|rule| rule.class.value.as_str())
        .collect();
    let stand_ins = classes
        .0
        .iter()
        .filter(|(name, _)| used.contains(name.value.as_str()));
    let stand_ins: Vec<_> = stand_ins
        .filter_map(|(_, class)| class.too_long.as_ref().or(class.misfit.as_ref()))
        .collect();
    used.extend(stand_ins.iter().map(|name| name.value.as_str()));
    for (name, _) in classes
        .0
        .iter()
        .filter(|(name, _)| !used.contains(name.value.as_str()))
    {
        let message = format!("no rule uses the class `{}`", name.value);
        report.warning(
            Code::UnusedClass,
            name,
            message,
            "remove it, or write a rule for it",
        );
    }
}

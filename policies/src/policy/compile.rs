//! From YAML to a policy.

mod classes;
mod detect;
mod limits;
mod lint;
mod owners;
mod places;
mod records;
mod rules;

use super::{Policy, raw};
use crate::diagnostic::{Code, Diagnostics};
use crate::yaml::{Report, Source, check_version};

/// Compiles a policy from its YAML. `file` is only shown in diagnostics.
///
/// # Errors
/// The first fault of the file's shape, or else all faults of its content.
pub fn compile_policy(file: &str, yaml: &str) -> Result<Policy, Diagnostics> {
    let source = Source::new(file, yaml);
    let raw: raw::Policy = source.parse()?;
    let mut report = source.report();
    check_version(&mut report, &raw.version);
    let (classes, key_uses) = classes::compile(&mut report, &source, &raw.classes);
    let json = limits::json(&mut report, raw.json.as_ref());
    let csv = limits::csv(&mut report, raw.csv.as_ref());
    let form = limits::form(&mut report, raw.form.as_ref());
    let xml = limits::xml(&mut report, raw.xml.as_ref());
    let names = limits::namespaces(&mut report, raw.xml.as_ref());
    let records = records::compile(
        &mut report,
        raw.records.as_ref(),
        &places::PlacesReader::new(&source, &names, &csv),
    );
    let mut rules = rules::compile(
        &mut report,
        &source,
        &raw.rules,
        &raw.classes.value,
        &names,
        &csv,
    );
    let malformed_status = malformed(&mut report, raw.malformed.as_ref());
    let mut tenant = None;
    // what is faulty has no place that goes with what was compiled
    if !report.refuses() {
        tenant = owners::compile(&mut report, &raw, &mut rules, &classes);
        for (raw, rule) in raw.rules.value.iter().zip(&rules) {
            if let Some(class) = classes.get(rule.class.0) {
                lint::rule(&mut report, raw, rule, class);
            }
        }
    }
    let policy = Policy {
        classes,
        rules,
        json,
        csv,
        form,
        xml,
        records,
        tenant,
        malformed_status,
        warnings: Vec::new(),
        key_uses,
    };
    let (policy, warnings) = report.finish(policy)?;
    Ok(Policy { warnings, ..policy })
}

fn malformed(report: &mut Report<'_>, raw: Option<&raw::Malformed>) -> u16 {
    let Some(raw) = raw else { return 400 };
    match raw.status.value {
        400 => 400,
        422 => 422,
        other => {
            report.error(
                Code::WrongValue,
                &raw.status,
                format!("{other} is not a status for malformed bodies"),
                "write 400 (the default) or 422; there is no way to forward what is malformed",
            );
            400
        }
    }
}

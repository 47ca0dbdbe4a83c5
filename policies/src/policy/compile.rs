//! From YAML to a policy.

mod classes;
mod rules;

use super::{JsonLimits, Policy, raw};
use crate::diagnostic::{Code, Diagnostics};
use crate::units::Size;
use crate::yaml::{Report, Source, Spanned, check_version};

/// Compiles a policy from its YAML. `file` is only shown in diagnostics.
///
/// # Errors
/// The first fault of the file's shape, or else all faults of its content.
pub fn compile_policy(file: &str, yaml: &str) -> Result<Policy, Diagnostics> {
    let source = Source::new(file, yaml);
    let raw: raw::Policy = source.parse()?;
    let mut report = source.report();
    check_version(&mut report, &raw.version);
    let classes = classes::compile(&mut report, &source, &raw.classes);
    let rules = rules::compile(&mut report, &source, &raw.rules, &raw.classes.value);
    let json = raw
        .json
        .map(|limits| json_limits(&mut report, &limits))
        .unwrap_or_default();
    let malformed_status = malformed(&mut report, raw.malformed.as_ref());
    let (classes, key_places) = classes.into_iter().unzip();
    let policy = Policy {
        classes,
        rules,
        json,
        malformed_status,
        warnings: Vec::new(),
        key_places,
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

fn json_limits(report: &mut Report<'_>, raw: &raw::Json) -> JsonLimits {
    let default = JsonLimits::default();
    JsonLimits {
        max_depth: depth(report, raw.max_depth.as_ref()).unwrap_or(default.max_depth),
        max_key_bytes: size(report, raw.max_key_bytes.as_ref(), Size(16), Size(1 << 20))
            .unwrap_or(default.max_key_bytes),
        max_value_bytes: size(
            report,
            raw.max_value_bytes.as_ref(),
            Size(64),
            Size(64 << 20),
        )
        .unwrap_or(default.max_value_bytes),
        max_buffer_bytes: size(
            report,
            raw.max_buffer_bytes.as_ref(),
            Size(64),
            Size(64 << 20),
        )
        .unwrap_or(default.max_buffer_bytes),
    }
}

fn depth(report: &mut Report<'_>, raw: Option<&Spanned<u64>>) -> Option<usize> {
    let raw = raw?;
    if (1..=1024).contains(&raw.value) {
        return usize::try_from(raw.value).ok();
    }
    let message = format!("{} is not a depth that can be allowed", raw.value);
    report.error(
        Code::OutOfRange,
        raw,
        message,
        "write a number from 1 to 1024",
    );
    None
}

fn size(
    report: &mut Report<'_>,
    raw: Option<&Spanned<Size>>,
    least: Size,
    most: Size,
) -> Option<usize> {
    let raw = raw?;
    if (least..=most).contains(&raw.value) {
        return Some(raw.value.bytes());
    }
    let message = format!("{} is outside what can be allowed", raw.value);
    report.error(
        Code::OutOfRange,
        raw,
        message,
        format!("write a size from {least} to {most}"),
    );
    None
}
